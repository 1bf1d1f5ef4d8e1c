//! Wrong values of every field that the operations of accounting take: each is a 422 that names the field, in the API's words.
//!
//! What is sent is made from the description: a valid request, its example, with one value changed in each way that its schema
//! forbids.

use crate::{
    grids::send,
    server::{Keys, Server},
    time::{first, month},
};
use serde_json::{Map, Value, json};

/// Operations with a JSON body: method, path in the description, and the path that is called.
const OPERATIONS: [(&str, &str, &str); 7] = [
    (
        "put",
        "/api/v1/instruments/{instrument_id}",
        "/api/v1/instruments/01a20ab0-28b2-761c-af30-e523aaa1ccfe",
    ),
    (
        "put",
        "/api/v1/instruments/{instrument_id}/allocations/{tenant_id}/{month}",
        "/api/v1/instruments/01a20ab0-28b2-761c-af30-e523aaa1ccfe/allocations/client-xyz/MONTH",
    ),
    ("put", "/api/v1/residual-mixes/{zone}/{year}", "/api/v1/residual-mixes/FRA/YEAR"),
    ("post", "/api/v1/supplier-reports", "/api/v1/supplier-reports"),
    ("put", "/api/v1/hours", "/api/v1/hours"),
    (
        "put",
        "/api/v1/tenants/{tenant_id}/targets/{target_name}",
        "/api/v1/tenants/client-xyz/targets/intensity",
    ),
    ("post", "/api/v1/whatif", "/api/v1/whatif"),
];

/// Fields that are compared with what calls have sent, and so are what calls may send: any text without control characters.
const AS_SENT: [&str; 5] = [
    "/tenant_id",
    "/changes/0/match/model",
    "/changes/0/match/provider",
    "/changes/0/match/region",
    "/changes/0/match/tag",
];

/// Fields of which a request has one: the others are taken away.
const ONE_OF: [&[&str]; 2] = [
    &["/month", "/period"],
    &[
        "/changes/0/model",
        "/changes/0/region",
        "/changes/0/cache_share",
        "/changes/0/output_tokens",
        "/changes/0/input_tokens",
    ],
];

/// Words of the program, which are no help to who sends JSON.
const OF_THE_PROGRAM: [&str; 10] =
    ["i16", "i32", "i64", "u16", "u32", "u64", "f64", "usize", "struct", "enum "];

struct Api {
    server: Server,
    keys: Keys,
    description: Value,
    sent: usize,
    faults: Vec<String>,
}

impl Api {
    fn schema<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(name) => self.description.pointer(name.trim_start_matches('#')).unwrap(),
            None => schema["anyOf"].get(0).map_or(schema, |first| self.schema(first)),
        }
    }

    fn request(&mut self, method: &str, path: &str, body: &str) -> crate::server::Reply {
        self.sent += 1;
        let key = format!("Bearer {}", self.keys.live);
        let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
        self.server.request(&method.to_uppercase(), path, &headers, body)
    }

    /// A wrong body is refused, with the field among the errors.
    fn refused(&mut self, (method, path): (&str, &str), pointer: &str, body: &str) {
        let reply = self.request(method, path, body);
        let shown: String = body.chars().take(300).collect();
        let fault = match reply.status {
            422 => fault(&reply.problem(422), pointer),
            status => Some(format!("{status} {}", reply.text())),
        };
        self.faults.extend(fault.map(|fault| format!("{method} {path} {pointer} of {shown}: {fault}")));
    }
}

/// What is wrong with a problem that is to name a field.
fn fault(problem: &Value, pointer: &str) -> Option<String> {
    let errors = problem["errors"].as_array().unwrap();
    let is_named = errors.iter().any(|error| error["pointer"] == pointer);
    let details = errors.iter().map(|error| error["detail"].as_str().unwrap());
    let is_clear = details.clone().all(|detail| OF_THE_PROGRAM.iter().all(|word| !detail.contains(word)));
    (!is_named || !is_clear).then(|| problem["errors"].to_string())
}

#[track_caller]
fn names(problem: &Value, pointer: &str, sent: &str) {
    assert_eq!(fault(problem, pointer), None, "{pointer} of {sent}");
}

/// What the schema of a field forbids, as JSON text: numbers that no float holds as well.
fn wrong(schema: &Value, is_as_sent: bool) -> Vec<String> {
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("string");
    let text = |text: &str| json!(text).to_string();
    let mut wrong: Vec<String> = ["{}", "[[]]"].map(str::to_owned).to_vec();
    match kind {
        "string" => {
            wrong.extend(["7", "true"].map(str::to_owned));
            wrong.extend([text("a\u{1}b"), text("a\nb"), text(&"x".repeat(20_000))]);
            if !is_as_sent {
                wrong.extend(
                    ["", " ", "\u{a0}", "\u{200b}", "a\u{202e}b", "a\u{2066}b", "a\u{2028}b"].map(text),
                );
            }
            if schema["enum"].is_array() || schema["format"] == "date" {
                wrong.extend(["nonsense", "GO ", "2026-02-30", "+2026-1-01"].map(text));
            }
        }
        "number" | "integer" => {
            wrong.extend(
                ["\"seven\"", "\"\"", "true", "-1", "1e300", "-1e300", "1e-300", "1e30"].map(str::to_owned),
            );
            wrong.push("9".repeat(40));
            if kind == "integer" {
                wrong.extend(["1.5", "\"+2026\"", "20260", "26"].map(str::to_owned));
            }
            if schema["minimum"] == 0 {
                // From 0 on, so the smallest number is one.
                wrong.retain(|number| number != "1e-300");
            }
        }
        "boolean" => wrong.extend(["0", "1", "\"true\"", "\"\""].map(str::to_owned)),
        _ => wrong.extend(["7", "\"x\""].map(str::to_owned)),
    }
    wrong
}

/// A document with the value at a pointer as this JSON text; `None` takes it away.
fn changed(document: &Value, pointer: &str, value: Option<&str>) -> String {
    const MARK: &str = "@@changed@@";
    let mut document = document.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(fields), Some(_)) => drop(fields.insert(name.to_owned(), json!(MARK))),
        (Value::Object(fields), None) => drop(fields.remove(name)),
        (Value::Array(entries), Some(_)) => entries[name.parse::<usize>().unwrap()] = json!(MARK),
        (parent, _) => panic!("{pointer} of {parent}"),
    }
    document.to_string().replace(&json!(MARK).to_string(), value.unwrap_or(""))
}

/// Every wrong value of the field at `pointer`, and of those below it.
fn sweep(
    api: &mut Api,
    place: (&str, &str),
    example: &Value,
    pointer: &str,
    schema: &Value,
    is_required: bool,
) {
    let schema = api.schema(schema).clone();
    if !pointer.is_empty() {
        for value in wrong(&schema, AS_SENT.contains(&pointer)) {
            // An object or a list that is another one names what is below it.
            let is_whole =
                ["object", "array"].iter().any(|kind| schema["type"] == *kind || schema["type"][0] == *kind);
            if !(is_whole && (value == "{}" || value == "[[]]")) {
                api.refused(place, pointer, &changed(example, pointer, Some(&value)));
            }
        }
        if is_required && !pointer.ends_with("/0") {
            for nothing in [None, Some("null")] {
                api.refused(place, pointer, &changed(example, pointer, nothing));
            }
        }
    }
    if let Some(properties) = schema["properties"].as_object() {
        let unknown = format!("{pointer}/nobody_knows_it");
        api.refused(place, &unknown, &changed(example, &unknown, Some("1")));
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for (name, field) in properties {
            let below = format!("{pointer}/{name}");
            let mut example = example.clone();
            for group in ONE_OF.iter().filter(|group| group.contains(&below.as_str())) {
                let others = group.iter().filter_map(|other| other.strip_prefix(pointer)?.strip_prefix('/'));
                let others: Vec<&str> = others.filter(|other| *other != name).collect();
                let fields = example.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
                fields.retain(|field, _| !others.contains(&field.as_str()));
            }
            if example.pointer(&below).is_none() && api.schema(field)["properties"].is_object() {
                *example
                    .pointer_mut(pointer)
                    .unwrap()
                    .as_object_mut()
                    .unwrap()
                    .entry(name)
                    .or_insert(json!({})) = filled(api, field);
            }
            sweep(api, place, &example, &below, field, required.contains(&json!(name)));
        }
    }
    if let Some(entries) = schema.get("items") {
        let most = usize::try_from(schema["maxItems"].as_u64().unwrap()).unwrap();
        if schema["minItems"] == 1 {
            api.refused(place, pointer, &changed(example, pointer, Some("[]")));
        }
        if most < 100 {
            let many = json!(vec![example.pointer(pointer).unwrap()[0].clone(); most + 1]).to_string();
            api.refused(place, pointer, &changed(example, pointer, Some(&many)));
        }
        sweep(api, place, example, &format!("{pointer}/0"), &entries.clone(), true);
    }
}

/// An object of a schema's own examples.
fn filled(api: &Api, schema: &Value) -> Value {
    let properties = api.schema(schema)["properties"].as_object().unwrap();
    let field = |(name, field): (&String, &Value)| (name.clone(), api.schema(field)["examples"][0].clone());
    let fields: Map<String, Value> =
        properties.iter().map(field).filter(|(_, value)| !value.is_null()).collect();
    fields.into()
}

#[test]
fn every_wrong_value_of_accounting_is_a_422_that_names_its_field() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let call = json!({"tenant_id": "client-xyz", "model": "llama-3.1-70b", "region": "FRA",
        "timestamp": format!("{}T12:00:00Z", first()), "prompt_tokens": 5, "completion_tokens": 5});
    server.track(&keys.live, &call);
    let description = server.get("/openapi.json", None).json();
    let mut api = Api { server, keys, description, sent: 0, faults: Vec::new() };
    let (year, month) = (first().year().to_string(), month());
    for (method, template, path) in OPERATIONS {
        let body = &api.description["paths"][template][method]["requestBody"]["content"]["application/json"];
        let (schema, example) = (body["schema"].clone(), body["example"].to_string());
        let example = example
            .replace("2026-10", &month)
            .replace("2026-", &format!("{year}-"))
            .replace(":2026", &format!(":{year}"));
        let example: Value = serde_json::from_str(&example).unwrap();
        let path = path.replace("MONTH", &month).replace("YEAR", &year);
        let place = (method, path.as_str());
        let taken = api.request(method, &path, &example.to_string());
        assert_eq!(taken.status, 200, "{method} {path} {example}: {}", taken.text());
        sweep(&mut api, place, &example, "", &schema, true);
        let twice = format!("{example} {{}}");
        for body in ["", "[]", "null", "7", "{", &twice] {
            api.refused(place, "", body);
        }
    }
    assert!(api.sent > 700, "{}", api.sent);
    let Api { server, faults, .. } = api;
    assert!(faults.is_empty(), "{} of them: {faults:#?}", faults.len());
    server.stop();
    ledger.check();
}

#[test]
fn wrong_parts_of_a_path_and_a_query_are_named() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let (key, month, year) = (Some(keys.live.as_str()), month(), first().year());
    server.track(&keys.live, &crate::server::call("gpt-4o"));
    let description = server.get("/openapi.json", None).json();
    let example = |template: &str| {
        description["paths"][template]["put"]["requestBody"]["content"]["application/json"]["example"].clone()
    };
    let mix = example("/api/v1/residual-mixes/{zone}/{year}");
    for wrong in [
        "+2026",
        "-2026",
        "02026",
        "26",
        "1999",
        "2201",
        "2026.0",
        "2026%20",
        "%202026",
        "2O26",
        "%E2%80%AE2026",
    ] {
        let reply = server.put(&format!("/api/v1/residual-mixes/FRA/{wrong}"), key, &mix);
        names(&reply.problem(422), "year", wrong);
    }
    for wrong in ["WOR", "EEE", "Atlantis", "%20", "FRA%0A1", "a%E2%80%AEb"] {
        let reply = server.put(&format!("/api/v1/residual-mixes/{wrong}/{year}"), key, &mix);
        names(&reply.problem(422), "zone", wrong);
    }
    let instrument = example("/api/v1/instruments/{instrument_id}");
    for wrong in ["mine", "01a20ab028b2761caf30e523aaa1ccfe", "%7B01a20ab0-28b2-761c-af30-e523aaa1ccfe%7D"] {
        let reply = server.put(&format!("/api/v1/instruments/{wrong}"), key, &instrument);
        names(&reply.problem(422), "instrument_id", wrong);
    }
    let id = "01a20ab0-28b2-761c-af30-e523aaa1ccfe";
    for wrong in ["2026", "2026-13", "+026-01", "2017-12", "2999-01", "2026-1", "2026-01-01", "%202026-01"] {
        let path = format!("/api/v1/instruments/{id}/allocations/client-xyz/{wrong}");
        names(&server.put(&path, key, &json!({"mwh": 1})).problem(422), "month", wrong);
        names(&server.delete(&path, key).problem(422), "month", wrong);
        for path in ["reconciliations", "tenants/client-xyz/targets"] {
            let reply = server.get(&format!("/api/v1/{path}?month={}", wrong.replace('+', "%2B")), key);
            names(&reply.problem(422), "month", wrong);
        }
    }
    for wrong in ["%20", "%0A", "a%E2%80%AEb", &"x".repeat(400)] {
        let path = format!("/api/v1/tenants/client-xyz/targets/{wrong}");
        names(
            &server.put(&path, key, &json!({"grams": 1, "per": "month"})).problem(422),
            "target_name",
            wrong,
        );
    }
    let csv = format!("zone,month,g_kwh,source,licence\nFR,{month},41,S,L\n");
    for (query, field) in [
        ("?vintage=", "vintage"),
        ("?vintage=%20", "vintage"),
        ("?vintage=a%0Ab", "vintage"),
        ("?vintage=a%E2%80%AEb", "vintage"),
        ("?vintage=a&vintage=b", "vintage"),
        ("?dry_run=yes", "dry_run"),
        ("?zone=FR", "zone"),
    ] {
        names(&send(&server, &keys.live, query, &csv).problem(422), field, query);
    }
    for (query, field) in [
        ("", "resolution"),
        ("?resolution=year", "resolution"),
        ("?resolution=day", "resolution"),
        ("?resolution=month&valid_from=x", "valid_from"),
        ("?resolution=month&valid_from=2026-02-30", "valid_from"),
        ("?resolution=month&from=2026-02-01", "from"),
    ] {
        let reply = server.delete(&format!("/api/v1/grid-series/FR{query}"), key);
        names(&reply.problem(422), field, query);
    }
}

#[test]
fn a_file_of_grids_is_refused_with_what_is_wrong_in_it_and_a_zone_has_any_of_its_names() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let table = |zone: &str, source: &str, licence: &str| {
        format!("zone,month,g_kwh,source,licence\n{zone},{},41.5,{source},{licence}\n", month())
    };
    let long = "x".repeat(2_000);
    for (csv, says) in [
        (table("FRA", "a\u{1}b", "L"), "source must be 1 to 500 bytes of visible text"),
        (table("FRA", "a\u{202e}b", "L"), "source must be 1 to 500 bytes of visible text"),
        (table("FRA", "S", "\u{200b}"), "licence must be 1 to 500 bytes of visible text"),
        (table("FRA", "S", &long), "licence must be 1 to 500 bytes of visible text"),
        (table("FRA", " ", "L"), "line 2: source is empty"),
        (table("FRA", "S", "L").replace(',', ";"), "line 1: columns are separated by \";\""),
        (table("FRA", "S", "L").replace(',', "\t"), "line 1: columns are separated by \"\\t\""),
        (
            table("FRA", "S", "L").replace(',', ";").replace("41.5", "41,5"),
            "line 1: columns are separated by \";\"",
        ),
        (table("Atlantis", "S", "L"), "no zone with a known grid, but Atlantis"),
    ] {
        let problem = send(&server, &keys.live, "", &csv).problem(422);
        let detail = problem["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains(says), "{says}: {detail}");
    }
    for (zone, names) in [
        ("FR", ["FR", "fra"]),
        ("fra", ["FRA", " fr "]),
        ("aws:eu-west-3", ["AWS:EU-WEST-3", "aws:eu-west-3"]),
    ] {
        for name in names {
            assert_eq!(send(&server, &keys.live, "", &table(zone, "S", "L")).status, 200);
            let path = format!("/api/v1/grid-series/{}?resolution=month", name.replace(' ', "%20"));
            assert_eq!(server.delete(&path, Some(&keys.live)).status, 204, "{zone}, {name}");
            server.delete(&path, Some(&keys.live)).problem(404);
        }
    }
}
