//! A check of what a stranger has sent, in a process of its own: whatever the file does to it, the server goes on. The process
//! has less of the processor than anything else, so much memory and time, no environment, and writes no file.

use crate::report::verification::verdict::Verdict;
use bytes::Bytes;
use rustix::process::{Resource, Rlimit, nice, setrlimit};
use std::{
    ffi::OsStr,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Time of a processor that a check has.
const PROCESSOR_SECONDS_MAX: u64 = 30;
/// Time on the clock: where others keep the processors busy, it has a part of one.
const SECONDS_MAX: u64 = 120;
/// Memory that it may ask for: the members of a pack are at most a quarter of it.
const MEMORY_BYTES_MAX: u64 = 1 << 30;
/// Longest answer: a report on many months, and a row that differs.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// How often it is asked whether it is done.
const PAUSE: Duration = Duration::from_millis(5);
/// Less than anything else, and still a third of what another has: with the least there is, a small pack would run out of time
/// on a busy machine.
const NICENESS: i32 = 5;

/// Why there is no verdict.
#[derive(Debug)]
pub(crate) enum NotChecked {
    /// It took more time or memory than there is for it, or broke the check.
    TooMuch,
    /// No process could be started.
    NotStarted(io::Error),
}

/// Has a file checked, with the fonts of a folder at hand, and waits for it.
pub(crate) fn check(file: &[Bytes], fonts: Option<&Path>) -> Result<Verdict, NotChecked> {
    let mut child = Command::new(program().map_err(NotChecked::NotStarted)?)
        .args(["verify", "--json", "--bounded", "-"])
        .args(fonts.into_iter().flat_map(|folder| [OsStr::new("--fonts"), folder.as_os_str()]))
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(NotChecked::NotStarted)?;
    let until = Instant::now() + Duration::from_secs(SECONDS_MAX);
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let answer = thread::scope(|scope| {
        scope.spawn(move || {
            // Who has seen enough reads no further.
            input.map(|mut input| file.iter().try_for_each(|part| input.write_all(part)))
        });
        let answer = scope.spawn(move || {
            let mut answer = Vec::new();
            output.map(|output| output.take(ANSWER_BYTES_MAX).read_to_end(&mut answer));
            answer
        });
        end(&mut child, until);
        answer.join().unwrap_or_default()
    });
    serde_json::from_slice(&answer).map_err(|_| NotChecked::TooMuch)
}

/// Waits until it ends; past its time, it is ended.
fn end(child: &mut Child, until: Instant) {
    while matches!(child.try_wait(), Ok(None)) {
        if Instant::now() >= until {
            // It has ended just now, or does so.
            drop(child.kill());
            drop(child.wait());
            return;
        }
        thread::sleep(PAUSE);
    }
}

/// This program, even where its file was replaced since it started.
fn program() -> io::Result<PathBuf> {
    let own = Path::new("/proc/self/exe");
    if own.exists() { Ok(own.to_owned()) } else { std::env::current_exe() }
}

/// In the process: takes its limits, before it reads anything.
///
/// # Errors
/// The system does not give them.
pub(crate) fn take_limits() -> io::Result<()> {
    let limit =
        |resource, most: u64| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    nice(NICENESS)?;
    limit(Resource::As, MEMORY_BYTES_MAX)?;
    limit(Resource::Cpu, PROCESSOR_SECONDS_MAX)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Core, 0)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_longer_than_its_time_is_ended() {
        let mut child = Command::new("sleep").arg("600").spawn().unwrap();
        end(&mut child, Instant::now() + Duration::from_millis(50));
        assert!(child.try_wait().unwrap().is_some_and(|status| !status.success()));
    }
}
