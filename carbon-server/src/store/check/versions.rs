//! Chains whose seals are of both versions.

use crate::{
    base::digest::Sha,
    store::{
        Anchors, Archives, Event, NewAccount, Side, Store, StoreOptions, ToClose,
        book::{
            LedgerState, Transaction,
            event_id::StoredId,
            journal::{EVENT_COLUMNS, EventRow},
            link::Link,
            names::SentDeployment,
            sealed::{Marks, SEAL_COLUMNS, Seal, SealVersion, seal_in},
        },
        check::{NotSound, check},
        database::Database,
        source::LedgerLocation,
        sql::{Connection, NONE, params, transaction::in_transaction},
    },
};
use carbon_core::Usage;
use carbon_report::counts::MEDIA;

/// A ledger of two accounts with events, and a month that one of them closed.
async fn ledger(database: &Database) {
    let options = StoreOptions {
        checkpoint_pages: 1_000,
        writes_waiting_max: 100,
        tags_per_tenant_max: 100,
        books: None,
        archive: None,
    };
    let (store, _) = Store::open(database, &options).await.unwrap();
    let now_ms = 1_793_000_000_000;
    for name in ["a", "b"] {
        let account = NewAccount {
            account_id: name.to_owned(),
            email: format!("{name}@example.com"),
            organisation: name.to_owned(),
            password_hash: String::new(),
            keys: Vec::new(),
            created_at_ms: now_ms,
        };
        store.create_account(account).await.unwrap();
    }
    let accounts = store.accounts().await.unwrap();
    let event = |n: usize| Event {
        side: Side { account: accounts[n % 2].0, is_test: false },
        event_id: format!("e-{n}"),
        id_is_new: false,
        tenant_id: format!("t-{}", n % 3),
        deployment: SentDeployment { model: "m".to_owned(), provider: String::new(), region: String::new() },
        region_is_default: false,
        occurred_at_ms: None,
        received_at_ms: now_ms,
        usage: Usage::of_call(600, 400),
        calls: None,
        tags: Vec::new(),
        sighting: None,
    };
    futures_util::future::join_all((0..12).map(|n| store.append(Box::new(event(n))))).await;
    let month = "2026-10".parse().unwrap();
    let account = accounts[0].0;
    let open = store.open_month(account, month).await.unwrap();
    let figures = open.tenants.iter().map(|_| "{}".to_owned()).collect();
    let closed_at_ms = now_ms;
    let close = ToClose { account, month: open, factor_set: "2026.11".to_owned(), figures, closed_at_ms };
    store.close_month(close).await.unwrap();
    for n in 12..20 {
        store.append(Box::new(event(n))).await.unwrap();
    }
    assert!(store.close().await);
}

/// Makes the chain again: seals up to one in version 1, and the others in version 2.
fn sealed_in_both(file: &Connection, until: i64) {
    let trigger: String = file
        .query_row("select sql from sqlite_master where name = 'seal_is_never_changed'", NONE, |row| {
            row.get(0)
        })
        .unwrap();
    file.execute_batch("drop trigger seal_is_never_changed").unwrap();
    let select = format!("select {} from seal order by seal_key", *SEAL_COLUMNS);
    let seals: Vec<Seal> =
        file.prepare_cached(&select).unwrap().query_map(NONE, seal_in).unwrap().map(Result::unwrap).collect();
    let (mut marks, mut head) = (Marks::default(), Sha::default());
    for Seal { number, marks: to, .. } in seals {
        let mut link =
            if number <= until { Link::of(&head, SealVersion::One) } else { Link::after(&head).unwrap() };
        let select = format!(
            "select {EVENT_COLUMNS} from event where event_key > ?1 and event_key <= ?2 order by event_key"
        );
        let mut statement = file.prepare_cached(&select).unwrap();
        let mut rows = statement.query([marks.event, to.event]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let (mut line, (event, _)) = (Vec::new(), EventRow::read(&row).unwrap());
            event.write_line(&mut line);
            link.add(event.account_key, &line);
        }
        let linked = link.finish(file, &marks, &to).unwrap();
        let (version, salt) = match linked.version {
            SealVersion::One => (1i64, None),
            SealVersion::Two { salt } => (2, Some(salt)),
        };
        let events = linked.kept_events(&marks, &to).map(<[Sha]>::as_flattened);
        let values = params![number, linked.sha256, version, salt, events];
        let update = "update seal set sha256 = ?2, version = ?3, salt = ?4, events = ?5 where seal_key = ?1";
        file.change_one(update, values).unwrap();
        (marks, head) = (to, linked.sha256);
    }
    file.execute_batch(&trigger).unwrap();
}

fn checked(database: &Database) -> Result<i64, NotSound> {
    let same_figures = |_| Ok(|_: &_| Ok(()));
    check(database, &Anchors::default(), &Archives::default(), same_figures).map(|checked| checked.seals)
}

#[tokio::test]
async fn a_chain_of_both_versions_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let database: Database = format!("sqlite:{}", folder.path().join("carbon.db").display()).parse().unwrap();
    ledger(&database).await;
    let seals = checked(&database).unwrap();
    let open = || LedgerLocation::of_command(&database).open_writer().unwrap();
    for until in 0..=seals {
        sealed_in_both(&open(), until);
        assert_eq!(checked(&database).unwrap(), seals, "version 1 up to seal {until}");
    }
    // A byte of any digest, and of any salt, is missed by none of the two.
    sealed_in_both(&open(), seals / 2);
    for number in 1..=seals {
        let file = open();
        let kept: Vec<u8> = file
            .query_row("select coalesce(salt, sha256) from seal where seal_key = ?1", [number], |row| {
                row.get(0)
            })
            .unwrap();
        let mut other = kept.clone();
        other[7] ^= 1;
        let column = if number <= seals / 2 { "sha256" } else { "salt" };
        let trigger: String = file
            .query_row("select sql from sqlite_master where name = 'seal_is_never_changed'", NONE, |row| {
                row.get(0)
            })
            .unwrap();
        for (value, is_sound) in [(&other, false), (&kept, true)] {
            file.execute_batch("drop trigger seal_is_never_changed").unwrap();
            let update = format!("update seal set {column} = ?2 where seal_key = ?1");
            file.change_one(&update, params![number, value]).unwrap();
            file.execute_batch(&trigger).unwrap();
            assert_eq!(checked(&database).is_ok(), is_sound, "seal {number}");
        }
    }
}

/// Events are added without a look at the tables that they refer to: a check looks, whatever else fits.
#[tokio::test]
async fn an_event_that_names_what_its_account_does_not_have_is_told() {
    const EVENTS: i64 = 20;
    type Change = fn(EventRow<'static>) -> EventRow<'static>;
    let ours = |row: EventRow<'static>| row;
    let wrong: [(Change, &str); 4] = [
        (ours, ""),
        (|row| EventRow { account_key: 3 - row.account_key, ..row }, "event 21 names tenant 1, which"),
        (|row| EventRow { deployment_key: 99, ..row }, "event 21 names deployment 99, which"),
        (|row| EventRow { reverses: Some(EVENTS + 1), ..row }, "event 21 reverses event 21, which"),
    ];
    for (wrong, expect) in wrong {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("carbon.db");
        let database: Database = format!("sqlite:{}", path.display()).parse().unwrap();
        ledger(&database).await;
        let add = |references: bool| {
            let connection = LedgerLocation::of_command(&database).open_writer().unwrap();
            connection.file().pragma_update(None, "foreign_keys", references).unwrap();
            let mut state = LedgerState::load(&connection, 100).unwrap();
            in_transaction(&connection, || {
                let mut transaction = Transaction::new(&connection, &mut state)?;
                let first = "select account_key, tenant_key, deployment_key from event where event_key = 1";
                let [account_key, tenant_key, deployment_key] =
                    connection.query_row(first, NONE, |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
                let row = wrong(EventRow {
                    event_key: EVENTS + 1,
                    account_key,
                    is_test: false,
                    event_id: StoredId::Text("one more"),
                    tenant_key,
                    deployment_key,
                    received_at_ms: 1_793_000_000_000,
                    occurred_at_ms: None,
                    tokens: [0; 5],
                    tags: None,
                    reverses: None,
                    calls: None,
                    media: [0; MEDIA],
                });
                let hash = transaction.hash(row.side(), row.event_id);
                transaction.add(&row, hash)?;
                transaction.finish()?;
                Ok(())
            })
        };
        if expect.is_empty() {
            add(true).unwrap();
            assert!(checked(&database).is_ok());
        } else {
            assert!(add(true).is_err() || expect.contains("reverses"), "whoever looks refuses it: {expect}");
            if !expect.contains("reverses") {
                add(false).unwrap();
            }
            let found = checked(&database).unwrap_err().to_string();
            assert!(found.starts_with(expect), "{found}");
        }
    }
}
