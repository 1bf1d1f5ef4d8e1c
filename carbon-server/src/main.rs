//! `carbon-server`: the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    carbon_server::command::main()
}
