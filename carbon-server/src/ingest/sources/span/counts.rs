//! The counts of a span, as its instrumentation means them.

use super::{
    attributes::{
        AI_SDK_EMBEDDING, CACHE_CREATION, CACHE_READ, CACHED_BY_AI_SDK, FRESH, INPUT, OUTPUT, REASONING,
        REASONING_BESIDE, TOTAL, USAGE_DETAILS, USAGE_OBJECT, USAGE_PARTS, WITHOUT_CACHE,
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
use serde_json::{Map, Value};

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
    /// Objects that state counts beside or instead of those above.
    objects: Vec<StatedObject>,
    /// Reasoning that lies beside the output by default.
    reasoning_beside: Option<u64>,
}

impl Counts {
    pub(super) fn read(attributes: &Attributes, is_ai_sdk_embedding: bool) -> Result<Self, NotACount> {
        let part = |names: &[&str]| most(attributes, names);
        let details = "ai.usage.inputTokenDetails.";
        Ok(Counts {
            input: match first(attributes, INPUT)? {
                None if is_ai_sdk_embedding => first(attributes, &AI_SDK_EMBEDDING[1..])?,
                input => input,
            },
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
            objects: StatedObject::all(attributes),
            reasoning_beside: part(REASONING_BESIDE)?,
        })
    }

    pub(super) fn are_told(&self) -> bool {
        self.input.is_some()
            || self.output.is_some()
            || self.objects.iter().any(|object| matches!(object, StatedObject::Langfuse(_)))
    }

    pub(super) fn settled(
        self,
        model: ModelNature,
        provider: Option<&str>,
        scope: &str,
    ) -> Result<SettledCounts, &'static str> {
        let provider = provider.unwrap_or_default().to_ascii_lowercase();
        let passes_on = WITHOUT_CACHE.iter().any(|(of, providers)| {
            scope.starts_with(of) && providers.iter().any(|name| provider.starts_with(name))
        });
        let is_of_anthropic = provider.contains("anthropic")
            || model.excludes_cache && (provider.is_empty() || provider.contains("bedrock"));
        let is_certain = passes_on || self.is_by_ai_sdk_5 && is_of_anthropic;
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
                match self.reasoning_beside.filter(|_| self.reasoning.is_none()) {
                    None => part(PartKind::Reasoning, self.reasoning, Place::Within, false),
                    beside => part(PartKind::Reasoning, beside, Place::Beside, false),
                },
            ],
            model,
            ..StatedCounts::default()
        };
        for object in self.objects {
            stated.complete(object.stated(model)?);
        }
        settle(&stated).map_err(|why| why.reason())
    }
}

/// An object as JSON in a text.
enum StatedObject {
    /// A usage object, or a part of one.
    Usage(Map<String, Value>),
    Langfuse(lenient::Object),
}

impl StatedObject {
    fn all(attributes: &Attributes) -> Vec<Self> {
        let read = |name: &str| serde_json::from_str::<Map<String, Value>>(&text(attributes, &[name])?).ok();
        let usage = USAGE_OBJECT.iter().filter_map(|name| read(name)).map(StatedObject::Usage);
        let details = USAGE_PARTS.iter().filter_map(|name| {
            let own = name.rsplit('.').next()?;
            Some(StatedObject::Usage(Map::from_iter([(own.to_owned(), read(name)?.into())])))
        });
        let langfuse = USAGE_DETAILS.iter().filter_map(|name| read(name));
        usage
            .chain(details)
            .chain(langfuse.map(|details| StatedObject::Langfuse(lenient::Object(details))))
            .collect()
    }

    fn stated(&self, model: ModelNature) -> Result<StatedCounts, &'static str> {
        match self {
            StatedObject::Usage(object) => usage_object::stated(object, model).map_err(|fault| fault.summary),
            StatedObject::Langfuse(details) => langfuse::stated(details, model),
        }
    }
}

/// The first of these counts that is filled in, or else the first that is present.
fn first(attributes: &Attributes, names: &[&str]) -> Result<Option<u64>, NotACount> {
    let counts = names.iter().filter_map(|name| attributes.value(name)).map(count);
    let counts: Vec<u64> = counts.collect::<Result<_, _>>()?;
    Ok(counts.iter().copied().find(|count| *count > 0).or(counts.first().copied()))
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
