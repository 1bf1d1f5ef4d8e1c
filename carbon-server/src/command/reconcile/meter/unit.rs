//! Units of bills.

/// Tokens in one unit of a bill: `1K tokens`, `1M`, `Tokens`, `Million Input Tokens`.
pub(in crate::command::reconcile) fn tokens_per_unit(unit: &str) -> Option<u64> {
    let unit = unit.trim().to_lowercase().replace(',', "");
    let digits = unit.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = unit.split_at(digits);
    let number = if number.is_empty() { None } else { Some(number.parse::<u64>().ok()?) };
    let mut words: Vec<&str> = rest.split_whitespace().collect();
    let thousands = match words.first() {
        Some(&("k" | "thousand")) => Some(1_000),
        Some(&("m" | "million")) => Some(1_000_000),
        _ => None,
    };
    if thousands.is_some() {
        words.remove(0);
    }
    let are_tokens = match words[..] {
        [] => number.is_some(),
        [.., "token" | "tokens"] => true,
        [.., "token" | "tokens", "regional" | "global"] => true,
        _ => false,
    };
    are_tokens.then(|| number.unwrap_or(1).saturating_mul(thousands.unwrap_or(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_numbers_of_tokens_or_nothing() {
        for (unit, tokens) in [
            ("1K tokens", Some(1_000)),
            ("1K", Some(1_000)),
            ("1M", Some(1_000_000)),
            ("1M Tokens", Some(1_000_000)),
            ("Tokens", Some(1)),
            ("1,000 tokens", Some(1_000)),
            ("1", Some(1)),
            ("Million Input Tokens Regional", Some(1_000_000)),
            ("Units", None),
            ("Hrs", None),
            ("1 Hour", None),
            ("1M TPM Hour", None),
            ("token hours", None),
            ("", None),
        ] {
            assert_eq!(tokens_per_unit(unit), tokens, "{unit}");
        }
    }
}
