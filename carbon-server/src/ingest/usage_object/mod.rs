//! A provider's or a library's own usage object, unchanged: what each of its fields states.
//!
//! It is never read by one field alone: every known name is looked up, and [`settle`] places what was found.

mod found;
mod media;
mod names;
mod words;

use self::found::Found;
use crate::{
    config::TOKENS_MAX,
    ingest::arithmetic::{ModelNature, SettledCounts, StatedCounts, Unsettled, UsageCounts, settle},
};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The usage object as sent: numbers, in objects and lists.
pub(crate) type UsageObject = Map<String, Value>;

/// What an object states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReadUsage {
    pub(crate) settled: SettledCounts,
    /// Unknown fields, which are ignored and counted.
    pub(crate) unknown_fields: u64,
}

/// Why an object cannot be used: its place, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnreadUsage {
    pub(crate) pointer: String,
    pub(crate) reason: String,
    /// The reason without numbers or names, for a record of another tool.
    pub(crate) summary: &'static str,
}

pub(crate) const NOT_A_COUNT: &str = "has a token count that is not an integer from 0 to 1000000000";

const POINTER: &str = "/usage";

fn unread(pointer: String, reason: &str) -> UnreadUsage {
    UnreadUsage { pointer, reason: reason.to_owned(), summary: NOT_A_COUNT }
}

/// Reads it; an error names the field.
pub(crate) fn read(usage: &UsageObject, model: ModelNature) -> Result<ReadUsage, UnreadUsage> {
    if let Some((pointer, reason)) = words::text_in(POINTER, usage) {
        return Err(unread(pointer, reason));
    }
    if let Some(iterations) = iterations_of(usage) {
        return of_iterations(usage, iterations, model);
    }
    let found = Found::in_object(usage)?;
    let mut settled = found.settled(model)?;
    // A total shows that nothing is missing.
    if !found.unknown_counts.is_empty() && found.total.is_none() {
        settled.notes.push(format!("unknown, and not counted: {}", found.unknown_counts.join(", ")));
    }
    Ok(ReadUsage { settled, unknown_fields: found.unknown_fields })
}

/// What an object states, for a reader who has more to add.
pub(crate) fn stated(usage: &UsageObject, model: ModelNature) -> Result<StatedCounts, UnreadUsage> {
    match iterations_of(usage) {
        Some(iterations) => Ok(of_iterations(usage, iterations, model)?.settled.stated(model)),
        None => Ok(Found::in_object(usage)?.stated(model)),
    }
}

/// The iterations of Anthropic's messages, if there are any.
pub(crate) fn iterations_of(usage: &UsageObject) -> Option<&[Value]> {
    let (_, all) = usage.iter().find(|(name, _)| name.eq_ignore_ascii_case("iterations"))?;
    all.as_array().filter(|all| !all.is_empty()).map(Vec::as_slice)
}

/// Anthropic's messages with several iterations: its top-level counts leave some of them out, such as a compaction.
fn of_iterations(
    usage: &UsageObject,
    iterations: &[Value],
    model: ModelNature,
) -> Result<ReadUsage, UnreadUsage> {
    let mut top = usage.clone();
    top.retain(|name, _| !name.eq_ignore_ascii_case("iterations"));
    let mut found = Found::in_object(&top)?;
    // It may be that of all iterations.
    let total = found.total.take().filter(|total| *total > 0);
    let mut read = ReadUsage { settled: found.settled(model)?, unknown_fields: found.unknown_fields };
    let mut sum = UsageCounts::default();
    for (place, iteration) in iterations.iter().enumerate() {
        let pointer = format!("{POINTER}/iterations/{place}");
        let Value::Object(iteration) = iteration else {
            return Err(unread(pointer, "must be an object"));
        };
        let stated = stated(iteration, model).map_err(|fault| {
            let pointer = pointer.clone() + &fault.pointer[POINTER.len()..];
            UnreadUsage { pointer, ..fault }
        })?;
        let settled = settle(&stated).map_err(|why| unread(pointer, &why.explained()))?;
        read.settled.notes.extend(settled.notes);
        sum.add(settled.counts);
    }
    let models: BTreeSet<&str> = iterations.iter().filter_map(|one| one.get("model")?.as_str()).collect();
    if models.len() > 1 {
        let served = models.len();
        read.settled.notes.push(format!("{served} models served the iterations: all count for this one"));
    }
    if sum.input.max(sum.output) > TOKENS_MAX {
        return Err(unread(format!("{POINTER}/iterations"), Unsettled::TooMany.reason()));
    }
    let top = read.settled.counts;
    if top.input > sum.input || top.output > sum.output {
        read.settled.notes.push(
            "the iterations add up to less than the top-level counts: of each side the larger is taken"
                .to_owned(),
        );
    }
    let counts = top.larger_sides(sum);
    if total.is_some_and(|total| ![counts, top].iter().any(|counts| counts.input + counts.output == total)) {
        read.settled
            .notes
            .push("the stated total agrees neither with the iterations nor without them".to_owned());
    }
    read.settled.counts = counts;
    // Tools that the provider ran in between are told of at the top, and their runs may not be listed.
    read.settled.calls = read.settled.calls.or(u64::try_from(iterations.len()).ok());
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::{
        names::{FIELDS, Meaning},
        *,
    };
    use carbon_core::usage::{Media, MediaUnit};
    use proptest::prelude::*;
    use serde_json::json;

    fn object(value: Value) -> UsageObject {
        let Value::Object(object) = value else { panic!("an object") };
        object
    }

    fn read_as(usage: &Value, model: &str) -> Result<ReadUsage, UnreadUsage> {
        read(&object(usage.clone()), ModelNature::of(model))
    }

    #[test]
    fn what_is_no_count_is_refused_by_its_place() {
        for (usage, fault) in [
            (json!({}), "/usage is not a known usage object"),
            (json!({"tokens": 5}), "/usage is not a known usage object"),
            (json!({"billed_units": {"search_units": 1}}), "/usage is not a known usage object"),
            (
                json!({"prompt_tokens": -1, "completion_tokens": 1}),
                "/usage/prompt_tokens must be an integer from 0",
            ),
            (
                json!({"prompt_tokens": 1.5, "completion_tokens": 1}),
                "/usage/prompt_tokens must be an integer from 0",
            ),
            (
                json!({"input_tokens": 1_000_000_000, "output_tokens": 1, "cache_read_input_tokens": 1}),
                "/usage has more than 1000000000 input or output tokens in total",
            ),
            (
                json!({"prompt_tokens": 1, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": "x"}}),
                "/usage/prompt_tokens_details/cached_tokens is text",
            ),
            (json!({"prompt_tokens": 1, "completion_tokens": 1, "note": "Dear Sir"}), "/usage/note is text"),
            (json!({"prompt_tokens": 1, "completion_tokens": 1, "x": [{"y": ["z"]}]}), "/usage/x/y is text"),
            (
                json!({"prompt_tokens": 1, "completion_tokens": 1, "please keep this": 1}),
                "/usage has a field that is not a count",
            ),
            (
                json!({"prompt_tokens": 7, "input_tokens": 8, "completion_tokens": 1}),
                "/usage/input_tokens states 8 tokens, but prompt_tokens states 7",
            ),
            (json!({"output_tokens": 612}), "/usage has no input tokens"),
            (
                json!({"input_tokens": 5, "output_tokens": 1, "iterations": [{"type": "message", "input_tokens": 5}]}),
                "/usage/iterations/0 has no output tokens",
            ),
        ] {
            let UnreadUsage { pointer, reason, .. } = read_as(&usage, "m").unwrap_err();
            let found = format!("{pointer} {reason}");
            assert!(found.starts_with(fault), "{usage}: {found}");
        }
    }

    #[test]
    fn what_is_not_known_is_ignored_counted_and_told_where_no_total_covers_it() {
        let usage = json!({
            "prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10, "carbon_tokens": 5, "ok": true,
            "prompt_tokens_details": {"cached_tokens": 2, "holograms": 4},
        });
        let ReadUsage { settled, unknown_fields } = read_as(&usage, "m").unwrap();
        let expect = UsageCounts { input: 7, output: 3, cache_read: 2, ..UsageCounts::default() };
        assert_eq!((settled.counts, settled.notes.len(), unknown_fields), (expect, 0, 3));
        let mut without_total = object(usage);
        without_total.remove("total_tokens");
        let noted = read(&without_total, ModelNature::default()).unwrap().settled;
        assert_eq!(
            (noted.counts, noted.notes),
            (expect, vec!["unknown, and not counted: carbon_tokens".to_owned()])
        );
    }

    #[test]
    fn both_forms_in_one_object_are_one_call() {
        let usage = json!({
            "prompt_tokens": 18495, "completion_tokens": 503, "total_tokens": 18998,
            "input_tokens": 7, "output_tokens": 503, "cache_read_input_tokens": 16399, "cache_creation_input_tokens": 2089,
        });
        let settled = read_as(&usage, "claude-sonnet-4-5").unwrap().settled;
        assert_eq!((settled.counts.input, settled.notes.len()), (18495, 0));
    }

    /// Whole objects of several APIs: all that each states.
    fn whole_objects() -> Vec<Value> {
        vec![
            json!({"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200,
                   "prompt_tokens_details": {"cached_tokens": 600, "cache_write_tokens": 100},
                   "completion_tokens_details": {"reasoning_tokens": 50}}),
            json!({"input_tokens": 1000, "output_tokens": 200, "total_tokens": 1200,
                   "input_tokens_details": {"cached_tokens": 600, "cache_write_tokens": 100},
                   "output_tokens_details": {"reasoning_tokens": 50}}),
            json!({"input_tokens": 300, "output_tokens": 200, "cache_read_input_tokens": 600,
                   "cache_creation_input_tokens": 100, "output_tokens_details": {"thinking_tokens": 50}}),
            json!({"promptTokenCount": 1000, "candidatesTokenCount": 150, "thoughtsTokenCount": 50,
                   "totalTokenCount": 1200, "cachedContentTokenCount": 600}),
            json!({"inputTokens": 300, "outputTokens": 200, "totalTokens": 1200, "cacheReadInputTokens": 600,
                   "cacheWriteInputTokens": 100}),
            json!({"inputTokens": 1000, "outputTokens": 200, "totalTokens": 1200, "reasoningTokens": 50,
                   "cachedInputTokens": 600,
                   "inputTokenDetails": {"noCacheTokens": 300, "cacheReadTokens": 600, "cacheWriteTokens": 100}}),
            json!({"input_tokens": 1000, "output_tokens": 200, "total_tokens": 1200,
                   "input_token_details": {"cache_read": 600, "cache_creation": 100},
                   "output_token_details": {"reasoning": 50}}),
            json!({"prompt_tokens": 1000, "completion_tokens": 200, "prompt_cache_hit_tokens": 600,
                   "prompt_cache_miss_tokens": 400}),
        ]
    }

    /// Puts a value at a path of names.
    fn put(object: &mut UsageObject, path: &str, value: Value) {
        match path.split_once('.') {
            Some((first, rest)) => {
                let inner = object.entry(first).or_insert_with(|| json!({}));
                if let Value::Object(inner) = inner {
                    put(inner, rest, value);
                }
            }
            None => {
                object.entry(path).or_insert(value);
            }
        }
    }

    #[test]
    fn whole_objects_of_every_api_are_read_without_a_doubt() {
        for usage in whole_objects() {
            let settled = read_as(&usage, "m").unwrap().settled;
            assert_eq!((settled.counts.input, settled.counts.output), (1000, 200), "{usage}");
            assert!(settled.notes.is_empty() && settled.counts.cache_read == 600, "{usage}: {settled:?}");
        }
    }

    proptest! {
        /// A foreign or an unknown field changes no count in silence.
        #[test]
        fn a_further_field_changes_no_count_in_silence(
            whole in 0_usize..8,
            known in 0..FIELDS.len(),
            unknown in "[a-z]{1,12}(_tokens|_count|Tokens)?",
            is_known in any::<bool>(),
            tokens in 0_u64..3_000,
        ) {
            let usage = object(whole_objects().swap_remove(whole));
            let before = read(&usage, ModelNature::default()).unwrap().settled.counts;
            let path = if is_known { FIELDS[known].path.replace("[]", "").replace(".*", ".all") } else { unknown };
            let kind = |meaning| match meaning { Meaning::Part(kind, _) => Some(kind), _ => None };
            // A part of which the object says nothing is news, not a foreign name for what it says.
            let says = |of| Found::in_object(&usage).unwrap().parts.iter().any(|part| Some(part.kind) == of);
            prop_assume!(!is_known || kind(FIELDS[known].meaning).is_none() || says(kind(FIELDS[known].meaning)));
            let mut more = usage.clone();
            put(&mut more, &path, json!(tokens));
            if let Ok(ReadUsage { settled, .. }) = read(&more, ModelNature::default()) {
                prop_assert!(
                    settled.counts == before || !settled.notes.is_empty(),
                    "{path} = {tokens} in {usage:?}: {settled:?}, not {before:?}"
                );
            }
        }

        /// What is not text changes no total, is read once whatever it is called, and is never more than its whole; a cap is
        /// noted.
        #[test]
        fn parts_that_are_not_text_leave_the_totals_as_they_are(
            whole in 0_usize..8,
            parts in prop::collection::vec((0..FIELDS.len(), 0_u64..2_000), 1..6),
            modalities in prop::collection::vec(("(TEXT|IMAGE|VIDEO|AUDIO)", 0_u64..900), 0..4),
        ) {
            let usage = object(whole_objects().swap_remove(whole));
            let before = read(&usage, ModelNature::default()).unwrap().settled;
            prop_assert_eq!(before.media, Media::default());
            let mut more = usage.clone();
            for (field, tokens) in parts {
                if let Meaning::Media(_) = FIELDS[field].meaning {
                    put(&mut more, FIELDS[field].path, json!(tokens));
                }
            }
            let list = modalities.iter().map(|(modality, tokens)| json!({"modality": modality, "tokenCount": tokens}));
            put(&mut more, "candidatesTokensDetails", list.collect());
            let stated = stated(&more, ModelNature::default()).unwrap().media;
            let settled = read(&more, ModelNature::default()).unwrap().settled;
            prop_assert_eq!(settled.counts, before.counts);
            prop_assert!(settled.media.input_tokens() <= settled.counts.input);
            prop_assert!(settled.media.output_tokens() <= settled.counts.output);
            prop_assert_eq!(settled.media == stated, settled.notes.len() == before.notes.len());
            let of_images: u64 = modalities.iter().filter(|(of, _)| of != "TEXT" && of != "AUDIO").map(|(_, n)| n).sum();
            // Frames count with images, unless another field states more.
            prop_assert!(stated.get(MediaUnit::OutputImageTokens) >= of_images);
        }
    }
}
