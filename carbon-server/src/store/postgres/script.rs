//! Files of SQL, as a connection takes them.

use crate::store::sql::{self, PostgresConnection};

/// Runs the statements of a file one by one: together they would be too much for Citus.
pub(super) fn run_each(server: &PostgresConnection, sql: &str) -> sql::Result<()> {
    statements(sql).try_for_each(|statement| server.execute_batch(statement))
}

/// The statements of a file: each ends with its line, and those within a function's body are the function's.
fn statements(sql: &str) -> impl Iterator<Item = &str> {
    let mut is_in_body = false;
    let lines = sql.split_inclusive('\n');
    let ends = lines.scan(0, move |end, line| {
        *end += line.len();
        is_in_body ^= line.matches("$$").count() % 2 == 1;
        let is_comment = line.starts_with("--");
        Some((!is_in_body && !is_comment && line.trim_end().ends_with(';')).then_some(*end))
    });
    ends.flatten().scan(0, move |begin, end| Some(&sql[std::mem::replace(begin, end)..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_its_statements() {
        for sql in [include_str!("schema.sql"), include_str!("directory.sql")] {
            assert_eq!(statements(sql).collect::<String>(), sql);
            for statement in statements(sql) {
                let lines = statement.lines().filter(|line| !line.is_empty() && !line.starts_with("--"));
                let lines: Vec<&str> = lines.collect();
                assert!(lines[0].starts_with("create "), "{statement}");
                assert!(!lines[1..].iter().any(|line| line.starts_with("create ")), "{statement}");
            }
        }
        let one = "create function f() as $$\nbegin\n    a;\nend $$;\n";
        assert_eq!(
            statements(&format!("{one}-- b;\ncreate c;\n")).collect::<Vec<_>>(),
            [one, "-- b;\ncreate c;\n"]
        );
    }
}
