//! `carbon-server demo`: a year of example events to look at.

use crate::ledger::Ledger;
use crate::ports::free_address;
use crate::server::{Server, binary};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
};

/// A running demo, with its credentials.
pub(crate) struct Demo {
    pub(crate) server: Server,
    pub(crate) ledger: Ledger,
    pub(crate) password: String,
    /// Paths of the dashboards, in printed order.
    pub(crate) dashboards: Vec<String>,
    pub(crate) live: String,
}

impl Demo {
    pub(crate) fn start() -> Self {
        let ledger = Ledger::new();
        let mut command = Command::new(binary());
        command.arg("demo");
        let mut server = ledger.start(command);
        let printed = server.read_greeting_until("Authorization: Bearer");
        let after = |mark: &str| {
            let (_, rest) = printed.split_once(mark).unwrap_or_else(|| panic!("no {mark:?} in {printed}"));
            rest.split([' ', '\n', '"']).next().unwrap().to_owned()
        };
        let dashboards = printed.lines().filter_map(|line| line.split_once("/d/"));
        let dashboards: Vec<String> = dashboards.map(|(_, token)| format!("/d/{}", token.trim())).collect();
        let (password, live) = (after("with the password "), after("Authorization: Bearer "));
        assert_eq!(dashboards.len(), 6, "{printed}");
        Demo { server, ledger, password, dashboards, live }
    }
}

#[test]
fn a_demo_is_a_sound_ledger_of_a_year_with_six_clients() {
    let demo = Demo::start();
    let today = jiff::Timestamp::now();
    let from = (today - jiff::SignedDuration::from_hours(24 * 366)).to_string()[..10].to_owned();
    let path = format!("/api/v1/usage?group_by=tenant&from={from}");
    let usage = demo.server.get(&path, Some(&demo.live)).json();
    assert_eq!(usage["rows"].as_array().unwrap().len(), 6);
    assert!(usage["total"]["requests"].as_u64().unwrap() > 100_000, "more than the free events");
    let coverage = usage["total"]["coverage"].as_f64().unwrap();
    assert!(coverage > 0.9 && coverage < 1.0, "one model has no factor: {coverage}");
    for path in &demo.dashboards {
        assert_eq!(demo.server.get(path, None).status, 200);
    }
    assert_eq!(demo.ledger.count("select count(*) from closed_month"), 11);
    assert_eq!(demo.ledger.count("select count(*) from report where status = 'final'"), 6);
    let checked = demo.ledger.check();
    assert!(checked.contains("is sound"), "{checked}");
    // An existing ledger is not overwritten.
    drop(demo.server);
    let again = demo.ledger.run(&["demo", "--listen", "127.0.0.1:0"]);
    assert_eq!(again.status.code(), Some(1));
    let said = String::from_utf8(again.stderr).unwrap();
    assert!(said.contains("already holds a ledger"), "{said}");
}

/// The port is taken first, so a second demo fails at once; whoever connects early waits, and sees the whole year.
#[test]
fn a_demo_says_that_it_builds_and_answers_once_it_is_built() {
    let address = free_address();
    let ledger = Ledger::in_file();
    let mut demo = Command::new(binary())
        .args(["demo", "--listen", &address, "--database", &ledger.url()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut log, mut line) = (BufReader::new(demo.stderr.take().unwrap()), String::new());
    log.read_line(&mut line).unwrap();
    assert_eq!(line, "Building a year of example events…\n");
    let mut early = TcpStream::connect(&address).unwrap();
    early.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let second = Ledger::in_file();
    let refused = second.run(&["demo", "--listen", &address]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(!second.path().exists(), "it fails before it builds anything");
    let mut answer = String::new();
    early.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(ledger.count("select count(*) from report where status = 'final'"), 6);
    demo.kill().unwrap();
    let mut greeting = String::new();
    demo.stdout.take().unwrap().read_to_string(&mut greeting).unwrap();
    demo.wait().unwrap();
    assert!(
        greeting.starts_with(&format!("LLM Carbon Tracker is listening on http://{address}\n")),
        "{greeting}"
    );
}
