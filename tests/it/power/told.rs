//! What an answer says of what was sent.

use crate::server::{Reply, call, with};
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
pub(crate) fn told(reply: &Reply, mut sent: Value) -> Told {
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

pub(crate) fn path_of(sent: &Value) -> &'static str {
    if sent.is_array() { "/api/v1/track/batch" } else { "/api/v1/track" }
}
