//! Everything in a usage object that a known name states.

use super::{
    POINTER, UnreadUsage, UsageObject,
    names::{FIELDS, Meaning},
};
use crate::{
    config::TOKENS_MAX,
    ingest::{
        arithmetic::{ModelNature, Part, PartKind, Place, StatedCounts},
        sources::lenient::count_of,
    },
};
use serde_json::Value;

/// A count under a known name.
#[derive(Clone, Copy)]
pub(super) struct FoundPart {
    pub(super) kind: PartKind,
    place: Place,
    tokens: u64,
    path: &'static str,
}

/// Everything in an object that a known name states.
#[derive(Default)]
pub(super) struct Found {
    input: Option<u64>,
    /// Whether its name is one of an API that states cached tokens beside it.
    input_excludes_cache: bool,
    output: Option<u64>,
    pub(super) total: Option<u64>,
    fresh: Option<u64>,
    pub(super) parts: Vec<FoundPart>,
    pub(super) notes: Vec<String>,
}

impl Found {
    pub(super) fn in_object(usage: &UsageObject) -> Result<Self, UnreadUsage> {
        let mut found = Found::default();
        let [mut input, mut input_without_cache, mut output] = [None; 3];
        for field in FIELDS.iter().filter(|field| field.meaning != Meaning::Ignored) {
            let Some(tokens) = count_at(usage, field.path)? else { continue };
            match field.meaning {
                Meaning::Input => agree(&mut input, tokens, field.path)?,
                Meaning::InputWithoutCache => agree(&mut input_without_cache, tokens, field.path)?,
                Meaning::Output => agree(&mut output, tokens, field.path)?,
                Meaning::Total => {
                    if found.total.is_some_and(|total| total != tokens && ![total, tokens].contains(&0)) {
                        found.notes.push(format!("{} is another total than the one taken", field.path));
                    }
                    found.total = found.total.max(Some(tokens));
                }
                Meaning::Fresh => found.fresh = found.fresh.max(Some(tokens)),
                Meaning::Part(kind, place) => {
                    found.parts.push(FoundPart { kind, place, tokens, path: field.path })
                }
                Meaning::Ignored => {}
            }
        }
        found.output = output.map(|(tokens, _)| tokens);
        found.note_disagreeing_parts();
        match (input, input_without_cache) {
            // A gateway that gives both forms: one is the other without its cached tokens.
            (Some((all, _)), Some((without, _))) if all == without + found.cached() => {
                (found.input, found.fresh) = (Some(all), found.fresh.or(Some(without)));
            }
            (Some(_), Some((tokens, path))) => {
                agree(&mut input, tokens, path)?;
                found.input = input.map(|(tokens, _)| tokens);
            }
            (all, without) => {
                found.input_excludes_cache = all.is_none();
                found.input = all.or(without).map(|(tokens, _)| tokens);
            }
        }
        // What Cohere bills leaves out what it adds to a prompt: it stands for the counts only where they are missing.
        if found.input.is_none() && found.output.is_none() {
            found.input = count_at(usage, "billed_units.input_tokens")?;
            found.output = count_at(usage, "billed_units.output_tokens")?;
        }
        Ok(found)
    }

    /// What is stated of a kind of part. Of several names the one with the most tokens counts: some are not filled in.
    fn most(&self, kind: PartKind) -> u64 {
        let found = self.parts.iter().filter(|part| part.kind == kind);
        found.map(|part| part.tokens).max().unwrap_or(0)
    }

    fn cached(&self) -> u64 {
        self.most(PartKind::CacheRead) + self.most(PartKind::CacheCreation)
    }

    fn note_disagreeing_parts(&mut self) {
        for kind in KINDS {
            let most = self.most(kind);
            let other = self.parts.iter().find(|part| part.kind == kind && ![0, most].contains(&part.tokens));
            if let Some(FoundPart { path, tokens, .. }) = other {
                self.notes
                    .push(format!("{path} states {tokens}, and another field {most}: the larger is taken"));
            }
        }
    }

    pub(super) fn stated(&self, model: ModelNature) -> StatedCounts {
        let mut stated = StatedCounts {
            input: self.input,
            output: self.output,
            total: self.total,
            fresh: self.fresh,
            model,
            ..StatedCounts::default()
        };
        for kind in KINDS {
            let found = self.parts.iter().filter(|part| part.kind == kind && part.tokens > 0);
            let says = |place: Place| found.clone().any(|part| part.place == place);
            let is_cached = matches!(kind, PartKind::CacheRead | PartKind::CacheCreation);
            let is_beside = says(Place::Beside) && (!is_cached || self.input_excludes_cache);
            stated.is_disputed |= is_cached && is_beside && says(Place::Within);
            // Version 5 of Vercel's SDK passes on what the provider states; later ones give details.
            let passed_on = |part: &FoundPart| part.path == "cachedInputTokens" && model.excludes_cache;
            let is_certain =
                self.fresh.is_none() && found.clone().count() > 0 && found.clone().all(passed_on);
            let place = if is_beside || is_certain { Place::Beside } else { Place::Within };
            stated.parts.push(Part { kind, tokens: self.most(kind), place, is_certain });
        }
        stated
    }
}

const KINDS: [PartKind; 4] =
    [PartKind::CacheRead, PartKind::CacheCreation, PartKind::OtherInput, PartKind::Reasoning];

/// Notes what one of several names for a whole states. They must agree; 0 is a field that was not filled in.
fn agree(
    whole: &mut Option<(u64, &'static str)>,
    tokens: u64,
    path: &'static str,
) -> Result<(), UnreadUsage> {
    match *whole {
        None | Some((0, _)) => *whole = Some((tokens, path)),
        Some((stated, _)) if stated == tokens || tokens == 0 => {}
        Some((stated, first)) => {
            let first = first.replace('.', "/");
            return Err(UnreadUsage {
                pointer: format!("{POINTER}/{}", path.replace('.', "/")),
                reason: format!(
                    "states {tokens} tokens, but {first} states {stated}: send the counts by name"
                ),
            });
        }
    }
    Ok(())
}

/// The count at a path, if it is stated there.
fn count_at(usage: &UsageObject, path: &str) -> Result<Option<u64>, UnreadUsage> {
    let (parent, last) = path.rsplit_once('.').unwrap_or(("", path));
    if let Some(list) = parent.strip_suffix("[]") {
        let Some(Value::Array(items)) = at(usage, list) else { return Ok(None) };
        return sum(items.iter().filter_map(|item| item.get(last)), path);
    }
    if last == "*" {
        let Some(Value::Object(fields)) = at(usage, parent) else { return Ok(None) };
        return sum(fields.values(), path);
    }
    sum(at(usage, path).into_iter(), path)
}

/// The sum of counts; `None` if there is none. An object or a list is no count: another name says what is in it.
fn sum<'v>(values: impl Iterator<Item = &'v Value>, path: &str) -> Result<Option<u64>, UnreadUsage> {
    let mut sum = None;
    for value in values {
        match value {
            Value::Number(_) | Value::String(_) => {
                let count =
                    count_of(value).filter(|count| *count <= TOKENS_MAX).ok_or_else(|| UnreadUsage {
                        pointer: format!(
                            "{POINTER}/{}",
                            path.replace("[]", "").replace(".*", "").replace('.', "/")
                        ),
                        reason: format!("must be an integer from 0 to {TOKENS_MAX}"),
                    })?;
                sum = Some(sum.unwrap_or(0) + count);
            }
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {}
        }
    }
    Ok(sum)
}

/// The value at a place such as `prompt_tokens_details.cached_tokens`; `None` for `null`.
fn at<'u>(usage: &'u UsageObject, path: &str) -> Option<&'u Value> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let value = usage.get(first).filter(|value| !value.is_null())?;
    match rest {
        None => Some(value),
        Some(rest) => at(value.as_object()?, rest),
    }
}
