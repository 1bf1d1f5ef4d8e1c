//! Contacts of a tenant: who is sent its reports by mail.

use crate::{
    app::App,
    base::clock::{self, now},
    config::CONTACTS_MAX,
    http::{
        answer::Answer,
        faults::{Faults, unnoticed},
        problem::Problem,
        request::Input,
    },
    store::{AccountKey, Contact, Delivery, NewContact},
};
use carbon_report::Language;
use lettre::Address;
use serde::{Deserialize, Serialize};
use url::Host;

/// Bytes of an address: RFC 5321, path without brackets.
const ADDRESS_BYTES_MAX: usize = 254;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactsRequest {
    pub(crate) contacts: Option<Vec<ContactRequest>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactRequest {
    pub(crate) address: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) delivery: Option<String>,
}

#[derive(Serialize)]
struct ContactsAnswer {
    contacts: Vec<ContactAnswer>,
}

#[derive(Serialize)]
pub(crate) struct ContactAnswer {
    pub(crate) id: String,
    pub(crate) address: String,
    pub(crate) language: Option<String>,
    pub(crate) delivery: &'static str,
    pub(crate) created_at: String,
    pub(crate) unsubscribed_at: Option<String>,
}

/// `GET /api/v1/tenants/{tenant_id}/contacts`
pub(super) async fn show(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    Answer::ok(&ContactsAnswer { contacts: contacts_of(app, input.caller()?.account, tenant_id).await? })
}

/// The contacts of a tenant, the oldest first.
pub(crate) async fn contacts_of(
    app: &App,
    account: AccountKey,
    tenant_id: String,
) -> Result<Vec<ContactAnswer>, Problem> {
    let found = app.store.contacts(account, tenant_id).await?;
    Ok(found.ok_or_else(|| Problem::not_found("tenant"))?.into_iter().map(contact_answer).collect())
}

/// `PUT /api/v1/tenants/{tenant_id}/contacts`: replaces them.
pub(super) async fn set(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    let contacts = keep(app, input.caller()?.account, tenant_id, input.json()?).await?;
    Answer::ok(&ContactsAnswer { contacts })
}

/// Checks and keeps them.
pub(crate) async fn keep(
    app: &App,
    account: AccountKey,
    tenant_id: String,
    request: ContactsRequest,
) -> Result<Vec<ContactAnswer>, Problem> {
    let contacts = wanted(request)?;
    let kept = app.store.set_contacts(account, tenant_id, contacts, now().as_millisecond()).await?;
    Ok(kept.ok_or_else(|| Problem::not_found("tenant"))?.into_iter().map(contact_answer).collect())
}

pub(crate) fn contact_answer(contact: Contact) -> ContactAnswer {
    let Contact { contact_id, said: NewContact { address, language, delivery }, .. } = contact;
    ContactAnswer {
        id: contact_id,
        address,
        language,
        delivery: delivery.as_str(),
        created_at: clock::rfc_3339_of(contact.created_at_ms),
        unsubscribed_at: contact.unsubscribed_at_ms.map(clock::rfc_3339_of),
    }
}

/// The contacts, with every field checked.
fn wanted(request: ContactsRequest) -> Result<Vec<NewContact>, Problem> {
    let mut faults = Faults::default();
    let contacts = faults.required("/contacts", request.contacts).unwrap_or_default();
    if contacts.len() > CONTACTS_MAX {
        faults.add("/contacts", format!("must be at most {CONTACTS_MAX}"));
        faults.none()?;
        return Err(unnoticed());
    }
    let mut found: Vec<NewContact> = Vec::new();
    for (place, contact) in contacts.into_iter().enumerate() {
        let pointer = |field: &str| format!("/contacts/{place}/{field}");
        let address = faults.required(&pointer("address"), contact.address);
        let address = address.and_then(|text| {
            faults.usable(&pointer("address"), address_in_ascii(&text).ok_or(NOT_AN_ADDRESS))
        });
        let is_known = |address: &str| found.iter().any(|known| known.address.eq_ignore_ascii_case(address));
        if address.as_deref().is_some_and(is_known) {
            faults.add(&pointer("address"), "is there twice");
        }
        let language = contact.language.and_then(|code| {
            let all = Language::ALL.map(Language::as_str).join(", ");
            let known = Language::from_code(&code).map(|language| language.as_str().to_owned());
            faults.usable(&pointer("language"), known.ok_or_else(|| format!("must be one of {all}")))
        });
        let delivery = match contact.delivery {
            None => Some(Delivery::Link),
            Some(word) => {
                let delivery = Delivery::from_word(&word).ok_or("must be link or attachment");
                faults.usable(&pointer("delivery"), delivery)
            }
        };
        if let (Some(address), Some(delivery)) = (address, delivery) {
            found.push(NewContact { address, language, delivery });
        }
    }
    faults.none()?;
    Ok(found)
}

const NOT_AN_ADDRESS: &str = "must be an e-mail address, in ASCII before the @";

/// An address that mail can be sent to: the name of its domain as it stands in the domain name system.
fn address_in_ascii(text: &str) -> Option<String> {
    let (user, domain) = text.rsplit_once('@')?;
    let is_plain = |letter: char| letter.is_ascii_graphic() && !"\"\\<>()[]:;,@".contains(letter);
    let Ok(Host::Domain(domain)) = Host::parse(domain) else { return None };
    if !user.chars().all(is_plain) || domain.ends_with('.') {
        return None;
    }
    let address = Address::new(user, domain).ok()?.to_string();
    (address.len() <= ADDRESS_BYTES_MAX && address.is_ascii()).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_is_kept_as_mail_servers_know_it() {
        for (text, kept) in [
            ("climate@example.com", Some("climate@example.com")),
            ("Climate.Desk+llm@Example.COM", Some("Climate.Desk+llm@example.com")),
            ("klima@bücher.example", Some("klima@xn--bcher-kva.example")),
            ("a@b", Some("a@b")),
            ("", None),
            ("a", None),
            ("@example.com", None),
            ("a@", None),
            ("a b@example.com", None),
            ("ü@example.com", None),
            ("a@b@example.com", None),
            ("\"a b\"@example.com", None),
            ("a@127.0.0.1", None),
            ("a@[::1]", None),
            ("a@example..com", None),
            ("a@example.com.", None),
            ("A <a@example.com>", None),
            ("a@example.com\r\nBcc: b@example.com", None),
            ("a@example.com,b@example.com", None),
        ] {
            assert_eq!(address_in_ascii(text).as_deref(), kept, "{text:?}");
        }
    }

    proptest! {
        /// Whatever is kept is one address in one line, and is kept again as it is.
        #[test]
        fn what_is_kept_is_one_address(user in "[ -~\\r\\n\\té]{0,70}", domain in "[a-zA-Z0-9.üß@ \\r\\n-]{0,70}") {
            if let Some(kept) = address_in_ascii(&format!("{user}@{domain}")) {
                prop_assert!(kept.bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert_eq!(kept.matches('@').count(), 1);
                prop_assert_eq!(address_in_ascii(&kept), Some(kept));
            }
        }
    }
}
