//! A real server that takes mail, on this machine.

use crate::server::ROOT;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};
use tempfile::TempDir;

/// How long a mail may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
const QUIET: Duration = Duration::from_secs(3);

pub(crate) const USER: &str = "reports@example.com";
pub(crate) const PASSWORD: &str = "p/a:ss@word";

/// aiosmtpd; ended when dropped.
pub(crate) struct MailServer {
    process: Child,
    folder: TempDir,
    received: Receiver<Value>,
    /// As the option takes it.
    pub(crate) url: String,
}

impl MailServer {
    /// In the clear.
    pub(crate) fn plain() -> Self {
        Self::start("none", |port| format!("smtp://127.0.0.1:{port}?tls=none"))
    }

    /// With encryption and a user: `starttls` or `tls`.
    pub(crate) fn encrypted(security: &str) -> Self {
        let scheme = if security == "tls" { "smtps" } else { "smtp" };
        let [user, password] =
            [USER, PASSWORD].map(|text| text.replace('/', "%2F").replace(':', "%3A").replace('@', "%40"));
        Self::start(security, |port| format!("{scheme}://{user}:{password}@127.0.0.1:{port}"))
    }

    fn start(security: &str, url: impl FnOnce(u64) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new(ROOT);
        let mut command = Command::new(root.join("target/python-mail/bin/python"));
        command.arg(root.join("tests/programs/smtp_server.py")).arg(security);
        command.arg(hangs_with(&folder));
        std::fs::write(hangs_with(&folder), "").unwrap();
        if security != "none" {
            certificate(folder.path());
            let file = |name: &str| folder.path().join(name);
            command.args([file("cert.pem"), file("key.pem")]).args([USER, PASSWORD]);
        }
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (sender, received) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if sender.send(serde_json::from_str(&line).unwrap()).is_err() {
                    return;
                }
            }
        });
        let begun: Value = received.recv_timeout(PATIENCE).unwrap();
        let url = url(begun["port"].as_u64().unwrap());
        MailServer { process, folder, received, url }
    }

    /// What a server of ours is told of it.
    pub(crate) fn options(&self) -> Vec<String> {
        let mut options = vec!["--smtp-url", &self.url];
        options.extend(["--mail-from", "Example Reports <reports@example.com>"]);
        options.extend(["--public-url", "https://carbon.example.com"]);
        let mut options: Vec<String> = options.into_iter().map(str::to_owned).collect();
        if self.folder.path().join("cert.pem").exists() {
            let file = self.folder.path().join("cert.pem").display().to_string();
            options.extend(["--smtp-ca".to_owned(), file]);
        }
        options
    }

    /// The next line that it writes: a mail, or that it hangs.
    #[track_caller]
    pub(crate) fn next(&self) -> Value {
        self.received.recv_timeout(PATIENCE).expect("a mail arrives")
    }

    /// From now on it takes what it hung at, when that is sent again.
    pub(crate) fn goes_on(&self) {
        std::fs::remove_file(hangs_with(&self.folder)).unwrap();
    }

    /// Mails until none comes any more.
    pub(crate) fn rest(&self) -> Vec<Value> {
        let lines = std::iter::from_fn(|| self.received.recv_timeout(QUIET).ok());
        lines.filter(is_mail).collect()
    }

    /// So many mails, in the order of their recipients, and no more.
    #[track_caller]
    pub(crate) fn all(&self, count: usize) -> Vec<Value> {
        let lines = std::iter::from_fn(|| Some(self.next()));
        let mut mails: Vec<Value> = lines.filter(is_mail).take(count).collect();
        assert_eq!(self.rest(), Vec::<Value>::new());
        mails.sort_by_key(|mail| mail["to"][0].as_str().unwrap_or_default().to_owned());
        mails
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// The file that makes it hang.
fn hangs_with(folder: &TempDir) -> PathBuf {
    folder.path().join("hangs")
}

/// Whether a line is a mail; other lines say that the server hangs.
fn is_mail(line: &Value) -> bool {
    line["hangs"].is_null()
}

/// A header of a mail, where it has one.
pub(crate) fn header<'m>(mail: &'m Value, name: &str) -> Option<&'m str> {
    let headers = mail["headers"].as_array().unwrap().iter();
    let mut found = headers.filter(|header| header[0] == name).map(|header| header[1].as_str().unwrap());
    let first = found.next();
    assert!(found.next().is_none(), "{name} is there twice");
    first
}

/// A certificate for 127.0.0.1 that vouches for itself and for nobody else.
fn certificate(folder: &Path) {
    let settings = "[req]\ndistinguished_name = name\nx509_extensions = its\nprompt = no\n[name]\nCN = mail\n\
                    [its]\nsubjectAltName = IP:127.0.0.1\nbasicConstraints = critical, CA:FALSE\n";
    std::fs::write(folder.join("settings"), settings).unwrap();
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-config",
            "settings",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
        ])
        .args(["-nodes", "-days", "3650", "-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
