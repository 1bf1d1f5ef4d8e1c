//! The server that takes mail, and whom mail is from.

use clap::Args;
use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use std::{fmt, path::PathBuf, str::FromStr};
use thiserror::Error;
use url::{Host, Url};

/// People at one client who are sent its reports.
pub(crate) const CONTACTS_MAX: usize = 20;
/// Mails in a list.
pub(crate) const MAILS_MAX: usize = 200;

/// Mail: reports for clients' contacts. Without a server that takes it, none is sent, and everything else works.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Mail")]
pub struct Mail {
    /// Server that takes mail: smtps://USER:PASSWORD@HOST, or smtp://… where the connection begins in the clear and goes on by
    /// STARTTLS; smtp://HOST:25?tls=none sends in the clear, without a password
    #[arg(
        long,
        env = "CARBON_SMTP_URL",
        value_name = "URL",
        hide_env_values = true,
        requires = "mail_from",
        requires = "public_url"
    )]
    pub(crate) smtp_url: Option<SmtpUrl>,

    /// Whom mail is from, such as "Example Reports <reports@example.com>"
    #[arg(long, env = "CARBON_MAIL_FROM", value_name = "ADDRESS", value_parser = sender, requires = "smtp_url")]
    pub(crate) mail_from: Option<Mailbox>,

    /// Certificates that vouch for that server, PEM, besides those that browsers trust
    #[arg(long, env = "CARBON_SMTP_CA", value_name = "FILE", requires = "smtp_url")]
    pub(crate) smtp_ca: Option<PathBuf>,
}

/// How a connection to a server that takes mail is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SmtpSecurity {
    /// From its first byte.
    Tls,
    /// From `STARTTLS` on; a server without it is sent nothing.
    StartTls,
    /// Not at all.
    None,
}

/// A server that takes mail.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SmtpUrl {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: SmtpSecurity,
    /// A user and a password.
    pub(crate) credentials: Option<(String, String)>,
}

impl fmt::Debug for SmtpUrl {
    /// A password never reaches a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpUrl({}:{}, {:?})", self.host, self.port, self.security)
    }
}

/// Why there is no server that takes mail.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub(crate) struct NotAnSmtpUrl(&'static str);

impl FromStr for SmtpUrl {
    type Err = NotAnSmtpUrl;

    fn from_str(text: &str) -> Result<Self, NotAnSmtpUrl> {
        let url =
            Url::parse(text).map_err(|_| NotAnSmtpUrl("must be smtps://HOST or smtp://HOST, with a port"))?;
        let (security, port) = match (url.scheme(), url.query()) {
            ("smtps", None) => (SmtpSecurity::Tls, 465),
            ("smtp", None | Some("tls=starttls")) => (SmtpSecurity::StartTls, 587),
            ("smtp", Some("tls=none")) => (SmtpSecurity::None, 25),
            ("smtp" | "smtps", _) => {
                return Err(NotAnSmtpUrl("has a query other than ?tls=none or ?tls=starttls after smtp://"));
            }
            _ => return Err(NotAnSmtpUrl("must start with smtps:// or smtp://")),
        };
        let host = match url.host() {
            Some(Host::Domain(domain)) if !domain.is_empty() => domain.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            _ => return Err(NotAnSmtpUrl("has no host")),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(NotAnSmtpUrl("must have neither a path nor a fragment"));
        }
        let decoded = |part: &str| {
            let decoded = percent_decode_str(part).decode_utf8();
            decoded.map(|text| text.into_owned()).map_err(|_| NotAnSmtpUrl("has a user that is not UTF-8"))
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() => Some((decoded(user)?, decoded(password)?)),
            _ => return Err(NotAnSmtpUrl("must have both a user and a password, or neither")),
        };
        if credentials.is_some() && security == SmtpSecurity::None {
            return Err(NotAnSmtpUrl("would send a password in the clear"));
        }
        Ok(SmtpUrl { host, port: url.port().unwrap_or(port), security, credentials })
    }
}

/// Why no mail can be sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("mail cannot be sent: {0}")]
pub struct NoMail(pub(crate) String);

fn sender(text: &str) -> Result<Mailbox, String> {
    let mailbox: Mailbox = text.parse().map_err(|_| {
        "must be an address, or a name and an address as in Example Reports <reports@example.com>".to_owned()
    })?;
    let plain = mailbox.name.as_ref().is_none_or(|name| !name.chars().any(char::is_control));
    if plain && mailbox.email.to_string().is_ascii() {
        Ok(mailbox)
    } else {
        Err("must have an address in ASCII and a name without control characters".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read_with_its_encryption_and_its_user() {
        for (text, host, port, security, credentials) in [
            ("smtps://mail.example.com", "mail.example.com", 465, SmtpSecurity::Tls, None),
            ("smtp://mail.example.com", "mail.example.com", 587, SmtpSecurity::StartTls, None),
            ("smtp://mail.example.com/?tls=starttls", "mail.example.com", 587, SmtpSecurity::StartTls, None),
            ("smtp://127.0.0.1:2525?tls=none", "127.0.0.1", 2525, SmtpSecurity::None, None),
            ("smtp://[::1]?tls=none", "::1", 25, SmtpSecurity::None, None),
            (
                "smtps://a%40b:p%3Aq%2F@mail.example.com:4650",
                "mail.example.com",
                4650,
                SmtpSecurity::Tls,
                Some(("a@b", "p:q/")),
            ),
        ] {
            let found: SmtpUrl = text.parse().unwrap();
            let credentials = credentials.map(|(user, password)| (user.to_owned(), password.to_owned()));
            assert_eq!(found, SmtpUrl { host: host.to_owned(), port, security, credentials }, "{text}");
            assert!(!format!("{found:?}").contains("p:q"));
        }
    }

    #[test]
    fn a_password_is_not_sent_in_the_clear_and_nonsense_is_named() {
        for text in [
            "mail.example.com",
            "http://mail.example.com",
            "smtp://user:password@mail.example.com?tls=none",
            "smtp://mail.example.com?tls=opportunistic",
            "smtps://mail.example.com?tls=none",
            "smtp://user@mail.example.com",
            "smtp://:password@mail.example.com",
            "smtp://mail.example.com/path",
            "smtp:",
        ] {
            assert!(text.parse::<SmtpUrl>().is_err(), "{text}");
        }
        for text in ["reports@example.com", "Example Reports <reports@example.com>", "Ünïcode <a@b.example>"]
        {
            assert!(sender(text).is_ok(), "{text}");
        }
        for text in ["", "reports", "a@b\r\nBcc: c@d.example", "ü@example.com", "a <b> c"] {
            assert!(sender(text).is_err(), "{text:?}");
        }
    }
}
