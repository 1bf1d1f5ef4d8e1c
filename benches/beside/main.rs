//! What a vendor would write instead, beside ours: processor time per call and rate, by the same generator in the same run.
//!
//! Each server is a process with one thread or worker for HTTP; the generator is this process, on the same cores.
//! `CARBON_BENCH_POSTGRES` names a database in which a table may be made; `.ci/install beside` brings the Python packages.

#![expect(clippy::print_stdout, reason = "a bench reports its figures")]

#[path = "../hello/mod.rs"]
mod hello;
#[path = "../load/mod.rs"]
mod load;
mod process;
#[path = "../raw/mod.rs"]
mod raw;
mod servers;
#[path = "../tracker/mod.rs"]
mod tracker;

use servers::{Load, Subject};
use std::time::{Duration, Instant};
use tokio::{net::TcpStream, runtime::Runtime};

const ROUNDS: usize = 3;
const CONNECTIONS: usize = 64;

/// One subject in one round.
struct Measured {
    /// Processor time of its process for a call.
    cpu_us: f64,
    calls_per_s: f64,
    /// Half of the calls had their answer by then; none where there is one call after the other.
    p50: Option<Duration>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Tests of all targets run benches too; this one takes minutes and packages of Python.
    let is_bench = arguments.iter().any(|argument| argument == "--bench");
    match arguments.split_first() {
        _ if is_bench => compare(),
        Some((role, rest)) if !role.starts_with('-') => servers::run(role, rest),
        _ => {}
    }
}

fn compare() {
    let folder = tempfile::tempdir().expect("a folder for the ledgers");
    let postgres = std::env::var("CARBON_BENCH_POSTGRES").ok();
    let generator = tracker::runtime();
    let mut subjects = servers::all(folder.path(), postgres.as_deref());
    let mut rounds: Vec<Vec<Measured>> = subjects.iter().map(|_| Vec::new()).collect();
    for round in 0..ROUNDS {
        let mut order: Vec<usize> = (0..subjects.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for index in order {
            let measured = measure(&mut subjects[index], &generator);
            println!("round {}: {}: {:.1} µs", round + 1, subjects[index].name, measured.cpu_us);
            rounds[index].push(measured);
        }
    }
    report(&subjects, &rounds, postgres.is_some());
}

fn measure(subject: &mut Subject, generator: &Runtime) -> Measured {
    // Servers close connections that were idle for as long as the others were measured.
    let mut streams = match &subject.load {
        Load::Requests { address, request } => {
            generator.block_on(load::connect(*address, request, CONNECTIONS))
        }
        Load::Told => Vec::new(),
    };
    // After a pause, a tenth of the work warms up.
    work(subject, generator, &mut streams, subject.calls / 10);
    let (before, start) = (subject.process.cpu(), Instant::now());
    let times = work(subject, generator, &mut streams, subject.calls);
    let (elapsed, cpu) = (start.elapsed(), subject.process.cpu() - before);
    let calls = f64::from(u32::try_from(subject.calls).expect("a few million"));
    Measured {
        cpu_us: cpu.as_secs_f64() * 1e6 / calls,
        calls_per_s: calls / elapsed.as_secs_f64(),
        p50: times.get(times.len() / 2).copied(),
    }
}

/// The times of calls that wait for each other's answers, in order.
fn work(
    subject: &mut Subject,
    generator: &Runtime,
    streams: &mut Vec<TcpStream>,
    calls: u64,
) -> Vec<Duration> {
    match &subject.load {
        Load::Requests { request, .. } => {
            let (_, mut times) = generator.block_on(load::hammer(streams, request, calls));
            times.sort_unstable();
            times
        }
        Load::Told => {
            subject.process.work(calls);
            Vec::new()
        }
    }
}

/// A table for docs/performance.md.
fn report(subjects: &[Subject], rounds: &[Vec<Measured>], with_postgres: bool) {
    println!("\n{CONNECTIONS} connections, {ROUNDS} rounds in alternate order: median (lowest to highest)\n");
    println!("| | CPU per call, µs | CPU, times ours | calls/s | p50, ms |\n|---|---|---|---|---|");
    for (subject, measured) in subjects.iter().zip(rounds) {
        let column = |of: &dyn Fn(&Measured) -> f64| median_and_range(measured.iter().map(of).collect());
        let ratios = measured.iter().zip(&rounds[0]).map(|(it, ours)| it.cpu_us / ours.cpu_us).collect();
        let p50 = measured.iter().filter_map(|it| it.p50).map(|time| time.as_secs_f64() * 1e3).collect();
        println!(
            "| {} | {} | {} | {} | {} |",
            subject.name,
            column(&|it| it.cpu_us),
            median_and_range(ratios),
            column(&|it| it.calls_per_s),
            median_and_range(p50)
        );
    }
    if !with_postgres {
        println!("\nFastAPI + asyncpg was not run: CARBON_BENCH_POSTGRES names no database");
    }
}

fn median_and_range(mut figures: Vec<f64>) -> String {
    figures.sort_by(f64::total_cmp);
    let show = |figure: f64| if figure < 10.0 { format!("{figure:.2}") } else { format!("{figure:.0}") };
    let [low, high] = [figures.first(), figures.last()].map(|figure| figure.copied().map(show));
    let (Some(low), Some(high)) = (low, high) else { return String::new() };
    format!("{} ({low} to {high})", show(figures[figures.len() / 2]))
}
