//! Bringing a database file to the schema of this version: forwards only.

use crate::store::{
    book::{Book, Group, event::Event, names::Deployment},
    error::StoreError,
    key::{AccountKey, Side},
    sql::{Connection, transaction::in_transaction},
};
use carbon_core::Usage;
use rusqlite::{Connection as File, Row, types::Type};
use std::collections::BTreeMap;

/// The schema of a new file, and what every older file is brought to.
const SCHEMA: &str = include_str!("schema.sql");

/// Marks the file as ours: "LCTL", LLM Carbon Tracker Ledger.
const APPLICATION_ID: i64 = 0x4C43_544C;

/// `MIGRATIONS[n]` leads from schema version `REBUILT_MAX + n + 1` to the next.
const MIGRATIONS: &[&str] = &[
    include_str!("upgrades/3.sql"),
    include_str!("upgrades/4.sql"),
    include_str!("upgrades/5.sql"),
    include_str!("upgrades/6.sql"),
];

/// Files of these versions are read event by event into a new book: they have no seals.
const REBUILT_MAX: usize = 2;

/// Version of [`SCHEMA`].
pub(crate) fn schema_version() -> usize {
    REBUILT_MAX + MIGRATIONS.len() + 1
}

/// Creates or upgrades the schema, in one transaction. `true` where the file was empty.
pub(in crate::store) fn migrate(ledger: &Connection) -> Result<bool, StoreError> {
    let Connection::Sqlite(file) = ledger else { unreachable!("a server has its own schema") };
    // Tables are renamed and dropped; what refers to what is seen to here.
    file.pragma_update(None, "foreign_keys", false)?;
    let done = in_transaction(ledger, || step(ledger, file));
    file.pragma_update(None, "foreign_keys", true)?;
    done
}

fn step(ledger: &Connection, file: &File) -> Result<bool, StoreError> {
    let found: usize = file.query_row("pragma user_version", [], |row| row.get(0))?;
    let application: i64 = file.query_row("pragma application_id", [], |row| row.get(0))?;
    let objects: u64 = file.query_row("select count(*) from sqlite_schema", [], |row| row.get(0))?;
    match found {
        0 if objects == 0 => create(file)?,
        _ if application != APPLICATION_ID => return Err(StoreError::NotALedger),
        version if version > schema_version() => {
            return Err(StoreError::NewerSchema { found, known: schema_version() });
        }
        // A file that needs nothing is left as it is.
        version if version == schema_version() => return Ok(false),
        version if version <= REBUILT_MAX => rebuild(ledger, file, version)?,
        version => {
            let steps = &MIGRATIONS[version - REBUILT_MAX - 1..];
            steps.iter().try_for_each(|sql| file.execute_batch(sql))?;
        }
    }
    file.pragma_update(None, "application_id", APPLICATION_ID)?;
    file.pragma_update(None, "user_version", schema_version())?;
    Ok(found == 0)
}

/// Whether a file is a ledger of this version: what only reads upgrades nothing.
pub(in crate::store) fn is_current(connection: &File) -> Result<(), StoreError> {
    let application: i64 = connection.query_row("pragma application_id", [], |row| row.get(0))?;
    let found: usize = connection.query_row("pragma user_version", [], |row| row.get(0))?;
    match found {
        _ if application != APPLICATION_ID => Err(StoreError::NotALedger),
        found if found > schema_version() => Err(StoreError::NewerSchema { found, known: schema_version() }),
        found if found < schema_version() => Err(StoreError::OlderSchema { found, known: schema_version() }),
        _ => Ok(()),
    }
}

fn create(connection: &File) -> rusqlite::Result<()> {
    connection.execute_batch(SCHEMA)?;
    connection.execute_batch(
        "insert into ledger (ledger_key, id_hash_key, link_secret) values (1, randomblob(16), randomblob(32));
         insert into fold (fold_key, last_event_key) values (1, 0);",
    )
}

/// A book of versions 1 and 2 as one of today: its events in their order, the rest as it was.
fn rebuild(ledger: &Connection, connection: &File, version: usize) -> Result<(), StoreError> {
    connection.execute_batch(
        "drop trigger deployment_is_never_changed;
         drop trigger event_is_never_changed;
         drop trigger event_is_never_deleted;
         drop trigger report_is_never_changed;
         drop trigger report_is_never_deleted;
         alter table account rename to old_account;
         alter table api_key rename to old_api_key;
         alter table tenant rename to old_tenant;
         alter table deployment rename to old_deployment;
         alter table event rename to old_event;
         alter table daily_usage rename to old_daily_usage;
         alter table report rename to old_report;",
    )?;
    if version == 2 {
        connection.execute_batch("alter table batch rename to old_batch")?;
    }
    create(connection)?;
    connection.execute_batch(
        "insert into account select * from old_account;
         insert into api_key (key_sha256, key_id, account_key, kind, label, prefix, created_at_ms, revoked_at_ms)
         select key_sha256, lower(hex(randomblob(16))), account_key, kind, '', prefix, created_at_ms, revoked_at_ms
           from old_api_key;",
    )?;
    let mut book = Book::load(ledger, usize::MAX)?;
    let mut group = Group::new(ledger, &mut book)?;
    let mut statement = connection.prepare(
        "select event.account_key, is_test, event_id, tenant_id, model, provider, region, occurred_at_ms, received_at_ms,
                input_tokens, cache_read_input_tokens, cache_creation_input_tokens,
                output_tokens, reasoning_output_tokens, tags
           from old_event as event join old_tenant using (tenant_key) join old_deployment using (deployment_key)
          order by event_key",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        group.append(&old_event(row)?)?;
    }
    group.others = true;
    group.fold()?;
    // Reports are named by tenants, which have new numbers.
    connection.execute_batch(
        "insert into report (report_id, account_key, tenant_key, month, language, revision, status,
                             basis_sha256, pdf_sha256, pdf, created_at_ms)
         select report_id, report.account_key, tenant.tenant_key, month, report.language, revision, status,
                basis_sha256, pdf_sha256, pdf, report.created_at_ms
           from old_report as report
           join old_tenant using (account_key, tenant_key)
           join tenant on tenant.account_key = report.account_key and is_test = 0
                      and tenant.tenant_id = old_tenant.tenant_id
          order by report.created_at_ms, revision",
    )?;
    group.finish()?;
    if version == 2 {
        connection.execute_batch("insert into batch select * from old_batch; drop table old_batch")?;
    }
    connection.execute_batch(
        "drop table old_report;
         drop table old_daily_usage;
         drop table old_event;
         drop table old_deployment;
         drop table old_tenant;
         drop table old_api_key;
         drop table old_account;",
    )?;
    Ok(())
}

fn old_event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let (occurred_at_ms, received_at_ms): (i64, i64) = (row.get(7)?, row.get(8)?);
    let tags: Option<String> = row.get(14)?;
    let tags: BTreeMap<String, String> = tags
        .map_or(Ok(BTreeMap::new()), |json| serde_json::from_str(&json))
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(14, Type::Text, Box::new(error)))?;
    Ok(Event {
        side: Side { account: AccountKey(row.get(0)?), is_test: row.get(1)? },
        event_id: row.get(2)?,
        id_is_new: true,
        tenant_id: row.get(3)?,
        deployment: Deployment { model: row.get(4)?, provider: row.get(5)?, region: row.get(6)? },
        region_is_default: false,
        // They were equal where the sender gave no time.
        occurred_at_ms: Some(occurred_at_ms).filter(|time| *time != received_at_ms),
        received_at_ms,
        usage: Usage {
            requests: 1,
            input_tokens: row.get(9)?,
            cache_read_input_tokens: row.get(10)?,
            cache_creation_input_tokens: row.get(11)?,
            output_tokens: row.get(12)?,
            reasoning_output_tokens: row.get(13)?,
        },
        tags: tags.into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Schemas as they were released, frozen: version 1 first.
    const RELEASED: &[&str] = &[
        include_str!("released/1.sql"),
        include_str!("released/2.sql"),
        include_str!("released/3.sql"),
        include_str!("released/4.sql"),
        include_str!("released/5.sql"),
        include_str!("released/6.sql"),
        include_str!("released/7.sql"),
    ];

    /// Every object with its definition, blind to layout and comments.
    fn objects(connection: &File) -> Vec<String> {
        let mut statement = connection
            .prepare("select type, name, coalesce(sql, '') from sqlite_schema order by type, name")
            .unwrap();
        let rows = statement.query_map([], |row| {
            let (kind, name, sql): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let sql: Vec<&str> = sql
                .lines()
                .map(|line| line.split("--").next().unwrap_or(""))
                .flat_map(str::split_whitespace)
                .collect();
            Ok(format!("{kind} {name}: {}", sql.join(" ")))
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn a_migrated_database_equals_a_fresh_one() {
        assert_eq!(RELEASED.len(), schema_version(), "freeze each released schema in store/released/");
        let fresh = Connection::in_memory();
        assert!(migrate(&fresh).unwrap());
        for (index, released) in RELEASED.iter().enumerate() {
            let old = Connection::in_memory();
            old.file().execute_batch(released).unwrap();
            old.file().pragma_update(None, "user_version", index + 1).unwrap();
            old.file().pragma_update(None, "application_id", APPLICATION_ID).unwrap();
            assert!(!migrate(&old).unwrap());
            assert_eq!(objects(old.file()), objects(fresh.file()), "from version {}", index + 1);
        }
    }

    #[test]
    fn an_old_book_keeps_its_events_sums_and_reports() {
        for (version, released) in [(1, RELEASED[0]), (2, RELEASED[1])] {
            let file = tempfile::NamedTempFile::new().unwrap();
            let old = Connection::Sqlite(File::open(file.path()).unwrap());
            old.file().execute_batch(released).unwrap();
            old.file().pragma_update(None, "user_version", version).unwrap();
            old.file().pragma_update(None, "application_id", APPLICATION_ID).unwrap();
            old.file()
                .execute_batch(
                    "insert into account values (1, 'a', 'a@example.com', 'A', 'x', 0);
                 insert into tenant values (7, 1, 'first', 0), (8, 1, 'second', 0);
                 insert into deployment values (3, 1, 'm', '', ''), (4, 1, 'n', 'aws', 'FRA');
                 insert into event values
                     (1, 1, 0, 'e-1', 8, 4, 500, 500, 1, 0, 0, 2, 0, null),
                     (2, 1, 1, 'e-1', 7, 3, 600, 700, 3, 1, 1, 4, 1, '{\"feature\":\"chat\"}'),
                     (3, 1, 0, 'e-2', 7, 3, 600, 800, 5, 0, 0, 6, 0, null);
                 insert into report values
                     ('r', 1, 7, '1970-01', 'en', 1, 'provisional', hex(zeroblob(32)),
                      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d', x'00', 0);",
                )
                .unwrap();
            assert!(!migrate(&old).unwrap());
            let row = |sql: &str| -> String { old.file().query_row(sql, [], |row| row.get(0)).unwrap() };
            assert_eq!(
                row("select group_concat(event_id || ' ' || event.is_test || ' ' || tenant_id || ' ' || model || ' ' || \
                            received_at_ms || ' ' || ifnull(occurred_at_ms, '-') || ' ' || output_tokens, ', ')
                       from event join tenant using (tenant_key) join deployment using (deployment_key)"),
                "e-1 0 second n 500 - 2, e-1 1 first m 700 600 4, e-2 0 first m 800 600 6"
            );
            assert_eq!(
                row("select group_concat(requests || ' ' || input_tokens) from daily_usage"),
                "1 1,1 5,1 3"
            );
            assert_eq!(row("select name || '=' || value from tag"), "feature=chat");
            assert_eq!(
                row("select tenant_id || is_test from report join tenant using (tenant_key)"),
                "first0"
            );
            drop(old);
            let database = crate::store::database::Database::Sqlite { path: file.path().to_owned() };
            crate::store::check(&database, |_| Ok(())).unwrap();
        }
    }

    #[test]
    fn a_file_of_a_newer_version_is_left_alone() {
        let newer = Connection::in_memory();
        newer.file().pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        newer.file().pragma_update(None, "user_version", schema_version() + 1).unwrap();
        let error = migrate(&newer).unwrap_err().to_string();
        assert_eq!(error, "the database has schema version 8, this program knows 7: start a newer program");
        assert!(objects(newer.file()).is_empty());
    }

    #[test]
    fn another_programs_database_is_left_alone() {
        for version in [0, 1] {
            let foreign = Connection::in_memory();
            foreign.file().execute_batch("create table recipes (name text)").unwrap();
            foreign.file().pragma_update(None, "user_version", version).unwrap();
            assert!(matches!(migrate(&foreign), Err(StoreError::NotALedger)));
            assert_eq!(objects(foreign.file()).len(), 1);
        }
    }

    #[test]
    fn events_and_reports_cannot_be_changed() {
        let connection = Connection::in_memory();
        connection.file().pragma_update(None, "recursive_triggers", true).unwrap();
        migrate(&connection).unwrap();
        connection
            .file()
            .execute_batch(
                "insert into account values (1, 'a', 'a@example.com', 'A', 'x', 0);
                 insert into tenant (tenant_key, account_key, is_test, tenant_id, salt, commitment, created_at_ms)
                 values (1, 1, 0, 't', zeroblob(16), zeroblob(32), 0);
                 insert into deployment values (1, 1, 'm', '', '');
                 insert into event values (1, 1, 0, 'e', 1, 1, 0, 0, 1, 0, 0, 1, 0, null, null, 0);
                 insert into closed_month values (1, 1, '2026-09', '2026.11', 0, 1, 1, 0, zeroblob(32));
                 insert into closed_tenant values (1, 1, 1, 1, zeroblob(32), '{}', 0, 0, 0);
                 insert into restatement values (1, 's', 1, '2026-09', '2025.1', '2026.11', 'r', 0, 1);
                 insert into restated_tenant values (1, 1, 1, '{}', '{}');
                 insert into seal values (1, 1, 1, 1, 0, 1, 1, 1, zeroblob(32));
                 insert into report values (1, 'r', 1, 1, '2026-10', 'en', 1, 'provisional',
                                            hex(zeroblob(32)), hex(zeroblob(32)), x'00', 0, null);",
            )
            .unwrap();
        for (sql, refusal) in [
            ("update event set output_tokens = 2", "events are immutable"),
            ("delete from event", "events are immutable"),
            (
                "replace into event values (1, 1, 0, 'e', 1, 1, 0, 0, 9, 0, 0, 9, 0, null, null, 0)",
                "events are immutable",
            ),
            ("update deployment set model = 'n'", "what events say is immutable"),
            ("update closed_month set events = 2", "closed months are immutable"),
            ("delete from closed_month", "closed months are immutable"),
            ("update closed_tenant set figures = '{ }'", "closed months are immutable"),
            ("delete from closed_tenant", "closed months are immutable"),
            ("update restatement set reason = 'another'", "restatements are immutable"),
            ("update restated_tenant set figures = '{ }'", "restatements are immutable"),
            ("delete from restated_tenant", "restatements are immutable"),
            ("delete from restatement", "restatements are immutable"),
            ("update seal set last_event_key = 2", "seals are immutable"),
            ("delete from seal", "seals are immutable"),
            ("update report set pdf = x'01'", "issued reports are immutable"),
            ("delete from report", "issued reports are immutable"),
        ] {
            assert_eq!(connection.file().execute(sql, []).unwrap_err().to_string(), refusal, "{sql}");
        }
    }

    #[test]
    fn an_event_cannot_name_another_accounts_tenant() {
        let connection = Connection::in_memory();
        connection.file().pragma_update(None, "foreign_keys", true).unwrap();
        migrate(&connection).unwrap();
        connection
            .file()
            .execute_batch(
                "insert into account values (1, 'a', 'a@example.com', 'A', 'x', 0), (2, 'b', 'b@example.com', 'B', 'x', 0);
                 insert into tenant (tenant_key, account_key, is_test, tenant_id, salt, commitment, created_at_ms)
                 values (1, 1, 0, 't', zeroblob(16), zeroblob(32), 0);
                 insert into deployment values (2, 2, 'm', '', '');",
            )
            .unwrap();
        let foreign = "insert into event values (1, 2, 0, 'e', 1, 2, 0, 0, 1, 0, 0, 1, 0, null, null, 0)";
        assert_eq!(
            connection.file().execute(foreign, []).unwrap_err().to_string(),
            "FOREIGN KEY constraint failed"
        );
    }
}
