//! Tables: which column is which field.

use super::NotImported;
use crate::{
    api::{tags::Tags, tokens::Count, track_request::TrackRequest},
    sources::{Told, lenient},
};
use csv::StringRecord;
use std::str::FromStr;

/// Columns by field: `tenant_id=customer`. Columns that have a field's name are found without.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnMap(pub Vec<ColumnOf>);

/// Which column a field is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnOf {
    field: String,
    column: String,
}

/// Put before the key of a tag: `tag.feature`.
const TAG: &str = "tag.";

const TEXTS: [&str; 6] = ["tenant_id", "model", "provider", "region", "event_id", "timestamp"];
const COUNTS: [&str; 7] = [
    "input_tokens",
    "output_tokens",
    "prompt_tokens",
    "completion_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "reasoning_output_tokens",
];

impl FromStr for ColumnOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (field, column) =
            text.split_once('=').ok_or("must be FIELD=COLUMN, such as tenant_id=customer")?;
        let is_tag = field.strip_prefix(TAG).is_some_and(|key| !key.is_empty());
        if !is_tag && !TEXTS.contains(&field) && !COUNTS.contains(&field) {
            let known = [&TEXTS[..], &COUNTS[..]].concat().join(", ");
            return Err(format!("{field:?} is no field: there are {known}, and {TAG}KEY for a tag"));
        }
        Ok(ColumnOf { field: field.to_owned(), column: column.to_owned() })
    }
}

/// Where the fields of a table's rows stand.
pub(super) struct Places {
    texts: [Option<usize>; 6],
    counts: [Option<usize>; 7],
    tags: Vec<(String, usize)>,
}

impl Places {
    /// By the names that were given, else by the fields' own.
    pub(super) fn find(head: &StringRecord, map: &ColumnMap) -> Result<Self, NotImported> {
        let at = |column: &str| head.iter().position(|name| name.trim() == column);
        let wish = |text: String| NotImported::Wish(text);
        for ColumnOf { field, column } in &map.0 {
            if at(column).is_none() {
                let head: Vec<&str> = head.iter().collect();
                return Err(wish(format!(
                    "--column {field}={column}: the table has no such column, but {}",
                    head.join(", ")
                )));
            }
        }
        let named = |field: &str| map.0.iter().find(|of| of.field == field).and_then(|of| at(&of.column));
        let place = |field: &str| named(field).or_else(|| at(field));
        let (texts, counts) = (TEXTS.map(place), COUNTS.map(place));
        let [_, model, ..] = texts;
        let [input, output, prompt, completion, ..] = counts;
        for (place, what) in
            [(model, "model"), (input.or(prompt), "input_tokens"), (output.or(completion), "output_tokens")]
        {
            if place.is_none() {
                return Err(wish(format!(
                    "the table has no column {what}: say which it is, with --column {what}=COLUMN"
                )));
            }
        }
        let by_name = map.0.iter().filter_map(|of| Some((of.field.strip_prefix(TAG)?, at(&of.column)?)));
        let own =
            head.iter().enumerate().filter_map(|(place, name)| Some((name.trim().strip_prefix(TAG)?, place)));
        let tags = by_name.chain(own).map(|(key, place)| (key.to_owned(), place)).collect();
        Ok(Places { texts, counts, tags })
    }

    /// The call that a row tells of. What stands in other columns is not looked at.
    pub(super) fn read(&self, row: &StringRecord) -> Result<Told, String> {
        let cell = |place: usize| row.get(place).map(str::trim).filter(|cell| !cell.is_empty());
        let [tenant_id, model, provider, region, event_id, timestamp] =
            self.texts.map(|place| cell(place?).map(str::to_owned));
        let mut counts = [None; 7];
        for ((count, place), field) in counts.iter_mut().zip(self.counts).zip(COUNTS) {
            let Some(text) = place.and_then(cell) else { continue };
            let read = text.parse().ok().or_else(|| lenient::count_of(&text.into()));
            let checked = read.and_then(Count::checked);
            *count = Some(checked.ok_or_else(|| {
                format!("/{field} must be an integer from 0 to {}", crate::config::TOKENS_MAX)
            })?);
        }
        let [input, output, prompt, completion, cache_read, cache_creation, reasoning] = counts;
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
            usage: None,
            tags: (!tags.is_empty()).then(|| tags.into_iter().collect::<Tags>()),
        };
        Ok(Told::Call(Box::new(call)))
    }
}
