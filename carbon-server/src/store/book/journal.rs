//! The book's lines: how a row reads when it is hashed. Seals, Merkle trees and checks all rest on these.
//!
//! A line is the table's name, then the columns, separated by tabs and ended by a line feed. Digests, and texts that hold
//! a tab or a line feed, stand in hex; a null as nothing.

use crate::{
    base::digest::hex,
    store::{
        book::event_id::StoredId,
        key::{AccountKey, Side},
        sql::{self, Row, ValueRef},
    },
};
use carbon_core::usage::{media_counts, media_text};
use carbon_report::{
    Month,
    counts::{Counts, MEDIA},
};

/// An event as its row has it; a reversal's counts are negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct EventRow<'a> {
    pub(in crate::store) event_key: i64,
    pub(in crate::store) account_key: i64,
    pub(in crate::store) is_test: bool,
    pub(in crate::store) event_id: StoredId<'a>,
    pub(in crate::store) tenant_key: i64,
    pub(in crate::store) deployment_key: i64,
    pub(in crate::store) received_at_ms: i64,
    pub(in crate::store) occurred_at_ms: Option<i64>,
    /// Input, cache read, cache creation, output, reasoning.
    pub(in crate::store) tokens: [i64; 5],
    pub(in crate::store) tags: Option<&'a str>,
    pub(in crate::store) reverses: Option<i64>,
    /// Of how many calls it is: `None` is one, 0 is an unknown number. A reversal has that of its event.
    pub(in crate::store) calls: Option<i64>,
    /// What is not text, in the order of `MediaUnit::ALL`.
    pub(in crate::store) media: [i64; MEDIA],
}

/// The columns of [`EventRow::read`], in its order.
pub(in crate::store) const EVENT_COLUMNS: &str = "event_key, account_key, is_test, event_id, tenant_key, deployment_key, received_at_ms, occurred_at_ms,
    input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens, reasoning_output_tokens,
    tags, reverses, calls, media, crc32";

/// The month in a column of a row.
pub(in crate::store) fn month_in(row: &Row<'_>, column: usize) -> sql::Result<Month> {
    let month: String = row.get(column)?;
    month.parse().map_err(|_| sql::Error::unreadable(format!("{month:?} is no month")))
}

impl<'a> EventRow<'a> {
    /// The row, and the CRC-32 that stands in it.
    pub(in crate::store) fn read(row: &Row<'a>) -> sql::Result<(Self, i64)> {
        let event = EventRow {
            event_key: row.get(0)?,
            account_key: row.get(1)?,
            is_test: row.get(2)?,
            event_id: StoredId::of(row.get_ref(3)?)?,
            tenant_key: row.get(4)?,
            deployment_key: row.get(5)?,
            received_at_ms: row.get(6)?,
            occurred_at_ms: row.get(7)?,
            tokens: [row.get(8)?, row.get(9)?, row.get(10)?, row.get(11)?, row.get(12)?],
            tags: row.get_ref(13)?.unless_null(ValueRef::as_str)?,
            reverses: row.get(14)?,
            calls: row.get(15)?,
            media: media_in(row, 16)?,
        };
        Ok((event, row.get(17)?))
    }

    /// The book it stands in.
    pub(in crate::store) fn side(&self) -> Side {
        Side { account: AccountKey(self.account_key), is_test: self.is_test }
    }

    /// 1, or -1 for a reversal.
    pub(in crate::store) fn requests(&self) -> i64 {
        if self.reverses.is_some() { -1 } else { 1 }
    }

    /// What it adds to the sums.
    pub(in crate::store) fn counts(&self) -> Counts {
        Counts::of_event(self.tokens, self.media, self.calls, self.reverses.is_some())
    }

    /// What stands in the column `media`.
    pub(in crate::store) fn media_text(&self) -> Option<String> {
        // Most events have none, and need no text to see that.
        (self.media != [0; MEDIA]).then(|| media_text(self.media))
    }

    /// When it happened.
    pub(in crate::store) fn at_ms(&self) -> i64 {
        self.occurred_at_ms.unwrap_or(self.received_at_ms)
    }

    /// The day it happened on.
    pub(in crate::store) fn day(&self) -> i64 {
        self.at_ms().div_euclid(MS_PER_DAY)
    }

    /// The hour of that day, UTC.
    pub(in crate::store) fn hour(&self) -> i64 {
        self.at_ms().rem_euclid(MS_PER_DAY) / MS_PER_HOUR
    }

    /// Keys of its tags.
    pub(in crate::store) fn tag_keys(&self) -> impl Iterator<Item = i64> {
        self.tags.unwrap_or("").split(',').filter_map(|key| key.parse().ok())
    }

    /// Writes its line behind what stands in `line`.
    pub(in crate::store) fn write_line(&self, line: &mut Vec<u8>) {
        let mut digits = itoa::Buffer::new();
        let mut number = |line: &mut Vec<u8>, number: i64| {
            line.push(b'\t');
            line.extend_from_slice(digits.format(number).as_bytes());
        };
        line.extend_from_slice(b"event");
        number(line, self.event_key);
        number(line, self.account_key);
        number(line, self.is_test.into());
        line.push(b'\t');
        self.event_id.write_text(line);
        number(line, self.tenant_key);
        number(line, self.deployment_key);
        number(line, self.received_at_ms);
        match self.occurred_at_ms {
            Some(time) => number(line, time),
            None => line.push(b'\t'),
        }
        number(line, self.requests());
        for count in self.tokens {
            number(line, count);
        }
        line.push(b'\t');
        line.extend_from_slice(self.tags.unwrap_or("").as_bytes());
        match self.reverses {
            Some(key) => number(line, key),
            None => line.push(b'\t'),
        }
        let media = self.media_text();
        match self.calls {
            Some(calls) => number(line, calls),
            None if media.is_some() => line.push(b'\t'),
            None => {}
        }
        if let Some(media) = media {
            line.push(b'\t');
            line.extend_from_slice(media.as_bytes());
        }
        line.push(b'\n');
    }
}

/// The counts in a column of text; null where there are none.
fn media_in(row: &Row<'_>, column: usize) -> sql::Result<[i64; MEDIA]> {
    let Some(text) = row.get_ref(column)?.unless_null(ValueRef::as_str)? else { return Ok([0; MEDIA]) };
    let counts = media_counts(text).filter(|counts| *counts != [0; MEDIA]);
    counts.ok_or_else(|| sql::Error::unreadable(format!("{text:?} are no counts of media")))
}

pub(in crate::store) const MS_PER_DAY: i64 = 24 * 60 * 60 * 1_000;
const MS_PER_HOUR: i64 = MS_PER_DAY / 24;

/// What stands in the column `crc32` of a row with this line.
pub(in crate::store) fn crc32(line: &[u8]) -> i64 {
    i64::from(crc32fast::hash(line).cast_signed())
}

/// Writes a column.
pub(in crate::store) fn write_value(line: &mut Vec<u8>, value: ValueRef<'_>) {
    match value {
        ValueRef::Null => {}
        ValueRef::Integer(number) => line.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
        // A certificate has line feeds; what a reader could take for the end of a column is written as bytes are.
        ValueRef::Text(text) if text.contains(['\t', '\n']) => {
            line.extend_from_slice(hex(text.as_bytes()).as_bytes());
        }
        ValueRef::Text(text) => line.extend_from_slice(text.as_bytes()),
        ValueRef::Blob(bytes) => line.extend_from_slice(hex(bytes).as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_an_event_is_the_documented_one() {
        let event = EventRow {
            event_key: 17,
            account_key: 1,
            is_test: false,
            event_id: StoredId::from("01a20abd-28b2-761c-af30-e523aaa1ccfe"),
            tenant_key: 2,
            deployment_key: 3,
            received_at_ms: 1_793_000_000_000,
            occurred_at_ms: None,
            tokens: [600, 0, 0, 400, 0],
            tags: Some("4,5"),
            reverses: None,
            calls: None,
            media: [0; MEDIA],
        };
        let mut line = Vec::new();
        event.write_line(&mut line);
        let expect = "event\t17\t1\t0\t01a20abd-28b2-761c-af30-e523aaa1ccfe\t2\t3\t1793000000000\t\t1\t600\t0\t0\t400\t0\t4,5\t\n";
        assert_eq!(String::from_utf8(line).unwrap(), expect);
        let mut line = Vec::new();
        EventRow { calls: Some(1_000), ..event.clone() }.write_line(&mut line);
        assert_eq!(String::from_utf8(line).unwrap(), expect.replace('\n', "\t1000\n"));
        let media = media_counts("images=2,image_pixels=2097152").unwrap();
        for (calls, ends) in [(None, "\t"), (Some(7), "\t7")] {
            let mut line = Vec::new();
            EventRow { calls, media, ..event.clone() }.write_line(&mut line);
            let expect = expect.replace('\n', &format!("{ends}\timages=2,image_pixels=2097152\n"));
            assert_eq!(String::from_utf8(line).unwrap(), expect);
        }
        let reversal = EventRow {
            event_id: StoredId::from("ours"),
            occurred_at_ms: Some(1_793_000_000_000),
            tokens: [-600, 0, 0, -400, 0],
            tags: None,
            reverses: Some(17),
            ..event
        };
        let mut line = Vec::new();
        reversal.write_line(&mut line);
        let expect =
            "event\t17\t1\t0\tours\t2\t3\t1793000000000\t1793000000000\t-1\t-600\t0\t0\t-400\t0\t\t17\n";
        assert_eq!(String::from_utf8(line).unwrap(), expect);
    }
}
