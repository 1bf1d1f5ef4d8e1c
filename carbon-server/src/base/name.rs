//! Names of models, as entries and windows of an account have them.

/// A name in the one spelling that is kept and compared: letter case tells no models apart.
pub(crate) fn normal(name: &str) -> String {
    name.trim().to_lowercase()
}
