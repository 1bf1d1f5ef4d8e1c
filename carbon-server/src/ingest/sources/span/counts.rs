//! The counts of a span, as its instrumentation means them.

use super::{
    attributes::{
        CACHE_CREATION, CACHE_READ, CACHED_BY_AI_SDK, FRESH, INPUT, OUTPUT, REASONING, TOTAL, USAGE_DETAILS,
        USAGE_OBJECT, WITHOUT_CACHE,
    },
    text,
};
use crate::ingest::{
    arithmetic::{ModelNature, Part, PartKind, Place, SettledCounts, StatedCounts, settle},
    count::TokenCount,
    sources::{
        langfuse, lenient,
        otlp::{AttributeValue, Attributes},
    },
    usage_object,
};

/// A value that should be a count.
pub(super) struct NotACount;

/// The counts of a span.
pub(super) struct Counts {
    input: Option<u64>,
    output: Option<u64>,
    total: Option<u64>,
    fresh: Option<u64>,
    cache_read: Option<u64>,
    cache_creation: Option<u64>,
    reasoning: Option<u64>,
    /// Whether cached tokens are stated as version 5 of Vercel's SDK does.
    is_by_ai_sdk_5: bool,
    usage_object: Option<lenient::Object>,
    usage_details: Option<lenient::Object>,
}

impl Counts {
    pub(super) fn read(attributes: &Attributes) -> Result<Self, NotACount> {
        let part = |names: &[&str]| most(attributes, names);
        let object = |names| {
            let text = text(attributes, names)?;
            serde_json::from_str(&text).ok().map(lenient::Object)
        };
        let details = "ai.usage.inputTokenDetails.";
        Ok(Counts {
            input: first(attributes, INPUT)?,
            output: first(attributes, OUTPUT)?,
            // An unreadable total is treated as absent.
            total: first(attributes, TOTAL).unwrap_or_default(),
            fresh: first(attributes, FRESH)?,
            cache_read: part(CACHE_READ)?,
            cache_creation: part(CACHE_CREATION)?,
            reasoning: part(REASONING)?,
            is_by_ai_sdk_5: attributes.value(CACHED_BY_AI_SDK).is_some()
                && !CACHE_READ
                    .iter()
                    .chain(FRESH)
                    .any(|name| name.starts_with(details) && attributes.value(name).is_some()),
            usage_object: object(USAGE_OBJECT),
            usage_details: object(USAGE_DETAILS),
        })
    }

    pub(super) fn are_told(&self) -> bool {
        self.input.is_some() || self.output.is_some() || self.usage_details.is_some()
    }

    pub(super) fn settled(
        self,
        model: ModelNature,
        provider: Option<&str>,
        scope: &str,
    ) -> Result<SettledCounts, &'static str> {
        if self.input.is_none()
            && self.output.is_none()
            && let Some(details) = self.usage_details
        {
            return langfuse::settled(&details, model);
        }
        let provider = provider.unwrap_or_default().to_ascii_lowercase();
        let passes_on = WITHOUT_CACHE.iter().any(|(of, providers)| {
            scope.starts_with(of) && providers.iter().any(|name| provider.starts_with(name))
        });
        let is_certain =
            passes_on || self.is_by_ai_sdk_5 && (model.excludes_cache || provider.starts_with("anthropic"));
        let cached = if is_certain { Place::Beside } else { Place::Within };
        let part = |kind, tokens: Option<u64>, place, is_certain| Part {
            kind,
            tokens: tokens.unwrap_or(0),
            place,
            is_certain,
        };
        let mut stated = StatedCounts {
            input: self.input,
            output: self.output,
            total: self.total,
            fresh: self.fresh,
            parts: vec![
                part(PartKind::CacheRead, self.cache_read, cached, is_certain),
                part(PartKind::CacheCreation, self.cache_creation, cached, is_certain),
                part(PartKind::Reasoning, self.reasoning, Place::Within, false),
            ],
            model,
            ..StatedCounts::default()
        };
        if let Some(object) = self.usage_object {
            // It states parts that have no attribute.
            let of_object = usage_object::stated(&object.0, model).map_err(|fault| fault.summary)?;
            for part in of_object.parts {
                match stated.parts.iter_mut().find(|known| known.kind == part.kind) {
                    Some(known) if known.tokens == 0 => *known = part,
                    Some(_) => {}
                    None => stated.parts.push(part),
                }
            }
            stated.input = stated.input.or(of_object.input);
            stated.output = stated.output.or(of_object.output);
            stated.total = stated.total.or(of_object.total);
            stated.notes.extend(of_object.notes);
        }
        settle(&stated).map_err(|why| why.reason())
    }
}

/// The first of these counts that is present.
fn first(attributes: &Attributes, names: &[&str]) -> Result<Option<u64>, NotACount> {
    names.iter().find_map(|name| attributes.value(name)).map(count).transpose()
}

/// The largest of these counts: some are not filled in.
fn most(attributes: &Attributes, names: &[&str]) -> Result<Option<u64>, NotACount> {
    let counts = names.iter().filter_map(|name| attributes.value(name)).map(count);
    counts.into_iter().try_fold(None, |most, count| Ok(most.max(Some(count?))))
}

fn count(value: &AttributeValue) -> Result<u64, NotACount> {
    let count = match value {
        AttributeValue::Text(text) => text.parse().ok().or_else(|| lenient::whole(text.parse().ok()?)),
        AttributeValue::Integer(number) => u64::try_from(*number).ok(),
        // Some languages have only one number type.
        AttributeValue::Double(number) => lenient::whole(*number),
        AttributeValue::Other => None,
    };
    count.filter(|count| TokenCount::checked(*count).is_some()).ok_or(NotACount)
}
