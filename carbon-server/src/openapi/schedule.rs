//! Schedules of reports, their runs, and what the webhook is sent about them.

use crate::{
    config,
    openapi::{
        Named,
        schema::{
            array, count, day, decimal, flag, integer, month, object, of, or_null, request, short_text,
            some_of, text, time, uuid, words,
        },
    },
};
use carbon_report::Language;
use serde_json::{Value, json};

const STATES: [&str; 7] = ["waiting", "closing", "issuing", "issued", "delivered", "failed", "skipped"];
const OWN_LANGUAGE: &str = "Of the reports, one in each; null: one in each client's own.";
const TENANTS: &str = "Which clients; null: every one with activity in the month.";
const COVERAGE_MIN: &str = "A run waits, and says so, while a client has less coverage (share of tokens with a value); null: it never waits.";
const YEAR: &str = "The last month of financial years: after it, a statement of its twelve months is made, too. Null: none is.";

fn languages() -> Value {
    some_of(Language::ALL.len(), super::languages())
}

fn share() -> Value {
    json!({"type": "number", "exclusiveMinimum": 0, "maximum": 1, "examples": [0.95]})
}

pub(super) fn schedules() -> Named {
    let tenants = || some_of(config::SCHEDULED_TENANTS_MAX, short_text(config::ID_BYTES_MAX, "client-xyz"));
    let day_of_month = || integer(1, 28, 3);
    let year = || integer(1, 12, 12);
    vec![
        (
            "ReportScheduleRequest",
            request([
                ("day_of_month", day_of_month(), "UTC; on it, the reports of the month before are made."),
                (
                    "close_month",
                    flag(),
                    "Whether the month is closed first, which cannot be undone. Otherwise reports of an open month are provisional.",
                ),
                ("languages?", languages(), OWN_LANGUAGE),
                ("tenant_ids?", tenants(), TENANTS),
                ("coverage_min?", share(), COVERAGE_MIN),
                ("year_ends_in?", year(), YEAR),
            ]),
        ),
        (
            "ReportSchedule",
            object([
                ("day_of_month", day_of_month(), "UTC; on it, the reports of the month before are made."),
                ("close_month", flag(), "Whether the month is closed first."),
                ("languages", or_null(&languages()), OWN_LANGUAGE),
                ("tenant_ids", or_null(&array(text("client-xyz"))), TENANTS),
                ("coverage_min", or_null(&share()), COVERAGE_MIN),
                ("year_ends_in", or_null(&year()), YEAR),
                (
                    "next_run",
                    object([
                        ("month", month(), "The month whose reports are made next."),
                        ("on", day(), "From which day on, UTC."),
                    ]),
                    "The run that comes next.",
                ),
                ("created_at", time(), "When it was first set."),
                ("changed_at", time(), "When it was last set."),
            ]),
        ),
        ("ScheduleRuns", object([("runs", array(of("ScheduleRun")), "The newest month first.")])),
        ("ScheduleRun", run()),
    ]
}

fn run() -> Value {
    let failure = object([
        ("tenant_id", text("client-xyz"), "The client."),
        ("language", of("Language"), "Of the report."),
        ("month", month(), "The month, or the first of the financial year."),
        ("last_month", month(), "The same, or the last."),
        ("detail", text("No month of 2026 has a final report of this client."), "Why."),
    ]);
    object([
        ("run_id", uuid(), "The same in messages about it."),
        ("month", month(), "The month that it is about."),
        (
            "state",
            words(&STATES),
            "`issued`: every report was made; `delivered`: and the webhook has acknowledged each.",
        ),
        ("clients", count(), "Clients that it makes reports of."),
        (
            "reports",
            object([
                ("total", count(), "All that it makes."),
                ("issued", count(), "Made so far."),
                ("failed", count(), "That could not be made."),
            ]),
            "Its reports.",
        ),
        (
            "messages",
            object([
                ("total", count(), "Without a webhook, none."),
                ("delivered", count(), "Acknowledged by the webhook."),
                ("pending", count(), "Still to be acknowledged."),
                ("given_up", count(), "Not acknowledged in a day and a half."),
            ]),
            "`report.issued`, to the webhook.",
        ),
        ("coverage", or_null(&decimal()), "The lowest of a client, where the run had to wait for it."),
        (
            "problem",
            or_null(&text("The coverage is below 0.95 for 2 of 7 clients; the lowest is 0.81.")),
            "What it waits for, or what failed.",
        ),
        ("what_to_do", or_null(&text("Run it again.")), "What can be done about that."),
        ("failures", array(failure), "Each report that could not be made."),
        ("started_at", time(), "When it was begun."),
        ("changed_at", time(), "When its state changed last."),
    ])
}

pub(super) fn messages() -> Named {
    let links = object([
        ("pdf", text("/api/v1/reports/…/report.pdf"), "The report."),
        ("statement", text("/api/v1/reports/…/statement.json"), "The same as data."),
        ("evidence", text("/api/v1/reports/…/evidence.zip"), "What an auditor needs."),
        (
            "dashboard?",
            text("https://carbon.example.com/d/…"),
            "The client's dashboard, if it has a link that can be opened.",
        ),
    ]);
    vec![
        (
            "ReportIssuedMessage",
            object([
                ("type", words(&["report.issued"]), "What happened."),
                ("timestamp", time(), "When."),
                ("data", of("ReportIssued"), "The report."),
            ]),
        ),
        (
            "ReportIssued",
            object([
                ("account_id", uuid(), "Id of the account."),
                ("run_id", uuid(), "The run that made it."),
                ("report_id", uuid(), "Its id."),
                ("tenant_id", text("client-xyz"), "The client."),
                ("month", month(), "The month, or the first of the financial year."),
                ("last_month", month(), "The same, or the last."),
                ("language", of("Language"), "Its language."),
                ("revision", integer(1, u32::MAX.into(), 1), "From 1 for each client, month and language."),
                ("status", words(&["provisional", "final"]), "Final once the month is closed."),
                ("co2_grams", or_null(&of("Range")), "Grams of CO2e; null if nothing in it has a factor."),
                ("coverage", or_null(&decimal()), "Share of the tokens that have a factor."),
                ("links", links, "Paths below this server, except where a whole URL is given."),
            ]),
        ),
        (
            "ReportScheduleMessage",
            object([
                ("type", words(&["report_schedule.waiting", "report_schedule.failed"]), "What happened."),
                ("timestamp", time(), "When."),
                ("data", of("ReportScheduleNotice"), "The run, and what to do."),
            ]),
        ),
        (
            "ReportScheduleNotice",
            object([
                ("account_id", uuid(), "Id of the account."),
                ("run_id", uuid(), "The run."),
                ("month", month(), "The month that it is about."),
                (
                    "problem",
                    text("The coverage is below 0.95 for 2 of 7 clients; the lowest is 0.81."),
                    "What it waits for, or what failed.",
                ),
                ("what_to_do", text("Run it again."), "What can be done about that."),
                ("coverage?", decimal(), "The lowest of a client."),
                ("coverage_min?", decimal(), "The least that the schedule asks for."),
                ("clients_below?", count(), "Clients that have less."),
                ("reports?", count(), "Reports of the run."),
                ("reports_failed?", count(), "Those that could not be made."),
                (
                    "links",
                    object([("runs", text("/api/v1/report-schedule/runs"), "The list of runs.")]),
                    "Paths below this server.",
                ),
            ]),
        ),
    ]
}

/// The webhooks of the description.
pub(super) fn webhooks(signed: &str) -> [(&'static str, Value); 2] {
    let webhook = |id: &str, summary: &str, schema: &str| {
        json!({"post": {
            "operationId": id,
            "tags": ["reports"],
            "security": [],
            "summary": summary,
            "description": signed,
            "requestBody": {"required": true, "content": {"application/json": {"schema": of(schema)}}},
            "responses": {
                "2XX": {"description": "Acknowledged."},
                "4XX": {"description": "Not acknowledged: it is sent again."},
            }
        }})
    };
    [
        ("report", webhook("report", "A schedule has issued a report", "ReportIssuedMessage")),
        ("schedule", webhook("schedule", "A run of a schedule waits or has failed", "ReportScheduleMessage")),
    ]
}
