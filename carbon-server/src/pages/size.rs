//! Sizes of models in words.

use carbon_core::model::{ParametersStatus, Size};

/// `671 billion parameters, 37 of them active`
pub(super) fn in_words(size: &Size) -> String {
    let [total, active, active_in] = [size.total_b, size.active_b, size.active_in_b].map(span);
    let active = match (active == total, active_in == active) {
        (true, true) => String::new(),
        (_, true) => format!(", {active} of them active"),
        (_, false) => format!(", {active} of them active for output and {active_in} for input"),
    };
    format!("{total} billion parameters{active}")
}

/// Who says so.
pub(super) fn known_by(status: ParametersStatus) -> &'static str {
    match status {
        ParametersStatus::Disclosed => "published by its maker",
        ParametersStatus::Estimated => "estimated by a third party",
        ParametersStatus::FromName => "rounded, from its name",
        ParametersStatus::Unverified => "from a model card that has not been read again",
        ParametersStatus::Own => "as you have described it",
        ParametersStatus::Proxy => "the bounds of its class",
    }
}

/// `8.03`, or `8 to 32`.
pub(super) fn span([low, high]: [f64; 2]) -> String {
    if low < high { format!("{low} to {high}") } else { high.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_says_no_more_than_is_known() {
        let size = |total_b, active_b, active_in_b| Size { total_b, active_b, active_in_b, speed: None };
        for (size, words) in [
            (size([8.03; 2], [8.03; 2], [8.03; 2]), "8.03 billion parameters"),
            (size([671.0; 2], [37.0; 2], [37.0; 2]), "671 billion parameters, 37 of them active"),
            (
                size([8.0, 32.0], [3.6, 32.0], [3.6, 32.0]),
                "8 to 32 billion parameters, 3.6 to 32 of them active",
            ),
            (
                size([124.0; 2], [8.0; 2], [6.0; 2]),
                "124 billion parameters, 8 of them active for output and 6 for input",
            ),
        ] {
            assert_eq!(in_words(&size), words);
        }
    }
}
