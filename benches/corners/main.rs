//! Every page and every kind of call, on ledgers that grow in one direction each: tenants, models, tags, months, accounts, reports.
//!
//! Prints what each takes at three sizes, how that grows, and whether it grows no faster than its aim: not at all, or with the
//! size. Read the processor time of the server: the time on the clock has everything else of the machine in it.
//! `CORNERS_PART` runs one direction alone, and `CORNERS_SERVER` names another build of the server to be measured.
//! Run as a test, it goes through all of that once, on ledgers of a few rows.

#![expect(clippy::print_stdout, reason = "a bench reports its figures")]

mod directions;
mod ledger;
mod sample;
mod server;
mod table;

use std::{path::PathBuf, process::Command, sync::LazyLock};

fn main() {
    let chosen = std::env::var("CORNERS_PART").ok();
    for direction in directions::ALL {
        if chosen.as_ref().is_none_or(|chosen| chosen == direction.name) {
            direction.run();
        }
    }
}

/// Whether it is run to measure, and not as a test.
static IS_MEASURED: LazyLock<bool> = LazyLock::new(|| std::env::args().any(|argument| argument == "--bench"));

/// The server: what is shipped, or where this runs as a test, what the other tests have built.
static BINARY: LazyLock<PathBuf> = LazyLock::new(|| {
    if let Some(named) = std::env::var_os("CORNERS_SERVER") {
        return named.into();
    }
    let mut build = Command::new(env!("CARGO"));
    build.current_dir(env!("CARGO_MANIFEST_DIR")).args(["build", "--quiet"]);
    if *IS_MEASURED {
        build.args(["--profile", "dist", "-p", "carbon-server"]);
    } else {
        // As the other tests do: a narrower choice compiles half of the dependencies a second time.
        build.args(["--workspace", "--bins", "--examples"]);
    }
    // What cargo tells this bench of its package is not for that cargo.
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        if shown.starts_with("CARGO_PKG_") || shown.starts_with("CARGO_MANIFEST_") {
            build.env_remove(&name);
        }
    }
    assert!(build.status().expect("cargo").success(), "the server does not build");
    if *IS_MEASURED {
        return PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/dist/carbon-server");
    }
    // This lies in target/<profile>/deps/, the server one folder up.
    let this = std::env::current_exe().expect("this bench is a file");
    this.ancestors().nth(2).expect("it lies in two folders").join("carbon-server")
});
