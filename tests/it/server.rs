//! A server process on a free port, and a client that speaks to it.

use crate::ledger::Ledger;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::OnceLock,
    thread::JoinHandle,
    time::{Duration, Instant},
};
use ureq::tls::TlsConfig;

/// Root of the repository.
pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The folder of the profile of this test, with the server and the examples built.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        // The whole workspace with its examples, as `cargo test` does: a narrower choice has dependencies with fewer
        // features, and compiles half of them a second time.
        build.args(["build", "--quiet", "--workspace", "--bins", "--examples"]).current_dir(ROOT);
        // What `cargo test` tells this test of its package is not for this cargo: a build script that asks for it would
        // run again, and all that stands on it.
        for (name, _) in std::env::vars_os() {
            let shown = name.to_string_lossy();
            if shown.starts_with("CARGO_PKG_") || shown.starts_with("CARGO_MANIFEST_") {
                build.env_remove(&name);
            }
        }
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success(), "the server and the examples do not build");
        // This test lies in target/<profile>/deps/, the server one folder up.
        let this_test = std::env::current_exe().unwrap();
        this_test.parent().unwrap().parent().unwrap().to_owned()
    })
}

/// The server binary.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| built().join("carbon-server"))
}

/// The program of an example.
pub(crate) fn example(name: &str) -> PathBuf {
    built().join("examples").join(name)
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    process: Option<Child>,
    /// What it logs, read as it comes: a pipe that is full would hold it up.
    log: Option<JoinHandle<String>>,
    greeting: String,
    stdout: BufReader<std::process::ChildStdout>,
    pub(crate) url: String,
}

impl Server {
    /// Starts `command`, which ends in the server and takes its arguments.
    pub(crate) fn start(mut command: Command, address: &str, database: &str) -> Server {
        command.args(["--listen", address, "--database", database]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut stderr = process.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut log = Vec::new();
            stderr.read_to_end(&mut log).unwrap();
            String::from_utf8(log).unwrap()
        });
        let mut greeting = String::new();
        stdout.read_line(&mut greeting).unwrap();
        let url = greeting.trim().rsplit(' ').next().unwrap().to_owned();
        if !url.contains("://127.0.0.1:") {
            process.kill().ok();
            panic!("greeting {greeting:?}, log {}", log.join().unwrap());
        }
        Server { process: Some(process), log: Some(log), greeting, stdout, url }
    }

    /// On a ledger of its own, which is removed with it.
    pub(crate) fn alone() -> (Ledger, Server) {
        let ledger = Ledger::new();
        let server = ledger.serve();
        (ledger, server)
    }

    /// What it prints, up to the line that holds `mark`.
    pub(crate) fn read_greeting_until(&mut self, mark: &str) -> String {
        while !self.greeting.contains(mark) {
            assert!(
                self.stdout.read_line(&mut self.greeting).unwrap() > 0,
                "no {mark:?} in {}",
                self.greeting
            );
        }
        self.greeting.clone()
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> &str {
        self.url.split_once("://").unwrap().1
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.as_ref().unwrap().id()
    }

    /// Kills it as a power cut would: no chance to tidy up.
    pub(crate) fn kill(mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Asks it to stop, as a service manager does.
    pub(crate) fn terminate(&self) {
        let pid = self.process.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    /// Waits for its end; answers the exit status, everything printed, everything logged.
    pub(crate) fn wait(mut self) -> (ExitStatus, String, String) {
        let mut process = self.process.take().unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        let status = loop {
            if let Some(status) = process.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "the server does not end");
            std::thread::sleep(Duration::from_millis(10));
        };
        self.stdout.read_to_string(&mut self.greeting).unwrap();
        (status, std::mem::take(&mut self.greeting), self.log.take().unwrap().join().unwrap())
    }

    /// Stops it in good order.
    pub(crate) fn stop(self) -> (ExitStatus, String, String) {
        self.terminate();
        self.wait()
    }

    /// Signs up; the two keys.
    pub(crate) fn sign_up(&self, email: &str) -> Keys {
        let body =
            json!({"email": email, "password": "correct horse", "organisation": format!("{email} Ltd")});
        let reply = self.post("/api/v1/accounts", None, &body);
        assert_eq!(reply.status, 201, "{}", reply.text());
        let key = |kind: &str| reply.json()["api_keys"][kind].as_str().unwrap().to_owned();
        Keys { live: key("live"), test: key("test") }
    }

    pub(crate) fn get(&self, path: &str, key: Option<&str>) -> Reply {
        let mut request = agent().get(format!("{}{path}", self.url));
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        Reply::from(request.call().unwrap())
    }

    pub(crate) fn post(&self, path: &str, key: Option<&str>, body: &Value) -> Reply {
        let mut headers = vec![("content-type", "application/json".to_owned())];
        headers.extend(key.map(|key| ("authorization", format!("Bearer {key}"))));
        self.send(path, &headers, &body.to_string())
    }

    pub(crate) fn delete(&self, path: &str, key: Option<&str>) -> Reply {
        let mut request = agent().delete(format!("{}{path}", self.url));
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        Reply::from(request.call().unwrap())
    }

    /// Any method, with any headers.
    pub(crate) fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let allowing = agent().configure_request(request.body(body.to_owned()).unwrap());
        Reply::from(agent().run(allowing.allow_non_standard_methods(true).build()).unwrap())
    }

    pub(crate) fn put(&self, path: &str, key: Option<&str>, body: &Value) -> Reply {
        let mut request = agent().put(format!("{}{path}", self.url));
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        Reply::from(request.send(body.to_string()).unwrap())
    }

    /// A POST with any headers and any body.
    pub(crate) fn send(&self, path: &str, headers: &[(&str, String)], body: &str) -> Reply {
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.post_bytes(path, None, &headers, body.as_bytes())
    }

    /// A POST of bytes that need not be text.
    pub(crate) fn post_bytes(
        &self,
        path: &str,
        key: Option<&str>,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let mut request = agent().post(format!("{}{path}", self.url));
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Reply::from(request.send(body).unwrap())
    }

    /// Tracks `event`, which must be taken.
    pub(crate) fn track(&self, key: &str, event: &Value) -> Value {
        let reply = self.post("/api/v1/track", Some(key), event);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().ok();
            process.wait().ok();
        }
        // A test that fails shows what its server said.
        if let (true, Some(log)) = (std::thread::panicking(), self.log.take()) {
            eprintln!("log of {}:\n{}", self.url, log.join().unwrap_or_default());
        }
    }
}

fn agent() -> ureq::Agent {
    // What the server answers is looked at, redirections too.
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        // Certificates of tests are nobody's; that one is checked is tested with another client.
        .tls_config(TlsConfig::builder().disable_verification(true).build())
        .build()
        .new_agent()
}

/// The keys of an account.
pub(crate) struct Keys {
    pub(crate) live: String,
    pub(crate) test: String,
}

/// A response, read whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn header_names(&self) -> Vec<&str> {
        self.headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Checks that this is the problem document that RFC 9457 and our contract ask for, and returns it.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let document = self.json();
        assert_eq!(document["status"], status);
        for member in ["type", "title", "detail"] {
            assert!(document[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {document}");
        }
        assert_eq!(document["request_id"].as_str(), self.header("x-request-id"));
        document
    }
}

impl From<ureq::http::Response<ureq::Body>> for Reply {
    fn from(mut response: ureq::http::Response<ureq::Body>) -> Self {
        let headers = response.headers().iter();
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let status = response.status().as_u16();
        Reply { status, headers, body: response.body_mut().read_to_vec().unwrap() }
    }
}

/// A call of 600 + 400 tokens, to be changed as a test needs it.
pub(crate) fn call(model: &str) -> Value {
    json!({"tenant_id": "client-xyz", "model": model, "prompt_tokens": 600, "completion_tokens": 400})
}

/// `value` with the members of `changes` put in.
pub(crate) fn with(mut value: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("changes are members") };
    value.as_object_mut().unwrap().extend(changes);
    value
}
