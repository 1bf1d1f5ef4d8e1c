//! Counts as a sum's row has them: which columns, how SQL adds to them, and how they are read.
//!
//! A count of context may be larger than a column takes. It stands in two: `high` x 2^32 + `low`, with a `low` of
//! 32 bits, so that one number has one form and sums of either column fit.

use crate::store::sql::{self, Row};
use carbon_report::counts::{Counts, MEDIA};

/// How many columns there are besides those of media.
const OTHERS: usize = 11;

/// The columns, in the order of [`values`].
pub(in crate::store) const COUNT_COLUMNS: [&str; OTHERS + MEDIA] = [
    "requests",
    "input_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
    "context_unknown_tokens",
    "context_output_high",
    "context_output_low",
    "context_input_high",
    "context_input_low",
    "input_image_tokens",
    "input_audio_tokens",
    "output_image_tokens",
    "output_audio_tokens",
    "images",
    "image_pixels",
    "video_ms",
    "video_pixel_s",
    "audio_ms",
];

const LOW_BITS: u32 = 32;
const LOW_MAX: i128 = (1 << LOW_BITS) - 1;

/// What stands in the columns.
pub(in crate::store) fn values(counts: &Counts) -> [i64; COUNT_COLUMNS.len()] {
    let Counts { requests, tokens: [input, cache_read, cache_creation, output, reasoning], .. } = *counts;
    let halves = |count: i128| {
        let most = if count < 0 { i64::MIN } else { i64::MAX };
        [i64::try_from(count >> LOW_BITS).unwrap_or(most), i64::try_from(count & LOW_MAX).unwrap_or(0)]
    };
    let [[output_high, output_low], [input_high, input_low]] = counts.context.map(halves);
    let others: [i64; OTHERS] = [
        requests,
        input,
        cache_read,
        cache_creation,
        output,
        reasoning,
        counts.context_unknown_tokens,
        output_high,
        output_low,
        input_high,
        input_low,
    ];
    let mut values = [0; COUNT_COLUMNS.len()];
    for (value, count) in values.iter_mut().zip(others.into_iter().chain(counts.media)) {
        *value = count;
    }
    values
}

/// The counts in the columns of a row from `first` on: those of one row, or sums of several.
pub(in crate::store) fn counts_in(row: &Row<'_>, first: usize) -> sql::Result<Counts> {
    let mut values = [0; COUNT_COLUMNS.len()];
    for (place, value) in values.iter_mut().enumerate() {
        *value = row.get(first + place)?;
    }
    Ok(counts_of(values))
}

fn counts_of(values: [i64; COUNT_COLUMNS.len()]) -> Counts {
    let [
        requests,
        input,
        cache_read,
        cache_creation,
        output,
        reasoning,
        unknown,
        output_high,
        output_low,
        input_high,
        input_low,
        media @ ..,
    ] = values;
    let whole = |high: i64, low: i64| (i128::from(high) << LOW_BITS) + i128::from(low);
    Counts {
        requests,
        tokens: [input, cache_read, cache_creation, output, reasoning],
        context_unknown_tokens: unknown,
        context: [whole(output_high, output_low), whole(input_high, input_low)],
        media,
    }
}

/// The columns of a table, to be selected.
pub(in crate::store) fn counts_of_table(table: &str) -> String {
    COUNT_COLUMNS.map(|column| format!("{table}.{column}")).join(", ")
}

/// Their sums.
pub(in crate::store) fn sums_of_table(table: &str) -> String {
    COUNT_COLUMNS.map(|column| format!("cast(sum({table}.{column}) as bigint)")).join(", ")
}

/// The same, each under the name of its column.
pub(in crate::store) fn named_sums_of_table(table: &str) -> String {
    COUNT_COLUMNS.map(|column| format!("cast(sum({table}.{column}) as bigint) as {column}")).join(", ")
}

/// How a sum is counted into totals: 2 where it is media alone ([`carbon_core::Usage::is_media_alone`]), plus 1 where its calls
/// count as calls with media ([`carbon_core::usage::Media::is_made`]). A total adds up sums that are counted one way.
pub(in crate::store) fn way_of_counting(table: &str) -> String {
    let any = |columns: &[&str]| {
        let columns = columns.iter().map(|column| format!("{table}.{column} <> 0"));
        columns.collect::<Vec<_>>().join(" or ")
    };
    format!(
        "cast(case when {table}.input_tokens = 0
                    and {table}.output_tokens <= {table}.output_image_tokens + {table}.output_audio_tokens
                    and ({}) then 2 else 0 end
            + case when {} then 1 else 0 end as text)",
        any(&COUNT_COLUMNS[OTHERS..]),
        any(&["images", "video_ms", "audio_ms"])
    )
}

/// The assignments that add to the columns of a row: of `kept`, a prefix of its columns, what `added` names for a column.
pub(in crate::store) fn additions(kept: &str, added: impl Fn(usize) -> String) -> String {
    let place = |name: &str| COUNT_COLUMNS.iter().position(|column| *column == name);
    let sum = |name: &str| place(name).map(|place| format!("{kept}{name} + {}", added(place)));
    let addition = |column: &str| {
        let sum_here = sum(column)?;
        Some(if let Some(name) = column.strip_suffix("_high") {
            // What the lower half has too much of.
            format!("{column} = {sum_here} + (({}) >> {LOW_BITS})", sum(&format!("{name}_low"))?)
        } else if column.ends_with("_low") {
            format!("{column} = ({sum_here}) & {LOW_MAX}")
        } else {
            format!("{column} = {sum_here}")
        })
    };
    COUNT_COLUMNS.iter().filter_map(|column| addition(column)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use carbon_core::usage::MediaUnit;
    use proptest::{collection::vec, prelude::*};
    use rusqlite::{Connection, params_from_iter};

    /// A table with a row of zeros, and what SQL makes of additions to it, one by one.
    fn added_by_sql(parts: &[Counts]) -> Counts {
        let connection = Connection::open_in_memory().unwrap();
        let columns = COUNT_COLUMNS.map(|column| format!("{column} integer not null"));
        let zeros = ["0"; COUNT_COLUMNS.len()].join(", ");
        let table =
            format!("create table sum ({}) strict; insert into sum values ({zeros})", columns.join(", "));
        connection.execute_batch(&table).unwrap();
        let add = format!("update sum set {}", additions("", |place| format!("?{}", place + 1)));
        for part in parts {
            connection.execute(&add, params_from_iter(values(part))).unwrap();
        }
        let select = format!("select {} from sum", sums_of_table("sum"));
        let read = |row: &rusqlite::Row<'_>| {
            let mut values = [0; COUNT_COLUMNS.len()];
            for (place, value) in values.iter_mut().enumerate() {
                *value = row.get(place)?;
            }
            Ok(values)
        };
        let found = connection.query_row(&select, [], read).unwrap();
        assert_eq!(found, values(&counts_of(found)), "one number has one form");
        counts_of(found)
    }

    /// Events as large as the wire admits, and records of more calls than there are.
    fn event() -> impl Strategy<Value = Counts> {
        let tokens = || prop_oneof![0..2_000_i64, 0..1_000_001_i64, 999_999_990..1_000_000_001_i64];
        let calls =
            prop_oneof![Just(None), Just(Some(0)), (1..2_000_i64).prop_map(Some), Just(Some(1_000_000_000))];
        let media = prop_oneof![
            Just([0; MEDIA]),
            prop::array::uniform9(0..=1_000_000_i64),
            prop::array::uniform9(Just(1_000_000_000_000_i64)),
        ];
        (tokens(), tokens(), 0..=100_i64, calls, media).prop_map(
            |(input, output, cached, calls, mut media)| {
                let cached = input / 100 * cached;
                // Parts are not more than their whole.
                media[2] = media[2].min(output);
                media[3] = media[3].min(output - media[2]);
                Counts::of_event([input, cached.min(input), 0, output, 0], media, calls, false)
            },
        )
    }

    fn sum(parts: &[Counts]) -> Counts {
        parts.iter().fold(Counts::default(), |mut sum, part| {
            sum += *part;
            sum
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// What is added in any order and with any cuts is the sum of all, to the last digit; and what is reversed
        /// leaves nothing.
        #[test]
        fn sums_in_columns_are_the_sums_of_events(
            events in vec(event(), 1..12),
            order in any::<prop::sample::Index>(),
        ) {
            let whole = sum(&events);
            prop_assert_eq!(counts_of(values(&whole)), whole);
            prop_assert_eq!(added_by_sql(&events), whole);
            let mut other = events.clone();
            other.rotate_left(order.index(events.len()));
            let (first, second) = other.split_at(events.len() / 2);
            prop_assert_eq!(added_by_sql(&[sum(first), sum(second)]), whole);
            let reversals = other.iter().map(|event| {
                let mut negative = Counts::default();
                negative -= *event;
                negative
            });
            let all: Vec<Counts> = events.iter().copied().chain(reversals).collect();
            prop_assert_eq!(added_by_sql(&all), Counts::default());
        }
    }

    /// How SQL says that a sum is counted.
    fn way_by_sql(counts: &Counts) -> i64 {
        let columns =
            COUNT_COLUMNS.iter().zip(values(counts)).map(|(column, value)| format!("{value} as {column}"));
        let columns = columns.collect::<Vec<_>>().join(", ");
        let sql = format!("select {} from (select {columns}) as part", way_of_counting("part"));
        let way: String =
            Connection::open_in_memory().unwrap().query_row(&sql, [], |row| row.get(0)).unwrap();
        way.parse().unwrap()
    }

    proptest! {
        #[test]
        fn sums_that_are_counted_one_way_stay_so_in_a_total(
            parts in vec((vec(0..3_i64, 3), vec(0..3_i64, MEDIA)), 1..12),
        ) {
            let parts: Vec<Counts> = parts
                .into_iter()
                .map(|(tokens, media)| {
                    let media: [i64; MEDIA] = media.try_into().unwrap();
                    // Image and audio tokens lie within the input and the output.
                    let [input, output] = [tokens[0] + media[0] + media[1], tokens[1] + media[2] + media[3]];
                    let tokens = [input * (tokens[2] % 2), 0, 0, output, 0];
                    Counts::of_event(tokens, media, None, false)
                })
                .collect();
            let way = |counts: &Counts| {
                let usage = counts.usage().unwrap();
                 2 * i64::from(usage.is_media_alone()) + i64::from(usage.media.is_made())
            };
            let mut totals = std::collections::BTreeMap::<i64, Counts>::new();
            for part in &parts {
                prop_assert_eq!(way_by_sql(part), way(part));
                *totals.entry(way(part)).or_default() += *part;
            }
            for (of_parts, total) in totals {
                prop_assert_eq!(way(&total), of_parts);
            }
        }
    }

    #[test]
    fn what_is_not_text_has_the_columns_of_its_names() {
        assert!(COUNT_COLUMNS[OTHERS..].iter().copied().eq(MediaUnit::ALL.iter().map(|unit| unit.as_str())));
    }

    #[test]
    fn no_sum_of_what_senders_can_send_overflows() {
        // A billion calls of the largest context that counts, in one record; a billion such records; and all of that taken
        // away again by rows of adjustments.
        let largest =
            Counts::of_event([1_000_000_000, 0, 0, 1_000_000_000, 0], [0; MEDIA], Some(1_000), false);
        assert_eq!(largest.context_unknown_tokens, 0);
        let many = Counts {
            context: largest.context.map(|count| count * 1_000_000_000),
            context_unknown_tokens: 2_000_000_000 * 1_000_000_000,
            ..Counts::default()
        };
        for counts in [many, Counts { context: many.context.map(|count| -count), ..Counts::default() }] {
            assert_eq!(counts_of(values(&counts)), counts);
            let twice = added_by_sql(&[counts, counts]);
            assert_eq!(twice.context, counts.context.map(|count| 2 * count));
        }
    }
}
