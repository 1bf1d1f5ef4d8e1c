//! Calls summed by the hour for a while: what an event was answered with is what it is worth, whatever is set later.

use crate::{
    grids::{at, by_hour, hours, import, usage},
    server::{Keys, Server, with},
};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use std::cell::Cell;

#[derive(Clone, Debug)]
enum Step {
    /// By the hour, or by the day.
    Switch(bool),
    /// The tenant's own region, for calls that name none.
    Region(&'static str),
    /// A new call in that hour, naming a region or not, alone or in a batch.
    Track {
        hour: i8,
        names_region: bool,
        in_batch: bool,
    },
    /// One of the calls so far, once more.
    Repeat {
        which: prop::sample::Index,
        in_batch: bool,
    },
    Reverse(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any::<bool>().prop_map(Step::Switch),
        1 => prop::sample::select(vec!["FRA", "DEU"]).prop_map(Step::Region),
        4 => (0..24i8, any::<bool>(), any::<bool>())
            .prop_map(|(hour, names_region, in_batch)| Step::Track { hour, names_region, in_batch }),
        4 => (any::<prop::sample::Index>(), any::<bool>())
            .prop_map(|(which, in_batch)| Step::Repeat { which, in_batch }),
        2 => any::<prop::sample::Index>().prop_map(Step::Reverse),
    ]
}

/// A call, what it was answered with, and whether it was cancelled.
struct Sent {
    call: Value,
    grams: Value,
    is_reversed: bool,
}

fn sent(server: &Server, keys: &Keys, call: &Value, in_batch: bool) -> Value {
    let reply = if in_batch {
        server.post("/api/v1/track/batch", Some(&keys.live), &json!([call]))
    } else {
        server.post("/api/v1/track", Some(&keys.live), call)
    };
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["co2_grams"].clone()
}

#[test]
fn an_event_is_worth_what_it_was_answered_with_whatever_is_switched() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let values = |of: f64| move |hour: i32| Some(of + f64::from(hour % 24) * 10.0);
    import(&server, &keys.live, "", &hours("FRA", values(20.0)));
    import(&server, &keys.live, "", &hours("DEU", values(300.0)));
    let (count, total) = (Cell::new(0), Cell::new(0.0));
    let config = ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&prop::collection::vec(step(), 4..24), |steps| {
        let mut known: Vec<Sent> = Vec::new();
        for step in steps {
            match step {
                Step::Switch(is_on) => by_hour(&server, &keys.live, is_on),
                Step::Region(region) => {
                    let path = "/api/v1/tenants/client-xyz";
                    assert_eq!(server.put(path, Some(&keys.live), &json!({"region": region})).status, 200);
                }
                Step::Track { hour, names_region, in_batch } => {
                    count.set(count.get() + 1);
                    let mut call = at(&format!("e-{}", count.get()), 4, hour);
                    if !names_region {
                        call = with(call, json!({"region": null}));
                    }
                    let grams = sent(&server, &keys, &call, in_batch);
                    total.set(total.get() + grams.as_f64().unwrap());
                    known.push(Sent { call, grams, is_reversed: false });
                }
                Step::Repeat { which, in_batch } if !known.is_empty() => {
                    let Sent { call, grams, .. } = which.get(&known);
                    prop_assert_eq!(&sent(&server, &keys, call, in_batch), grams, "{}", call);
                }
                Step::Reverse(which) if !known.is_empty() => {
                    let place = which.index(known.len());
                    let Sent { call, grams, is_reversed } = &mut known[place];
                    let path = format!("/api/v1/events/{}/reversal", call["event_id"].as_str().unwrap());
                    let reply = server.post(&path, Some(&keys.live), &json!({}));
                    prop_assert_eq!(reply.status, 200, "{}", reply.text());
                    let minus = -reply.json()["co2_grams"].as_f64().unwrap();
                    prop_assert!((minus - grams.as_f64().unwrap()).abs() < 1e-15, "{call}: {minus}");
                    if !std::mem::replace(is_reversed, true) {
                        total.set(total.get() - minus);
                    }
                }
                Step::Repeat { .. } | Step::Reverse(_) => {}
            }
        }
        let summed = usage(&server, &keys.live, "day")["total"]["co2_grams"]["central"].as_f64();
        let (summed, total) = (summed.unwrap_or(0.0), total.get());
        prop_assert!((summed - total).abs() < 1e-9, "{summed} is not {total}");
        Ok(())
    });
    result.unwrap();
    server.stop();
    ledger.check();
}
