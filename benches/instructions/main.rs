//! Instructions of the hot paths, compared with those in the tree. Callgrind counts them, so neither the speed of the
//! machine nor other work on it matters.
//!
//! It does not know the instructions that modern processors have for SHA-256: hashing counts for more than it costs.

#![expect(clippy::print_stdout, reason = "a bench reports its figures")]

mod callgrind;
mod committed;
#[expect(dead_code, reason = "one request at a time is enough")]
#[path = "../load/mod.rs"]
mod load;
mod paths;
#[expect(dead_code, reason = "a server with edges")]
#[path = "../tracker/mod.rs"]
mod tracker;

use callgrind::{Count, Until};
use committed::{COMMAND, Committed, REFRESH, build};
use paths::{IN_PROCESS, ROWS};
use std::{ops::Range, process::ExitCode};

/// How far a count may be from that in the tree, in thousandths.
const TOLERANCE: u64 = 30;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["server", events, batches] => {
            let number = |text: &str| text.parse().expect("a number");
            paths::server(number(events), number(batches));
        }
        ["in-process"] => paths::in_process(),
        _ if arguments.contains(&"--list") => {}
        _ => return guard(arguments.contains(&"calls")),
    }
    ExitCode::SUCCESS
}

/// Counts, reports, and fails where a count is another than that in the tree.
fn guard(with_calls: bool) -> ExitCode {
    let (build, measured) = (build(), measured(with_calls));
    let mut committed = Committed::read().unwrap_or_default();
    if std::env::var_os(REFRESH).is_some() {
        let counts = measured.iter().map(|(path, count)| ((*path).to_owned(), *count));
        committed.instructions.extend(counts);
        committed.build.clone_from(&build);
        committed.write();
    }
    let mut others = Vec::new();
    println!("{:>44} {:>13} {:>13} {:>8}", "instructions", "in the tree", "counted", "change");
    for (path, count) in &measured {
        let expected = committed.instructions.get(*path).copied();
        let change = expected.map(|expected| thousandths(expected, *count));
        let of_ten = change.map(|change| {
            let sign = if change < 0 { '-' } else { '+' };
            format!("{sign}{}.{} %", change.abs() / 10, change.abs() % 10)
        });
        let expected = expected.map(grouped);
        let row = format!(
            "{path:>44} {:>13} {:>13} {:>8}",
            expected.as_deref().unwrap_or("none"),
            grouped(*count),
            of_ten.as_deref().unwrap_or("")
        );
        println!("{row}");
        // What is counted on request has no count in the tree to begin with.
        if change.map_or(!with_calls, |change| change.unsigned_abs() > TOLERANCE) {
            others.push(row);
        }
    }
    if committed.build != build {
        println!("NOT COMPARED: the counts in the tree are of another build.");
        println!("there: {:?}\n here: {build:?}", committed.build);
        return ExitCode::SUCCESS;
    }
    if others.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("\nmore than {} % from the count in the tree:\n{}", TOLERANCE / 10, others.join("\n"));
    println!("If that is what the change is worth, `{REFRESH}=1 {COMMAND}` writes the new counts.");
    ExitCode::FAILURE
}

/// Each path with the instructions of one run of it, in the order of the report.
///
/// Those of a server take half of a minute more, and what a server does by the clock is in them: they are counted where
/// somebody asks for them, and tests do not.
fn measured(with_calls: bool) -> Vec<(&'static str, u64)> {
    std::thread::scope(|threads| {
        let in_process = threads.spawn(in_process);
        let mut measured = if with_calls { server() } else { Vec::new() };
        measured.extend(in_process.join().expect("counted"));
        measured
    })
}

const EVENTS: u32 = 80;
const BATCHES: u32 = 6;

/// The least of many: what a server does by the clock, such as folding its sums, is then between two others.
fn server() -> Vec<(&'static str, u64)> {
    let counts = callgrind::counts(&["server", &EVENTS.to_string(), &BATCHES.to_string()]);
    let edges = counts.iter().filter(|count| is_main(count) && count.until == Until::Edge);
    let edges: Vec<u64> = edges.map(|count| count.place).collect();
    let [idle, events, batches, end] = edges[..] else { panic!("{} edges of four", edges.len()) };
    let of = |until: Until, places: Range<u64>| {
        let counts = counts.iter().filter(move |count| count.until == until && places.contains(&count.place));
        counts.filter(|count| !is_main(count))
    };
    let instructions = |count: &Count| count.instructions;
    let of_edge = least(of(Until::Edge, idle..events).map(instructions));
    let http = least(of(Until::Edge, events..batches).map(instructions)) - of_edge;
    let writer = least(of(Until::Sync, events..batches).map(instructions));
    let mut since = batches;
    let batch = least(of(Until::Edge, batches..end).map(|http| {
        let writer: u64 = of(Until::Sync, since..http.place).map(instructions).sum();
        since = http.place;
        http.instructions - of_edge + writer
    }));
    // A batch is read on threads of its own, which have no edges: what it costs there is the difference to none.
    let others = |counts: &[Count]| -> u64 {
        let ends = counts.iter().filter(|count| count.until == Until::End && !is_main(count));
        ends.map(instructions).sum()
    };
    let without = callgrind::counts(&["server", &EVENTS.to_string(), "0"]);
    let reading = others(&counts).saturating_sub(others(&without)) / u64::from(BATCHES);
    vec![
        ("durable /track, HTTP thread", http),
        ("durable /track, writer", writer),
        ("a row of a batch of 1,000", (batch + reading) / u64::from(ROWS)),
    ]
}

fn in_process() -> Vec<(&'static str, u64)> {
    let counts = callgrind::counts(&["in-process"]);
    let edges: Vec<&Count> = counts.iter().filter(|count| count.until == Until::Edge).collect();
    assert_eq!(edges.len(), 2 * IN_PROCESS.len(), "callgrind has seen every edge");
    let windows = edges.chunks(2).map(|edges| edges[1].instructions);
    let paths = IN_PROCESS.into_iter().zip(windows);
    paths.map(|((path, repetitions), window)| (path, window / u64::from(repetitions))).collect()
}

fn is_main(count: &Count) -> bool {
    count.thread == 1
}

fn least(counts: impl Iterator<Item = u64>) -> u64 {
    counts.min().expect("callgrind has seen the path")
}

fn thousandths(expected: u64, count: u64) -> i64 {
    let (expected, count) = (i128::from(expected.max(1)), i128::from(count));
    i64::try_from((count - expected) * 1_000 / expected).unwrap_or(i64::MAX)
}

/// 1234567 as 1,234,567.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
