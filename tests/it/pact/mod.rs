//! PACT version 3, as a recipient's system speaks it: over HTTPS, with nothing but its credentials.
//!
//! Cases of the PACT conformance service are here as tests that are named after them: `case_05_…` is its test case 5.

mod auth;
mod events;
mod footprints;

use crate::{
    ledger::Ledger,
    operations::certificate,
    server::{Reply, Server},
    time::{first, on},
};
use jiff::ToSpan;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tempfile::TempDir;

/// A host system with two closed months of one client, and a recipient of that client.
pub(crate) struct Host {
    pub(crate) server: Server,
    ledger: Ledger,
    _certificate: TempDir,
    pub(crate) live: String,
    client_id: String,
    client_secret: String,
}

impl Host {
    /// One that the tests of this module share while any of them runs: none of them changes what another looks at.
    fn shared() -> Arc<Host> {
        static SHARED: Mutex<Weak<Host>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let host = Arc::new(Host::start(&[]));
            *shared = Arc::downgrade(&host);
            host
        })
    }

    pub(crate) fn start(arguments: &[&str]) -> Host {
        let folder = tempfile::tempdir().unwrap();
        certificate(folder.path(), "host");
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let ledger = Ledger::new();
        let (cert, key) = (path("cert.pem"), path("key.pem"));
        let tls = ["--tls-cert", &cert, "--tls-key", &key];
        let server = ledger.serve_with(&[&tls[..], arguments].concat());
        let live = server.sign_up("a@example.com").live;
        let company = json!({"lei": "529900T8BM49AURSDO55", "domain": "isv.example"});
        assert_eq!(server.put("/api/v1/branding", Some(&live), &company).status, 200);
        for (months_ago, name) in [(1, "a"), (0, "b")] {
            let month = first() - months_ago.months();
            let event = on(5, name, json!({"timestamp": format!("{month}T12:00:00Z"), "region": "FRA"}));
            server.track(&live, &event);
            let month = &month.to_string()[..7];
            assert_eq!(
                server.post(&format!("/api/v1/months/{month}/close"), Some(&live), &json!({})).status,
                200
            );
            issue(&server, &live, month, "en");
        }
        let made = server.post("/api/v1/tenants/client-xyz/pact-clients", Some(&live), &json!({}));
        assert_eq!(made.status, 201, "{}", made.text());
        let text = |name: &str| made.json()[name].as_str().unwrap().to_owned();
        let (client_id, client_secret) = (text("client_id"), text("client_secret"));
        Host { server, ledger, _certificate: folder, live, client_id, client_secret }
    }

    /// What the endpoint for tokens says to credentials.
    fn ask_for_token(&self, client_id: &str, client_secret: &str, body: &str) -> Reply {
        let form = "application/x-www-form-urlencoded".to_owned();
        let basic = format!("Basic {}", base64(&format!("{client_id}:{client_secret}")));
        self.server.send("/3/auth/token", &[("content-type", form), ("authorization", basic)], body)
    }

    pub(crate) fn token_of(&self, client_id: &str, client_secret: &str) -> String {
        let reply = self.ask_for_token(client_id, client_secret, "grant_type=client_credentials");
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()["access_token"].as_str().unwrap().to_owned()
    }

    fn token(&self) -> String {
        self.token_of(&self.client_id, &self.client_secret)
    }

    fn get(&self, path: &str) -> Reply {
        self.server.get(path, Some(&self.token()))
    }

    /// Footprints that a query finds.
    fn found(&self, query: &str) -> Vec<Value> {
        let reply = self.get(&format!("/3/footprints?{query}"));
        assert_eq!(reply.status, 200, "{query}: {}", reply.text());
        reply.json()["data"].as_array().unwrap().clone()
    }

    fn send_event(&self, token: &str, event: &Value) -> Reply {
        let media_type = "application/cloudevents+json; charset=UTF-8".to_owned();
        let headers = [("content-type", media_type), ("authorization", format!("Bearer {token}"))];
        self.server.send("/3/events", &headers, &event.to_string())
    }
}

/// Issues the report of the client; its answer.
pub(crate) fn issue(server: &Server, live: &str, month: &str, language: &str) -> Value {
    let wanted = json!({"tenant_id": "client-xyz", "month": month, "language": language});
    let reply = server.post("/api/v1/reports", Some(live), &wanted);
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()
}

/// Checks that this is an error as PACT has them.
#[track_caller]
fn refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let error = reply.json();
    assert_eq!(error["code"], code, "{error}");
    assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()), "{error}");
}

fn event(word: &str, id: &str, data: &Value) -> Value {
    json!({
        "type": format!("org.wbcsd.pact.ProductFootprint.{word}.3"),
        "specversion": "1.0",
        "id": id,
        "source": "https://recipient.example/3/events",
        "time": "2026-11-03T10:00:00Z",
        "data": data,
    })
}

fn base64(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = text.as_bytes().chunks(3).map(|group| {
        let bits = (0..3)
            .fold(0usize, |bits, place| bits << 8 | usize::from(group.get(place).copied().unwrap_or(0)));
        let digit = |place: usize| char::from(ALPHABET[bits >> (18 - 6 * place) & 63]);
        (0..4).map(|place| if place <= group.len() { digit(place) } else { '=' }).collect::<String>()
    });
    groups.collect()
}
