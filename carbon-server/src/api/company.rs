//! Public names of companies: legal entity identifiers and domains.

use crate::http::faults::Faults;
use carbon_report::Lei;

/// Longest domain name (RFC 1035), as text.
const DOMAIN_BYTES_MAX: usize = 253;
/// Longest label of one.
const LABEL_BYTES_MAX: usize = 63;

impl Faults {
    /// A legal entity identifier, with its checksum.
    pub(crate) fn lei(&mut self, pointer: &str, lei: Option<String>) -> Option<String> {
        let lei = lei.map(|text| text.parse::<Lei>().map_err(|error| error.to_string()));
        lei.and_then(|lei| self.usable(pointer, lei)).map(|lei| lei.to_string())
    }

    /// A domain name, in lower case.
    pub(crate) fn domain(&mut self, pointer: &str, domain: Option<String>) -> Option<String> {
        let domain = domain.map(|text| text.trim_end_matches('.').to_ascii_lowercase());
        let expected = "must be a domain name such as example.com";
        domain.and_then(|domain| self.usable(pointer, is_domain(&domain).then_some(domain).ok_or(expected)))
    }
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LABEL_BYTES_MAX).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let last = text.rsplit('.').next().unwrap_or(text);
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= DOMAIN_BYTES_MAX && text.contains('.') && !is_number && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_labels_and_a_point() {
        for (text, fits) in [
            ("example.com", true),
            ("a-b.xn--mnchen-3ya.de", true),
            ("localhost", false),
            ("1.2", false),
            ("-a.com", false),
            ("a..com", false),
            ("https://example.com", false),
            ("exa mple.com", false),
            ("", false),
        ] {
            assert_eq!(is_domain(text), fits, "{text}");
        }
    }
}
