//! Bringing a database file to the schema of this program: forwards only.

use crate::store::{
    error::StoreError,
    schema::{Schema, SchemaVersion},
    sql::{Connection, transaction::in_transaction},
    sqlite::objects::check_objects,
};
use rusqlite::Connection as File;

/// The schema of a file. No step leads to version 1.
const SCHEMA: Schema<'_> = Schema { sql: include_str!("schema.sql"), steps: &[] };

/// Marks the file as ours: "LCTL", LLM Carbon Tracker Ledger.
const APPLICATION_ID: i64 = 0x4C43_544C;

/// Makes an empty file a ledger, in one transaction.
pub(in crate::store) fn create(ledger: &Connection) -> Result<(), StoreError> {
    create_as(&SCHEMA, ledger)
}

fn create_as(schema: &Schema<'_>, ledger: &Connection) -> Result<(), StoreError> {
    in_transaction(ledger, || {
        let file = of_file(ledger);
        file.execute_batch(schema.sql)?;
        file.execute_batch(
            "insert into ledger (ledger_key, id_hash_key, link_secret) values (1, randomblob(16), randomblob(32));
             insert into fold (fold_key, last_event_key, failed_commits) values (1, 0, 0);",
        )?;
        mark(schema, file)
    })
}

/// Upgrades the schema of a ledger, in one transaction. Refuses a file whose schema something else has changed.
pub(in crate::store) fn upgrade(ledger: &Connection) -> Result<(), StoreError> {
    upgrade_to(&SCHEMA, ledger)?;
    check_schema(of_file(ledger))
}

/// Whether a file consists of what this program makes.
pub(in crate::store) fn check_schema(file: &File) -> Result<(), StoreError> {
    check_objects(file, SCHEMA.sql)
}

fn upgrade_to(schema: &Schema<'_>, ledger: &Connection) -> Result<(), StoreError> {
    let file = of_file(ledger);
    let steps = schema.steps_from(found(file)?)?;
    // A file that needs nothing is left as it is.
    if steps.is_empty() {
        return Ok(());
    }
    // A step may replace a table that others refer to.
    file.pragma_update(None, "foreign_keys", false)?;
    let done = in_transaction(ledger, || {
        steps.iter().try_for_each(|step| file.execute_batch(step.sql))?;
        mark(schema, file)
    });
    file.pragma_update(None, "foreign_keys", true)?;
    done
}

fn of_file(ledger: &Connection) -> &File {
    let Connection::Sqlite(file) = ledger else { unreachable!("a server has its own schema") };
    file
}

/// Writes down that a file has a schema.
fn mark(schema: &Schema<'_>, file: &File) -> Result<(), StoreError> {
    file.pragma_update(None, "application_id", APPLICATION_ID)?;
    file.pragma_update(None, "user_version", schema.version())?;
    Ok(())
}

/// Whether a file is a ledger, of whatever version.
pub(super) fn is_ledger(file: &File) -> Result<(), StoreError> {
    found(file).map(drop)
}

/// What a file says about its schema. One server has it at a time, so a newer version is never shared with this one.
fn found(file: &File) -> Result<SchemaVersion, StoreError> {
    let application: i64 = file.query_row("pragma application_id", [], |row| row.get(0))?;
    if application != APPLICATION_ID {
        return Err(StoreError::NotALedger);
    }
    let version = file.query_row("pragma user_version", [], |row| row.get(0))?;
    Ok(SchemaVersion { version, usable_from: version })
}

/// Whether a file is a ledger of this version: what only reads upgrades nothing.
pub(in crate::store) fn is_current(file: &File) -> Result<(), StoreError> {
    SCHEMA.check_current(found(file)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{schema::Step, sqlite::objects::objects};

    /// A made-up next version: a table that others refer to gets a column that older programs do not fill, and there is a new
    /// table.
    const STEP: Step<'_> = Step {
        sql: "create table new_logo (
                  logo_key    integer primary key,
                  account_key integer not null references account,
                  sha256      text    not null check (length(sha256) = 64),
                  png         blob    not null,
                  bytes       integer not null,
                  unique (account_key, sha256)
              ) strict;
              insert into new_logo select logo_key, account_key, sha256, png, length(png) from logo;
              drop table logo;
              alter table new_logo rename to logo;
              create table note (account_key integer primary key references account, note text not null) strict;",
        usable_from: 2,
    };

    /// The schema of that version.
    fn next_schema() -> String {
        let column = "    png         blob    not null,\n";
        let schema = SCHEMA.sql.replace(column, &format!("{column}    bytes       integer not null,\n"));
        assert_ne!(schema, SCHEMA.sql);
        schema
            + "create table note (account_key integer primary key references account, note text not null) strict;"
    }

    #[test]
    fn a_migrated_database_equals_a_fresh_one() {
        let next = next_schema();
        let next = Schema { sql: &next, steps: &[STEP] };
        let (old, fresh) = (Connection::in_memory(), Connection::in_memory());
        create(&old).unwrap();
        create_as(&next, &fresh).unwrap();
        old.file()
            .execute_batch(
                "insert into account values (1, 'a', 'a@example.com', 'A', 'x', 0);
                 insert into logo values (7, 1, hex(zeroblob(32)), x'0102');
                 insert into branding (account_key, logo_sha256, up_to_1000_employees) values (1, hex(zeroblob(32)), 0);",
            )
            .unwrap();
        upgrade_to(&next, &old).unwrap();
        assert_eq!(objects(old.file()).unwrap(), objects(fresh.file()).unwrap());
        let marks = |ledger: &Connection| -> [i64; 2] {
            ["application_id", "user_version"]
                .map(|name| ledger.file().query_row(&format!("pragma {name}"), [], |row| row.get(0)).unwrap())
        };
        assert_eq!((marks(&old), marks(&fresh)), ([APPLICATION_ID, 2], [APPLICATION_ID, 2]));
        let row = |sql: &str| -> String { old.file().query_row(sql, [], |row| row.get(0)).unwrap() };
        assert_eq!(
            row("select organisation || ' ' || logo_key || ' ' || bytes
                   from account join branding using (account_key)
                   join logo on logo.account_key = account.account_key and sha256 = logo_sha256"),
            "A 7 2"
        );
        assert_eq!(row("select cast(count(*) as text) from pragma_foreign_key_check"), "0");
        // Once there, it is left alone, and a program of the version before does not touch it.
        upgrade_to(&next, &old).unwrap();
        assert!(matches!(upgrade(&old), Err(StoreError::NewerSchema { found: 2, known: 1 })));
    }

    #[test]
    fn an_upgrade_that_fails_leaves_the_file_as_it_was() {
        let old = Connection::in_memory();
        create(&old).unwrap();
        let before = objects(old.file()).unwrap();
        let half = Step { sql: "create table note (note text) strict; drop table nothing", usable_from: 2 };
        assert!(upgrade_to(&Schema { steps: &[half], ..SCHEMA }, &old).is_err());
        assert_eq!(objects(old.file()).unwrap(), before);
        assert!(is_current(old.file()).is_ok());
    }

    #[test]
    fn a_file_of_a_newer_version_is_left_alone() {
        let newer = Connection::in_memory();
        newer.file().pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        newer.file().pragma_update(None, "user_version", SCHEMA.version() + 1).unwrap();
        let error = upgrade(&newer).unwrap_err().to_string();
        assert_eq!(error, "the database has schema version 2, this program knows 1: start a newer program");
        assert!(objects(newer.file()).unwrap().is_empty());
    }

    #[test]
    fn another_programs_database_is_left_alone() {
        for version in [0, 1] {
            let foreign = Connection::in_memory();
            foreign.file().execute_batch("create table recipes (name text)").unwrap();
            foreign.file().pragma_update(None, "user_version", version).unwrap();
            assert!(matches!(upgrade(&foreign), Err(StoreError::NotALedger)));
            assert_eq!(objects(foreign.file()).unwrap().len(), 1);
        }
    }

    #[test]
    fn events_and_reports_cannot_be_changed() {
        let connection = Connection::in_memory();
        connection.file().pragma_update(None, "recursive_triggers", true).unwrap();
        create(&connection).unwrap();
        connection
            .file()
            .execute_batch(
                "insert into account values (1, 'a', 'a@example.com', 'A', 'x', 0);
                 insert into tenant (tenant_key, account_key, is_test, tenant_id, salt, commitment, created_at_ms)
                 values (1, 1, 0, 't', zeroblob(16), zeroblob(32), 0);
                 insert into deployment values (1, 1, 'm', '', '');
                 insert into event values (1, 1, 0, 'e', 1, 1, 0, 0, 1, 0, 0, 1, 0, null, null, null, null, 0);
                 insert into closed_month values (1, 1, '2026-09', '2026.11', 0, 1, 1, 0, zeroblob(32));
                 insert into closed_tenant values (1, 1, 1, 1, zeroblob(32), '{}', 0, 0, 0);
                 insert into restatement values (1, 's', 1, '2026-09', '2025.1', '2026.11', 'r', 0, 1);
                 insert into restated_tenant values (1, 1, 1, '{}', '{}', 1, zeroblob(32));
                 insert into price_list values (1, 0, 'EUR', 0, '1', '1', '1');
                 insert into row_digest values (1, 1, 'tenant', 1, zeroblob(32));
                 insert into dashboard_link values (1, 'l', 1, 1, 0, 0, null);
                 insert into dashboard_month values (1, 1, '2026-10', 1, 1, 0);
                 insert into time_stamp values (1, 1, x'30', 0);
                 insert into seal values (1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, zeroblob(32), 1, null, null);
                 insert into archive values (1, '1970-01', 1, 1, 1, 9, zeroblob(32), '/a', 'n', 0);
                 insert into hour_switch values (1, 1, 1, 0, 'c', 0);
                 insert into energy_window values (1, 1, 'm', 'rack', 'node', 0, 1, null, null, 1, 1, null, 1, null, null,
                                                   zeroblob(32), 0, null);
                 insert into instrument values (1, 1, '01a20abd-28b2-761c-af30-e523aaa1ccfe', 'go', '', 'FRA', '2026-10-01', '2026-10-31',
                                                9, '0', 2026, zeroblob(32), zeroblob(32), 's', 'l', 'o', 0, null);
                 insert into instrument_allocation values (1, 1, 1, 1, '2026-10', 9, 0, null);
                 insert into residual_mix values (1, 1, 'FRA', 2026, '40', 's', 'l', zeroblob(32), 'o', 0);
                 insert into supplier_report values (1, 1, 'aws', '', 's', '', '2026-10', '1', null, '', 'l', zeroblob(32), 'o', 0);
                 insert into report values (1, 'r', 1, 1, '2026-10', '2026-10', 'en', 1, 'provisional',
                                            hex(zeroblob(32)), hex(zeroblob(32)), x'00', 0, null);",
            )
            .unwrap();
        for (sql, refusal) in [
            ("update event set output_tokens = 2", "events are immutable"),
            ("delete from event", "events are immutable"),
            (
                "replace into event values (1, 1, 0, 'e', 1, 1, 0, 0, 9, 0, 0, 9, 0, null, null, null, null, 0)",
                "events are immutable",
            ),
            ("update deployment set model = 'n'", "deployments are immutable"),
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
            ("update time_stamp set token = x'31'", "time stamps are immutable"),
            ("delete from time_stamp", "time stamps are immutable"),
            ("update archive set sha256 = zeroblob(32)", "archives are immutable"),
            ("delete from archive", "archives are immutable"),
            ("update hour_switch set is_on = 0", "switches to hours are immutable"),
            ("delete from hour_switch", "switches to hours are immutable"),
            ("update energy_window set output_tokens = 2", "windows are immutable"),
            ("update energy_window set output_tokens = 2, withdrawn_at_ms = 1", "windows are immutable"),
            ("delete from energy_window", "windows are immutable"),
            ("update instrument set wh = 8", "instruments are immutable"),
            ("update instrument set wh = 8, withdrawn_at_ms = 1", "instruments are immutable"),
            ("delete from instrument", "instruments are immutable"),
            ("update instrument_allocation set month = '2026-11'", "allocations are immutable"),
            ("delete from instrument_allocation", "allocations are immutable"),
            ("update residual_mix set g_per_kwh = '1'", "residual mixes are immutable"),
            ("delete from residual_mix", "residual mixes are immutable"),
            ("update supplier_report set kg_location = '0'", "supplier reports are immutable"),
            ("delete from supplier_report", "supplier reports are immutable"),
            ("update report set pdf = x'01'", "issued reports are immutable"),
            ("delete from report", "issued reports are immutable"),
        ] {
            assert_eq!(connection.file().execute(sql, []).unwrap_err().to_string(), refusal, "{sql}");
        }
        // An event goes with its month: that one is marked, and an archive has it. One of the two is not enough.
        let mark = |month: &str| {
            connection.file().execute("insert into pruned_month values (?1, 1, 0)", [month]).unwrap();
            connection.file().execute("delete from event", []).map_err(|error| error.to_string())
        };
        assert_eq!(mark("1970-02"), Err("events are immutable".to_owned()), "an archive of another month");
        assert_eq!(mark("1970-01"), Ok(1));
    }

    #[test]
    fn an_event_cannot_name_another_accounts_tenant() {
        let connection = Connection::in_memory();
        connection.file().pragma_update(None, "foreign_keys", true).unwrap();
        create(&connection).unwrap();
        connection
            .file()
            .execute_batch(
                "insert into account values (1, 'a', 'a@example.com', 'A', 'x', 0), (2, 'b', 'b@example.com', 'B', 'x', 0);
                 insert into tenant (tenant_key, account_key, is_test, tenant_id, salt, commitment, created_at_ms)
                 values (1, 1, 0, 't', zeroblob(16), zeroblob(32), 0);
                 insert into deployment values (2, 2, 'm', '', '');",
            )
            .unwrap();
        let foreign =
            "insert into event values (1, 2, 0, 'e', 1, 2, 0, 0, 1, 0, 0, 1, 0, null, null, null, null, 0)";
        assert_eq!(
            connection.file().execute(foreign, []).unwrap_err().to_string(),
            "FOREIGN KEY constraint failed"
        );
    }
}
