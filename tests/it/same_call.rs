//! Spans of real and made-up instrumentations, each call once: together, again, one by one in either order. One file each
//! in tests/vectors/spans, with the counts by model that are right.

use crate::server::{ROOT, Server};
use serde_json::{Value, json};
use std::path::Path;

/// A set of spans: its name, what is right, and the export.
pub(crate) struct Vector {
    pub(crate) name: String,
    golden: Value,
    /// Its place among all: no two share traces.
    place: usize,
}

pub(crate) fn vectors() -> Vec<Vector> {
    let folder = std::fs::read_dir(Path::new(ROOT).join("tests/vectors/spans")).unwrap();
    let vector = |place: usize, path: &Path| Vector {
        place,
        name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
        golden: serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap(),
    };
    folder.enumerate().map(|(place, entry)| vector(place, &entry.unwrap().path())).collect()
}

impl Vector {
    /// The export, for a tenant of its own, with a trace of its own for `turn`.
    pub(crate) fn export(&self, tenant: &str, turn: usize) -> Value {
        let mut export = self.golden["export"].clone();
        for resource_spans in export["resourceSpans"].as_array_mut().unwrap() {
            let attributes = resource_spans["resource"]["attributes"].as_array_mut().unwrap();
            attributes.push(json!({"key": "tenant.id", "value": {"stringValue": tenant}}));
            for span in resource_spans["scopeSpans"]
                .as_array_mut()
                .unwrap()
                .iter_mut()
                .flat_map(|scope| scope["spans"].as_array_mut().unwrap())
            {
                let own =
                    format!("{:02x}{turn:02x}{}", self.place + 1, &span["traceId"].as_str().unwrap()[4..]);
                span["traceId"] = json!(own);
                for attribute in span["attributes"].as_array_mut().unwrap() {
                    if attribute["key"] == "gen_ai.response.id" {
                        let id = attribute["value"]["stringValue"].as_str().unwrap();
                        attribute["value"]["stringValue"] = json!(format!("{id}{turn}"));
                    }
                }
            }
        }
        export
    }

    /// By a name that is not listed, only an export tells that a deployment is a model.
    pub(crate) fn needs_one_export(&self) -> bool {
        self.golden["whole_alone"] == json!(true)
    }

    /// The same, each span in an export of its own.
    pub(crate) fn one_by_one(&self, tenant: &str, turn: usize) -> Vec<Value> {
        let whole = self.export(tenant, turn);
        let mut exports = Vec::new();
        for resource_spans in whole["resourceSpans"].as_array().unwrap() {
            for scope in resource_spans["scopeSpans"].as_array().unwrap() {
                for span in scope["spans"].as_array().unwrap() {
                    exports.push(json!({"resourceSpans": [{"resource": resource_spans["resource"],
                        "scopeSpans": [{"scope": scope["scope"], "spans": [span]}]}]}));
                }
            }
        }
        exports
    }

    #[track_caller]
    pub(crate) fn check(&self, server: &Server, key: &str, tenant: &str, how: &str) {
        let path = format!("/api/v1/usage?tenant_id={tenant}&group_by=model&from=2026-10-01&to=2026-10-31");
        let usage = server.get_retrying(&path, key);
        let rows = usage["rows"].as_array().cloned().unwrap_or_default();
        let expect = self.golden["expect"].as_object().unwrap();
        assert_eq!(rows.len(), expect.len(), "{} {how}: {usage}", self.name);
        for row in rows {
            let model = row["model"].as_str().unwrap();
            let counts = expect.get(model).unwrap_or_else(|| panic!("{} {how}: {model}", self.name));
            // One by one, the first span counts; its counts may be others, but for the input.
            let first_decides = self.golden["first_span_decides"]
                .as_array()
                .is_some_and(|models| models.contains(&json!(model)));
            for (count, right) in counts.as_object().unwrap() {
                if first_decides && how.starts_with("one by one") && count != "input_tokens" {
                    continue;
                }
                assert_eq!(&row[count], right, "{} {how}: {model} {count}", self.name);
            }
        }
    }
}

impl Server {
    /// The usage of a tenant that may have none.
    fn get_retrying(&self, path: &str, key: &str) -> Value {
        let answer = self.get(path, Some(key));
        if answer.status == 404 { json!({"rows": []}) } else { answer.json() }
    }
}

#[test]
fn a_call_counts_once_however_its_spans_arrive() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let post = |body: &Value| server.post("/v1/traces", Some(&keys.live), body).json();
    let mut files = 0;
    for vector in vectors() {
        let name = &vector.name;
        let tenant = |how: &str| format!("{name}-{how}");
        for again in [false, true] {
            let answer = post(&vector.export(&tenant("whole"), 1));
            vector.check(&server, &keys.live, &tenant("whole"), if again { "again" } else { "whole" });
            if let Some(reason) = vector.golden["refused"].as_str() {
                assert!(
                    answer["partialSuccess"]["errorMessage"].as_str().unwrap().contains(reason),
                    "{answer}"
                );
            }
        }
        if vector.needs_one_export() {
            continue;
        }
        let mut spans = vector.one_by_one(&tenant("in-order"), 2);
        spans.iter().for_each(|span| drop(post(span)));
        vector.check(&server, &keys.live, &tenant("in-order"), "one by one");
        spans = vector.one_by_one(&tenant("in-reverse"), 3);
        spans.iter().rev().for_each(|span| drop(post(span)));
        vector.check(&server, &keys.live, &tenant("in-reverse"), "one by one from the last");
        files += 1;
    }
    assert!(files >= 25, "{files}");
    let metrics = server.get("/metrics", None).text();
    let counted =
        "carbon_spans_passed_over_total{reason=\"same_call\",scope=\"openinference.instrumentation\"}";
    assert!(metrics.contains(counted), "{metrics}");
    let (_, _, log) = server.stop();
    let kept = String::from_utf8_lossy(&ledger.bytes()).into_owned();
    assert!(!kept.contains(crate::traces::MARKER) && !log.contains(crate::traces::MARKER));
    ledger.check();
}
