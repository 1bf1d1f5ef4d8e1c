//! Names that look alike: for a person to choose from, not to calculate with.

/// Below this Jaro-Winkler similarity names have little in common but their letters.
const SIMILARITY_MIN: f64 = 0.8;
/// No name of a model is longer.
const BYTES_MAX: usize = 256;
/// Letters that are told apart when they are counted.
const LETTERS: usize = 32;

/// Those of `names` that look like `wanted`, nearest first, at most `count_max`.
///
/// Every event of an unknown model asks for them, so most names are ruled out by their letters alone: comparing one takes as
/// long as both are, squared.
pub(super) fn similar<'a>(
    wanted: &str,
    names: impl Iterator<Item = &'a str>,
    count_max: usize,
) -> Vec<&'a str> {
    if wanted.len() > BYTES_MAX {
        return Vec::new();
    }
    let spelling = Spelling::of(wanted);
    let may_be_near = |name: &&str| at_most(&spelling, name) >= SIMILARITY_MIN;
    let mut near: Vec<(f64, &str)> = names
        .filter(may_be_near)
        .map(|name| (strsim::jaro_winkler(wanted, name), name))
        .filter(|(similarity, _)| *similarity >= SIMILARITY_MIN)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    near.into_iter().take(count_max).map(|(_, name)| name).collect()
}

/// A name with its letters counted.
struct Spelling<'a> {
    name: &'a str,
    length: usize,
    letters: [u16; LETTERS],
}

impl<'a> Spelling<'a> {
    fn of(name: &'a str) -> Self {
        let (mut length, mut letters) = (0, [0; LETTERS]);
        for letter in name.chars() {
            length += 1;
            letters[letter as usize % LETTERS] += 1;
        }
        Spelling { name, length, letters }
    }
}

/// A similarity that two names do not exceed: as if all letters that they share stood in the same order.
#[expect(clippy::cast_precision_loss, reason = "names are short")]
fn at_most(wanted: &Spelling<'_>, name: &str) -> f64 {
    /// For what rounding adds.
    const SLACK: f64 = 1e-9;
    /// From here on a common beginning counts, up to so many letters.
    const ALIKE: f64 = 0.7;
    const BEGINNING: usize = 4;
    let most = |shared: usize, length: usize| {
        (shared as f64 / wanted.length as f64 + shared as f64 / length as f64 + 1.0) / 3.0 + SLACK
    };
    let boosted = |similarity: f64| {
        let same = wanted.name.chars().zip(name.chars()).take(BEGINNING).take_while(|(a, b)| a == b);
        similarity + 0.1 * same.count() as f64 * (1.0 - similarity)
    };
    // Bytes are no fewer than letters.
    if wanted.length == 0 || name.is_empty() || most(wanted.length.min(name.len()), name.len()) < ALIKE {
        return if wanted.length == 0 && name.is_empty() { 1.0 } else { 0.0 };
    }
    let other = Spelling::of(name);
    let shared = wanted.letters.iter().zip(&other.letters).map(|(a, b)| usize::from(*a.min(b))).sum();
    let similarity = most(shared, other.length);
    if similarity > ALIKE { boosted(similarity) } else { similarity }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FactorSet, model::Model};
    use proptest::prelude::*;

    fn listed() -> impl Iterator<Item = &'static str> {
        FactorSet::latest().models().iter().map(Model::id)
    }

    /// Every name compared.
    fn compared(wanted: &str) -> Vec<&'static str> {
        let mut near: Vec<(f64, &str)> = listed()
            .map(|name| (strsim::jaro_winkler(wanted, name), name))
            .filter(|(similarity, _)| *similarity >= SIMILARITY_MIN)
            .collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        near.into_iter().take(3).map(|(_, name)| name).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn nothing_that_is_near_is_ruled_out(
            place in 0_usize..600, cut in 0_usize..40, written in "[a-z0-9.ö-]{0,40}", is_end in any::<bool>(),
        ) {
            let name = listed().nth(place % listed().count()).unwrap_or_default();
            let cut = cut.min(name.len());
            let wanted = match name.get(..cut) {
                Some(beginning) if is_end => format!("{beginning}{written}"),
                _ => format!("{written}{name}"),
            };
            prop_assert_eq!(similar(&wanted, listed(), 3), compared(&wanted));
        }
    }

    #[test]
    fn most_names_are_ruled_out() {
        for wanted in ["our-own-assistant-v2", &"gpt-claude-".repeat(23), &"x".repeat(256)] {
            let spelling = Spelling::of(wanted);
            let compared = listed().filter(|name| at_most(&spelling, name) >= SIMILARITY_MIN).count();
            assert!(compared * 4 < listed().count(), "{wanted}: {compared}");
        }
    }
}
