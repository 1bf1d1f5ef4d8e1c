//! Settings from the environment: an empty variable counts as not set.

use clap::{Arg, Command};

/// `command`, which ignores empty variables, such as `CARBON_PUBLIC_URL=` in an environment file.
pub(crate) fn without_empty_variables(command: Command) -> Command {
    let is_empty = |argument: &Arg| {
        argument.get_env().is_some_and(|name| std::env::var_os(name).is_some_and(|value| value.is_empty()))
    };
    command
        .mut_args(|argument| if is_empty(&argument) { argument.env(None) } else { argument })
        .mut_subcommands(without_empty_variables)
}
