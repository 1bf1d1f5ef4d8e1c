//! Public names of companies: legal entity identifiers, domains, and whom to ask.

use crate::http::faults::Faults;
use carbon_report::{Contact, Lei};

/// Longest domain name (RFC 1035), as text.
const DOMAIN_BYTES_MAX: usize = 253;
/// Longest name of a contact, in characters.
const CONTACT_NAME_MAX: usize = 200;
/// Longest address of one, in bytes.
const CONTACT_ADDRESS_BYTES_MAX: usize = 500;
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

    /// Whom to ask: a name, if there is one, and an address.
    pub(crate) fn contact(
        &mut self,
        pointer: &str,
        name: Option<String>,
        address: String,
    ) -> Option<Contact> {
        let fits = |name: &String| {
            let characters = name.chars().count();
            !name.trim().is_empty() && characters <= CONTACT_NAME_MAX && !name.chars().any(char::is_control)
        };
        let of_name = format!("must have 1 to {CONTACT_NAME_MAX} characters and no control characters");
        let name_fits = name.as_ref().is_none_or(fits);
        let name = self.usable(&format!("{pointer}/name"), name_fits.then_some(name).ok_or(of_name));
        let of_address = "must be an e-mail address, or a page on the web that begins with https://";
        let address_fits = is_email(&address) || is_page(&address);
        let address =
            self.usable(&format!("{pointer}/address"), address_fits.then_some(address).ok_or(of_address));
        Some(Contact { name: name?, address: address? })
    }
}

/// Characters that an address has as they are, in a link as in a line of text.
fn is_plain(text: &str) -> bool {
    text.len() <= CONTACT_ADDRESS_BYTES_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte))
}

fn is_email(text: &str) -> bool {
    let Some((person, domain)) = text.split_once('@') else { return false };
    is_plain(text)
        && !person.is_empty()
        && !person.contains(['?', '&', '#', ',', ':', ';', '(', ')'])
        && is_domain(domain)
}

fn is_page(text: &str) -> bool {
    let host = text.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#', ':']).next());
    is_plain(text) && host.is_some_and(is_domain)
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

    #[test]
    fn a_contact_has_an_address_that_can_be_written_to_or_opened() {
        for (text, fits) in [
            ("climate@example.com", true),
            ("first.last+co2@mail.example.com", true),
            ("https://example.com/contact?topic=co2", true),
            ("https://example.com:8443", true),
            ("http://example.com", false),
            ("https://localhost/contact", false),
            ("mailto:climate@example.com", false),
            ("climate@example", false),
            ("@example.com", false),
            ("a@b.com?bcc=c@d.com", false),
            ("two words@example.com", false),
            ("javascript:alert(1)//@example.com", false),
            ("https://example.com/\"><script>", false),
            ("", false),
        ] {
            assert_eq!(is_email(text) || is_page(text), fits, "{text}");
        }
    }
}
