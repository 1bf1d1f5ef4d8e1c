//! The work that is counted. It runs under callgrind, which counts each thread apart.

use crate::{
    load::{connect, exchange, post, track_request},
    tracker::{config, runtime, sign_up, start_with},
};
use carbon_core::{Call, FactorSet, Usage};
use carbon_report::{Activity, Brand, Client, Date, Evidence, Heading, Statement, render_pdf};
use std::hint::black_box;

/// Rows of one batch.
pub(crate) const ROWS: u32 = 1_000;

/// Whenever a thread enters this, callgrind writes down what that thread has executed since its last edge.
#[inline(never)]
pub(crate) fn edge() {
    black_box(());
}

/// Runs `work` between two edges, after as many runs that fill what is kept between calls.
fn between_edges(repetitions: u32, mut work: impl FnMut()) {
    for _ in 0..repetitions {
        work();
    }
    edge();
    for _ in 0..repetitions {
        work();
    }
    edge();
}

/// Calls of a server in this process: none, `events` of one each, and batches. The main thread has an edge before each
/// kind and after the last, the HTTP thread one after each call; ten after no call show what an edge itself takes.
///
/// One connection sends one call after the other, so each event is a group of its own: how many events share a group
/// under load depends on the machine.
pub(crate) fn server(events: u32, batches: u32) {
    let folder = tempfile::tempdir().expect("a folder for the ledger");
    let mut config = config(folder.path());
    // What is done from time to time would be counted with some calls and not with others.
    let limits = &mut config.limits;
    limits.housekeeping_s = 24 * 60 * 60;
    // Under callgrind on a busy machine everything is slow.
    (limits.header_timeout_s, limits.body_timeout_s, limits.write_timeout_s) = (3_600, 3_600, 3_600);
    let (ask, mut asked) = tokio::sync::mpsc::unbounded_channel();
    let (answer, answered) = std::sync::mpsc::channel();
    let address = start_with(config, async move {
        while let Some(()) = asked.recv().await {
            edge();
            answer.send(()).expect("someone waits");
        }
    });
    let http_edge = || {
        ask.send(()).expect("the server runs");
        answered.recv().expect("the server runs");
    };
    let key = sign_up(address);
    let load = runtime();
    let request = track_request(&key);
    let mut streams = load.block_on(connect(address, &request, 1));
    let mut buffer = Vec::new();
    let mut send = |request: &str| load.block_on(exchange(&mut streams[0], request.as_bytes(), &mut buffer));

    (0..30).for_each(|_| send(&request));
    send(&batch_request(&key, 0));
    http_edge();
    edge();
    (0..10).for_each(|_| http_edge());
    edge();
    for _ in 0..events {
        send(&request);
        http_edge();
    }
    edge();
    for batch in 1..=batches {
        send(&batch_request(&key, batch * ROWS));
        http_edge();
    }
    edge();
}

fn batch_request(key: &str, first: u32) -> String {
    let rows = first..first + ROWS;
    let body: String = rows
        .map(|id| {
            format!(
                r#"{{"event_id":"{id:012}","tenant_id":"client-{}","model":"mistral-large-2","prompt_tokens":600,"completion_tokens":400}}"#,
                id % 20
            ) + "\n"
        })
        .collect();
    post("/api/v1/track/batch", key, "application/x-ndjson", &body)
}

const ESTIMATES: u32 = 200;

/// What [`in_process`] does between its edges, with the runs of each.
pub(crate) const IN_PROCESS: [(&str, u32); 6] = [
    ("valuation, published factor", ESTIMATES),
    ("valuation, modelled, the same counts", ESTIMATES),
    ("valuation, modelled, a name known by rule", ESTIMATES),
    ("valuation, modelled, new counts each time", ESTIMATES),
    ("statement of a month, 6 models on 30 days", 1),
    ("its PDF", 1),
];

/// What needs no server, in the order of [`IN_PROCESS`].
pub(crate) fn in_process() {
    let set = FactorSet::latest();
    let usage = Usage::of_call(600, 400);
    let gpt_5 = Call { region: Some("FRA"), ..Call::to("gpt-5") };
    for call in [Call::to("mistral-large-2"), gpt_5, Call::to("eu.anthropic.claude-sonnet-4-5-20250929-v1:0")]
    {
        between_edges(ESTIMATES, || assert!(set.estimate(black_box(call), black_box(&usage)).is_ok()));
    }
    let mut output_tokens = 0;
    between_edges(ESTIMATES, || {
        output_tokens += 1;
        assert!(set.estimate(black_box(gpt_5), &Usage::of_call(600, output_tokens)).is_ok());
    });

    let (heading, evidence) = month();
    let mut statement = None;
    between_edges(1, || statement = Some(Statement::new(heading.clone(), &evidence, set)));
    let statement = statement.expect("made between the edges");
    between_edges(1, || assert!(render_pdf(&statement, &Brand::default()).is_ok()));
}

/// 240 calls a day to each of six models.
fn month() -> (Heading, Evidence) {
    let models = [
        ("mistral-large-2", None),
        ("gpt-4o", Some("FRA")),
        ("gpt-5", Some("azure:swedencentral")),
        ("claude-sonnet-4-5", None),
        ("llama-3.1-70b", Some("aws:eu-west-3")),
        ("gemini-2.5-flash", None),
    ];
    let requests = 240;
    let usage =
        Usage { requests, input_tokens: 600 * requests, output_tokens: 400 * requests, ..Usage::default() };
    let days = (1..=30).flat_map(|day| models.map(|(model, region)| (day, model, region)));
    let activity: Vec<Activity> = days
        .map(|(day, model, region)| Activity {
            region: region.map(str::to_owned),
            ..Activity::new(Date::constant(2026, 11, day), model, usage)
        })
        .collect();
    let client = Client::new("client-xyz", "Client XYZ");
    let month = "2026-11".parse().expect("a month");
    let heading = Heading::new(client, "Example Software", month, Date::constant(2026, 12, 2));
    (heading, Evidence::from(activity))
}
