//! A provider's or a library's own usage object, unchanged: what each of its fields states.
//!
//! It is never read by one field alone: every known name is looked up, and [`arithmetic`] places what was found.

mod names;
mod words;

use crate::{
    config::TOKENS_MAX,
    ingest::{
        arithmetic::{
            self, ModelNature, Part, PartKind, Place, SettledCounts, StatedCounts, UsageCounts, settle,
        },
        sources::lenient::count_of,
        usage_object::names::{FIELDS, Meaning},
    },
};
use serde_json::{Map, Value};

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
}

const POINTER: &str = "/usage";

/// Reads it; an error names the field.
pub(crate) fn read(usage: &UsageObject, model: ModelNature) -> Result<ReadUsage, UnreadUsage> {
    let unread = |pointer: String, reason: &str| UnreadUsage { pointer, reason: reason.to_owned() };
    if let Some((pointer, reason)) = words::text_in(POINTER, usage) {
        return Err(unread(pointer, reason));
    }
    let found = Found::in_object(usage)?;
    if let Some(iterations) = usage.get("iterations").and_then(Value::as_array).filter(|all| !all.is_empty())
    {
        return of_iterations(usage, iterations, model);
    }
    let mut settled = settle(&found.stated(model)).map_err(|why| {
        unread(
            POINTER.to_owned(),
            &match why {
                arithmetic::Unsettled::NoCounts => {
                    "is not a known usage object: see docs/usage-objects.md".to_owned()
                }
                why => why.explained(),
            },
        )
    })?;
    settled.notes.splice(0..0, found.notes);
    let (unknown_fields, unknown_tokens) = unknown(usage);
    // A total shows that nothing is missing.
    if !unknown_tokens.is_empty() && found.total.is_none() {
        settled.notes.push(format!("unknown, and not counted: {}", unknown_tokens.join(", ")));
    }
    Ok(ReadUsage { settled, unknown_fields })
}

/// What an object states, for a reader who has more to add.
pub(crate) fn stated(usage: &UsageObject, model: ModelNature) -> Result<StatedCounts, UnreadUsage> {
    Ok(Found::in_object(usage)?.stated(model))
}

/// Anthropic's messages with several iterations: its top-level counts leave some of them out, such as a compaction.
fn of_iterations(
    usage: &UsageObject,
    iterations: &[Value],
    model: ModelNature,
) -> Result<ReadUsage, UnreadUsage> {
    let mut top = usage.clone();
    top.remove("iterations");
    let mut read = read(&top, model)?;
    let mut sum = UsageCounts::default();
    for (place, iteration) in iterations.iter().enumerate() {
        let pointer = format!("{POINTER}/iterations/{place}");
        let Value::Object(iteration) = iteration else {
            return Err(UnreadUsage { pointer, reason: "must be an object".to_owned() });
        };
        let stated = stated(iteration, model).map_err(|UnreadUsage { pointer: within, reason }| {
            UnreadUsage { pointer: pointer.clone() + &within[POINTER.len()..], reason }
        })?;
        let settled = settle(&stated).map_err(|why| UnreadUsage { pointer, reason: why.explained() })?;
        read.settled.notes.extend(settled.notes);
        sum.add(settled.counts);
    }
    if sum.input.max(sum.output) > TOKENS_MAX {
        let reason = arithmetic::Unsettled::TooMany.explained();
        return Err(UnreadUsage { pointer: format!("{POINTER}/iterations"), reason });
    }
    let top = read.settled.counts;
    if top.input > sum.input || top.output > sum.output {
        read.settled
            .notes
            .push("the top-level counts are more than the iterations add up to: they are taken".to_owned());
    } else {
        read.settled.counts = UsageCounts { reasoning: sum.reasoning.max(top.reasoning), ..sum };
    }
    Ok(read)
}

/// A count under a known name.
#[derive(Clone, Copy)]
struct FoundPart {
    kind: PartKind,
    place: Place,
    tokens: u64,
    path: &'static str,
}

/// Everything in an object that a known name states.
#[derive(Default)]
struct Found {
    input: Option<u64>,
    /// Whether its name is one of an API that states cached tokens beside it.
    input_excludes_cache: bool,
    output: Option<u64>,
    total: Option<u64>,
    fresh: Option<u64>,
    parts: Vec<FoundPart>,
    notes: Vec<String>,
}

impl Found {
    fn in_object(usage: &UsageObject) -> Result<Self, UnreadUsage> {
        let mut found = Found::default();
        let [mut input, mut input_without_cache, mut output] = [None; 3];
        for field in FIELDS.iter().filter(|field| field.meaning != Meaning::Ignored) {
            let Some(tokens) = count_at(usage, field.path)? else { continue };
            match field.meaning {
                Meaning::Input => agree(&mut input, tokens, field.path)?,
                Meaning::InputWithoutCache => agree(&mut input_without_cache, tokens, field.path)?,
                Meaning::Output => agree(&mut output, tokens, field.path)?,
                Meaning::Total => found.total = found.total.max(Some(tokens)),
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

    fn stated(&self, model: ModelNature) -> StatedCounts {
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

/// The sum of counts; `None` if there is none. An object or a list is no count, and another name tells of it.
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

/// Number of unknown fields, and the names of those that seem to count tokens.
fn unknown(usage: &UsageObject) -> (u64, Vec<&str>) {
    let (mut fields, mut tokens) = (0, Vec::new());
    note_unknown("", usage, &mut fields, &mut tokens);
    (fields, tokens)
}

fn note_unknown<'u>(within: &str, usage: &'u UsageObject, fields: &mut u64, tokens: &mut Vec<&'u str>) {
    for (name, value) in usage {
        let path = if within.is_empty() { name.clone() } else { format!("{within}.{name}") };
        match knowledge_of(&path) {
            Knowledge::Whole => {}
            Knowledge::Parts => {
                if let Value::Object(inner) = value {
                    note_unknown(&path, inner, fields, tokens);
                }
            }
            Knowledge::None => {
                *fields += 1;
                let counts = value.as_u64().is_some_and(|count| count > 0);
                if counts && within.is_empty() && name.to_ascii_lowercase().contains("token") {
                    tokens.push(name);
                }
            }
        }
    }
}

/// What is known of a field.
enum Knowledge {
    /// It is read or ignored, with all that is in it.
    Whole,
    /// Some of what is in it.
    Parts,
    None,
}

fn knowledge_of(path: &str) -> Knowledge {
    let names = || FIELDS.iter().map(|field| field.path);
    let is_under =
        |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with(['.', '[']));
    let is_ignored =
        |of: &str| FIELDS.iter().any(|field| field.path == of && field.meaning == Meaning::Ignored);
    if names().any(|name| is_under(name, path)) && !is_ignored(path) {
        Knowledge::Parts
    } else if names().any(|name| {
        name == path
            || name.strip_suffix("*").is_some_and(|outer| path.starts_with(outer))
            || is_ignored(name) && is_under(path, name)
    }) {
        Knowledge::Whole
    } else {
        Knowledge::None
    }
}
