//! Names that leave out what a listed id says, where nothing else is meant.

use super::ending;

/// How many steps a short name can be away from its id.
pub(crate) const SHORT_STEPS: usize = 3;

/// Names for `id`, each of one more step away from it: without who made it, without what every model of its kind is
/// ([`ending`]), without its active parameters.
pub(crate) fn short_names(id: &str) -> [Vec<String>; SHORT_STEPS] {
    let core = id.rsplit('/').next().unwrap_or(id).replace('_', "-");
    let plain = core.strip_suffix("-hf").unwrap_or(&core).to_owned();
    if !ending::is_open(&plain) {
        return [vec![core, plain], Vec::new(), Vec::new()];
    }
    let untrained =
        ["-instruct", "-it", "-base"].iter().find_map(|form| plain.strip_suffix(form)).map(str::to_owned);
    let total = |name: &String| without_active(name);
    let totals = std::iter::once(&plain).chain(&untrained).filter_map(total).collect();
    [vec![core, plain], untrained.into_iter().collect(), totals]
}

/// `qwen3-coder-30b-a3b` without `-a3b`.
fn without_active(name: &str) -> Option<String> {
    let is_active = |part: &&str| {
        let size = part.strip_prefix('a').and_then(|part| part.strip_suffix('b'));
        size.is_some_and(|size| {
            size.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && !size.is_empty()
        })
    };
    let active = name.split('-').find(is_active)?;
    Some(name.replacen(&format!("-{active}"), "", 1))
}

/// `deepseek-v3-671b` as a name, the billions of parameters that stand behind it, and how far these may be rounded.
pub(crate) fn sized(name: &str) -> Option<(&str, f64, f64)> {
    let (name, size) = name.rsplit_once('-')?;
    let (number, unit_b) = size_of(size)?;
    // One that is sized already would be two sizes.
    if name.split('-').any(|part| size_of(part).is_some()) {
        return None;
    }
    let decimals = number.split_once('.').map_or("", |(_, decimals)| decimals);
    let rounding = decimals.bytes().fold(0.5, |half, _| half / 10.0);
    Some((name, number.parse::<f64>().ok()? * unit_b, rounding * unit_b))
}

/// The digits of `671b` or `1.5t`, and how many billions one of it is.
fn size_of(size: &str) -> Option<(&str, f64)> {
    let (number, unit_b) = match (size.strip_suffix('b'), size.strip_suffix('t')) {
        (Some(billions), _) => (billions, 1.0),
        (None, Some(trillions)) => (trillions, 1_000.0),
        (None, None) => return None,
    };
    let is_plain = number.starts_with(|c: char| c.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_plain.then_some((number, unit_b))
}
