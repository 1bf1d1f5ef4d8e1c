//! A database and its servers: versions, TLS, and what must not be changed.

use super::postgres::{Postgres, own, server_under_test};
use crate::{
    ledger::Ledger,
    server::{binary, call},
};
use std::{path::Path, process::Command};

/// A server that starts during an upgrade waits for it; an older one goes on where the new schema lets it.
#[test]
fn servers_are_upgraded_one_after_the_other() {
    let ledger = Ledger::on_server(server_under_test());
    let old = ledger.serve();
    let keys = old.sign_up("a@example.com");
    old.track(&keys.live, &call("gpt-4o"));
    // As a newer version does it that only adds: this version may go on, and start again.
    let version = ledger.count("select version from schema_version");
    ledger
        .execute("alter table tenant add column note text; update schema_version set version = version + 1");
    old.track(&keys.live, &call("gpt-4o"));
    old.stop();
    let again = ledger.serve();
    again.track(&keys.live, &call("gpt-4o"));
    // Whether the schema is what a newer version makes, only that version can tell.
    let newer =
        format!("schema version {}, this program knows {version}: start a newer program", version + 1);
    let checked = ledger.run(&["check"]);
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.code() == Some(1) && said.contains(&newer), "{said}");
    again.stop();
    assert_eq!(ledger.count("select version from schema_version"), version + 1, "nothing was taken back");
    // One that changes what this version relies on.
    ledger.execute("update schema_version set usable_from = version");
    for arguments in [&["--listen", "127.0.0.1:0"][..], &["check"]] {
        let refused = ledger.run(arguments);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(refused.status.code() == Some(1) && said.contains(&newer), "{said}");
    }
}

/// What is no ledger of this program is left as it is.
#[test]
fn another_programs_database_is_left_alone() {
    for (made, holds) in [
        ("create table recipes (name text)", "recipes"),
        (
            "create table schema_version (version bigint, usable_from bigint); insert into schema_version values (0, 0)",
            "schema_version",
        ),
    ] {
        let foreign = Ledger::on_server(server_under_test());
        foreign.execute(made);
        for arguments in [&["--listen", "127.0.0.1:0"][..], &["check"]] {
            let refused = foreign.run(arguments);
            assert_eq!(refused.status.code(), Some(1), "{}", String::from_utf8_lossy(&refused.stderr));
        }
        let tables = "select table_name from information_schema.tables where table_schema = 'public'";
        assert_eq!(foreign.rows(tables), [[holds]]);
    }
}

/// A new database says which version it is of.
#[test]
fn a_new_database_is_of_version_1() {
    let ledger = Ledger::on_server(server_under_test());
    ledger.serve().stop();
    assert_eq!(ledger.rows("select version, usable_from from schema_version"), [["1", "1"]]);
}

/// Many servers at once on an empty database make one ledger.
#[test]
fn servers_that_start_together_make_one_ledger() {
    let ledger = Ledger::on_server(server_under_test());
    let servers = std::thread::scope(|threads| {
        let starting: Vec<_> = (0..4).map(|_| threads.spawn(|| ledger.serve())).collect();
        starting.into_iter().map(|server| server.join().unwrap()).collect::<Vec<_>>()
    });
    let keys = servers[0].sign_up("a@example.com");
    for server in &servers {
        server.track(&keys.live, &call("gpt-4o"));
    }
    assert_eq!(ledger.count("select count(*) from ledger"), 1);
    assert!(ledger.check().contains("Events         4,"));
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// An authority, and what it says of 127.0.0.1.
fn certify(folder: &Path) {
    let days = ["-days", "2", "-nodes", "-newkey", "rsa:2048"];
    let authority = ["req", "-x509", "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem"];
    openssl(folder, &[&authority[..], &days].concat());
    openssl(
        folder,
        &[
            "req",
            "-subj",
            "/CN=127.0.0.1",
            "-nodes",
            "-newkey",
            "rsa:2048",
            "-keyout",
            "server.key",
            "-out",
            "server.csr",
        ],
    );
    std::fs::write(folder.join("names"), "subjectAltName = IP:127.0.0.1").unwrap();
    let sign = "x509 -req -days 2 -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names -out server.crt";
    openssl(folder, &sign.split(' ').collect::<Vec<_>>());
}

#[test]
fn with_tls_the_server_is_who_it_says() {
    let certificates = tempfile::tempdir().unwrap();
    certify(certificates.path());
    let stranger = tempfile::tempdir().unwrap();
    certify(stranger.path());
    let postgres = Postgres::start(&["ssl=on"], |data| {
        for name in ["server.crt", "server.key"] {
            std::fs::copy(certificates.path().join(name), data.join(name)).unwrap();
            let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(data.join(name), private).unwrap();
            own(&data.join(name));
        }
        // Nobody comes in without.
        std::fs::write(data.join("pg_hba.conf"), "hostssl all carbon all trust\nlocal all all trust\n")
            .unwrap();
    });
    let url = |rest: &str| format!("{}?{rest}", postgres.url());
    let check = |url: &str| {
        let output = Command::new(binary()).args(["check", "--database", url]).output().unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let trusted = format!("sslrootcert={}", certificates.path().join("ca.pem").display());
    let said = check(&url(&format!("sslmode=verify-full&{trusted}")));
    assert!(said.contains("it holds no ledger yet"), "it was reached: {said}");
    let said =
        check(&url(&format!("sslmode=require&sslrootcert={}", stranger.path().join("ca.pem").display())));
    assert!(said.to_lowercase().contains("certificate"), "{said}");
    let said = check(&url("sslmode=require"));
    assert!(said.to_lowercase().contains("certificate"), "{said}");
    let said = check(&url("sslmode=disable"));
    assert!(said.contains("no encryption") || said.contains("pg_hba.conf"), "{said}");
    // A server on it, from its start to its end.
    let server = crate::server::Server::start(Command::new(binary()), "127.0.0.1:0", &url(&trusted));
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    let (status, printed, log) = server.stop();
    assert!(status.success() && !printed.contains("sslrootcert"), "{printed} {log}");
}

#[test]
fn a_server_that_may_forget_is_refused() {
    for setting in ["fsync", "full_page_writes"] {
        let postgres = Postgres::start(&[&format!("{setting}=off")], |_| {});
        let mut command = Command::new(binary());
        let output =
            command.args(["--listen", "127.0.0.1:0", "--database", &postgres.url()]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        let allow = format!("allow_{setting}_off=true");
        assert!(said.contains(&format!("{setting} is off")) && said.contains(&allow), "{said}");
        let url = format!("{}?{allow}", postgres.url());
        let server = crate::server::Server::start(Command::new(binary()), "127.0.0.1:0", &url);
        let keys = server.sign_up("a@example.com");
        server.track(&keys.live, &call("gpt-4o"));
    }
}

/// Every unique key of an account's table begins with the account: its rows stand together.
#[test]
fn keys_begin_with_the_account() {
    let ledger = Ledger::on_server(server_under_test());
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    let of_accounts =
        "from pg_index join pg_attribute as first on first.attrelid = indrelid and first.attnum = indkey[0]
        where indisunique and indrelid::regclass::text not in ('account', 'api_key', 'session')
          and exists (select 1 from pg_attribute where attrelid = indrelid and attname = 'account_key')";
    let others =
        ledger.rows(&format!("select indexrelid::regclass {of_accounts} and first.attname <> 'account_key'"));
    assert!(others.is_empty(), "{others:?}");
    assert!(ledger.count(&format!("select count(*) {of_accounts}")) > 20, "partitions included");
}

/// What stands in the way of a slip.
#[test]
fn what_was_written_cannot_be_changed() {
    let ledger = Ledger::on_server(server_under_test());
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    for (sql, refusal) in [
        ("update event set output_tokens = 2", "events are immutable"),
        ("delete from event", "events are immutable"),
        ("update deployment set model = 'n'", "deployments are immutable"),
        ("update seal set last_event_key = 2", "seals are immutable"),
        ("delete from seal", "seals are immutable"),
    ] {
        let refused = ledger.try_execute(sql).unwrap_err();
        assert!(refused.contains(refusal), "{sql}: {refused}");
    }
    // Nor can an event name what is another account's: its sum would.
    let foreign = "insert into daily_usage select account_key + 1, is_test, day, hour, tenant_key, is_adjustment, deployment_key,
        1, 1, 0, 0, 1, 0, 0, 0, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 from daily_usage";
    assert!(ledger.try_execute(foreign).unwrap_err().contains("foreign key"));
    ledger.check();
}
