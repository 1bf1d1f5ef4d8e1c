//! In which directions a ledger grows, and what is measured there.

use crate::{
    IS_MEASURED,
    ledger::{
        EMAIL, Ledger, TENANT, grow_accounts, grow_models, grow_months, grow_reports, grow_tags, grow_tenants,
    },
    sample::{self, once, repeated},
    server::{As, Clock, Server},
    table::{
        Aim::{self, Flat, Linear},
        Table,
    },
};
use jiff::ToSpan;
use serde_json::{Value, json};

/// One direction.
pub(crate) struct Direction {
    pub(crate) name: &'static str,
    /// When it is measured, and as a test.
    sizes: [[u64; 3]; 2],
    grow: fn(&mut Ledger, [u64; 2]),
    /// Calls that show all of what grows, or add it up; all others show as much as before.
    linear: &'static [&'static str],
    /// What is measured besides the pages and calls that every direction has.
    more: fn(&Ledger, &mut Table, &Direction),
    /// Whether the server has a clock that is set.
    has_clock: bool,
}

pub(crate) const ALL: [Direction; 6] = [
    Direction {
        name: "tenants",
        sizes: [[10_000, 50_000, 100_000], [8, 16, 24]],
        grow: grow_tenants,
        // Usage adds up the sums of every tenant; the others read the events of a month.
        linear: &[
            "usage",
            "GET /app",
            "GET /app/tenants",
            "GET /app/models",
            "GET /app/models/{name}",
            "GET /app/market",
            "export of a tenant",
            "GET /app/tenants/{tenant_id}/export.zip",
            "GET /app/reports/{report_id}/evidence.zip",
            "close",
            "restatement",
            "check",
            "start",
        ],
        more: months_and_restatements,
        has_clock: false,
    },
    Direction {
        name: "models",
        sizes: [[100, 300, 1_000], [4, 6, 8]],
        grow: grow_models,
        linear: &[
            "usage",
            "GET /app",
            "GET /app/models",
            "GET /app/models/{name}",
            "GET /app/market",
            "GET /app/tenants",
            "GET /app/tenants/{tenant_id}",
            "GET /app/tenants/{tenant_id}/dashboard",
            "GET /app/tenants/{tenant_id}/whatif",
            "GET /app/tenants/{tenant_id}/targets",
            "GET /app/reports/{report_id}/{form}",
            "GET /d/{token}",
            "report",
            "export of a tenant",
            "GET /app/tenants/{tenant_id}/export.zip",
            "GET /app/reports/{report_id}/evidence.zip",
            "check",
        ],
        more: nothing_more,
        has_clock: false,
    },
    Direction {
        name: "tags of a tenant",
        sizes: [[100, 300, 1_000], [4, 6, 8]],
        grow: grow_tags,
        linear: &[
            "usage by tag:feature",
            "GET /app/tenants/{tenant_id}/dashboard",
            "GET /d/{token}",
            "GET /app/reports/{report_id}/{form}",
            "report",
            "export of a tenant",
            "GET /app/tenants/{tenant_id}/export.zip",
            "GET /app/reports/{report_id}/evidence.zip",
            "check",
        ],
        more: nothing_more,
        has_clock: false,
    },
    Direction {
        name: "months",
        sizes: [[12, 36, 120], [3, 4, 5]],
        grow: grow_months,
        linear: &[
            "usage of ten years by month",
            "export of a tenant",
            "GET /app/tenants/{tenant_id}/export.zip",
            "check",
            "start",
        ],
        more: ten_years,
        has_clock: true,
    },
    Direction {
        name: "accounts",
        sizes: [[1_000, 3_000, 10_000], [2, 3, 4]],
        grow: grow_accounts,
        linear: &["check", "start"],
        more: nothing_more,
        has_clock: false,
    },
    Direction {
        name: "reports",
        sizes: [[20, 60, 200], [2, 3, 4]],
        grow: grow_reports,
        linear: &[
            "reports of all",
            "billing",
            "GET /app/billing",
            "GET /app/billing/{month}/lines.csv",
            "GET /app/billing/{month}/lines.xlsx",
            "GET /app/report-batches/{batch_id}/reports.zip",
            "GET /app/reports",
            "check",
        ],
        more: nothing_more,
        has_clock: false,
    },
];

impl Direction {
    pub(crate) fn run(&self) {
        let clock = if self.has_clock { Clock::new() } else { None };
        if self.has_clock && clock.is_none() {
            println!("\n{}: not measured, since libfaketime is not installed", self.name);
            return;
        }
        let mut ledger = Ledger::new(clock);
        let sizes = self.sizes[usize::from(!*IS_MEASURED)];
        if self.has_clock {
            // Months begin in 2018, and there are none before.
            ledger.set_day(jiff::civil::date(2018, 2, 15));
        }
        ledger.server = Some(Server::start(&ledger.file(), ledger.clock.as_ref()).0);
        ledger.key = ledger.server().sign_up(EMAIL);
        let mut table = Table::default();
        let mut before = 0;
        for size in sizes {
            (self.grow)(&mut ledger, [before, size]);
            self.measure(&mut ledger, &mut table);
            before = size;
            ledger.step += 1;
        }
        ledger.server.take().expect("it runs").stop();
        table.print(self.name, &sizes);
    }

    fn aim(&self, call: &str) -> Aim {
        let is_linear = self.linear.iter().any(|linear| {
            call == *linear
                || (!linear.contains('/')
                    && call.strip_prefix(linear).is_some_and(|rest| rest.starts_with(' ')))
        });
        if is_linear { Linear } else { Flat }
    }

    fn add(&self, table: &mut Table, call: &str, sample: sample::Sample) {
        table.add(call, self.aim(call), sample);
    }

    fn measure(&self, ledger: &mut Ledger, table: &mut Table) {
        let month = ledger.month(0);
        // One for each size, since a link ends.
        let link = format!("/api/v1/tenants/{TENANT}/dashboard-links");
        let link =
            ledger.server().json("POST", &link, As::Key(&ledger.key), Some(&json!({"expires_in_days": 400})));
        let url = link["url"].as_str().expect("a URL");
        ledger.dashboard = format!("/d/{}", url.rsplit('/').next().expect("a token"));
        // Of the month so far; the events of this size make it another one.
        let report = json!({"tenant_id": TENANT, "month": month, "language": "en"});
        let made = once(ledger.server(), || ledger.ask("POST", "/api/v1/reports", Some(&report)));
        self.add(table, "report", made);
        let answer = ledger.ask("POST", "/api/v1/reports", Some(&report));
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        ledger.report = answer["report_id"].as_str().expect("an id").to_owned();
        ledger.cookie = ledger.server().log_in(EMAIL);

        let ledger_now = &*ledger;
        let server = ledger_now.server();
        let mut get = |name: &str, path: &str| {
            self.add(table, name, repeated(server, || ledger_now.ask("GET", path, None)));
        };
        for by in ["day", "month", "model", "region", "tenant", "tag:feature"] {
            get(
                &format!("usage by {by}"),
                &format!("/api/v1/usage?from={month}-01&to={}&group_by={by}", ledger_now.today),
            );
        }
        get(
            "usage of a tenant",
            &format!("/api/v1/usage?from={month}-01&to={}&tenant_id={TENANT}", ledger_now.today),
        );
        get("events", "/api/v1/events?limit=100");
        get("tenants", "/api/v1/tenants?limit=1000");
        get("a month", &format!("/api/v1/months/{month}"));
        get("billing", &format!("/api/v1/billing/{month}"));
        get("billing lines", &format!("/api/v1/billing/{month}/lines.csv"));
        get("export of a tenant", &format!("/api/v1/tenants/{TENANT}/export.zip"));
        get("statement.json", &format!("/api/v1/reports/{}/statement.json", ledger_now.report));
        get("sources", "/api/v1/sources");
        let call = ledger_now.call(TENANT, "mistral-large-2");
        let track = || ledger_now.ask("POST", "/api/v1/track", Some(&call));
        self.add(table, "track", repeated(server, track));
        let dashboard = || server.ask("GET", &ledger_now.dashboard, As::Nobody, None);
        self.add(table, "GET /d/{token}", repeated(server, dashboard));
        for pattern in console_pages() {
            let Some(path) = path_of(&pattern, ledger_now) else { continue };
            let page = || server.ask("GET", &path, As::Visitor(&ledger_now.cookie), None);
            self.add(table, &format!("GET {pattern}"), repeated(server, page));
        }
        if let Some((_, sample)) = &ledger_now.batch {
            self.add(table, "reports of all", *sample);
        }
        (self.more)(ledger_now, table, self);
        // Stopped and started again: what it reads before it answers.
        ledger.server.take().expect("it runs").stop();
        let file = ledger.file();
        self.add(table, "check", sample::check(&file));
        let (server, wall) = Server::start(&file, ledger.clock.as_ref());
        self.add(table, "start", sample::Sample { cpu: server.cpu(), wall, bytes: 0 });
        ledger.server = Some(server);
    }
}

/// The pages of the console, as its table has them.
fn console_pages() -> Vec<String> {
    let table = include_str!("../../carbon-server/src/pages/operations.rs");
    let pages = table.split("Operation::page(\"").skip(1).filter_map(|rest| {
        let (pattern, rest) = rest.split_once('"')?;
        rest.starts_with(", Session").then(|| pattern.to_owned())
    });
    pages.collect()
}

/// A page with something in it; `None` where this ledger has none of it.
fn path_of(pattern: &str, ledger: &Ledger) -> Option<String> {
    let is_without = pattern.contains("{instrument_id}") || pattern.ends_with("/logo.png");
    let batch = ledger.batch.as_ref().map(|(id, _)| id.as_str());
    if is_without || (pattern.contains("{batch_id}") && batch.is_none()) {
        return None;
    }
    Some(
        pattern
            .replace("{tenant_id}", TENANT)
            .replace("{event_id}", &ledger.newest_event())
            .replace("{name}", "mistral-large-2")
            .replace("{report_id}", &ledger.report)
            .replace("{form}", "report.pdf")
            .replace("{batch_id}", batch.unwrap_or_default())
            .replace("{month}", &ledger.month(0)),
    )
}

/// Closes that month, and restates it.
fn months_and_restatements(ledger: &Ledger, table: &mut Table, direction: &Direction) {
    let server = ledger.server();
    let month = ledger.month(ledger.to_close());
    direction.add(table, "close", once(server, || ledger.close(ledger.to_close())));
    let body = json!({"month": month, "factor_set": "2025.1", "reason": "another set"});
    let mut answer = Vec::new();
    let restated = once(server, || {
        answer = ledger.ask("POST", "/api/v1/restatements", Some(&body));
        answer.clone()
    });
    direction.add(table, "restatement", restated);
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    let path = format!("/api/v1/restatements/{}", answer["restatement_id"].as_str().expect("an id"));
    direction.add(table, "restatement again", repeated(server, || ledger.ask("GET", &path, None)));
}

fn nothing_more(_: &Ledger, _: &mut Table, _: &Direction) {}

fn ten_years(ledger: &Ledger, table: &mut Table, direction: &Direction) {
    let from = ledger.today.saturating_sub(3_600.days());
    let path = format!("/api/v1/usage?from={from}&to={}&tenant_id={TENANT}&group_by=month", ledger.today);
    let usage = repeated(ledger.server(), || ledger.ask("GET", &path, None));
    direction.add(table, "usage of ten years by month", usage);
}
