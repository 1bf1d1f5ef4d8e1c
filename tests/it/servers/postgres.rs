//! PostgreSQL itself: the server that tests share, and one of a test's own that it may kill.

use crate::ports::free_port;
use std::{
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The server on which tests make their databases.
pub(crate) fn server_under_test() -> String {
    std::env::var("CARBON_TEST_POSTGRES").expect("CARBON_TEST_POSTGRES names a server: .ci/test starts one")
}

/// A server of one's own.
pub(super) struct Postgres {
    folder: TempDir,
    settings: Vec<String>,
    process: Option<Child>,
    port: u16,
}

impl Postgres {
    /// A new one, with settings as `postgres -c` takes them; `prepare` may put files into its folder.
    pub(super) fn start(settings: &[&str], prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        own(folder.path());
        let initdb = program("initdb")
            .args(["-U", "carbon", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-D"])
            .arg(folder.path().join("data"))
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(initdb.success());
        prepare(&folder.path().join("data"));
        let port = free_port();
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let mut postgres = Postgres { folder, settings, process: None, port };
        postgres.run();
        postgres
    }

    /// Runs it again after [`Self::kill`].
    pub(super) fn run(&mut self) {
        let mut command = program("postgres");
        command.arg("-D").arg(self.folder.path().join("data"));
        command.args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c"]);
        command.arg(format!("unix_socket_directories={}", self.folder.path().display()));
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        let log =
            std::fs::File::options().append(true).create(true).open(self.folder.path().join("log")).unwrap();
        self.process = Some(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let mut ready = program("pg_isready");
            ready.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
            if ready.status().unwrap().success() {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{}",
                std::fs::read_to_string(self.folder.path().join("log")).unwrap()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Kills it as a power cut would.
    pub(super) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
            // Its children see that it is gone, and go.
            let deadline = Instant::now() + Duration::from_secs(20);
            let database = format!("{}/data", self.folder.path().display());
            while Command::new("pgrep")
                .args(["-f", &database])
                .stdout(Stdio::null())
                .status()
                .unwrap()
                .success()
            {
                assert!(Instant::now() < deadline, "processes of {database} do not end");
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }

    pub(super) fn url(&self) -> String {
        format!("postgres://carbon@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // Fast: SIGINT.
            drop(Command::new("kill").args(["-INT", &process.id().to_string()]).status());
            process.wait().ok();
        }
    }
}

/// A program of PostgreSQL's, as somebody who is not root: it refuses to serve root.
fn program(name: &str) -> Command {
    let mut command = Command::new(folder_of_programs().join(name));
    if let Some((uid, gid)) = postgres_user() {
        command.uid(uid).gid(gid);
    }
    command.current_dir("/");
    command
}

fn folder_of_programs() -> PathBuf {
    let versions =
        std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is there: .ci/test installs it");
    versions.map(|version| version.unwrap().path().join("bin")).max().unwrap()
}

/// The user that Debian's package makes, where we are root.
fn postgres_user() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse::<u32>().unwrap()
    };
    (id(&["-u"]) == 0).then(|| (id(&["-u", "postgres"]), id(&["-g", "postgres"])))
}

/// Gives a folder or file to that user.
pub(super) fn own(path: &Path) {
    if let Some((uid, gid)) = postgres_user() {
        std::os::unix::fs::chown(path, Some(uid), Some(gid)).unwrap();
    }
}
