//! Somebody on the pages, without a browser.

use crate::server::{Reply, Server};

/// Somebody who is logged in on the pages, as a browser without scripts would be.
pub(crate) struct Visitor<'s> {
    server: &'s Server,
    pub(crate) cookie: String,
}

impl<'s> Visitor<'s> {
    pub(crate) fn logs_in(server: &'s Server, email: &str) -> Self {
        let form = format!("email={email}&password=correct+horse&next=%2Fapp%2Fkeys");
        let reply = send(server, "/login", &[], &form);
        assert_eq!(reply.status, 303, "{}", reply.text());
        assert_eq!(reply.header("location"), Some("/app/keys"));
        let cookie = reply.header("set-cookie").unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Visitor { server, cookie }
    }

    pub(crate) fn opens(&self, path: &str) -> Reply {
        self.server.request("GET", path, &[("accept", "text/html"), ("cookie", &self.cookie)], "")
    }

    /// The token that the forms of this session carry.
    pub(crate) fn csrf(&self) -> String {
        let page = self.opens("/app/keys").text();
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    pub(crate) fn sends(&self, path: &str, form: &str) -> Reply {
        let form = format!("csrf={}&{form}", self.csrf());
        send(self.server, path, &[("cookie", &self.cookie)], &form)
    }
}

/// Sends a form as a page of ours would.
pub(crate) fn send(server: &Server, path: &str, headers: &[(&str, &str)], form: &str) -> Reply {
    let mut all = vec![
        ("content-type", "application/x-www-form-urlencoded"),
        ("accept", "text/html"),
        ("origin", server.url.as_str()),
    ];
    all.extend(headers);
    // Redirections are looked at, not followed.
    server.request("POST", path, &all, form)
}
