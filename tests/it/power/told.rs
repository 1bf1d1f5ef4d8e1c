//! What an answer says of what was sent.

use crate::{
    ledger::Ledger,
    server::{Reply, Server, call, with},
};
use serde_json::{Value, json};

/// A call of a tenant of its own, by which it is found whatever its id.
pub(crate) fn of_tenant(tenant: &str) -> Value {
    with(call("gpt-4o"), json!({"tenant_id": tenant}))
}

/// What an answer says.
#[derive(Debug)]
pub(crate) enum Told {
    Stored,
    NotStored,
    /// And what to repeat, so that it counts once.
    MayBeStored(Value),
}

#[track_caller]
fn told(reply: &Reply, mut sent: Value) -> Told {
    if reply.status == 200 {
        return Told::Stored;
    }
    let problem = reply.problem(503);
    assert_eq!(reply.header("retry-after"), Some("1"));
    let detail = problem["detail"].as_str().unwrap();
    if detail.contains("Nothing was stored") {
        return Told::NotStored;
    }
    assert!(detail.contains("may have been stored"), "{detail}");
    if let Some(rows) = sent.as_array_mut() {
        for given in problem["event_ids"].as_array().unwrap() {
            let index = usize::try_from(given["index"].as_u64().unwrap()).unwrap();
            rows[index]["event_id"] = given["event_id"].clone();
        }
        assert!(rows.iter().all(|row| row["event_id"].is_string()), "{problem}");
    } else {
        sent["event_id"] = problem["event_id"].clone();
        assert!(sent["event_id"].is_string(), "{problem}");
    }
    Told::MayBeStored(sent)
}

fn path_of(sent: &Value) -> &'static str {
    if sent.is_array() { "/api/v1/track/batch" } else { "/api/v1/track" }
}

/// What was sent for a client of its own, and what was said of it.
pub(crate) struct Sent {
    tenant: String,
    events: u64,
    pub(crate) told: Told,
}

impl Sent {
    /// Sends a call or a batch.
    pub(crate) fn send(server: &Server, key: &str, tenant: String, body: Value) -> Self {
        let events = body.as_array().map_or(1, |rows| rows.len() as u64);
        let reply = server.post(path_of(&body), Some(key), &body);
        Sent { tenant, events, told: told(&reply, body) }
    }
}

/// What was said is so, and who repeats what may have been stored counts once.
pub(crate) fn words_hold(ledger: &Ledger, server: &Server, key: &str, sent: &[Sent]) {
    let in_ledger = |tenant: &str| {
        ledger.count(&format!(
            "select count(*) from event join tenant using (tenant_key) where tenant_id = '{tenant}'"
        ))
    };
    for Sent { tenant, events, told } in sent {
        let found = in_ledger(tenant);
        match told {
            Told::Stored => assert_eq!(found, *events, "{tenant} was acknowledged"),
            Told::NotStored => assert_eq!(found, 0, "{tenant} was not stored, it was said"),
            Told::MayBeStored(again) => {
                assert!(found == 0 || found == *events, "{found} of {tenant}");
                assert_eq!(server.post(path_of(again), Some(key), again).status, 200);
                assert_eq!(in_ledger(tenant), *events, "{tenant} was repeated as it was said");
            }
        }
    }
}
