//! LiteLLM's generic API callback: logged calls become events.

use crate::{
    app::App,
    base::{clock::now, work_queue::blocking},
    http::{
        answer::Answer,
        encoding::decoded,
        problem::Problem,
        request::Input,
        rows::{self, Rows},
    },
    ingest::{
        batch::BatchBuilder,
        intake::Intake,
        sources::{SourceRecord, litellm::Logged},
    },
};
use std::borrow::Cow;

/// `POST /api/v1/litellm`: an array of what LiteLLM logs, a single one, or one per line.
pub(crate) async fn create(app: &App, input: Input) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let setting = app.store.source_setting(caller.account).await?;
    let mut builder = BatchBuilder::new(app, Intake::new(app, caller, now()), None);
    let bytes_max = app.limits.telemetry_bytes_max;
    let Input { body, headers, permits, .. } = input;
    let read = blocking(move || {
        let body = decoded(body, headers.content_encoding.as_deref(), bytes_max)?;
        each_record(&body, &setting.litellm_fields, &mut |record| {
            builder.take(record, setting.default_tenant_id.as_ref())
        })?;
        Ok::<_, Problem>((builder, permits))
    });
    let (builder, permits) = read.await??;
    Answer::ok(&builder.keep(app, None, permits).await?)
}

/// Passes on every logged call; the first of `tenant_fields` that is there names its tenant.
pub(crate) fn each_record(
    body: &[u8],
    tenant_fields: &[String],
    take: &mut dyn FnMut(SourceRecord) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let body = without_nan(body);
    let form = match body.trim_ascii_start().first() {
        Some(b'[') => Rows::Array,
        Some(b'{') => Rows::Documents,
        _ => return Err(Problem::invalid("", "must be LiteLLM's log: an array, or one call per line")),
    };
    rows::each(form, &body, &mut |row| {
        // The parser's message may repeat what it read.
        let logged: Result<Logged, _> = serde_json::from_slice(row);
        take(logged.map_or(SourceRecord::Uncountable("is not a LiteLLM log"), |logged| {
            logged.into_record(tenant_fields)
        }))
    })
}

/// The body with `null` for NaN and infinities. Python writes them into JSON, and one of them would fail a whole batch
/// of calls, which LiteLLM does not send again.
fn without_nan(body: &[u8]) -> Cow<'_, [u8]> {
    const NONE: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];
    let holds = |word: &[u8]| body.windows(word.len()).any(|window| window == word);
    if !holds(NONE[0]) && !holds(NONE[2]) {
        return Cow::Borrowed(body);
    }
    let (mut clean, mut in_text, mut rest) = (Vec::with_capacity(body.len()), false, body);
    while let [byte, behind @ ..] = rest {
        let none = NONE.iter().find(|none| !in_text && rest.starts_with(none));
        let taken = match (none, byte) {
            (Some(none), _) => {
                clean.extend_from_slice(b"null");
                none.len()
            }
            // An escaped quote does not end the string.
            (None, b'\\') if in_text && !behind.is_empty() => {
                clean.extend_from_slice(&rest[..2]);
                2
            }
            (None, byte) => {
                in_text ^= *byte == b'"';
                clean.push(*byte);
                1
            }
        };
        rest = &rest[taken..];
    }
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_none_are_null_and_texts_stay_as_they_are() {
        for (body, expect) in [
            (r#"{"a": NaN, "b": [-Infinity, Infinity]}"#, r#"{"a": null, "b": [null, null]}"#),
            (r#"{"a": "NaN \" NaN", "b\\": NaN}"#, r#"{"a": "NaN \" NaN", "b\\": null}"#),
            (r#"{"a": 1}"#, r#"{"a": 1}"#),
            ("\"Infinity\\", "\"Infinity\\"),
        ] {
            assert_eq!(String::from_utf8_lossy(&without_nan(body.as_bytes())), expect);
        }
    }
}
