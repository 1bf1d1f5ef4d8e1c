//! A window of metered energy in a request, with every field checked.

use crate::{
    base::{clock::rfc_3339, name::normal},
    config,
    http::{
        faults::{Faults, unnoticed},
        problem::Problem,
    },
    ingest::sources::lenient::whole,
    store::{NewWindow, window_sha256},
};
use carbon_core::measure::{MeteredEnergy, PART_UJ_MAX, Scope, WINDOW_TOKENS_MAX, Window, WindowFault};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// The body, or a row of it.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct WindowRequest {
    pub(crate) model: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) meter: Option<String>,
    pub(crate) scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accelerator_joules: Option<Joules>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) host_joules: Option<Joules>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) node_joules: Option<Joules>,
    pub(crate) input_tokens: Option<WindowCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cache_read_input_tokens: Option<WindowCount>,
    pub(crate) output_tokens: Option<WindowCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) requests: Option<WindowCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) context_sum: Option<WindowCount>,
}

impl WindowRequest {
    /// The window.
    pub(crate) fn checked(self, now: Timestamp) -> Result<NewWindow, Problem> {
        let mut faults = Faults::default();
        // As own entries have it: a factor is kept by the name in lower case, which may be longer.
        let model = self.model.as_deref().map(normal);
        let served_name = faults.required_text("/model", model, config::MODEL_BYTES_MAX);
        let from = time(&mut faults, "/from", self.from, now);
        let to = time(&mut faults, "/to", self.to, now);
        let meter = faults.required_text("/meter", self.meter, config::METER_BYTES_MAX);
        if meter.as_ref().is_some_and(|meter| meter.contains('|')) {
            faults.add("/meter", "must not contain |, which separates meters in tables");
        }
        let scope = faults.required("/scope", self.scope).and_then(|word| {
            let words: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
            let scope = Scope::from_word(&word).ok_or_else(|| format!("must be one of {}", words.join(", ")));
            faults.usable("/scope", scope)
        });
        let mut counted = |pointer: &str, count: Option<WindowCount>| {
            if count.is_none() {
                faults.add(pointer, "is required: what was not counted is not zero");
            }
            count.map(|WindowCount(count)| count)
        };
        let input_tokens = counted("/input_tokens", self.input_tokens);
        let output_tokens = counted("/output_tokens", self.output_tokens);
        faults.none()?;
        let of = |count: Option<WindowCount>| count.map(|WindowCount(count)| count);
        let uj = |joules: Option<Joules>| joules.map(|Joules { uj }| uj);
        let window = Window {
            from_ms: from.ok_or_else(unnoticed)?,
            to_ms: to.ok_or_else(unnoticed)?,
            meter: meter.ok_or_else(unnoticed)?,
            scope: scope.ok_or_else(unnoticed)?,
            energy: MeteredEnergy {
                accelerator_uj: uj(self.accelerator_joules),
                host_uj: uj(self.host_joules),
                node_uj: uj(self.node_joules),
            },
            input_tokens: input_tokens.ok_or_else(unnoticed)?,
            cache_read_input_tokens: of(self.cache_read_input_tokens),
            output_tokens: output_tokens.ok_or_else(unnoticed)?,
            requests: of(self.requests),
            context_sum: of(self.context_sum),
        };
        window.check().map_err(|(field, fault)| refused(field, fault))?;
        let served_name = served_name.ok_or_else(unnoticed)?;
        let sha256 = window_sha256(&served_name, &window);
        Ok(NewWindow { served_name, window, sha256 })
    }
}

fn refused(field: &str, fault: WindowFault) -> Problem {
    let detail = match fault {
        WindowFault::Length => format!("must be 1 second to 31 days after from ({fault})"),
        fault => fault.to_string(),
    };
    Problem::invalid(format!("/{field}"), detail)
}

/// Milliseconds of a time that a meter may have been read at.
fn time(faults: &mut Faults, pointer: &str, text: Option<String>, now: Timestamp) -> Option<i64> {
    let text = faults.required(pointer, text)?;
    let Some(time) = rfc_3339(&text) else {
        faults.add(pointer, "must be an RFC 3339 time with its offset, such as 2026-10-05T14:30:00Z");
        return None;
    };
    if time.duration_since(now) > SignedDuration::from_mins(config::AHEAD_MINUTES_MAX) {
        faults.add(pointer, format!("is more than {} minutes ahead", config::AHEAD_MINUTES_MAX));
    }
    if now.duration_since(time) > SignedDuration::from_hours(config::BACK_DAYS_MAX * 24) {
        faults.add(pointer, format!("is more than {} days ago", config::BACK_DAYS_MAX));
    }
    Some(time.as_millisecond())
}

/// Joules in a request, to the microjoule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Joules {
    pub(crate) uj: u64,
}

impl Joules {
    /// Of a number of joules; `None` if it is negative or more than a window may have.
    pub(crate) fn of(joules: f64) -> Option<Self> {
        #[expect(clippy::cast_precision_loss, reason = "a power of ten")]
        const MOST: f64 = PART_UJ_MAX as f64;
        let uj = (joules * 1e6).round();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within its bounds")]
        (0.0..=MOST).contains(&uj).then_some(Joules { uj: uj as u64 })
    }
}

impl Serialize for Joules {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let joules = rust_decimal::Decimal::from_i128_with_scale(i128::from(self.uj), 6);
        carbon_core::json::serialize_decimal(&joules, serializer)
    }
}

impl<'de> Deserialize<'de> for Joules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Joules;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of joules from 0 to 10^12")
            }

            fn visit_u64<E: de::Error>(self, joules: u64) -> Result<Joules, E> {
                let uj = joules.checked_mul(1_000_000).filter(|uj| *uj <= PART_UJ_MAX);
                let joules = uj.map(|uj| Joules { uj });
                joules.ok_or_else(|| E::custom("more than 10^12 joules"))
            }

            fn visit_f64<E: de::Error>(self, joules: f64) -> Result<Joules, E> {
                Joules::of(joules).ok_or_else(|| E::invalid_value(de::Unexpected::Float(joules), &self))
            }
        }

        deserializer.deserialize_f64(Visitor)
    }
}

/// A count of a window, which sums many calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct WindowCount(pub(crate) u64);

impl<'de> Deserialize<'de> for WindowCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = WindowCount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer from 0 to 10^18")
            }

            fn visit_u64<E: de::Error>(self, count: u64) -> Result<WindowCount, E> {
                /// As the ledger's integers; tokens have a lower bound of their own.
                const MOST: u64 = 1_000 * WINDOW_TOKENS_MAX;
                let count = (count <= MOST).then_some(WindowCount(count));
                count.ok_or_else(|| E::custom("more than 10^18"))
            }

            // Counters of Prometheus are floats.
            fn visit_f64<E: de::Error>(self, count: f64) -> Result<WindowCount, E> {
                let count = whole(count).map(WindowCount);
                count.ok_or_else(|| E::custom("not an integer from 0 to 2^53"))
            }
        }

        deserializer.deserialize_u64(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn now() -> Timestamp {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    fn window() -> serde_json::Value {
        json!({
            "model": "prod-llama", "from": "2026-11-20T10:00:00Z", "to": "2026-11-20T10:01:00+00:00",
            "meter": "gpu-1", "scope": "accelerator", "accelerator_joules": 36_000.5,
            "input_tokens": 120_000, "cache_read_input_tokens": 40_000.0, "output_tokens": 30_000,
        })
    }

    fn checked(window: &serde_json::Value) -> Result<NewWindow, Problem> {
        serde_json::from_value::<WindowRequest>(window.clone()).unwrap().checked(now())
    }

    #[test]
    fn a_window_is_read_to_the_microjoule_and_written_as_it_was_read() {
        let new = checked(&window()).unwrap();
        assert_eq!(new.window.energy.accelerator_uj, Some(36_000_500_000));
        assert_eq!((new.window.to_ms - new.window.from_ms, new.window.requests), (60_000, None));
        let mut request: WindowRequest = serde_json::from_value(window()).unwrap();
        let json = serde_json::to_string(&request).unwrap();
        assert!(json.contains(r#""accelerator_joules":36000.5,"#), "{json}");
        assert_eq!(serde_json::from_str::<WindowRequest>(&json).unwrap(), request);
        // Another spelling of the same is the same.
        request.to = Some("2026-11-20T10:01:00Z".to_owned());
        assert_eq!(request.checked(now()).unwrap().sha256, new.sha256);
    }

    #[test]
    fn what_is_wrong_with_a_window_is_named() {
        for (field, value, says) in [
            ("model", json!(null), "/model is required"),
            ("from", json!("2026-11-20"), "/from must be an RFC 3339 time"),
            ("to", json!("2026-11-20T13:00:00Z"), "/to is more than 5 minutes ahead"),
            ("from", json!("2025-01-01T00:00:00Z"), "/from is more than 400 days ago"),
            ("to", json!("2026-11-20T10:00:00Z"), "/to must be 1 second to 31 days after from"),
            ("meter", json!("gpu|1"), "/meter must not contain |"),
            ("scope", json!("gpu"), "/scope must be one of accelerator, accelerator_and_host, node"),
            ("scope", json!("node"), "/node_joules is missing"),
            (
                "accelerator_joules",
                json!(null),
                "/accelerator_joules is missing: the scope accelerator includes",
            ),
            ("accelerator_joules", json!(0), "/accelerator_joules is zero"),
            ("input_tokens", json!(null), "/input_tokens is required: what was not counted is not zero"),
            ("cache_read_input_tokens", json!(120_001), "/cache_read_input_tokens exceed input_tokens"),
            ("output_tokens", json!(1_000_000_000_000_001_u64), "/output_tokens are more than 10^15"),
        ] {
            let mut window = window();
            window[field] = value;
            let problem = checked(&window).unwrap_err().in_a_sentence();
            assert!(problem.contains(says), "{field}: {problem}");
        }
        for (field, value) in [
            ("accelerator_joules", json!(-1)),
            ("accelerator_joules", json!(1e13)),
            ("accelerator_joules", json!("36000")),
            ("input_tokens", json!(1.5)),
            ("prompt", json!("secret")),
        ] {
            let mut window = window();
            window[field] = value;
            assert!(serde_json::from_value::<WindowRequest>(window).is_err(), "{field}");
        }
    }
}
