//! Everything in a usage object that a known name states.

use super::{
    NOT_A_COUNT, POINTER, UnreadUsage, UsageObject,
    media::{FoundMedia, MediaPart},
    names::{FIELDS, FieldName, Meaning},
    words::{is_word, plain},
};
use crate::{
    config::TOKENS_MAX,
    ingest::{
        arithmetic::{ModelNature, Part, PartKind, Place, SettledCounts, StatedCounts, Unsettled, settle},
        sources::lenient::count_of,
    },
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::LazyLock,
};

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
    notes: Vec<String>,
    /// Fields that no name covers.
    pub(super) unknown_fields: u64,
    /// Those of them that seem to count cached or reasoning tokens.
    unknown_parts: Vec<String>,
    /// Those of them that seem to count other tokens.
    pub(super) unknown_counts: Vec<String>,
    /// Of how many calls the object says that it is.
    calls: Option<u64>,
    /// Whether a provider ran the model several times, and does not say how often.
    has_inner_runs: bool,
    /// What is not text: of each kind, the most that a field states.
    media: FoundMedia,
}

impl Found {
    pub(super) fn in_object(usage: &UsageObject) -> Result<Self, UnreadUsage> {
        let mut found = Found::default();
        let mut counts = BTreeMap::new();
        found.walk(usage, "", &mut counts)?;
        let [mut input, mut input_without_cache, mut output] = [None; 3];
        let mut billed = [None; 2];
        for (place, tokens) in counts {
            let FieldName { path, meaning, .. } = &FIELDS[place];
            match *meaning {
                Meaning::Input => agree(&mut input, tokens, path)?,
                Meaning::InputWithoutCache => agree(&mut input_without_cache, tokens, path)?,
                Meaning::Output => agree(&mut output, tokens, path)?,
                Meaning::BilledInput => billed[0] = Some(tokens),
                Meaning::BilledOutput => billed[1] = Some(tokens),
                Meaning::Total => {
                    if let Some(other) =
                        found.total.filter(|other| *other != tokens && ![*other, tokens].contains(&0))
                    {
                        found.notes.push(format!(
                            "two totals are stated, {other} and {tokens}: the larger is taken"
                        ));
                    }
                    found.total = found.total.max(Some(tokens));
                }
                Meaning::Fresh => found.fresh = found.fresh.max(Some(tokens)),
                Meaning::Part(kind, place) => found.parts.push(FoundPart { kind, place, tokens, path }),
                Meaning::Calls => found.calls = found.calls.max(Some(tokens)),
                Meaning::InnerRuns => found.has_inner_runs |= tokens > 0,
                // Read where they stand.
                Meaning::Media(_) | Meaning::ByModality(_) | Meaning::Ignored => {}
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
            [found.input, found.output] = billed;
        }
        Ok(found)
    }

    /// Notes every field in an object at `within`: a count by its place among the names, or that it is unknown.
    fn walk(
        &mut self,
        object: &UsageObject,
        within: &str,
        counts: &mut BTreeMap<usize, u64>,
    ) -> Result<(), UnreadUsage> {
        for (name, value) in object.iter().filter(|(_, value)| !value.is_null()) {
            let path = format!("{within}{}", plain(name));
            let inner = format!("{path}.");
            // Of an object every field counts, of the elements of a list the fields with a name.
            let (field, is_summed) = match NAMES.get(&path) {
                Some(field) => (Some(*field), within.ends_with("[].")),
                None => (starred(within, &path), true),
            };
            match (value, field) {
                (Value::Object(fields), _) if PREFIXES.contains(&inner) => {
                    self.walk(fields, &inner, counts)?;
                }
                (Value::Array(items), _) if PREFIXES.contains(&format!("{path}[].")) => {
                    for fields in items.iter().filter_map(Value::as_object) {
                        self.walk(fields, &format!("{path}[]."), counts)?;
                    }
                }
                (Value::Array(items), _) if let Some((parts, path)) = by_modality(&path) => {
                    self.media.add_list(parts, items, path, &mut self.notes);
                }
                (Value::Number(_) | Value::String(_), Some(field))
                    if let Meaning::Media(part) = FIELDS[field].meaning =>
                {
                    self.media.add(part, value, FIELDS[field].path, &mut self.notes);
                }
                (Value::Number(_) | Value::String(_), Some(field))
                    if FIELDS[field].meaning != Meaning::Ignored =>
                {
                    let tokens = count_of(value).filter(|count| *count <= TOKENS_MAX);
                    let path = FIELDS[field].path;
                    let tokens = tokens.ok_or_else(|| UnreadUsage {
                        pointer: pointer(path),
                        reason: format!("must be an integer from 0 to {TOKENS_MAX}"),
                        summary: NOT_A_COUNT,
                    })?;
                    let count = counts.entry(field).or_default();
                    if is_summed {
                        *count += tokens;
                    } else if *count == 0 || *count == tokens || tokens == 0 {
                        *count = tokens.max(*count);
                    } else {
                        return Err(disagreement(path, tokens, *count, "another spelling of it"));
                    }
                }
                (_, Some(_)) => {}
                // What is in a list of parts of other counts, such as of each modality, is known with it.
                (_, None) if PREFIXES.contains(&inner) || within.ends_with("[].") => {}
                (_, None) => {
                    self.unknown_fields += 1;
                    self.note_unknown(within, name, value);
                }
            }
        }
        Ok(())
    }

    /// Notes an unknown field that seems to count tokens: parts at any depth, others at the top.
    fn note_unknown(&mut self, within: &str, name: &str, value: &Value) {
        const PARTS: [&str; 4] = ["cach", "reason", "think", "thought"];
        if let Value::Object(fields) = value {
            fields.iter().for_each(|(name, value)| self.note_unknown("in it", name, value));
        }
        // A name that could be a sentence is not repeated.
        let is_count = value.as_u64().is_some_and(|count| count > 0) && is_word(name);
        let plain = plain(name);
        if is_count && PARTS.iter().any(|part| plain.contains(part)) {
            self.unknown_parts.push(name.to_owned());
        } else if is_count && within.is_empty() && plain.contains("token") {
            self.unknown_counts.push(name.to_owned());
        }
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

    fn all_notes(&self) -> Vec<String> {
        let unknown = || format!("unknown, and not counted as parts: {}", self.unknown_parts.join(", "));
        self.notes.iter().cloned().chain((!self.unknown_parts.is_empty()).then(unknown)).collect()
    }

    /// The counts that it states.
    pub(super) fn settled(&self, model: ModelNature) -> Result<SettledCounts, UnreadUsage> {
        let states_counts = self.input.is_some() || self.output.is_some();
        settle(&self.stated(model)).map_err(|why| {
            let reason = match why {
                Unsettled::NoCounts if !states_counts => {
                    "is not a known usage object: see docs/usage-objects.md".to_owned()
                }
                why => why.explained(),
            };
            UnreadUsage { pointer: POINTER.to_owned(), reason, summary: why.reason() }
        })
    }

    /// Of how many calls it is, where that is not one.
    fn calls(&self) -> Option<u64> {
        // What tools have found is read by another run of the model.
        let of_tools = |part: &FoundPart| {
            part.kind == PartKind::OtherInput && part.place == Place::Beside && part.tokens > 0
        };
        let is_unknown = self.has_inner_runs || self.parts.iter().any(of_tools);
        if is_unknown { Some(0) } else { self.calls }
    }

    pub(super) fn stated(&self, model: ModelNature) -> StatedCounts {
        let mut stated = StatedCounts {
            input: self.input,
            output: self.output,
            total: self.total,
            fresh: self.fresh,
            model,
            notes: self.all_notes(),
            calls: self.calls(),
            media: self.media.counts(),
            ..StatedCounts::default()
        };
        for kind in KINDS {
            let found = self.parts.iter().filter(|part| part.kind == kind && part.tokens > 0);
            let says = |place: Place| found.clone().any(|part| part.place == place);
            let is_cached = kind.is_cached();
            let is_beside = says(Place::Beside) && (!is_cached || self.input_excludes_cache);
            stated.is_disputed |= is_cached && is_beside && says(Place::Within);
            // Version 5 of Vercel's SDK passes on what the provider states; later ones give details.
            let passed_on = |part: &FoundPart| part.path == CACHED_BY_AI_SDK && model.excludes_cache;
            let is_certain =
                self.fresh.is_none() && found.clone().count() > 0 && found.clone().all(passed_on);
            let place = if is_beside || is_certain { Place::Beside } else { Place::Within };
            stated.parts.push(Part { kind, tokens: self.most(kind), place, is_certain });
        }
        stated
    }
}

/// The name that version 5 of Vercel's SDK has for cached tokens.
const CACHED_BY_AI_SDK: &str = "cachedInputTokens";

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
            return Err(disagreement(path, tokens, stated, first));
        }
    }
    Ok(())
}

/// Two fields state one count, and not the same.
fn disagreement(path: &str, tokens: u64, stated: u64, other: &str) -> UnreadUsage {
    UnreadUsage {
        pointer: pointer(path),
        reason: format!("states {tokens} tokens, but {other} states {stated}: send the counts by name"),
        summary: "states two different numbers for one count",
    }
}

/// The place of a field among all, by its path in plain names.
static NAMES: LazyLock<HashMap<String, usize>> =
    LazyLock::new(|| FIELDS.iter().enumerate().map(|(place, field)| (plain(field.path), place)).collect());

/// The field whose path ends in a star that stands for this one.
fn starred(within: &str, path: &str) -> Option<usize> {
    let stars =
        STARS.iter().filter(|(before, _)| before.len() >= within.len() && path.starts_with(&**before));
    stars.map(|(_, field)| *field).next()
}

/// Paths that end in a star, without it.
static STARS: LazyLock<Vec<(String, usize)>> = LazyLock::new(|| {
    let stars = FIELDS.iter().enumerate();
    stars.filter_map(|(place, field)| Some((plain(field.path.strip_suffix('*')?), place))).collect()
});

/// Objects that hold known fields: their paths in plain names, with the dot behind.
static PREFIXES: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let dots = |path: &str| path.match_indices('.').map(|(at, _)| plain(&path[..=at])).collect::<Vec<_>>();
    FIELDS.iter().flat_map(|field| dots(field.path)).collect()
});

/// The parts in a list by modality, and its name, where there is one at that path of plain names.
fn by_modality(path: &str) -> Option<([MediaPart; 3], &'static str)> {
    FIELDS.iter().find_map(|field| match field.meaning {
        Meaning::ByModality(parts) if plain(field.path).strip_suffix("[]") == Some(path) => {
            Some((parts, field.path))
        }
        _ => None,
    })
}

/// Where a field stands in the request.
fn pointer(path: &str) -> String {
    format!("{POINTER}/{}", path.replace("[]", "").replace(".*", "").replace('*', "").replace('.', "/"))
}
