//! CloudEvents from recipients: the fields that are read. Everything else in them is ignored and not stored.

use crate::{
    base::clock::rfc_3339,
    http::problem::{FieldError, Problem},
    pact::Criteria,
};
use serde_json::Value;
use uuid::Uuid;

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CloudEvent {
    pub(crate) source: String,
    pub(crate) id: String,
    pub(crate) kind: Kind,
}

/// Its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Others have published footprints.
    Published,
    /// Footprints are requested.
    RequestCreated(Criteria),
    /// A request was fulfilled.
    RequestFulfilled,
    /// A request was rejected.
    RequestRejected,
}

impl Kind {
    /// The word stored in the ledger.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Kind::Published => "published",
            Kind::RequestCreated(_) => "request_created",
            Kind::RequestFulfilled => "request_fulfilled",
            Kind::RequestRejected => "request_rejected",
        }
    }
}

/// Prefix of event types, followed by one word and the version.
const TYPE: &str = "org.wbcsd.pact.ProductFootprint.";
/// Fields that every footprint has.
const REQUIRED: [&str; 10] = [
    "id",
    "specVersion",
    "created",
    "status",
    "companyName",
    "companyIds",
    "productDescription",
    "productIds",
    "productNameCompany",
    "pcf",
];
const CODES: [&str; 6] =
    ["BadRequest", "AccessDenied", "TokenExpired", "NotFound", "InternalError", "NotImplemented"];
/// Longest id and source that are stored.
const TEXT_BYTES_MAX: usize = 500;

impl CloudEvent {
    /// The event in a body.
    pub(crate) fn read(body: &[u8]) -> Result<CloudEvent, Problem> {
        let event: Value = serde_json::from_slice(body)
            .map_err(|error| Problem::invalid("", format!("is not JSON: {error}")))?;
        if !event.is_object() {
            return Err(Problem::invalid("", "must be a JSON object"));
        }
        let mut reading = EventFaults(Vec::new());
        let source = reading.text(&event, "/source");
        let id = reading.text(&event, "/id");
        if event["specversion"] != "1.0" {
            reading.fault("/specversion", "must be 1.0");
        }
        if event["time"].as_str().is_none_or(|time| rfc_3339(time).is_none()) {
            reading.fault("/time", "must be a date and time such as 2026-10-01T00:00:00Z");
        }
        if !event["data"].is_object() {
            reading.fault("/data", "must be an object");
        }
        let word = event["type"].as_str().and_then(|kind| kind.strip_prefix(TYPE)?.strip_suffix(".3"));
        let kind = match word {
            Some("PublishedEvent") => reading.published(&event),
            Some("RequestCreatedEvent") => reading.request_created(&event),
            Some("RequestFulfilledEvent") => reading.request_fulfilled(&event),
            Some("RequestRejectedEvent") => reading.request_rejected(&event),
            _ => {
                let kinds = "{PublishedEvent,RequestCreatedEvent,RequestFulfilledEvent,RequestRejectedEvent}";
                reading.fault("/type", &format!("must be {TYPE}{kinds}.3"));
                Kind::Published
            }
        };
        let EventFaults(errors) = reading;
        if errors.is_empty() { Ok(CloudEvent { source, id, kind }) } else { Err(Problem::Invalid { errors }) }
    }
}

/// The faults found so far.
struct EventFaults(Vec<FieldError>);

impl EventFaults {
    fn fault(&mut self, pointer: &str, detail: &str) {
        self.0.push(FieldError::new(pointer, detail));
    }

    fn text(&mut self, event: &Value, pointer: &str) -> String {
        let text = event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        if text.is_empty() || text.len() > TEXT_BYTES_MAX || text.contains(char::is_control) {
            let expected =
                format!("must be a string of 1 to {TEXT_BYTES_MAX} bytes without control characters");
            self.fault(pointer, &expected);
        }
        text.to_owned()
    }

    fn published(&mut self, event: &Value) -> Kind {
        let is_id = |id: &Value| id.as_str().is_some_and(is_uuid);
        if !event["data"]["pfIds"].as_array().is_some_and(|ids| ids.iter().all(is_id)) {
            self.fault("/data/pfIds", "must be a list of UUIDs");
        }
        Kind::Published
    }

    /// Filters by name, as in a query. A misspelt one would match everything, so it is rejected.
    fn request_created(&mut self, event: &Value) -> Kind {
        let mut criteria = Criteria::default();
        for (name, value) in event["data"].as_object().into_iter().flatten() {
            if name.eq_ignore_ascii_case("comment") {
                continue;
            }
            let is_time = name.to_ascii_lowercase().starts_with("valid");
            let texts: Option<Vec<String>> = match value {
                Value::String(time) if is_time => Some(vec![time.clone()]),
                Value::Array(values) if !is_time => {
                    values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
                }
                _ => None,
            };
            // An empty list filters nothing, but its name must be valid.
            let known = texts.map(|texts| {
                criteria.take(name, String::new()) && texts.into_iter().all(|text| criteria.take(name, text))
            });
            match known {
                Some(true) => {}
                Some(false) => self.fault(&format!("/data/{name}"), "is not a filter"),
                None => self
                    .fault(&format!("/data/{name}"), "must be a list of strings, or one string for a time"),
            }
        }
        if let Err(Problem::Invalid { errors }) = criteria.check() {
            let in_data = |error: FieldError| match error.pointer.as_str() {
                "" => FieldError::new("/data", error.detail),
                name => FieldError::new(format!("/data/{name}"), error.detail),
            };
            self.0.extend(errors.into_iter().map(in_data));
        }
        Kind::RequestCreated(criteria)
    }

    fn request_fulfilled(&mut self, event: &Value) -> Kind {
        self.text(event, "/data/requestEventId");
        let is_footprint = |footprint: &Value| {
            REQUIRED.iter().all(|field| !footprint[*field].is_null())
                && footprint["id"].as_str().is_some_and(is_uuid)
        };
        let footprints = event["data"]["pfs"].as_array();
        if !footprints.is_some_and(|found| !found.is_empty() && found.iter().all(is_footprint)) {
            self.fault("/data/pfs", "must be a non-empty list of footprints");
        }
        Kind::RequestFulfilled
    }

    fn request_rejected(&mut self, event: &Value) -> Kind {
        self.text(event, "/data/requestEventId");
        let error = &event["data"]["error"];
        if !error["code"].as_str().is_some_and(|code| CODES.contains(&code)) {
            self.fault("/data/error/code", &format!("must be one of {}", CODES.join(", ")));
        }
        if !error["message"].is_string() {
            self.fault("/data/error/message", "must be a string");
        }
        Kind::RequestRejected
    }
}

fn is_uuid(text: &str) -> bool {
    Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(word: &str, data: Value) -> Value {
        json!({
            "type": format!("org.wbcsd.pact.ProductFootprint.{word}.3"),
            "specversion": "1.0",
            "id": "e-1",
            "source": "//client.example/3/events",
            "time": "2026-11-03T10:00:00Z",
            "data": data,
        })
    }

    #[test]
    fn the_four_kinds_are_read() {
        let footprint: Value = REQUIRED
            .iter()
            .map(|field| ((*field).to_owned(), json!("3a6c14a7-4deb-498a-b5ea-16ce2535b576")))
            .collect::<serde_json::Map<_, _>>()
            .into();
        for (word, data, kind) in [
            ("PublishedEvent", json!({"pfIds": ["3a6c14a7-4deb-498a-b5ea-16ce2535b576"]}), "published"),
            (
                "RequestCreatedEvent",
                json!({"productId": ["urn:x:y"], "comment": "please"}),
                "request_created",
            ),
            (
                "RequestFulfilledEvent",
                json!({"requestEventId": "r", "pfs": [footprint]}),
                "request_fulfilled",
            ),
            (
                "RequestRejectedEvent",
                json!({"requestEventId": "r", "error": {"code": "NotFound", "message": "no"}}),
                "request_rejected",
            ),
        ] {
            let event = CloudEvent::read(event(word, data).to_string().as_bytes()).unwrap();
            assert_eq!(event.kind.as_str(), kind);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let good = || event("PublishedEvent", json!({"pfIds": []}));
        for (pointer, wrong) in [
            ("/type", json!("org.wbcsd.pathfinder.ProductFootprint.Published.v1")),
            ("/specversion", json!("0.3")),
            ("/id", json!("")),
            ("/source", json!("a\u{0}b")),
            ("/time", json!("today")),
            ("/data", json!([])),
            ("/data/pfIds", json!(["urn:gtin:4712345060507"])),
        ] {
            let mut event = good();
            *event.pointer_mut(pointer).unwrap() = wrong;
            let Err(Problem::Invalid { errors }) = CloudEvent::read(event.to_string().as_bytes()) else {
                panic!("{pointer} was accepted")
            };
            assert!(errors.iter().any(|error| error.pointer == pointer), "{pointer}: {errors:?}");
        }
        for (word, data) in [
            ("RequestCreatedEvent", json!({"productId": "urn:x:y"})),
            ("RequestCreatedEvent", json!({"validOn": "yesterday"})),
            ("RequestCreatedEvent", json!({"productIds": ["urn:x:y"]})),
            ("RequestCreatedEvent", json!({"productIds": []})),
            ("RequestFulfilledEvent", json!({"requestEventId": "r", "pfs": []})),
            (
                "RequestRejectedEvent",
                json!({"requestEventId": "r", "error": {"code": "Other", "message": "m"}}),
            ),
        ] {
            assert!(
                CloudEvent::read(event(word, data.clone()).to_string().as_bytes()).is_err(),
                "{word}: {data}"
            );
        }
        assert!(CloudEvent::read(b"[]").is_err() && CloudEvent::read(b"{").is_err());
    }
}
