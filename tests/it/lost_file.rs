//! A ledger's file that is not what it was: emptied, missing, linked, or gone from under a server.

use crate::{
    ledger::Ledger,
    server::{Server, binary, call, with},
};
use serde_json::json;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

/// The path of a file next to the ledger.
fn beside(ledger: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", ledger.display()))
}

/// A ledger with an event in it, that no server has open.
fn used() -> Ledger {
    let ledger = Ledger::in_file();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    server.stop();
    ledger
}

/// Every way to a ledger that writes says why it does not open it.
#[track_caller]
fn refused(path: &Path, why: &str) {
    let url = format!("sqlite:{}", path.display());
    let account = ["account", "create", "--email", "b@example.com", "--organisation", "B"];
    for arguments in [&["--listen", "127.0.0.1:0"][..], &account, &["check"]] {
        let output = Command::new(binary()).args(arguments).args(["--database", &url]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        // A check makes no ledger, and says that there is none.
        let is_missing = arguments == ["check"] && !path.exists();
        assert!(said.contains(if is_missing { "No such file" } else { why }), "{arguments:?}: {said}");
    }
}

#[test]
fn a_ledger_that_was_there_and_is_empty_is_refused() {
    let ledger = used();
    let path = ledger.path();
    let whole = fs::read(&path).unwrap();
    File::create(&path).unwrap();
    refused(&path, "it is empty, and a ledger never is");
    // With a log beside it, as after a power cut that was not survived.
    fs::write(beside(&path, "-wal"), &whole[..4_096]).unwrap();
    refused(&path, "it is empty, and a ledger never is");
    assert_eq!(fs::metadata(&path).unwrap().len(), 0, "it was left as it is");
    fs::remove_file(beside(&path, "-wal")).unwrap();

    for left in ["-wal", "-shm", "-journal"] {
        fs::remove_file(&path).unwrap_or_default();
        fs::write(beside(&path, left), "left").unwrap();
        refused(&path, "it is missing, but");
        assert!(!path.exists() && beside(&path, left).exists(), "{left}");
        fs::remove_file(beside(&path, left)).unwrap();
    }
    // Where nothing is, one is made on purpose.
    let (_, greeting, _) = ledger.serve().stop();
    assert!(greeting.contains("(new and empty)"));
}

/// The journal of a copy that a power cut brought back: SQLite would undo the whole file with it.
#[test]
fn a_stray_journal_undoes_nothing() {
    let ledger = used();
    let (path, journal) = (ledger.path(), beside(&ledger.path(), "-journal"));
    let whole = fs::read(&path).unwrap();
    // As SQLite writes it for a file that had no page before.
    let mut head = vec![0; 512];
    head[..8].copy_from_slice(&[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]);
    head[20..28].copy_from_slice(&[0, 0, 2, 0, 0, 0, 0x10, 0]);
    fs::write(&journal, &head).unwrap();
    refused(&path, "-journal is next to it");
    assert!(fs::read(&path).unwrap() == whole, "the file was changed");
    fs::remove_file(&journal).unwrap();
    ledger.check();
}

#[test]
fn a_backup_leaves_one_file_whatever_happens_to_it() {
    let ledger = used();
    let folder = ledger.path().parent().unwrap().to_owned();
    let copy = folder.join("copy.db");
    let backup = || ledger.run(&["backup", copy.to_str().unwrap()]);
    // Another one is at it.
    let part = File::create(beside(&copy, ".part")).unwrap();
    part.try_lock().unwrap();
    let output = backup();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("another process is writing it"), "{said}");
    assert!(!copy.exists());
    // It was killed.
    drop(part);
    assert!(backup().status.success());
    let url = format!("sqlite:{}", copy.display());
    assert!(Command::new(binary()).args(["check", "--database", &url]).status().unwrap().success());
    let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    // Of those who read a ledger, SQLite leaves a log and its index.
    let of_copy: Vec<String> = names
        .filter(|name| name.starts_with("copy.db") && !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    assert_eq!(of_copy, ["copy.db"]);
    assert!(!backup().status.success(), "never over a file that is there");
    // The log of what had the name before would be taken for that of the copy.
    fs::remove_file(&copy).unwrap();
    let output = backup();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains("it is missing, but") && said.contains("copy.db-"),
        "{said}"
    );
    assert!(!copy.exists());
}

#[test]
fn a_ledger_has_one_name() {
    let ledger = used();
    let other = ledger.path().with_file_name("other.db");
    fs::hard_link(ledger.path(), &other).unwrap();
    for path in [ledger.path(), other.clone()] {
        refused(&path, "it has 2 names (hard links)");
    }
    fs::remove_file(&other).unwrap();
    // A link that leads to the name is no other name: it is the same log.
    std::os::unix::fs::symlink(ledger.path(), &other).unwrap();
    let url = format!("sqlite:{}", other.display());
    let server = Server::start(Command::new(binary()), "127.0.0.1:0", &url);
    assert!(!beside(&other, "-wal").exists() && beside(&ledger.path(), "-wal").exists());
    server.stop();
}

/// What happens to the files of a server that runs, what it says from then on, and what is in them afterwards.
fn lose(what: impl FnOnce(&Path), why: &str) {
    let ledger = Ledger::in_file();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    let track = |n: u32| {
        server.post(
            "/api/v1/track",
            Some(&keys.live),
            &with(call("gpt-4o"), json!({"event_id": format!("e-{n}")})),
        )
    };
    assert_eq!(track(0).status, 200);
    let other = used();
    fs::copy(other.path(), beside(&ledger.path(), ".other")).unwrap();
    what(&ledger.path());
    // The very next one is not acknowledged.
    let first = track(1).problem(503)["detail"].as_str().unwrap().to_owned();
    assert!(first.contains("may have been stored") || first.contains(why), "{first}");
    for _ in 0..2 {
        let detail = track(2).problem(503)["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("Nothing was stored") && detail.contains(why), "{detail}");
    }
    let ready = server.get("/readyz", None).problem(503)["detail"].as_str().unwrap().to_owned();
    assert!(ready.contains(why), "{ready}");
    server.get("/api/v1/usage", Some(&keys.live)).problem(503);
    assert_eq!(server.get("/healthz", None).status, 200, "a restart would not mend it");
    // By its name, another server's log may be there by now: it is not removed.
    let log = beside(&ledger.path(), "-wal");
    let other_log = !log.exists() && fs::write(&log, "another's").is_ok();
    let (_, _, said) = server.stop();
    assert!(said.contains(why), "{said}");
    assert!(!other_log || fs::read(&log).unwrap() == b"another's");
}

#[test]
fn a_file_that_is_lost_under_a_server_takes_nothing_more() {
    let remove = |path: &Path, suffix: &str| fs::remove_file(beside(path, suffix)).unwrap();
    lose(|path| remove(path, ""), "file was removed or moved");
    lose(
        |path| ["", "-wal", "-shm"].iter().for_each(|suffix| remove(path, suffix)),
        "file was removed or moved",
    );
    lose(|path| fs::rename(beside(path, ".other"), path).unwrap(), "file was replaced");
    lose(|path| File::options().write(true).open(path).unwrap().set_len(0).unwrap(), "file was truncated");
    lose(|path| fs::hard_link(path, beside(path, ".second")).unwrap(), "second name");
    lose(|path| remove(path, "-wal"), "log was removed");
    lose(|path| remove(path, "-shm"), "log was removed");
    lose(
        |path| {
            fs::copy(path, beside(path, ".w"))
                .and_then(|_| fs::rename(beside(path, ".w"), beside(path, "-wal")))
                .unwrap();
        },
        "log was replaced",
    );
    lose(
        |path| File::options().write(true).open(beside(path, "-wal")).unwrap().set_len(0).unwrap(),
        "log was truncated",
    );
}

/// While nothing is written, it is seen within a second or so.
#[test]
fn a_file_that_is_lost_is_noticed_by_itself() {
    for suffix in ["", "-wal"] {
        let ledger = Ledger::in_file();
        let server = ledger.serve();
        let keys = server.sign_up("a@example.com");
        server.track(&keys.live, &call("gpt-4o"));
        File::options().write(true).open(beside(&ledger.path(), suffix)).unwrap().set_len(0).unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while server.get("/api/v1/usage", Some(&keys.live)).status == 200 {
            assert!(Instant::now() < deadline, "nobody notices");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Checkpoints, emptied logs and other programs that read are no losses.
#[test]
fn what_is_done_to_a_ledger_in_good_order_is_no_loss() {
    let ledger = Ledger::in_file();
    let server = ledger.serve_with(&["--checkpoint-pages", "10"]);
    let keys = server.sign_up("a@example.com");
    for n in 0..40 {
        let event =
            with(call("gpt-4o"), json!({"event_id": format!("e-{n}"), "tenant_id": format!("t-{}", n % 4)}));
        server.track(&keys.live, &event);
        let other = ledger.open();
        match n % 4 {
            // As Litestream does.
            0 => other.execute_batch("pragma wal_checkpoint(truncate)").unwrap(),
            1 => other.execute_batch("pragma wal_checkpoint(restart)").unwrap(),
            2 => drop(ledger.check()),
            // Erasing empties the log.
            _ => assert_eq!(
                server.delete(&format!("/api/v1/tenants/t-{}", n % 4), Some(&keys.live)).status,
                204
            ),
        }
        assert_eq!(server.get("/readyz", None).status, 200, "{n}");
    }
    let (status, _, log) = server.stop();
    assert!(status.success() && !log.contains("while the server ran"), "{log}");
    assert!(!beside(&ledger.path(), "-wal").exists());
    ledger.check();
}
