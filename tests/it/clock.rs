//! A clock that the test sets, for a server that runs under libfaketime.

use crate::server::binary;
use std::process::Command;
use tempfile::NamedTempFile;

pub(crate) struct Clock {
    /// How far ahead it is, which the server reads each time it wants to know the time.
    ahead: NamedTempFile,
    library: String,
}

impl Clock {
    /// The true time, until it is set.
    pub(crate) fn new() -> Self {
        let library =
            Command::new("sh").args(["-c", "dpkg -L libfaketime | grep /libfaketime.so.1$"]).output();
        let library = String::from_utf8(library.unwrap().stdout).unwrap().trim().to_owned();
        assert!(!library.is_empty(), "libfaketime is there: .ci/install installs it");
        let clock = Clock { ahead: NamedTempFile::new().unwrap(), library };
        clock.set_days(0);
        clock
    }

    /// So many days ahead of the true time.
    pub(crate) fn set_days(&self, ahead: i32) {
        std::fs::write(self.ahead.path(), format!("{ahead:+}d")).unwrap();
    }

    /// The server, to be started on this clock.
    pub(crate) fn server(&self) -> Command {
        let mut command = Command::new(binary());
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", self.ahead.path())
            .env("FAKETIME_NO_CACHE", "1")
            // Only the time of day is set, as an operator would: what was waited for goes on.
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        command
    }
}
