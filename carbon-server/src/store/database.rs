//! Where a ledger is stored.

use crate::store::postgres::{NotAServer, PostgresAddress};
use clap::builder::{TypedValueParser, ValueParserFactory};
use std::{ffi::OsStr, fmt, path::PathBuf, str::FromStr};
use thiserror::Error;

/// Where a ledger is stored: `sqlite:` and a path, or `postgres://` and a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file, with one server that writes to it.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// A database on a PostgreSQL server, with any number of servers that write to it.
    Postgres(PostgresServer),
}

/// A database on a PostgreSQL server; its password is never shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresServer(pub(crate) PostgresAddress);

impl FromStr for Database {
    type Err = NotADatabase;

    fn from_str(url: &str) -> Result<Self, NotADatabase> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let server =
                url.parse().map_err(|error: NotAServer| NotADatabase::Postgres(error.to_string()))?;
            return Ok(Database::Postgres(PostgresServer(server)));
        }
        let path = url.strip_prefix("sqlite:").ok_or(NotADatabase::Scheme)?;
        // Some of these would not be a permanent file for SQLite.
        if path.is_empty() || path.starts_with(':') || path.starts_with("file:") {
            return Err(NotADatabase::Scheme);
        }
        Ok(Database::Sqlite { path: PathBuf::from(path) })
    }
}

impl ValueParserFactory for Database {
    type Parser = ReadDatabase;

    fn value_parser() -> ReadDatabase {
        ReadDatabase
    }
}

/// Parses a URL without repeating it in errors, because it may contain a password.
#[derive(Clone, Copy, Debug)]
pub struct ReadDatabase;

impl TypedValueParser for ReadDatabase {
    type Value = Database;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Database, clap::Error> {
        let read = value.to_str().ok_or(NotADatabase::Scheme).and_then(str::parse);
        read.map_err(|error| {
            let name = argument.and_then(clap::Arg::get_long).unwrap_or("database");
            let kind = clap::error::ErrorKind::ValueValidation;
            clap::Error::raw(kind, format!("--{name} {error}\n")).with_cmd(command)
        })
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::Sqlite { path } => path.display().fmt(f),
            Database::Postgres(PostgresServer(server)) => server.fmt(f),
        }
    }
}

/// A database URL that this version cannot open.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotADatabase {
    /// It is neither kind of URL.
    #[error("must be sqlite: and a file path, such as sqlite:carbon.db, or postgres://user@host/database")]
    Scheme,
    /// It is an invalid PostgreSQL URL.
    #[error("is not a PostgreSQL URL: {0}")]
    Postgres(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sqlite_urls_with_a_path_are_read() {
        assert_eq!("sqlite:a b.db".parse(), Ok(Database::Sqlite { path: "a b.db".into() }));
        for url in [
            "",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:file:x.db?mode=memory",
            "carbon.db",
            "mysql://localhost/carbon",
        ] {
            assert_eq!(url.parse::<Database>(), Err(NotADatabase::Scheme), "{url}");
        }
        let refused = "postgres://carbon:s3cret@localhost".parse::<Database>().unwrap_err();
        assert_eq!(refused.to_string(), "is not a PostgreSQL URL: it names no database");
    }
}
