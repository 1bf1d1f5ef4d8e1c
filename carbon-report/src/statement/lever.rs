//! What the client could change, as differences computed from its own month.

use super::valuation::{LineKey, LineSum, Lookup, line_key};
use crate::{evidence::TaggedActivity, wire};
use carbon_core::{
    FactorSet, Grams, Range, Usage,
    method::{AppliedFactor, BottomUpFactor, Comparison, DEFAULT_POLICY, PairedSum, Verdict},
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A change of use and the modelled difference it makes: not a reduction in an inventory.
///
/// Both options are compared where their errors are the same ([`PairedSum`]), and a change of which it cannot be told that it
/// emits less is no lever.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Lever {
    /// What is changed.
    #[serde(flatten)]
    pub change: LeverChange,
    /// New less old, so below zero where it emits less.
    #[serde(rename = "difference_co2_grams", with = "wire::range")]
    pub difference: Range<Grams>,
    /// New over old, of the calls that it changes.
    #[serde(default, with = "wire::maybe_ratio", skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Range<Decimal>>,
}

/// What a lever changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "lever", rename_all = "snake_case")]
#[non_exhaustive]
pub enum LeverChange {
    /// Half of the fresh input tokens are read from a cache instead, by our model; published factors know no cache.
    HalfOfInputCached {
        /// Fresh input tokens that are moved.
        input_tokens: u64,
    },
    /// Answers of 520 tokens where they were 800: 35 % of the output tokens less, at each line's own factor.
    ShorterAnswers {
        /// Output tokens that are saved.
        output_tokens: u64,
    },
    /// Answers under one value of a tag were as long as under another, model by model, at each line's own factor: before and
    /// after, for tags of [`ALTERNATIVES`].
    AnswersAsTagged {
        /// The tag's key.
        name: String,
        /// The value whose answers are longer.
        from: String,
        /// The value whose answers are shorter.
        to: String,
        /// Output tokens that are saved.
        output_tokens: u64,
    },
    /// The calls of the model that emits most, by our model, sent to the one of the month's models that emits least.
    SmallerModel {
        /// The model that is used.
        from: String,
        /// The model that is used instead.
        to: String,
    },
}

/// The share that the product's example of a brevity suffix cut: 800 to 520 completion tokens.
const SHORTER_PERCENT: u128 = 35;

/// Keys of tags whose values are different ways to the same answer, so that a comparison between them says something.
pub const ALTERNATIVES: [&str; 2] = ["suffix", "variant"];

pub(super) fn levers<'a>(
    lines: &BTreeMap<LineKey<'_>, LineSum<'a>>,
    modelled: &BTreeMap<LineKey<'_>, (BottomUpFactor<'a>, Usage)>,
    tags: &[TaggedActivity],
    set: &FactorSet,
) -> Vec<Lever> {
    let changes = [Some(half_of_input_cached(lines)), Some(shorter_answers(lines)), smaller_model(modelled)];
    let (changes, pairs): (Vec<LeverChange>, Vec<PairedSum<'_>>) = changes.into_iter().flatten().unzip();
    // Of the same models, so they share most of what is drawn.
    let compared = PairedSum::co2_of_each(&pairs);
    let mut found = changes.into_iter().zip(&compared).map(lever);
    let [cached, shorter, smaller] = std::array::from_fn(|_| found.next().flatten());
    [cached, shorter, answers_as_tagged(tags, set), smaller].into_iter().flatten().collect()
}

/// A change, and the activity before and after it.
type Paired<'a> = (LeverChange, PairedSum<'a>);

fn half_of_input_cached<'a>(lines: &BTreeMap<LineKey<'_>, LineSum<'a>>) -> Paired<'a> {
    let (mut pairs, mut moved) = (PairedSum::default(), 0);
    for line in lines.values() {
        let fresh = line.usage.input_tokens.saturating_sub(line.usage.cache_read_input_tokens);
        if matches!(line.factor, AppliedFactor::Modelled(_)) && fresh > 1 {
            moved += fresh / 2;
            let after = Usage {
                cache_read_input_tokens: line.usage.cache_read_input_tokens + fresh / 2,
                // Of f fresh tokens behind c cached ones, f (2c + f) becomes f/2 (2c + 3f/2): less by a quarter at least.
                context_input: line.usage.context_input - line.usage.context_input / 4,
                ..line.usage
            };
            pairs.before(&line.factor, &line.usage);
            pairs.after(&line.factor, &after);
        }
    }
    (LeverChange::HalfOfInputCached { input_tokens: moved }, pairs)
}

/// `usage` without so many tokens of its output and their share of the context: the least that it can be, as it grows with
/// length.
fn less_output(usage: &Usage, tokens: u64) -> Usage {
    let context_output = share_of(usage.context_output, tokens.into(), usage.text_output_tokens().into());
    Usage {
        output_tokens: usage.output_tokens - tokens,
        context_output: usage.context_output - context_output,
        ..*usage
    }
}

/// So many `of` a whole, rounded down; none where the product is beyond what counts hold.
fn share_of(count: u128, part: u128, whole: u128) -> u128 {
    count.checked_mul(part).and_then(|product| product.checked_div(whole)).unwrap_or(0)
}

fn shorter_answers<'a>(lines: &BTreeMap<LineKey<'_>, LineSum<'a>>) -> Paired<'a> {
    let (mut pairs, mut output_tokens) = (PairedSum::default(), 0);
    for line in lines.values() {
        let shorter = share_of(line.usage.text_output_tokens().into(), SHORTER_PERCENT, 100);
        let shorter = u64::try_from(shorter).unwrap_or(u64::MAX);
        output_tokens += shorter;
        pairs.before(&line.factor, &line.usage);
        pairs.after(&line.factor, &less_output(&line.usage, shorter));
    }
    (LeverChange::ShorterAnswers { output_tokens }, pairs)
}

type TaggedUse<'a> = BTreeMap<LineKey<'a>, (AppliedFactor<'a>, Usage)>;

/// Of all pairs of values of one key, the one that would make the largest difference.
fn answers_as_tagged(tags: &[TaggedActivity], set: &FactorSet) -> Option<Lever> {
    let mut values: BTreeMap<(&str, &str), TaggedUse<'_>> = BTreeMap::new();
    for TaggedActivity { name, value, activity } in tags {
        if !ALTERNATIVES.contains(&name.as_str()) {
            continue;
        }
        if let Lookup { deployment: Some(deployment), factor: Some(factor), .. } = Lookup::of(activity, set) {
            // What compares two ways of answering compares them by one grid, whatever the hours of each were.
            let deployment = deployment.by_year();
            let by_year = factor.grid().and_then(|_| deployment.factor(DEFAULT_POLICY));
            let factor = by_year.unwrap_or(factor);
            let used = values.entry((name, value)).or_default();
            let line = used.entry(line_key(&deployment, &factor)).or_insert((factor, Usage::default()));
            line.1 += &activity.usage;
        }
    }
    let pairs = values.iter().flat_map(|long| values.iter().map(move |short| (long, short)));
    let levers = pairs.filter(|((long, _), (short, _))| long.0 == short.0 && long.1 != short.1).filter_map(
        |(((name, from), long), ((_, to), short))| {
            let (mut pairs, mut output_tokens) = (PairedSum::default(), 0);
            for (key, (factor, long)) in long {
                let Some((_, short)) = short.get(key) else { continue };
                let longer = longer_by(long, short);
                output_tokens += longer;
                pairs.before(factor, long);
                pairs.after(factor, &less_output(long, longer));
            }
            let [name, from, to] = [name, from, to].map(|text| (*text).to_owned());
            let change = LeverChange::AnswersAsTagged { name, from, to, output_tokens };
            lever((change, &pairs.co2()))
        },
    );
    levers.min_by_key(|lever| lever.difference.central())
}

/// Output tokens of `long` beyond what its requests would have had at the mean of `short`; none where that is longer.
fn longer_by(long: &Usage, short: &Usage) -> u64 {
    let at_mean = (u128::from(long.requests) * u128::from(short.text_output_tokens()))
        .div_ceil(u128::from(short.requests).max(1));
    u64::try_from(u128::from(long.text_output_tokens()).saturating_sub(at_mean)).unwrap_or(0)
}

/// The change, where it is known to emit less.
fn lever((change, compared): (LeverChange, &Comparison)) -> Option<Lever> {
    let is_less = compared.verdict() == Verdict::Lower;
    is_less.then_some(Lever { change, difference: compared.difference, ratio: compared.ratio })
}

fn smaller_model<'a>(modelled: &BTreeMap<LineKey<'_>, (BottomUpFactor<'a>, Usage)>) -> Option<Paired<'a>> {
    let largest = modelled.iter().max_by_key(|(_, (factor, usage))| factor.apply(usage).co2_central())?;
    let ((from, ..), (used, usage)) = largest;
    let smallest = modelled.iter().min_by_key(|(_, (factor, _))| factor.apply(usage).co2_central())?;
    let ((to, ..), (instead, _)) = smallest;
    if from == to {
        return None;
    }
    let mut pairs = PairedSum::default();
    pairs.before(&AppliedFactor::Modelled(*used), usage);
    pairs.after(&AppliedFactor::Modelled(*instead), usage);
    Some((LeverChange::SmallerModel { from: (*from).to_owned(), to: (*to).to_owned() }, pairs))
}
