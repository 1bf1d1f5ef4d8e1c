//! Settings at their edges, from flags and from the environment.

use crate::ledger::Ledger;
use crate::server::binary;
use serde_json::json;
use std::process::Command;

/// Every limit with bounds: its smallest and its largest value.
const BOUNDS: [(&str, &str, &str); 17] = [
    ("--body-bytes-max", "1", "1073741824"),
    ("--batch-bytes-max", "1", "1073741824"),
    ("--batch-events-max", "1", "1000000"),
    ("--batches-max", "1", "1024"),
    ("--writes-waiting-max", "1", "1000000"),
    ("--tags-per-tenant-max", "0", "1000000"),
    ("--header-timeout-s", "1", "86400"),
    ("--body-timeout-s", "1", "86400"),
    ("--connections-max", "1", "1000000"),
    ("--key-requests-per-s-max", "1", "1000000"),
    ("--address-requests-per-s-max", "1", "1000000"),
    ("--sign-ups-per-minute-max", "1", "1000000"),
    ("--log-ins-per-minute-max", "1", "1000000"),
    ("--keys-per-account-max", "1", "1000000"),
    ("--housekeeping-s", "1", "86400"),
    ("--write-timeout-s", "1", "86400"),
    ("--shutdown-timeout-s", "0", "86400"),
];

#[test]
fn a_server_runs_at_the_edges_of_its_limits() {
    let least = BOUNDS.map(|(flag, least, _)| [flag, least]);
    let most = BOUNDS.map(|(flag, _, most)| [flag, most]);
    for arguments in [least, most] {
        let ledger = Ledger::new();
        let arguments = arguments.concat();
        let server = ledger.serve_with(&arguments);
        assert_eq!(server.get("/healthz", None).status, 200);
        assert!(server.stop().0.success());
    }
}

#[test]
fn past_its_edges_a_limit_is_refused_by_name() {
    let ledger = Ledger::new();
    for (flag, least, most) in BOUNDS {
        let beyond = (most.parse::<u64>().unwrap() + 1).to_string();
        let below = if least == "0" { "-1" } else { "0" };
        for value in [below, beyond.as_str(), "18446744073709551615"] {
            let refused = ledger.run(&[&format!("{flag}={value}")]);
            let said = String::from_utf8_lossy(&refused.stderr);
            assert_eq!(refused.status.code(), Some(2), "{flag} {value}: {said}");
            assert!(said.contains(flag) && said.contains(value), "{said}");
        }
        let said = ledger.run(&[&format!("{flag}={beyond}")]).stderr;
        assert!(String::from_utf8_lossy(&said).contains(&format!("{beyond} is not in {least}..={most}")));
    }
    assert!(!ledger.path().exists());
}

#[test]
fn an_empty_variable_is_one_that_is_not_set() {
    let help = Command::new(binary()).args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let names: Vec<&str> =
        help.split("[env: ").skip(1).map(|rest| rest.split(['=', ']']).next().unwrap()).collect();
    assert!(names.len() > 25, "{names:?}");
    let ledger = Ledger::new();
    let mut command = Command::new(binary());
    command.envs(names.iter().map(|name| (name, "")));
    let server = ledger.start(command);
    let keys = server.sign_up("a@example.com");
    assert_eq!(server.get("/metrics", None).status, 200, "no token");
    let link = json!({"expires_in_days": 1});
    server.put("/api/v1/tenants/t", Some(&keys.live), &json!({}));
    let link = server.post("/api/v1/tenants/t/dashboard-links", Some(&keys.live), &link).json();
    assert!(link["url"].as_str().unwrap().starts_with(&server.url), "{link}");
    // The same for the other commands.
    let mut check = Command::new(binary());
    check.args(["check", "--database", &ledger.url()]);
    check.envs(names.iter().map(|name| (name, "")));
    assert!(check.output().unwrap().status.success());
}

#[test]
fn a_switch_is_turned_on_and_off_by_its_variable() {
    for (value, status) in [("1", 200), ("true", 200), ("0", 422), ("false", 422), ("", 422)] {
        let ledger = Ledger::new();
        let mut command = Command::new(binary());
        command.env("CARBON_WEBHOOK_PRIVATE", value);
        let server = ledger.start(command);
        let keys = server.sign_up("a@example.com");
        let hook = json!({"url": "http://127.0.0.1:9/"});
        let reply = server.put("/api/v1/webhook", Some(&keys.live), &hook);
        assert_eq!(reply.status, status, "{value:?}: {}", reply.text());
    }
    let refused = Command::new(binary()).env("CARBON_WEBHOOK_PRIVATE", "perhaps").output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
}
