//! An event as the pack holds it, and the sums of events.

use crate::{
    activity::Activity,
    counts::{Counts, MEDIA},
    evidence::TaggedActivity,
};
use carbon_core::usage::media_counts;
use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, btree_map::Entry};

/// A row of `events.ndjson`: the ledger's row, with the names that its numbers stand for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedEvent {
    /// Its number in the ledger, in the order of arrival.
    pub event_key: i64,
    /// The supplier's number.
    pub account_key: i64,
    /// The supplier's id for it.
    pub event_id: String,
    /// The client's number.
    pub tenant_key: i64,
    /// The number of model, provider and region.
    pub deployment_key: i64,
    /// When it came in, milliseconds since 1970-01-01T00:00:00Z.
    pub received_at_ms: i64,
    /// When it happened, where the supplier said so.
    pub occurred_at_ms: Option<i64>,
    /// 1, or -1 for a reversal; then the token counts are negative too.
    pub requests: i64,
    /// Prompt tokens, cached ones included.
    pub input_tokens: i64,
    /// Those read from a cache.
    pub cache_read_input_tokens: i64,
    /// Those written to a cache.
    pub cache_creation_input_tokens: i64,
    /// Completion tokens, reasoning ones included.
    pub output_tokens: i64,
    /// Those spent on reasoning.
    pub reasoning_output_tokens: i64,
    /// Numbers of its tags, ascending, commas between; empty where there are none.
    pub tag_keys: String,
    /// The event that it cancels.
    pub reverses: Option<i64>,
    /// Of how many calls it is: one where it is not there, an unknown number where it is 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<i64>,
    /// What is not text, as in `images=2,audio_ms=1500`; it is not there where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<String>,
    /// Whether the ledger sums it by its hour; it is not there where the ledger sums it by its day.
    #[serde(default, skip_serializing_if = "is_by_day")]
    pub by_hour: bool,
    /// CRC-32 (IEEE) of its line, as a signed number.
    pub crc32: i64,
    /// The model's name as it was sent.
    pub model: String,
    /// The provider, empty where none was sent.
    pub provider: String,
    /// The region, empty where none was sent.
    pub region: String,
    /// Its tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_by_day(by_hour: &bool) -> bool {
    !by_hour
}

impl PackedEvent {
    /// The line that is hashed: a leaf of the Merkle tree, and what `crc32` is of.
    ///
    /// Separated by tabs and ended by a line feed: the word `event`, then `event_key`, `account_key`, `0` (not a test),
    /// `event_id`, `tenant_key`, `deployment_key`, `received_at_ms`, `occurred_at_ms`, the six counts, `tag_keys`,
    /// `reverses`; what is not there is empty. Last come `calls` and `media`: neither, with its tab, where it is not there
    /// and nothing follows.
    pub fn line(&self) -> String {
        let maybe = |number: Option<i64>| number.map_or_else(String::new, |number| number.to_string());
        let tokens = self.tokens().map(|count| count.to_string()).join("\t");
        let rest = match (self.calls, &self.media) {
            (None, None) => String::new(),
            (Some(calls), None) => format!("\t{calls}"),
            (calls, Some(media)) => format!("\t{}\t{media}", maybe(calls)),
        };
        format!(
            "event\t{}\t{}\t0\t{}\t{}\t{}\t{}\t{}\t{}\t{tokens}\t{}\t{}{rest}\n",
            self.event_key,
            self.account_key,
            self.event_id,
            self.tenant_key,
            self.deployment_key,
            self.received_at_ms,
            maybe(self.occurred_at_ms),
            self.requests,
            self.tag_keys,
            maybe(self.reverses),
        )
    }

    /// What it counts; `None` where its media are no counts.
    pub fn counts(&self) -> Option<Counts> {
        let media = self.media.as_deref().map_or(Some([0; MEDIA]), media_counts)?;
        let counts = Counts::of_event(self.tokens(), media, self.calls, self.requests < 0);
        Some(Counts { requests: self.requests, ..counts })
    }

    fn tokens(&self) -> [i64; 5] {
        [
            self.input_tokens,
            self.cache_read_input_tokens,
            self.cache_creation_input_tokens,
            self.output_tokens,
            self.reasoning_output_tokens,
        ]
    }

    /// When it happened, in milliseconds.
    pub fn at_ms(&self) -> i64 {
        self.occurred_at_ms.unwrap_or(self.received_at_ms)
    }

    /// The day it happened on, UTC; `None` for a time that no calendar has.
    pub fn day(&self) -> Option<Date> {
        Some(self.at()?.date())
    }

    fn at(&self) -> Option<DateTime> {
        Some(TimeZone::UTC.to_datetime(Timestamp::from_millisecond(self.at_ms()).ok()?))
    }
}

/// What makes a row of the month's sums.
type Key = (Date, Option<i8>, String, String, String);

/// Sums of events as they come by.
#[derive(Clone, Debug, Default)]
pub struct EventSums {
    rows: BTreeMap<Key, Counts>,
    tagged: BTreeMap<(String, String, Key), Counts>,
    names_bytes: usize,
    /// Events, reversals included.
    pub count: u64,
    /// Events that cancel another.
    pub reversals: u64,
    /// When the first and the last of them happened, in milliseconds.
    pub span_ms: Option<[i64; 2]>,
}

impl EventSums {
    /// Counts an event in. `false` for a time that no calendar has, and for media that are no counts.
    pub fn add(&mut self, event: &PackedEvent) -> bool {
        let (Some(at), Some(counts)) = (event.at(), event.counts()) else { return false };
        let hour = event.by_hour.then(|| at.hour());
        let key = (at.date(), hour, event.model.clone(), event.provider.clone(), event.region.clone());
        let names = key.2.len() + key.3.len() + key.4.len();
        for (name, value) in &event.tags {
            let sum = self.tagged.entry((name.clone(), value.clone(), key.clone()));
            if let Entry::Vacant(_) = sum {
                self.names_bytes += size_of::<(Key, Key, Counts)>() + name.len() + value.len() + names;
            }
            *sum.or_default() += counts;
        }
        let sum = self.rows.entry(key);
        if let Entry::Vacant(_) = sum {
            self.names_bytes += size_of::<(Key, Counts)>() + names;
        }
        *sum.or_default() += counts;
        self.count += 1;
        self.reversals += u64::from(event.reverses.is_some());
        let at = event.at_ms();
        let [first, last] = self.span_ms.unwrap_or([at; 2]);
        self.span_ms = Some([first.min(at), last.max(at)]);
        true
    }

    /// Memory that the sums take, which is that of their names: it grows with what is told apart, not with the events.
    pub(super) fn names_bytes(&self) -> usize {
        self.names_bytes
    }

    /// The month's activity; `None` where the reversals in it exceed what they reverse.
    pub fn activity(&self) -> Option<Vec<Activity>> {
        let rows = self.rows.iter().filter(|(_, counts)| counts.requests != 0);
        rows.map(|(key, counts)| activity(key, counts)).collect()
    }

    /// The same by tag.
    pub fn tags(&self) -> Option<Vec<TaggedActivity>> {
        let rows = self.tagged.iter().filter(|(_, counts)| counts.requests != 0);
        rows.map(|((name, value, key), counts)| {
            let activity = activity(key, counts)?;
            Some(TaggedActivity { name: name.clone(), value: value.clone(), activity })
        })
        .collect()
    }
}

fn activity((day, hour, model, provider, region): &Key, counts: &Counts) -> Option<Activity> {
    let said = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    Some(Activity {
        day: *day,
        hour: *hour,
        model: model.clone(),
        provider: said(provider),
        region: said(region),
        usage: counts.usage()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn event() -> PackedEvent {
        PackedEvent {
            event_key: 17,
            account_key: 1,
            event_id: "01a20abd-28b2-761c-af30-e523aaa1ccfe".to_owned(),
            tenant_key: 2,
            deployment_key: 3,
            received_at_ms: 1_793_000_000_000,
            occurred_at_ms: None,
            requests: 1,
            input_tokens: 600,
            cache_read_input_tokens: 0,
            cache_creation_input_tokens: 0,
            output_tokens: 400,
            reasoning_output_tokens: 0,
            tag_keys: "4,5".to_owned(),
            reverses: None,
            calls: None,
            media: None,
            by_hour: false,
            crc32: 0,
            model: "gpt-4o".to_owned(),
            provider: String::new(),
            region: "FRA".to_owned(),
            tags: BTreeMap::from([("feature".to_owned(), "chat".to_owned())]),
        }
    }

    #[test]
    fn the_line_is_the_ledgers() {
        let expect = "event\t17\t1\t0\t01a20abd-28b2-761c-af30-e523aaa1ccfe\t2\t3\t1793000000000\t\t1\t600\t0\t0\t400\t0\t4,5\t\n";
        assert_eq!(event().line(), expect);
        let of_several = PackedEvent { calls: Some(7), ..event() };
        assert_eq!(of_several.line(), expect.replace('\n', "\t7\n"));
        let media = Some("images=2".to_owned());
        let of_images = PackedEvent { media: media.clone(), ..event() };
        assert_eq!(of_images.line(), expect.replace('\n', "\t\timages=2\n"));
        assert_eq!(PackedEvent { media, ..of_several }.line(), expect.replace('\n', "\t7\timages=2\n"));
    }

    #[test]
    fn a_reversal_takes_its_event_out_of_the_sums() {
        let mut sums = EventSums::default();
        let reversal = PackedEvent {
            event_key: 18,
            requests: -1,
            input_tokens: -600,
            output_tokens: -400,
            reverses: Some(17),
            media: Some("images=-2".to_owned()),
            ..event()
        };
        assert!(sums.add(&PackedEvent { media: Some("images=2".to_owned()), ..event() }));
        assert!(!sums.add(&PackedEvent { media: Some("pictures=2".to_owned()), ..event() }));
        assert_eq!((sums.activity().unwrap().len(), sums.tags().unwrap().len()), (1, 1));
        assert!(sums.add(&reversal));
        assert_eq!((sums.activity().unwrap().len(), sums.tags().unwrap().len()), (0, 0));
        assert_eq!((sums.count, sums.reversals), (2, 1));
        assert!(sums.add(&PackedEvent { event_key: 19, ..reversal }));
        assert_eq!(sums.activity(), None);
    }
}
