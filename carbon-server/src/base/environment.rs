//! Settings from the environment: an empty variable is one that is not set.

use clap::{Arg, Command};

/// `command`, to which variables that are set to nothing say nothing: as in `CARBON_PUBLIC_URL=` of a file of settings.
pub(crate) fn without_empty_variables(command: Command) -> Command {
    let says_nothing = |argument: &Arg| {
        argument.get_env().is_some_and(|name| std::env::var_os(name).is_some_and(|value| value.is_empty()))
    };
    command
        .mut_args(|argument| if says_nothing(&argument) { argument.env(None) } else { argument })
        .mut_subcommands(without_empty_variables)
}
