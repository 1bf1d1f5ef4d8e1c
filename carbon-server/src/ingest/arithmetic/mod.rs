//! One arithmetic for the counts of every source: `total = input + output`, where cached and reasoning tokens lie within
//! the input and the output, or beside them.
//!
//! Tools disagree on which, under the same names. So a format's habit is only where a part lies by default: what the
//! total says comes first, and a part that is larger than its whole lies beside it. Counts that no placing explains are
//! refused, or carry a caveat.

mod settled;
mod stated;

pub(crate) use self::{
    settled::{SettledCounts, Unsettled, UsageCounts},
    stated::{ModelNature, Part, PartKind, Place, StatedCounts},
};

use crate::config::TOKENS_MAX;

/// One way to place all parts.
#[derive(Clone, Copy)]
struct Placing {
    input: u64,
    output: u64,
    /// Whether some cached tokens lie within the input and others beside it, which hardly any tool does.
    is_split: bool,
    /// Parts that lie elsewhere than by default.
    moved: u32,
}

impl Placing {
    fn sum(self) -> u64 {
        self.input + self.output
    }

    /// What is less usual is more distant.
    fn distance(self) -> (bool, u32) {
        (self.is_split, self.moved)
    }
}

/// The counts that a tool means.
pub(crate) fn settle(stated: &StatedCounts) -> Result<SettledCounts, Unsettled> {
    // More than this no call has, and sums of it fit.
    if stated.total.is_some_and(|total| total > 4 * TOKENS_MAX) {
        return Err(Unsettled::TooMany);
    }
    let parts: Vec<Part> = stated.parts.iter().copied().filter(|part| part.tokens > 0).collect();
    let total = stated.total.filter(|total| *total > 0);
    let (input, output) = wholes(stated, &parts, total)?;
    let tokens_of =
        |kind: PartKind| parts.iter().filter(|part| part.kind == kind).map(|part| part.tokens).sum();
    let cached = [tokens_of(PartKind::CacheRead), tokens_of(PartKind::CacheCreation)];
    let mut notes = stated.notes.clone();
    let Choice { mut placing, shown_by } =
        choose(stated, total, placings(input, output, &parts), cached, &mut notes)?;
    // A tool may add up its two wholes alone.
    let is_of_wholes = total == Some(input + output);
    if let Some(total) = total.filter(|total| *total != placing.sum() && !is_of_wholes) {
        unexplained(total, cached, stated.model, &mut placing, &mut notes)?;
    } else if shown_by.is_none() && placing.moved > 0 {
        notes.push("a stated part is larger than its whole, and was added to it".to_owned());
    } else if shown_by.is_none() && stated.is_disputed && cached != [0, 0] {
        notes
            .push("cached tokens are stated both within the input and beside it: they were added".to_owned());
    }
    if placing.input.max(placing.output) > TOKENS_MAX {
        return Err(Unsettled::TooMany);
    }
    // Tools write 0 where they know nothing: no model is called without an input.
    match (placing.input, placing.output) {
        (0, 0) => return Err(Unsettled::NoCounts),
        (0, _) => return Err(Unsettled::NoInput),
        _ => {}
    }
    let [cache_read, cache_creation] = cached;
    let reasoning = tokens_of(PartKind::Reasoning);
    let counts =
        UsageCounts { input: placing.input, output: placing.output, cache_read, cache_creation, reasoning };
    let media = settled::capped(stated.media, counts.input, counts.output, &mut notes);
    Ok(SettledCounts { counts, notes, calls: stated.calls, media })
}

/// The placing that is taken, and what shows that it is right.
struct Choice {
    placing: Placing,
    shown_by: Option<ShownBy>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ShownBy {
    Fresh,
    Total,
}

/// Takes the nearest of the placings that agree with the stated fresh input and with the total, as far as any do.
fn choose(
    stated: &StatedCounts,
    total: Option<u64>,
    mut placings: Vec<Placing>,
    cached: [u64; 2],
    notes: &mut Vec<String>,
) -> Result<Choice, Unsettled> {
    let mut shown_by = None;
    let has_fresh =
        |placing: &Placing| stated.fresh.is_some_and(|fresh| placing.input == fresh + cached[0] + cached[1]);
    let has_total = |placing: &Placing| total == Some(placing.sum());
    if placings.iter().any(has_fresh) {
        placings.retain(has_fresh);
        shown_by = Some(ShownBy::Fresh);
    }
    if placings.iter().any(has_total) {
        placings.retain(has_total);
        shown_by = Some(ShownBy::Total);
    }
    let placing = nearest(&placings).ok_or(Unsettled::PartAboveWhole)?;
    // Where the numbers alone decide, others that fit them as well are a doubt.
    let is_rival = |other: &Placing| {
        other.is_split == placing.is_split && (other.input, other.output) != (placing.input, placing.output)
    };
    if shown_by == Some(ShownBy::Total) && placings.iter().any(is_rival) {
        notes.push("the counts fit their total in more than one way".to_owned());
    }
    Ok(Choice { placing, shown_by })
}

/// Input and output as stated; one that is missing is what the total leaves for it. What is not said is not 0.
fn wholes(stated: &StatedCounts, parts: &[Part], total: Option<u64>) -> Result<(u64, u64), Unsettled> {
    let has_no_output = stated.model.has_no_output;
    let beside: u64 = parts.iter().filter(|part| part.place == Place::Beside).map(|part| part.tokens).sum();
    let within = |is_input: bool| -> u64 {
        let within =
            parts.iter().filter(|part| part.place == Place::Within && part.kind.is_input() == is_input);
        within.map(|part| part.tokens).sum()
    };
    // What is left must hold the parts that lie in it.
    let left = |stated: u64, is_input: bool| {
        total.and_then(|total| total.checked_sub(stated + beside)).filter(|left| *left >= within(is_input))
    };
    match (stated.input.or(stated.fresh), stated.output) {
        (Some(input), Some(output)) => Ok((input, output)),
        (Some(input), None) if has_no_output => Ok((input, 0)),
        (Some(input), None) => left(input, false).map(|output| (input, output)).ok_or(Unsettled::NoOutput),
        (None, Some(output)) => left(output, true).map(|input| (input, output)).ok_or(Unsettled::NoInput),
        (None, None) => total.filter(|_| has_no_output).map(|total| (total, 0)).ok_or(Unsettled::NoCounts),
    }
}

/// Every way to place the parts in which no part is larger than the whole it lies in.
fn placings(input: u64, output: u64, parts: &[Part]) -> Vec<Placing> {
    let ways = 0..1_u32 << parts.len().min(16);
    let placing = |way: u32| {
        let mut placing = Placing { input, output, is_split: false, moved: 0 };
        let [mut cached_within, mut cached_beside] = [0, 0];
        for (bit, part) in parts.iter().enumerate() {
            let is_moved = way >> bit & 1 == 1;
            if is_moved && part.is_certain {
                return None;
            }
            placing.moved += u32::from(is_moved);
            let is_within = (part.place == Place::Within) != is_moved;
            let (sum, whole) = if part.kind.is_input() {
                (&mut placing.input, input)
            } else {
                (&mut placing.output, output)
            };
            if !is_within {
                *sum += part.tokens;
            } else if part.tokens > whole {
                return None;
            }
            if part.kind.is_cached() {
                let cached = if is_within { &mut cached_within } else { &mut cached_beside };
                *cached += part.tokens;
            }
        }
        placing.is_split = cached_within > 0 && cached_beside > 0;
        (cached_within <= input).then_some(placing)
    };
    ways.filter_map(placing).collect()
}

/// The way nearest to the default; of equally near ones the one with the most tokens.
fn nearest(placings: &[Placing]) -> Option<Placing> {
    placings.iter().copied().min_by_key(|placing| (placing.distance(), std::cmp::Reverse(placing.sum())))
}

/// A total that no placing gives. One that leaves out cached tokens is fine, a smaller one is noted; a larger one is
/// refused, unless the model's thinking is known to be stated there alone.
fn unexplained(
    total: u64,
    [cache_read, cache_creation]: [u64; 2],
    model: ModelNature,
    chosen: &mut Placing,
    notes: &mut Vec<String>,
) -> Result<(), Unsettled> {
    let sum = chosen.sum();
    if [cache_read, cache_creation, cache_read + cache_creation].contains(&sum.saturating_sub(total))
        && total < sum
    {
        return Ok(());
    }
    if total < sum {
        notes.push(format!("the stated total of {total} tokens is less than input and output, {sum}"));
        return Ok(());
    }
    if !model.thinks_in_total {
        return Err(Unsettled::Unexplained { total, sum });
    }
    let thinking = total - sum;
    chosen.output += thinking;
    notes.push(format!("{thinking} tokens are stated in the total alone: for this model they are thinking, and count as output"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use PartKind::{CacheCreation, CacheRead, Reasoning};
    use proptest::prelude::*;

    fn part(kind: PartKind, tokens: u64, place: Place) -> Part {
        Part { kind, tokens, place, is_certain: false }
    }

    fn settled(
        input: Option<u64>,
        output: Option<u64>,
        total: Option<u64>,
        parts: &[Part],
        model: &str,
    ) -> Result<[u64; 2], Unsettled> {
        let parts = parts.to_vec();
        let model = ModelNature::of(model);
        let stated = StatedCounts { input, output, total, parts, model, ..StatedCounts::default() };
        settle(&stated).map(|settled| [settled.counts.input, settled.counts.output])
    }

    #[test]
    fn the_total_says_where_parts_lie_and_what_is_missing() {
        use Place::{Beside, Within};
        let some = Some;
        for (input, output, total, parts, model, expect) in [
            // Reasoning beside the output, though it could lie within it.
            (some(41), some(1212), some(1573), vec![part(Reasoning, 320, Within)], "grok-4", Ok([41, 1532])),
            // The same without a total.
            (some(41), some(1212), None, vec![part(Reasoning, 320, Within)], "grok-4", Ok([41, 1212])),
            // It cannot lie within.
            (some(41), some(212), None, vec![part(Reasoning, 920, Within)], "grok-4", Ok([41, 1132])),
            (some(12), some(300), some(312), vec![part(CacheRead, 9000, Within)], "m", Ok([9012, 300])),
            // Parts that lie within by the total, beside by habit.
            (some(1100), some(200), some(1300), vec![part(CacheRead, 600, Beside)], "m", Ok([1100, 200])),
            // A total that leaves out what was read from a cache.
            (some(1000), some(200), some(600), vec![part(CacheRead, 600, Within)], "m", Ok([1000, 200])),
            // A total of the two wholes alone.
            (some(90), some(210), some(5300), vec![part(CacheCreation, 5000, Within)], "m", Ok([5090, 210])),
            // What is missing is what the total leaves.
            (some(60), None, some(160), vec![part(Reasoning, 100, Beside)], "gemini-2.5-pro", Ok([60, 100])),
            (None, some(5), some(12), vec![], "m", Ok([7, 5])),
            (some(8), None, some(8), vec![], "m", Ok([8, 0])),
            (some(8), None, None, vec![], "embed-v4.0", Ok([8, 0])),
            (None, None, some(8), vec![], "voyage-3", Ok([8, 0])),
            (some(8), None, None, vec![], "m", Err(Unsettled::NoOutput)),
            (None, some(612), None, vec![], "m", Err(Unsettled::NoInput)),
            (None, None, some(8), vec![], "m", Err(Unsettled::NoCounts)),
            (some(33), some(150), some(733), vec![], "gemini-2.5-flash", Ok([33, 700])),
            (
                some(33),
                some(150),
                some(733),
                vec![],
                "m",
                Err(Unsettled::Unexplained { total: 733, sum: 183 }),
            ),
            // 0 was not filled in.
            (some(33), some(150), some(0), vec![], "m", Ok([33, 150])),
            (some(TOKENS_MAX), some(1), None, vec![part(CacheRead, 1, Beside)], "m", Err(Unsettled::TooMany)),
        ] {
            let found = settled(input, output, total, &parts, model);
            assert_eq!(found, expect, "{input:?} {output:?} {total:?} {parts:?} {model}");
        }
    }

    #[test]
    fn what_is_certain_is_not_moved_to_suit_a_total() {
        let cached = Part { is_certain: true, ..part(CacheRead, 600, Place::Beside) };
        assert_eq!(settled(Some(2000), Some(200), Some(2200), &[cached], "m"), Ok([2600, 200]));
        let within = Part { is_certain: true, ..part(CacheRead, 600, Place::Within) };
        assert_eq!(settled(Some(20), Some(2), None, &[within], "m"), Err(Unsettled::PartAboveWhole));
    }

    proptest! {
        /// Whatever a tool puts within and beside, and whatever is taken for its habit: with its total the counts are
        /// right, or the answer says that they fit in another way too.
        #[test]
        fn a_total_gives_the_true_counts_or_a_note(
            [fresh, read, creation, plain, reasoning] in prop::array::uniform5(0_u64..100_000),
            [is_cache_beside, is_reasoning_beside, cache_habit, reasoning_habit] in prop::array::uniform4(any::<bool>()),
        ) {
            let truth = [fresh + read + creation, plain + reasoning];
            let habit = |is_beside| if is_beside { Place::Beside } else { Place::Within };
            let stated = StatedCounts {
                input: Some(if is_cache_beside { fresh } else { truth[0] }),
                output: Some(if is_reasoning_beside { plain } else { truth[1] }),
                total: Some(truth[0] + truth[1]),
                parts: vec![
                    part(CacheRead, read, habit(cache_habit)),
                    part(CacheCreation, creation, habit(cache_habit)),
                    part(Reasoning, reasoning, habit(reasoning_habit)),
                ],
                ..StatedCounts::default()
            };
            prop_assume!(truth[0] + truth[1] > 0);
            let settled = settle(&stated).unwrap();
            let found = [settled.counts.input, settled.counts.output];
            prop_assert!(found == truth || !settled.notes.is_empty(), "{stated:?}: {settled:?}, not {truth:?}");
        }

        /// No counts are lost: the input holds its cached tokens and the output its reasoning.
        #[test]
        fn wholes_hold_their_parts(
            [input, output, read, creation, reasoning] in prop::array::uniform5(0_u64..2_000),
            total in prop::option::of(0_u64..8_000),
            is_beside in any::<bool>(),
        ) {
            let place = if is_beside { Place::Beside } else { Place::Within };
            let stated = StatedCounts {
                input: Some(input),
                output: Some(output),
                total,
                parts: vec![
                    part(CacheRead, read, place),
                    part(CacheCreation, creation, place),
                    part(Reasoning, reasoning, Place::Within),
                ],
                ..StatedCounts::default()
            };
            if let Ok(SettledCounts { counts, .. }) = settle(&stated) {
                prop_assert!(counts.input >= input.max(counts.cache_read + counts.cache_creation));
                prop_assert!(counts.output >= output.max(counts.reasoning));
            }
        }
    }
}
