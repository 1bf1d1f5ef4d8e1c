//! A server process, and calls and visits to it.

use crate::BINARY;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const JSON: &str = "application/json";

pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
    agent: ureq::Agent,
}

/// Who asks.
#[derive(Clone, Copy)]
pub(crate) enum As<'a> {
    Nobody,
    Key(&'a str),
    /// With a session's cookie.
    Visitor(&'a str),
}

impl Server {
    /// Starts one on a file; how long it takes until it has answered.
    pub(crate) fn start(file: &Path, clock: Option<&Clock>) -> (Self, Duration) {
        let begun = Instant::now();
        let mut command = Command::new(&*BINARY);
        if let Some(clock) = clock {
            clock.set_for(&mut command);
        }
        let mut process = command
            .args(["--listen", "127.0.0.1:0", "--log", "error", "--database"])
            .arg(format!("sqlite:{}", file.display()))
            .args(["--key-requests-per-s-max", "1000000", "--sign-ups-per-minute-max", "1000000"])
            .args(["--address-requests-per-s-max", "1000000", "--log-ins-per-minute-max", "1000000"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server");
        let mut greeting = String::new();
        let mut stdout = BufReader::new(process.stdout.take().expect("its output"));
        stdout.read_line(&mut greeting).expect("a greeting");
        // What else it says is read, so that it never waits to be heard.
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let url = greeting.trim().rsplit(' ').next().expect("a word").to_owned();
        let agent = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build().into();
        let server = Server { process, url, agent };
        server.ask("GET", "/healthz", As::Nobody, None);
        (server, begun.elapsed())
    }

    /// Processor time of the process so far.
    pub(crate) fn cpu(&self) -> Duration {
        cpu_of(&format!("/proc/{}/stat", self.process.id()), 11)
    }

    /// Sends a request and reads the answer to its end; anything but a 2xx or a redirection stops the bench.
    pub(crate) fn ask(&self, method: &str, path: &str, who: As<'_>, body: Option<&Value>) -> Vec<u8> {
        let text = body.map(Value::to_string);
        self.send(method, path, who, text.map(|text| (JSON, text))).0
    }

    /// The same, of a body that is no JSON; also answers the cookie that is set.
    fn send(
        &self,
        method: &str,
        path: &str,
        who: As<'_>,
        body: Option<(&str, String)>,
    ) -> (Vec<u8>, Option<String>) {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        request = match who {
            As::Nobody => request,
            As::Key(key) => request.header("authorization", format!("Bearer {key}")),
            As::Visitor(cookie) => request.header("cookie", cookie).header("accept", "text/html"),
        };
        let (kind, body) = body.unwrap_or(("text/plain", String::new()));
        let request = match (body.is_empty(), who) {
            (true, _) => request,
            // A form, as a page of ours sends it.
            (false, As::Nobody) if kind != JSON => {
                request.header("content-type", kind).header("origin", &self.url)
            }
            (false, _) => request.header("content-type", kind),
        };
        let mut reply = if body.is_empty() {
            self.agent.run(request.body(()).expect("a request"))
        } else {
            self.agent.run(request.body(body).expect("a request"))
        }
        .expect("an answer");
        let mut answer = Vec::new();
        reply.body_mut().as_reader().read_to_end(&mut answer).expect("all of it");
        let status = reply.status();
        assert!(
            status.is_success() || status.is_redirection(),
            "{method} {path}: {status}: {}",
            String::from_utf8_lossy(&answer)
        );
        let cookie = reply.headers().get("set-cookie").and_then(|cookie| cookie.to_str().ok());
        (answer, cookie.and_then(|cookie| cookie.split(';').next()).map(str::to_owned))
    }

    pub(crate) fn json(&self, method: &str, path: &str, who: As<'_>, body: Option<&Value>) -> Value {
        serde_json::from_slice(&self.ask(method, path, who, body)).expect("JSON")
    }

    /// Signs up; the live key.
    pub(crate) fn sign_up(&self, email: &str) -> String {
        let account = json!({"email": email, "password": "correct horse", "organisation": "Bench"});
        let account = self.json("POST", "/api/v1/accounts", As::Nobody, Some(&account));
        account["api_keys"]["live"].as_str().expect("a key").to_owned()
    }

    /// Logs in on the pages; the cookie.
    pub(crate) fn log_in(&self, email: &str) -> String {
        let form = format!("email={}&password=correct+horse", email.replace('@', "%40"));
        let kind = "application/x-www-form-urlencoded";
        self.send("POST", "/login", As::Nobody, Some((kind, form))).1.expect("a session")
    }

    /// Sends calls in batches; all of them must be new.
    pub(crate) fn batch(&self, key: &str, calls: impl Iterator<Item = Value>) {
        let mut calls = calls.peekable();
        while calls.peek().is_some() {
            let batch: Vec<Value> = calls.by_ref().take(5_000).collect();
            let count = batch.len();
            let answer = self.json("POST", "/api/v1/track/batch", As::Key(key), Some(&Value::Array(batch)));
            assert_eq!(answer["accepted"], count, "{answer}");
        }
    }

    pub(crate) fn stop(mut self) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        assert!(self.process.wait().expect("its end").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Two neighbouring fields of a `stat` file, behind the name of the process, as time.
pub(crate) fn cpu_of(stat: &str, first: usize) -> Duration {
    let text = std::fs::read_to_string(stat).expect("a process");
    let (_, fields) = text.rsplit_once(") ").expect("its name");
    let ticks: u64 =
        fields.split(' ').skip(first).take(2).map(|ticks| ticks.parse::<u64>().expect("ticks")).sum();
    // Linux counts in hundredths of a second there.
    Duration::from_millis(ticks * 10)
}

/// A clock of the server that the bench sets, where libfaketime is installed.
pub(crate) struct Clock {
    folder: tempfile::TempDir,
    library: String,
}

impl Clock {
    pub(crate) fn new() -> Option<Self> {
        let found = Command::new("sh").args(["-c", "dpkg -L libfaketime | grep /libfaketime.so.1$"]).output();
        let library = String::from_utf8(found.ok()?.stdout).ok()?.trim().to_owned();
        let clock = Clock { folder: tempfile::tempdir().ok()?, library };
        (!clock.library.is_empty()).then_some(clock)
    }

    /// So many days ahead of the true time, or behind it.
    pub(crate) fn set_days(&self, ahead: i64) {
        std::fs::write(self.folder.path().join("clock"), format!("{ahead:+}d")).expect("a file");
    }

    pub(crate) fn set_for(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", self.folder.path().join("clock"))
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
}
