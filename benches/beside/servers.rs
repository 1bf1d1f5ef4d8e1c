//! What is measured beside each other.

use crate::{
    load::{post, track_request},
    process::Process,
    raw::{INSERT, raw_ledger},
    tracker::{sign_up, start_tracker},
};
use rusqlite::params;
use std::{
    env,
    io::BufRead,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::Command,
    time::Duration,
};

const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/python-beside/bin/python");
const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/beside");
const MODELLED: &str = r#"{"tenant_id":"client-xyz","model":"gpt-5","region":"FRA","prompt_tokens":600,"completion_tokens":400}"#;

pub(crate) struct Subject {
    pub name: &'static str,
    /// Calls of a round: some seconds of work.
    pub calls: u64,
    pub process: Process,
    pub load: Load,
}

pub(crate) enum Load {
    Requests {
        address: SocketAddr,
        request: String,
    },
    /// It is told how many times to do its work.
    Told,
}

/// Ours first: the others are compared with it.
pub(crate) fn all(folder: &Path, postgres: Option<&str>) -> Vec<Subject> {
    let requests = |name, calls, process, address, request: String| Subject {
        name,
        calls,
        process,
        load: Load::Requests { address, request },
    };
    let mut subjects = Vec::new();
    for (name, modelled) in [("ours, durable, published factor", false), ("ours, durable, modelled", true)] {
        let ledger = folder.join(if modelled { "modelled" } else { "published" });
        std::fs::create_dir(&ledger).expect("a folder for the ledger");
        let (process, address) = own("tracker", &ledger);
        let key = sign_up(address);
        let request = if modelled {
            post("/api/v1/track", &key, "application/json", MODELLED)
        } else {
            track_request(&key)
        };
        subjects.push(requests(name, 40_000, process, address, request));
    }
    let (process, address) = own("hello", folder);
    let get = "GET / HTTP/1.1\r\nhost: x\r\n\r\n".to_owned();
    subjects.push(requests("a bare hyper that answers hello", 100_000, process, address, get));
    for (name, calls, takes, modelled) in [
        ("FastAPI + sqlite3 (WAL, FULL), a commit per request", 2_000, "sqlite", false),
        ("FastAPI + asyncpg, a commit per request, without PostgreSQL's own", 2_000, "postgres", false),
        ("FastAPI + EcoLogits, nothing stored", 1_500, "ecologits", true),
    ] {
        if takes == "postgres" && postgres.is_none() {
            continue;
        }
        let file = folder.join("service.db");
        let (process, address) = service(takes, &file, postgres.unwrap_or(""));
        let request = if modelled {
            post("/api/v1/track", "none", "application/json", MODELLED)
        } else {
            track_request("none")
        };
        subjects.push(requests(name, calls, process, address, request));
    }
    let python = Process::start(Command::new(PYTHON).arg(format!("{HERE}/in_process.py")));
    let told = |name, calls, process| Subject { name, calls, process, load: Load::Told };
    subjects.push(told("EcoLogits in process, nothing stored", 2_000, python));
    for (name, calls, rows) in
        [("raw SQLite, a row per commit", 10_000, 1), ("raw SQLite, 1,000 rows per commit", 1_000_000, 1_000)]
    {
        let file = folder.join(format!("raw-{rows}.db"));
        subjects.push(told(name, calls, Process::start(itself("raw").arg(rows.to_string()).arg(file))));
    }
    subjects
}

fn itself(role: &str) -> Command {
    let mut command = Command::new(env::current_exe().expect("the path of this program"));
    command.arg(role);
    command
}

fn own(role: &str, folder: &Path) -> (Process, SocketAddr) {
    let mut process = Process::start(itself(role).arg(folder));
    let address = process.line().parse().expect("an address");
    (process, address)
}

/// One worker, with the loop and the parser that are faster than the default.
fn service(takes: &str, file: &Path, postgres: &str) -> (Process, SocketAddr) {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|free| free.local_addr())
        .expect("a port")
        .port();
    let arguments =
        ["-m", "uvicorn", "service:app", "--loop", "uvloop", "--http", "httptools", "--no-access-log"];
    let mut command = Command::new(PYTHON);
    command.args(arguments).args(["--log-level", "warning", "--port", &port.to_string()]).current_dir(HERE);
    command
        .env("TAKES", takes)
        .env("FILE", file)
        .env("POSTGRES", postgres)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let process = Process::start(&mut command);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    for _ in 0..600 {
        if TcpStream::connect(address).is_ok() {
            return (process, address);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{takes} has not started within a minute");
}

/// What this program does as one of its own processes.
pub(crate) fn run(role: &str, arguments: &[String]) {
    match (role, arguments) {
        ("tracker", [folder]) => {
            println!("{}", start_tracker(Path::new(folder)));
            wait();
        }
        ("hello", _) => {
            println!("{}", crate::hello::start_hello());
            wait();
        }
        ("raw", [rows, file]) => insert(rows.parse().expect("a number"), Path::new(file)),
        _ => panic!("no role {role} with {arguments:?}"),
    }
}

/// Until the other end is closed.
fn wait() {
    for line in std::io::stdin().lock().lines() {
        line.expect("text");
    }
}

fn insert(rows_per_commit: u64, file: &Path) {
    let mut connection = raw_ledger(file);
    let mut ids = 0..;
    for line in std::io::stdin().lock().lines() {
        let rows: u64 = line.expect("text").parse().expect("a number");
        for _ in 0..rows / rows_per_commit {
            let transaction = connection.transaction().expect("a transaction");
            {
                let mut insert = transaction.prepare_cached(INSERT).expect("a statement");
                for id in ids.by_ref().take(usize::try_from(rows_per_commit).expect("few rows")) {
                    insert.execute(params![format!("{id:012}"), id % 20]).expect("a row");
                }
            }
            transaction.commit().expect("a commit");
        }
        println!("done");
    }
}
