//! Names of models, as entries and windows of an account have them.

/// A name in the one spelling that is kept and compared: letter case tells no models apart.
pub(crate) fn normal(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Letters and digits in lower case: a name without what stands between words.
pub(crate) fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
