//! Writes and syncs that fail: what an answer says of its event is true.

use super::{
    EIO, ENOSPC, EROFS, Faults, Watched,
    told::{Sent, Told, of_tenant, words_hold},
};
use crate::server::{Keys, Server, with};
use serde_json::json;

/// Sends single calls and batches, most of them without an id.
fn send(server: &Server, keys: &Keys, name: &str, count: usize) -> Vec<Sent> {
    let calls = (0..count).map(|n| {
        let tenant = format!("{name}-{n}");
        let body = match n % 4 {
            0 => with(of_tenant(&tenant), json!({"event_id": tenant})),
            3 => json!([of_tenant(&tenant), of_tenant(&tenant), of_tenant(&tenant)]),
            _ => of_tenant(&tenant),
        };
        Sent::send(server, &keys.live, tenant, body)
    });
    calls.collect()
}

/// After a kill: the words hold, and who follows them counts once.
fn hold(disk: &Watched, keys: &Keys, sent: &[Sent]) {
    disk.set(Faults::default());
    // Recovers what the log holds.
    let server = disk.serve(&[]);
    words_hold(&disk.ledger, &server, &keys.live, sent);
    let usage = server.get("/api/v1/usage", Some(&keys.live)).json();
    assert_eq!(usage["total"]["requests"], disk.ledger.count("select count(*) from event"));
    server.stop();
    disk.ledger.check();
}

/// The next syncs of the log fail: those of the write that comes next. Sums that the server would write of its own accord are
/// written before, as for every read.
fn fail_log_syncs(disk: &Watched, server: &Server, keys: &Keys, log_syncs: i32) {
    assert_eq!(server.get("/api/v1/usage", Some(&keys.live)).status, 200);
    disk.set(Faults { error: EIO, every: 0, log_syncs });
}

/// How many of them were refused for certain, and how many in doubt.
fn refusals(sent: &[Sent]) -> [usize; 2] {
    let count = |is: fn(&Told) -> bool| sent.iter().filter(|sent| is(&sent.told)).count();
    [count(|told| matches!(told, Told::NotStored)), count(|told| matches!(told, Told::MayBeStored(_)))]
}

#[test]
fn whatever_fails_the_answers_are_true() {
    let mut in_all = [0, 0];
    for (error, every) in
        [EIO, ENOSPC, EROFS].into_iter().flat_map(|error| [2, 3, 7, 23].map(|every| (error, every)))
    {
        let disk = Watched::failing();
        let server = disk.serve(&["--checkpoint-pages", "30"]);
        let keys = server.sign_up("a@example.com");
        disk.set(Faults { error, every, log_syncs: 0 });
        let mut sent = send(&server, &keys, "failing", 48);
        assert!(disk.failed() > 0, "nothing failed");
        disk.set(Faults::default());
        let mended = send(&server, &keys, "mended", 8);
        assert_eq!(refusals(&mended), [0, 0], "every {every}, {error}: it recovers by itself");
        sent.extend(mended);
        server.kill();
        for (sum, part) in in_all.iter_mut().zip(refusals(&sent)) {
            *sum += part;
        }
        hold(&disk, &keys, &sent);
    }
    assert!(in_all.iter().all(|refused| *refused > 0), "both kinds of refusal were met: {in_all:?}");
}

/// A commit whose sync fails is complete in the log. Said not to be stored, it must not be there after a kill.
#[test]
fn what_was_not_stored_does_not_come_back() {
    let disk = Watched::failing();
    let server = disk.serve(&[]);
    let keys = server.sign_up("a@example.com");
    let mut sent = send(&server, &keys, "before", 4);
    fail_log_syncs(&disk, &server, &keys, 1);
    sent.extend(send(&server, &keys, "failed", 1));
    assert_eq!(refusals(&sent), [1, 0]);
    server.kill();
    hold(&disk, &keys, &sent);
}

/// Where nothing can be written any more, nobody can know: the answer has the id to repeat it with.
#[test]
fn what_may_have_been_stored_is_repeated_with_its_id() {
    let disk = Watched::failing();
    let server = disk.serve(&[]);
    let keys = server.sign_up("a@example.com");
    fail_log_syncs(&disk, &server, &keys, 2);
    let mut sent = send(&server, &keys, "doubt", 1);
    assert_eq!(refusals(&sent), [0, 1]);
    server.kill();
    hold(&disk, &keys, &sent);
    // Of a batch, each row has one.
    let server = disk.serve(&[]);
    fail_log_syncs(&disk, &server, &keys, 2);
    let batch = json!([of_tenant("batch"), {"model": "gpt-4o"}, of_tenant("batch")]);
    let reply = server.post("/api/v1/track/batch", Some(&keys.live), &batch);
    let problem = reply.problem(503);
    let places: Vec<_> =
        problem["event_ids"].as_array().unwrap().iter().map(|given| &given["index"]).collect();
    assert_eq!(places, [0, 2], "the row between was rejected");
    // While the server lives on, too.
    let mut again = batch;
    for given in problem["event_ids"].as_array().unwrap() {
        let index = usize::try_from(given["index"].as_u64().unwrap()).unwrap();
        again[index]["event_id"] = given["event_id"].clone();
    }
    let answer = server.post("/api/v1/track/batch", Some(&keys.live), &again).json();
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(2), &json!(0)), "{answer}");
    server.kill();
    sent.clear();
    hold(&disk, &keys, &sent);
}

/// A reversal counts once, whatever became of its first attempt.
#[test]
fn a_reversal_in_doubt_is_repeated() {
    let disk = Watched::failing();
    let server = disk.serve(&[]);
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &with(of_tenant("a"), json!({"event_id": "e"})));
    fail_log_syncs(&disk, &server, &keys, 2);
    let reverse = |server: &Server| server.post("/api/v1/events/e/reversal", Some(&keys.live), &json!({}));
    assert!(reverse(&server).problem(503)["detail"].as_str().unwrap().contains("may have been stored"));
    server.kill();
    let server = disk.serve(&[]);
    let [first, second] = [reverse(&server).json(), reverse(&server).json()];
    assert_eq!(first["reversal_id"], second["reversal_id"], "{first}");
    assert_eq!(disk.ledger.count("select count(*) from event"), 2);
    server.stop();
    disk.ledger.check();
}
