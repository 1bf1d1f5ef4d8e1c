//! Power cuts at moments that a seed chooses.

use super::{
    Watched,
    disk::{Cut, Disk, Random, records},
};
use crate::{
    ledger::Ledger,
    server::{Keys, Server, call, with},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Cuts of each run, unless `POWER_CUTS` says otherwise.
const CUTS: usize = 30;

/// What was acknowledged, and how much had been noted by then.
#[derive(Default)]
struct Acknowledged {
    events: Vec<(u64, String)>,
    backups: Vec<(u64, &'static str)>,
}

fn tracked(id: &str) -> Value {
    with(call("gpt-4o"), json!({"event_id": id, "tenant_id": format!("client-{}", id.len() % 3)}))
}

impl Acknowledged {
    /// Single events and batches.
    fn load(&mut self, disk: &Watched, server: &Server, keys: &Keys, name: &str, rounds: usize) {
        for round in 0..rounds {
            for n in 0..3 {
                let id = format!("{name}-{round}-{n}");
                server.track(&keys.live, &tracked(&id));
                self.events.push((disk.noted(), id));
            }
            self.batch(disk, server, keys, &format!("{name}-{round}"), 40);
        }
    }

    fn batch(&mut self, disk: &Watched, server: &Server, keys: &Keys, name: &str, events: usize) {
        let ids = (0..events).map(|n| format!("{name}-b{n}"));
        let batch: Vec<Value> = ids.clone().map(|id| tracked(&id)).collect();
        let answer = server.post("/api/v1/track/batch", Some(&keys.live), &json!(batch)).json();
        assert_eq!(answer["accepted"], events, "{answer}");
        self.events.extend(ids.map(|id| (disk.noted(), id)));
    }

    fn backup(&mut self, disk: &Watched, name: &'static str) {
        let to = disk.ledger.path().with_file_name(name);
        let mut command = disk.command();
        command.arg("backup").arg(&to).args(["--database", &disk.ledger.url()]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.backups.push((disk.noted(), name));
    }

    /// Cuts the power so many times, and looks at what is left.
    fn survive(&self, disk: &Watched, cuts: usize, seed: u64) {
        let records = records(&disk.log());
        assert!(records.len() > 20, "nothing was noted");
        let mut random = Random(seed);
        let first = self.events.first().unwrap().0;
        let mut places: BTreeMap<usize, Vec<Cut>> = BTreeMap::new();
        for n in 0..cuts {
            // Half of them just after an answer, when all that it rests on must be there; the others anywhere.
            let end = if n % 2 == 0 {
                self.events[random.below(self.events.len())].0
            } else {
                records[random.below(records.len())].end
            };
            let place = records.partition_point(|record| record.end <= end);
            places.entry(place).or_default().push(Cut::ALL[random.below(Cut::ALL.len())]);
        }
        let (mut rebuilt, mut at, mut seen) = (Disk::default(), 0, 0);
        for (place, cuts) in places {
            records[at..place].iter().for_each(|record| rebuilt.replay(record));
            at = place;
            let now = records[..place].last().map_or(0, |record| record.end);
            for cut in cuts {
                let files = rebuilt.cut(cut, &mut random);
                self.check(
                    &files,
                    now,
                    &format!("seed {seed}, record {place} of {}, {cut:?}", records.len()),
                );
                seen += usize::from(now > first);
            }
        }
        assert!(seen * 2 > cuts, "{seen} of {cuts} cuts came after something was acknowledged");
    }

    fn check(&self, files: &BTreeMap<String, Vec<u8>>, now: u64, place: &str) {
        let after = Ledger::in_file();
        let folder = after.path().parent().unwrap().to_owned();
        for (name, bytes) in files {
            std::fs::write(folder.join(name), bytes).unwrap();
        }
        let known: BTreeSet<&str> =
            self.events.iter().filter(|(at, _)| *at <= now).map(|(_, id)| id.as_str()).collect();
        assert!(known.is_empty() || after.path().exists(), "{place}: the ledger is gone");
        // What is left does not stand in the way of a start, be it of a ledger that was never acknowledged.
        after.serve().stop();
        let found = after.rows("select event_id from event");
        let distinct: BTreeSet<&str> = found.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(distinct.len(), found.len(), "{place}: an event is there twice");
        let lost: Vec<_> = known.difference(&distinct).collect();
        assert!(lost.is_empty(), "{place}: {} acknowledged events are gone: {lost:?}", lost.len());
        let checked = after.run(&["check"]);
        assert!(checked.status.success(), "{place}: {}", String::from_utf8_lossy(&checked.stderr));
        for (at, name) in &self.backups {
            let copy = folder.join(name);
            if *at <= now {
                assert!(copy.exists(), "{place}: {name} is gone");
            }
            if copy.exists() {
                let url = format!("sqlite:{}", copy.display());
                let checked = std::process::Command::new(crate::server::binary());
                let output = { checked }.args(["check", "--database", &url]).output().unwrap();
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{place}: {name}: {said}");
            } else {
                // What was left of it is in nobody's way.
                let again = after.run(&["backup", copy.to_str().unwrap()]);
                assert!(again.status.success(), "{place}: {}", String::from_utf8_lossy(&again.stderr));
            }
        }
    }
}

/// How many cuts, and with what seed.
fn cuts(usual: usize) -> (usize, u64) {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let cuts = number("POWER_CUTS").map_or(usual, |cuts| usize::try_from(cuts).unwrap());
    (cuts, number("POWER_SEED").unwrap_or(1))
}

#[test]
fn a_power_cut_loses_nothing_that_was_acknowledged() {
    let disk = Watched::noting();
    let mut acknowledged = Acknowledged::default();
    // Checkpoints are among what is cut.
    let arguments = ["--checkpoint-pages", "30", "--key-requests-per-s-max", "100000"];
    let server = disk.serve(&arguments);
    let keys = server.sign_up("a@example.com");
    acknowledged.load(&disk, &server, &keys, "first", 12);
    acknowledged.backup(&disk, "during.db");
    acknowledged.load(&disk, &server, &keys, "second", 8);
    server.stop();
    acknowledged.backup(&disk, "between.db");
    let server = disk.serve(&arguments);
    acknowledged.load(&disk, &server, &keys, "third", 8);
    server.kill();
    let server = disk.serve(&arguments);
    acknowledged.load(&disk, &server, &keys, "fourth", 4);
    server.stop();
    let (cuts, seed) = cuts(CUTS);
    acknowledged.survive(&disk, cuts, seed);
}

/// Enough events that their ids are in runs, with all that this writes.
#[test]
fn a_power_cut_among_id_runs_loses_nothing() {
    const EVENTS: usize = 10_000;
    let disk = Watched::noting();
    let mut acknowledged = Acknowledged::default();
    let server = disk.serve(&[]);
    let keys = server.sign_up("a@example.com");
    for n in 0..7 {
        acknowledged.batch(&disk, &server, &keys, &format!("many-{n}"), EVENTS);
    }
    acknowledged.load(&disk, &server, &keys, "later", 4);
    assert_eq!(disk.ledger.count("select count(*) from id_run"), 1);
    server.kill();
    let (cuts, seed) = cuts(4 * CUTS);
    acknowledged.survive(&disk, cuts / 30, seed);
}
