//! This program under callgrind, and its counts.

use std::{env, fs, path::Path, process::Command};

/// What one thread executed since it wrote a count before.
pub(crate) struct Count {
    /// Its place among the counts of all threads.
    pub place: u64,
    /// The first thread of the program is 1.
    pub thread: u64,
    pub until: Until,
    pub instructions: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Until {
    Edge,
    /// The thread asks for its file to be on the disk: the writer, once for each group.
    Sync,
    End,
}

/// Runs the work that `arguments` name; nothing in the environment can change it. In the order of their places.
pub(crate) fn counts(arguments: &[&str]) -> Vec<Count> {
    let folder = tempfile::tempdir().expect("a folder for the counts");
    let this = env::current_exe().expect("the path of this program");
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--quiet", "--tool=callgrind", "--separate-threads=yes"])
        .args(["--dump-before=*instructions::paths::edge*", "--dump-before=fdatasync"])
        .arg(format!("--callgrind-out-file={}", folder.path().join("out").display()))
        .arg(this)
        .args(arguments)
        .env_clear();
    for name in ["PATH", "TMPDIR"] {
        valgrind.envs(env::var_os(name).map(|value| (name, value)));
    }
    let output = valgrind.output().expect("valgrind starts: .ci/install tests installs it");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let files = fs::read_dir(folder.path()).expect("the counts");
    let mut counts: Vec<Count> =
        files.filter_map(|file| read(&file.expect("a file of counts").path())).collect();
    counts.sort_by_key(|count| count.place);
    counts
}

/// The file that keeps the place for others is empty.
fn read(path: &Path) -> Option<Count> {
    let text = fs::read_to_string(path).expect("text");
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let number = |name: &str| field(name)?.parse().ok();
    let until = match field("desc: Trigger:")? {
        trigger if trigger.ends_with("::edge") => Until::Edge,
        trigger if trigger.ends_with("fdatasync") => Until::Sync,
        _ => Until::End,
    };
    Some(Count {
        place: number("part:")?,
        thread: number("thread:")?,
        until,
        instructions: number("totals:")?,
    })
}
