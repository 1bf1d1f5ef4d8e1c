//! A year that nobody has to think of: twelve months closed and reported by the schedule alone, with kills and missed days; by two
//! servers, where the ledger can have them.

use super::{Vendor, day, month, name};
use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

const MONTHS: i32 = 12;
const CLIENTS: u64 = 3;

impl Vendor {
    fn calls(&self) {
        for client in 0..CLIENTS {
            self.track(&format!("client-{client}"), "gpt-4o");
        }
    }

    /// Kills every server once so many reports of a month's run were made.
    fn kill_after(&mut self, month: Date, reports: u64) {
        let made = format!(
            "select count(report_id) + count(distinct schedule_run_key)
               from schedule_run left join schedule_run_report using (account_key, schedule_run_key)
              where month = '{}'",
            name(month)
        );
        while self.ledger.count(&made) < reports + 1 {
            std::thread::sleep(Duration::from_millis(5));
        }
        let servers = self.servers.len();
        self.servers.drain(..).for_each(crate::server::Server::kill);
        self.start(servers);
    }
}

/// The month in which nobody is there from the 11th on, until the 28th of the next.
const AWAY: i32 = 6;

#[test]
fn a_year_is_reported_once_whoever_is_killed_and_whatever_day_is_missed() {
    let first = month(MONTHS);
    let servers = if std::env::var("CARBON_TEST_STORE").as_deref() == Ok("postgres") { 2 } else { 1 };
    let mut vendor = Vendor::new(servers, day(first, 10));
    let year_ends_in = (first + (MONTHS - 1).months()).month();
    vendor.schedule(&json!({"day_of_month": 28, "close_month": true, "year_ends_in": year_ends_in}));
    vendor.calls();
    let mut to_report = Vec::new();
    for place in 1..=MONTHS {
        let this = first + place.months();
        let last = this - 1.month();
        to_report.push(last);
        if place == AWAY + 1 {
            vendor.go_to(day(this, 28));
            vendor.start(servers);
        } else {
            vendor.go_to(day(this, 10));
        }
        if place < MONTHS {
            vendor.calls();
        }
        if place == AWAY {
            vendor.servers.drain(..).for_each(|server| assert!(server.stop().0.success()));
            continue;
        }
        // The clock may be ahead of this machine's: its month has not ended.
        vendor.go_to(day(this, 28));
        match place {
            2 => vendor.kill_after(last, 0),
            4 => vendor.kill_after(last, 1),
            9 => vendor.kill_after(last, 2),
            MONTHS => vendor.kill_after(last, CLIENTS + 1),
            _ => {}
        }
        // What a server that was killed had taken is free again.
        vendor.go_to(day(this, 28) + 1.day());
        for month in to_report.drain(..) {
            let run = vendor.run_in(month, "delivered");
            let reports = if place == MONTHS { 2 * CLIENTS } else { CLIENTS };
            assert_eq!(run["reports"], json!({"total": reports, "issued": reports, "failed": 0}), "{run}");
        }
    }

    // Once each: closed, run, issued, and told under one id.
    let months = u64::try_from(MONTHS).unwrap();
    let reports = (months + 1) * CLIENTS;
    for (sql, count) in [
        ("select count(*) from closed_month", months),
        // The schedule was set on a day on which the month before was still to come: nothing was in that.
        ("select count(*) from schedule_run", months + 1),
        ("select count(*) from schedule_run where state = 'issued'", months + 1),
        ("select count(*) from report where status = 'final' and month = last_month", months * CLIENTS),
        ("select count(*) from report", reports),
        ("select max(revision) from report", 1),
        ("select count(*) from outbox_message where kind = 'report'", reports),
    ] {
        assert_eq!(vendor.ledger.count(sql), count, "{sql}");
    }
    let mut told: BTreeMap<String, (String, Value)> = BTreeMap::new();
    while let Ok(received) = vendor.received.recv_timeout(Duration::from_secs(2)) {
        let message = received.json();
        if message["type"] == "ledger.checkpoint" {
            continue;
        }
        assert_eq!(message["type"], "report.issued");
        let report_id = message["data"]["report_id"].as_str().unwrap().to_owned();
        let id = received.header("webhook-id").to_owned();
        let first = told.entry(report_id).or_insert_with(|| (id.clone(), message.clone()));
        assert_eq!(*first, (id, message), "what is sent again is the same");
    }
    assert_eq!(told.len() as u64, reports);
    let of_year =
        told.values().filter(|(_, message)| message["data"]["month"] != message["data"]["last_month"]);
    for (_, message) in of_year.clone() {
        let statement = vendor.get(message["data"]["links"]["statement"].as_str().unwrap()).json();
        assert_eq!(statement["missing"], json!([]), "every month is in it");
        assert_eq!(message["data"]["month"], name(first));
    }
    assert_eq!(of_year.count() as u64, CLIENTS);
    vendor.ledger.check();
}
