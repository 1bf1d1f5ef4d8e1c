//! Tables: which column has which field.

use crate::{
    command::import::{
        NotImported,
        numerals::{NotANumber, Numerals, TWO_WAYS},
        table::{Head, is_name, is_nothing},
    },
    ingest::{
        call::TrackRequest,
        count::{Seconds, TokenCount},
        sources::{SourceRecord, lenient},
        tags::Tags,
    },
};
use csv::ByteRecord;
use std::str::FromStr;

/// Columns by field, such as `tenant_id=customer`. Columns named like a field are found without it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ColumnMap(pub Vec<ColumnOf>);

/// The column from which a field is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnOf {
    field: String,
    column: String,
}

/// Prefix of the key of a tag: `tag.feature`.
const TAG: &str = "tag.";

const TEXTS: [&str; 8] =
    ["tenant_id", "model", "provider", "region", "event_id", "timestamp", "image_size", "video_size"];
const COUNTS: [&str; 13] = [
    "input_tokens",
    "output_tokens",
    "prompt_tokens",
    "completion_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "reasoning_output_tokens",
    "calls",
    "input_image_tokens",
    "input_audio_tokens",
    "output_image_tokens",
    "output_audio_tokens",
    "images",
];
const SECONDS: [&str; 2] = ["video_seconds", "audio_seconds"];

/// Fields with the same meaning.
const SYNONYMS: [[&str; 2]; 2] = [["input_tokens", "prompt_tokens"], ["output_tokens", "completion_tokens"]];

impl FromStr for ColumnOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (field, column) =
            text.split_once('=').ok_or("must be FIELD=COLUMN, such as tenant_id=customer")?;
        let is_tag = field.strip_prefix(TAG).is_some_and(|key| !key.is_empty());
        if !is_tag && ![&TEXTS[..], &COUNTS, &SECONDS].concat().contains(&field) {
            let known = [&TEXTS[..], &COUNTS, &SECONDS].concat().join(", ");
            return Err(format!("{field:?} is not a field; use {known}, or {TAG}KEY for a tag"));
        }
        Ok(ColumnOf { field: field.to_owned(), column: column.to_owned() })
    }
}

/// The columns of a table's fields.
pub(super) struct ColumnPositions {
    texts: [Option<usize>; TEXTS.len()],
    counts: [Option<usize>; COUNTS.len()],
    seconds: [Option<usize>; SECONDS.len()],
    tags: Vec<(String, usize)>,
    numerals: Numerals,
}

impl ColumnPositions {
    /// Finds columns by the given names, otherwise by the fields' own. A named field replaces its synonym; a field named
    /// without a column is not read.
    pub(super) fn find(table: &Head, map: &ColumnMap) -> Result<Self, NotImported> {
        let head = &table.names;
        let at = |column: &str| head.iter().position(|name| name.trim() == column);
        let mismatch = |text: String| NotImported::Options(text);
        for (place, ColumnOf { field, column }) in map.0.iter().enumerate() {
            if map.0[..place].iter().any(|before| before.field == *field) {
                return Err(mismatch(format!("--column {field}={column}: {field} is given twice")));
            }
            if !column.is_empty() && at(column).is_none() {
                let columns = head.len();
                // In a table without a header row this is data, which is not repeated.
                let names: Vec<&str> = head.iter().filter(|name| is_name(name)).collect();
                let has = if names.len() == columns {
                    names.join(", ")
                } else {
                    format!("{columns} other columns")
                };
                return Err(mismatch(format!(
                    "--column {field}={column}: the table has no such column; it has {has}; {}",
                    table.shape()
                )));
            }
        }
        let named = |field: &str| map.0.iter().find(|of| of.field == field);
        let place = |field: &str| match named(field) {
            Some(of) if of.column.is_empty() => None,
            Some(of) => at(&of.column),
            None if SYNONYMS
                .iter()
                .any(|pair| pair.contains(&field) && pair.iter().any(|other| named(other).is_some())) =>
            {
                None
            }
            None => at(field),
        };
        let (texts, counts, seconds) = (TEXTS.map(place), COUNTS.map(place), SECONDS.map(place));
        let [_, model, _, _, _, timestamp, ..] = texts;
        let [input, output, prompt, completion, .., images] = counts;
        // What is made without tokens is counted without them.
        let made = images.or(seconds[0]).or(seconds[1]);
        for (place, what) in [
            (model, "model"),
            (timestamp, "timestamp"),
            (input.or(prompt).or(made), "input_tokens"),
            (output.or(completion).or(made), "output_tokens"),
        ] {
            if place.is_none() {
                let say = format!("name it with --column {what}=COLUMN");
                return Err(mismatch(format!("the table has no column {what}: {say}; {}", table.shape())));
            }
        }
        let by_name = map.0.iter().filter_map(|of| {
            Some((of.field.strip_prefix(TAG)?, at(Some(&of.column).filter(|column| !column.is_empty())?)?))
        });
        let own = head.iter().enumerate().filter_map(|(place, name)| {
            let key = name.trim().strip_prefix(TAG)?;
            named(name.trim()).is_none().then_some((key, place))
        });
        let tags = by_name.chain(own).map(|(key, place)| (key.to_owned(), place)).collect();
        Ok(ColumnPositions { texts, counts, seconds, tags, numerals: table.numerals() })
    }

    /// The call in a row. Other columns are not read.
    pub(super) fn read(&self, row: &ByteRecord) -> Result<SourceRecord, String> {
        let read = self.texts.iter().chain(&self.counts).chain(&self.seconds).copied().flatten();
        let read = read.chain(self.tags.iter().map(|(_, place)| *place));
        if read.into_iter().any(|place| row.get(place).is_some_and(|cell| str::from_utf8(cell).is_err())) {
            return Err("is not UTF-8".to_owned());
        }
        let cell = |place: usize| {
            let text = row.get(place).and_then(|cell| str::from_utf8(cell).ok());
            text.map(str::trim).filter(|cell| !is_nothing(cell))
        };
        let [tenant_id, model, provider, region, event_id, timestamp, image_size, video_size] =
            self.texts.map(|place| cell(place?).map(str::to_owned));
        let mut counts = [None; COUNTS.len()];
        for ((count, place), field) in counts.iter_mut().zip(self.counts).zip(COUNTS) {
            let Some(text) = place.and_then(cell) else { continue };
            let read = self.numerals.count(text);
            if read == Err(NotANumber::TwoWays) {
                return Err(format!("/{field} {TWO_WAYS}"));
            }
            let checked = read.ok().and_then(TokenCount::checked);
            *count = Some(checked.ok_or_else(|| {
                format!("/{field} must be an integer from 0 to {}", crate::config::TOKENS_MAX)
            })?);
        }
        let [
            input,
            output,
            prompt,
            completion,
            cache_read,
            cache_creation,
            reasoning,
            calls,
            input_image,
            input_audio,
            output_image,
            output_audio,
            images,
        ] = counts;
        let mut seconds = [None; SECONDS.len()];
        for ((time, place), field) in seconds.iter_mut().zip(self.seconds).zip(SECONDS) {
            let Some(text) = place.and_then(cell) else { continue };
            let read = self.numerals.amount(text);
            if read == Err(NotANumber::TwoWays) {
                return Err(format!("/{field} {TWO_WAYS}"));
            }
            let checked = read.ok().and_then(Seconds::checked);
            *time = Some(checked.ok_or_else(|| format!("/{field} {}", Seconds::needed()))?);
        }
        let [video_seconds, audio_seconds] = seconds;
        let tags = self.tags.iter().filter_map(|(key, place)| Some((key.clone(), cell(*place)?.to_owned())));
        let tags: Vec<_> = tags.collect();
        let call = TrackRequest {
            tenant_id,
            model,
            provider,
            region,
            event_id,
            timestamp: timestamp.as_deref().map(lenient::utc),
            input_tokens: input,
            output_tokens: output,
            prompt_tokens: prompt,
            completion_tokens: completion,
            cache_read_input_tokens: cache_read,
            cache_creation_input_tokens: cache_creation,
            reasoning_output_tokens: reasoning,
            calls,
            input_image_tokens: input_image,
            input_audio_tokens: input_audio,
            output_image_tokens: output_image,
            output_audio_tokens: output_audio,
            images,
            image_size,
            video_seconds,
            video_size,
            audio_seconds,
            tags: (!tags.is_empty()).then(|| tags.into_iter().collect::<Tags>()),
            ..TrackRequest::default()
        };
        Ok(SourceRecord::Call(Box::new(call)))
    }
}
