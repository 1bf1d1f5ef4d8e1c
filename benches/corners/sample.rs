//! What a call takes.

use crate::{
    BINARY, IS_MEASURED,
    server::{Server, cpu_of},
};
use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

#[derive(Clone, Copy)]
pub(crate) struct Sample {
    /// Processor time of the server, of one call.
    pub(crate) cpu: Duration,
    /// On the clock: the median.
    pub(crate) wall: Duration,
    /// Of the answer.
    pub(crate) bytes: usize,
}

/// Processor time is counted in steps of 10 ms, so a call is repeated until there are many of them.
const CPU: Duration = Duration::from_millis(200);
const WALL: Duration = Duration::from_millis(1_500);
const CALLS: usize = 400;

/// Of a call that can be repeated.
pub(crate) fn repeated(server: &Server, call: impl Fn() -> Vec<u8>) -> Sample {
    let mut walls = Vec::new();
    // The first one may read what the others find in memory.
    let mut bytes = call().len();
    let (cpu, begun) = (server.cpu(), Instant::now());
    loop {
        let sent = Instant::now();
        bytes = bytes.max(call().len());
        walls.push(sent.elapsed());
        let is_enough = server.cpu() - cpu >= CPU || begun.elapsed() >= WALL || walls.len() >= CALLS;
        if is_enough || !*IS_MEASURED {
            break;
        }
    }
    let calls = u32::try_from(walls.len()).expect("few");
    let cpu = (server.cpu() - cpu) / calls;
    walls.sort_unstable();
    Sample { cpu, wall: walls[walls.len() / 2], bytes }
}

/// Of what can be done once.
pub(crate) fn once(server: &Server, work: impl FnOnce() -> Vec<u8>) -> Sample {
    let (cpu, begun) = (server.cpu(), Instant::now());
    let bytes = work().len();
    Sample { cpu: server.cpu() - cpu, wall: begun.elapsed(), bytes }
}

/// Of `carbon-server check`.
pub(crate) fn check(file: &Path) -> Sample {
    let of_children = || cpu_of("/proc/self/stat", 13);
    let (cpu, begun) = (of_children(), Instant::now());
    let check = Command::new(&*BINARY)
        .args(["check", "--database"])
        .arg(format!("sqlite:{}", file.display()))
        .output()
        .expect("a check");
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    Sample { cpu: of_children() - cpu, wall: begun.elapsed(), bytes: check.stdout.len() }
}
