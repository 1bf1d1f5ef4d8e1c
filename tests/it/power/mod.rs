//! Disks that fail, and power that does: what was acknowledged is there once, and what the answers said was true.
//!
//! A server runs with a library between it and its disk (`shim.c`), which notes what is written and synced, or has calls fail.

mod cuts;
mod disk;
mod failing;
pub(crate) mod told;

use crate::{
    ledger::Ledger,
    server::{ROOT, Server, binary},
};
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};
use tempfile::TempDir;

/// The library, built once.
fn shim() -> &'static Path {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    &BUILT
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let library = folder.path().join("shim.so");
            let mut compiler = Command::new("cc");
            compiler.args(["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o"]).arg(&library);
            compiler.arg(Path::new(ROOT).join("tests/it/power/shim.c")).arg("-ldl");
            assert!(compiler.status().unwrap().success(), "the library does not compile");
            (folder, library)
        })
        .1
}

/// A ledger in a file, on a disk that is watched.
struct Watched {
    ledger: Ledger,
    /// Of the log and of the faults: not on the disk that is watched.
    aside: TempDir,
    notes: bool,
}

impl Watched {
    /// Notes everything that is written.
    fn noting() -> Self {
        Self::new(true)
    }

    /// Lets everything through, but for what is to fail.
    fn failing() -> Self {
        Self::new(false)
    }

    fn new(notes: bool) -> Self {
        let aside = tempfile::tempdir().unwrap();
        std::fs::write(aside.path().join("faults"), [0; 16]).unwrap();
        std::fs::write(aside.path().join("log"), []).unwrap();
        Watched { ledger: Ledger::in_file(), aside, notes }
    }

    fn log(&self) -> PathBuf {
        self.aside.path().join("log")
    }

    /// How much has been noted so far.
    fn noted(&self) -> u64 {
        self.log().metadata().unwrap().len()
    }

    /// `carbon-server` on that disk.
    fn command(&self) -> Command {
        let mut command = Command::new(binary());
        let folder = self.ledger.path().parent().unwrap().canonicalize().unwrap();
        command.env("LD_PRELOAD", shim()).env("DISK_FOLDER", folder);
        command.env("DISK_FAULTS", self.aside.path().join("faults"));
        if self.notes {
            command.env("DISK_LOG", self.log());
        }
        command
    }

    fn serve(&self, arguments: &[&str]) -> Server {
        let mut command = self.command();
        command.args(arguments);
        self.ledger.start(command)
    }

    /// Has calls fail from now on.
    fn set(&self, faults: Faults) {
        use std::os::unix::fs::FileExt;
        let Faults { error, every, log_syncs } = faults;
        let bytes: Vec<u8> = [error, every, log_syncs].into_iter().flat_map(i32::to_le_bytes).collect();
        let file = std::fs::File::options().write(true).open(self.aside.path().join("faults")).unwrap();
        file.write_all_at(&bytes, 0).unwrap();
    }

    /// How many calls have failed.
    fn failed(&self) -> i32 {
        let bytes = std::fs::read(self.aside.path().join("faults")).unwrap();
        i32::from_le_bytes(bytes[12..16].try_into().unwrap())
    }
}

/// What is to fail.
#[derive(Clone, Copy, Default)]
struct Faults {
    /// With which `errno`.
    error: i32,
    /// Every so many writes and syncs.
    every: i32,
    /// So many of the next syncs of the write-ahead log.
    log_syncs: i32,
}

const EIO: i32 = 5;
const ENOSPC: i32 = 28;
const EROFS: i32 = 30;
