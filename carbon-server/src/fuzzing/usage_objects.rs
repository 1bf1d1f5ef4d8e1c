//! Bodies of `/track`, with the counts in a provider's own object.

use super::call;
use crate::{
    http::{problem::Problem, request::object},
    ingest::{
        arithmetic::ModelNature,
        call::TrackRequest,
        usage_object::{self, UsageObject},
    },
};
use serde_json::Value;

/// Counts are what the object states, or the object is refused by the place of a field.
pub(super) fn check(body: &[u8]) {
    let call: TrackRequest = match object(body) {
        Ok(call) => call,
        Err(problem) => {
            assert!(matches!(problem, Problem::Invalid { .. }), "{problem:?}");
            return;
        }
    };
    let event = call::check(&call);
    let Some(usage) = &call.usage else { return };
    check_object(usage, call.model.as_deref());
    if let Ok(checked) = event {
        let counted = checked.event.usage.total_tokens();
        assert!(counted <= numbers_in(usage), "{counted} tokens are counted of {usage:?}");
    }
}

fn check_object(usage: &UsageObject, model: Option<&str>) {
    /// No part of an answer may be.
    const PROMPT: &str = "Dear Sir, where is my parcel?";

    let nature = model.map(ModelNature::of).unwrap_or_default();
    match usage_object::read(usage, nature) {
        Ok(read) => {
            let counts = read.settled.counts;
            assert!(counts.cache_read + counts.cache_creation <= counts.input, "{counts:?}");
            assert!(counts.reasoning <= counts.output, "{counts:?}");
            // By name, they are the same counts.
            let call = TrackRequest {
                tenant_id: Some("client".to_owned()),
                model: Some("gpt-4o".to_owned()),
                ..TrackRequest::counting(read.settled)
            };
            let event = call::check(&call).map(|checked| checked.event.usage);
            let event = event.unwrap_or_else(|fault| panic!("{counts:?}: {fault}"));
            assert_eq!((event.input_tokens, event.output_tokens), (counts.input, counts.output));
        }
        Err(fault) => assert!(fault.pointer.starts_with("/usage") && !fault.reason.is_empty(), "{fault:?}"),
    }
    let mut with_text = usage.clone();
    with_text.insert("note".to_owned(), PROMPT.into());
    let fault = usage_object::read(&with_text, nature).expect_err("a sentence is no count");
    assert!(!format!("{fault:?}").contains(PROMPT), "{fault:?} repeats it");
}

/// All numbers of an object added up: more was not stated.
fn numbers_in(object: &UsageObject) -> u128 {
    fn of(value: &Value) -> u128 {
        match value {
            Value::Number(number) => whole(number.as_f64()),
            Value::String(text) => whole(text.trim().parse().ok()),
            Value::Array(items) => items.iter().map(of).sum(),
            Value::Object(fields) => fields.values().map(of).sum(),
            Value::Null | Value::Bool(_) => 0,
        }
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what is out of range is a bound too"
    )]
    fn whole(number: Option<f64>) -> u128 {
        number.unwrap_or(0.0).clamp(0.0, 1e30) as u128
    }
    object.values().map(of).sum()
}
