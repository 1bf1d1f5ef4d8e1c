//! Texts with places for what differs.

/// A text with values in its places, each named in braces. A value is put in as it is: a name that looks like a place is none.
///
/// ```
/// use carbon_report::words::filled;
///
/// let values = [("supplier", "Example {client}"), ("client", "Nordwind")];
/// assert_eq!(filled("{supplier} for {client}.", &values), "Example {client} for Nordwind.");
/// ```
pub fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let (mut filled, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, behind)) = rest.split_once('{') {
        filled.push_str(before);
        let named = behind.split_once('}').and_then(|(name, after)| {
            let (_, value) = values.iter().find(|(place, _)| *place == name)?;
            Some((*value, after))
        });
        rest = match named {
            Some((value, after)) => {
                filled.push_str(value);
                after
            }
            None => {
                filled.push('{');
                behind
            }
        };
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn values_stand_as_they_are(before in "[^{}]{0,9}", first in ".{0,9}|\\{b\\}", second in ".{0,9}|\\{a\\}", other in "[c-z]{0,3}") {
            let text = format!("{before}{{a}}, {{{other}}} {{b}}{{");
            let values = [("a", first.as_str()), ("b", second.as_str())];
            prop_assert_eq!(filled(&text, &values), format!("{before}{first}, {{{other}}} {second}{{"));
        }
    }
}
