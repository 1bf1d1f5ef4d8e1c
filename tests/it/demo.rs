//! `carbon-server demo`: something to look at in one command.

use crate::ledger::Ledger;
use crate::server::{Server, binary};
use std::process::Command;

/// A demo that is served, and how to get in.
pub(crate) struct Demo {
    pub(crate) server: Server,
    pub(crate) ledger: Ledger,
    pub(crate) password: String,
    /// Paths of the dashboards, in the order in which they are printed.
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
    assert!(coverage > 0.9 && coverage < 1.0, "one model has no value: {coverage}");
    for path in &demo.dashboards {
        assert_eq!(demo.server.get(path, None).status, 200);
    }
    assert_eq!(demo.ledger.count("select count(*) from closed_month"), 11);
    assert_eq!(demo.ledger.count("select count(*) from report where status = 'final'"), 6);
    let checked = demo.ledger.check();
    assert!(checked.contains("is sound"), "{checked}");
    // It is not written over.
    drop(demo.server);
    let again = demo.ledger.run(&["demo", "--listen", "127.0.0.1:0"]);
    assert_eq!(again.status.code(), Some(1));
    let said = String::from_utf8(again.stderr).unwrap();
    assert!(said.contains("holds a ledger already"), "{said}");
}
