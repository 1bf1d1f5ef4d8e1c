//! What a cloud's meter counts: `USE1-Claude4.5Sonnet-input-tokens` is input of claude-sonnet-4-5.
//!
//! A meter has words for the model, for the kind of tokens, and for how they were served. Each cloud's words of the last two
//! kinds are listed here; what is left must be a listed model. A meter with any other word is not understood: nothing is
//! guessed, and nothing is found by likeness.

mod aws;
mod azure;
mod google;
mod unit;

pub(super) use self::{aws::aws, azure::azure, google::google, unit::tokens_per_unit};

use carbon_core::{FactorSet, model::ResolvedBy};
use jiff::civil::Date;

/// Why a meter counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnknownMeter {
    /// It counts something else than tokens of text, or has a word that is not listed.
    Meter,
    /// It counts tokens, and does not say of which model.
    Unnamed,
    /// It counts tokens of a model that the factor set does not list, or names it too loosely.
    Model,
}

/// Words in a meter for the kind of tokens.
struct Words {
    /// Each says that tokens are counted, and of which kind.
    kinds: &'static [&'static str],
    /// Each says how they were served, or nothing.
    others: &'static [&'static str],
    /// Each says that something else is counted.
    foreign: &'static [&'static str],
}

impl Words {
    /// What is left of a meter, joined by dashes.
    fn model(&self, meter: &str) -> Result<String, UnknownMeter> {
        let words = meter.split([' ', '-', '_', '/', '(', ')']).filter(|word| !word.is_empty());
        let words: Vec<String> = words.map(str::to_lowercase).collect();
        let is_any = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        if !is_any(self.kinds) || is_any(self.foreign) {
            return Err(UnknownMeter::Meter);
        }
        let is_left =
            |word: &&String| !self.kinds.contains(&word.as_str()) && !self.others.contains(&word.as_str());
        let left: Vec<&str> = words.iter().filter(is_left).map(String::as_str).collect();
        if left.is_empty() { Err(UnknownMeter::Unnamed) } else { Ok(left.join("-")) }
    }
}

/// The one listed model that the names lead to on that day.
pub(super) fn listed(names: &[String], day: Date) -> Result<String, UnknownMeter> {
    let mut found: Option<&str> = None;
    for name in names.iter().flat_map(|name| spellings(name)) {
        let Ok(resolved) = FactorSet::latest().resolve_on(&name, Some(day)) else { continue };
        // A name without a version moves, and a bill does not say how: `MistralLarge` is one of several.
        let is_definite =
            resolved.resolved_by == ResolvedBy::Exact || name.bytes().any(|byte| byte.is_ascii_digit());
        let model = resolved.model.id();
        if !is_definite || found.is_some_and(|other| other != model) {
            return Err(UnknownMeter::Model);
        }
        found = Some(model);
    }
    found.map(str::to_owned).ok_or(UnknownMeter::Model)
}

/// Ways to write a name: as it is, and without the `.0` of a first version.
fn spellings(name: &str) -> Vec<String> {
    let plain = name.trim().to_lowercase().replace([' ', '_'], "-");
    let first_version = plain.replace(".0-", "-");
    if first_version == plain { vec![plain] } else { vec![plain, first_version] }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Date = jiff::civil::date(2026, 10, 5);

    /// What a meter leads to.
    #[track_caller]
    pub(super) fn check(
        read: impl Fn(Date) -> Result<String, UnknownMeter>,
        expect: Result<&str, UnknownMeter>,
        meter: &str,
    ) {
        assert_eq!(read(DAY), expect.map(str::to_owned), "{meter}");
    }

    #[test]
    fn a_listed_model_in_a_meter_is_itself_or_left_out() {
        let set = FactorSet::latest();
        let mut found = [0; 3];
        for model in set.models().iter().map(|model| model.id()) {
            let read = [
                aws(&format!("USE1-{model}-input-tokens"), &[], DAY),
                azure(&format!("{model} cached Inp glbl Tokens"), "Azure OpenAI GPT5", DAY),
                google(&format!("{model} Text Output - Predictions"), DAY),
            ];
            for (found, read) in found.iter_mut().zip(read) {
                let read = read.unwrap_or_default();
                assert!(read == model || read.is_empty(), "{model} read as {read}");
                *found += usize::from(!read.is_empty());
            }
        }
        assert!(found.iter().all(|found| *found > set.models().len() / 2), "{found:?}");
    }
}
