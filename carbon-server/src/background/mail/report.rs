//! A report by mail: its figure in words, and the report itself as a link or as a file.

use crate::{
    background::{mail::words::MailWords, stated::Stated},
    base::exact::ExactRange,
    ingest::text::breaks_or_turns,
    store::{AttemptFailure, MailToSend},
};
use askama::Template;
use carbon_core::{Grams, Range};
use carbon_report::{
    Contact, Heading, Language,
    words::{Wording, filled},
};
use lettre::{
    Address, Message,
    message::{
        Attachment, Mailbox, MultiPart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};

/// Colour of the button where the supplier has none.
const ACCENT: &str = "#0f6c5c";

/// A mail to a contact of a client.
pub(super) struct ReportMail {
    /// The same at every attempt.
    pub(super) id: String,
    /// The operator's address.
    pub(super) from: Mailbox,
    pub(super) mail: MailToSend,
    pub(super) links: Links,
    pub(super) stated: Stated,
    pub(super) pdf: Vec<u8>,
}

/// Addresses in a mail.
pub(super) struct Links {
    /// Of the PDF, where it is not attached.
    pub(super) report: Option<String>,
    pub(super) dashboard: Option<String>,
    pub(super) verify: String,
    pub(super) unsubscribe: String,
}

/// What both parts of the mail say.
struct Said {
    words: &'static MailWords,
    language: &'static str,
    accent: String,
    title: String,
    intro: String,
    emissions: String,
    range: Option<String>,
    /// Each with its label.
    facts: [(&'static str, String); 3],
    why: String,
    links: Links,
}

#[derive(Template)]
#[template(path = "mail/report.txt")]
struct PlainText<'a> {
    said: &'a Said,
}

#[derive(Template)]
#[template(path = "mail/report.html")]
struct Html<'a> {
    said: &'a Said,
}

impl ReportMail {
    /// The message; an error where the contact's address is none that mail can be sent to.
    pub(super) fn message(self) -> Result<Message, AttemptFailure> {
        let ReportMail { id, from, mail, links, stated, pdf } = self;
        let to: Address = mail.address.parse().map_err(unsendable)?;
        let is_attached = links.report.is_none();
        let language = mail.language.as_deref().and_then(Language::from_code).unwrap_or_default();
        let Heading { supplier, report_id, month, through, .. } = &stated.heading;
        let of = through.map_or_else(|| month.to_string(), |through| format!("{month}-{through}"));
        let file_name = format!("carbon-report-{of}-{}.pdf", report_id.get(..8).unwrap_or_default());
        let said = said(language, links, &stated);
        let text = PlainText { said: &said }.render().map_err(unsendable)?;
        let html = Html { said: &said }.render().map_err(unsendable)?;
        let both = MultiPart::alternative_plain_html(text, html);
        let whole = if is_attached {
            let file = Attachment::new(file_name)
                .body(pdf, ContentType::parse("application/pdf").map_err(unsendable)?);
            MultiPart::mixed().multipart(both).singlepart(file)
        } else {
            both
        };
        let message_id = format!("<{id}@{}>", from.email.domain());
        let mut builder = Message::builder()
            .from(sender(&from, &supplier.name))
            .to(Mailbox::new(None, to))
            .subject(&said.title)
            .date_now()
            .message_id(Some(message_id))
            .raw_header(header("Auto-Submitted", "auto-generated".to_owned()))
            .raw_header(header("List-Unsubscribe", format!("<{}>", said.links.unsubscribe)))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        if let Some(reply_to) = supplier.contact.as_ref().and_then(mailbox) {
            builder = builder.reply_to(reply_to);
        }
        builder.multipart(whole).map_err(unsendable)
    }
}

fn said(language: Language, links: Links, stated: &Stated) -> Said {
    let (words, wording) = (MailWords::of(language), Wording::of(language));
    let Heading { supplier, client, month, through, status, revision, .. } = &stated.heading;
    let (supplier_name, client_name) = (plain(&supplier.name), plain(&client.name));
    let period = language.period(*month, *through);
    let insert = |text: &str| {
        filled(text, &[("period", &period), ("client", &client_name), ("supplier", &supplier_name)])
    };
    let masses = stated.total.co2_grams.and_then(range).map(|range| wording.masses(range));
    let (emissions, range) = match masses {
        Some([low, central, high]) => {
            let range = filled(words.range, &[("low", &low), ("high", &high)]);
            (format!("{central} CO₂e"), Some(range))
        }
        None => (words.not_quantified.to_owned(), None),
    };
    Said {
        words,
        language: language.as_str(),
        accent: supplier.accent.clone().unwrap_or_else(|| ACCENT.to_owned()),
        title: insert(words.title),
        intro: insert(words.intro),
        emissions,
        range,
        facts: [
            (words.period, period.clone()),
            (words.status, format!("{}, {} {revision}", wording.status(*status), words.revision)),
            (words.supplier, supplier_name.clone()),
        ],
        why: insert(words.why),
        links,
    }
}

fn range(ExactRange { low, central, high }: ExactRange) -> Option<Range<Grams>> {
    let [low, central, high] = [low, central, high].map(|exact| Grams::new(exact.as_decimal()));
    Range::new(low, central, high)
}

/// The operator's address under the name of the supplier, which says through whom it writes.
fn sender(from: &Mailbox, supplier: &str) -> Mailbox {
    let supplier = plain(supplier);
    let name = match &from.name {
        Some(operator) => format!("{supplier} ({})", plain(operator)),
        None => supplier,
    };
    Mailbox::new(Some(name), from.email.clone())
}

/// Where answers go: to whom the supplier names, where that is an e-mail address.
fn mailbox(contact: &Contact) -> Option<Mailbox> {
    let address = contact.address.parse().ok().filter(|address: &Address| address.to_string().is_ascii())?;
    Some(Mailbox::new(contact.name.as_deref().map(plain), address))
}

/// In one line, without what turns the direction of writing.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || breaks_or_turns(c) { ' ' } else { c }).collect()
}

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

fn unsendable(error: impl std::fmt::Display) -> AttemptFailure {
    AttemptFailure { error: error.to_string(), is_final: true, reply_code: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{background::stated::Total, store::Delivery};
    use carbon_report::{Client, Coverage, Date, Supplier};
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    /// A mail of a supplier to somebody at its client.
    fn mail(
        supplier: &str,
        client: &str,
        contact: Option<&str>,
        language: Language,
        is_attached: bool,
    ) -> ReportMail {
        let supplier = Supplier {
            name: supplier.to_owned(),
            contact: contact
                .map(|name| Contact { name: Some(name.to_owned()), address: "desk@example.com".to_owned() }),
            ..Supplier::default()
        };
        let client = Client::new("client-xyz", client);
        let heading = Heading::new(client, supplier, "2026-10".parse().unwrap(), Date::constant(2026, 11, 2));
        let [low, central, high] = [1, 2, 4].map(|grams| Decimal::from(grams * 1_000).into());
        ReportMail {
            id: "mail-1".to_owned(),
            from: "Example Reports <reports@example.com>".parse().unwrap(),
            mail: MailToSend {
                contact_key: 1,
                address: "climate@example.com".to_owned(),
                language: Some(language.as_str().to_owned()),
                delivery: Delivery::Link,
                report_id: "report".to_owned(),
                report_key: 1,
                tenant_id: "client-xyz".to_owned(),
            },
            links: Links {
                report: (!is_attached).then(|| "https://carbon.example.com/mail/t/report.pdf".to_owned()),
                dashboard: Some("https://carbon.example.com/d/t".to_owned()),
                verify: "https://carbon.example.com/verify".to_owned(),
                unsubscribe: "https://carbon.example.com/mail/t/unsubscribe".to_owned(),
            },
            stated: Stated {
                heading,
                total: Total { co2_grams: Some(ExactRange { low, central, high }) },
                coverage: Coverage::default(),
            },
            pdf: b"%PDF-1.7".to_vec(),
        }
    }

    /// The names of the headers in a mail, as any reader of mail finds them.
    fn headers(message: &Message) -> Vec<String> {
        let formatted = message.formatted();
        let text = String::from_utf8(formatted).expect("mail is ASCII");
        let (head, _) = text.split_once("\r\n\r\n").expect("a head and a body");
        let lines = head.split("\r\n");
        assert!(!head.replace("\r\n", "").contains(['\r', '\n']), "{head}");
        let begin = lines.filter(|line| !line.starts_with([' ', '\t']));
        let mut names: Vec<String> =
            begin.map(|line| line.split_once(':').expect("a name").0.to_ascii_lowercase()).collect();
        names.sort();
        names
    }

    const HEADERS: [&str; 11] = [
        "auto-submitted",
        "content-type",
        "date",
        "from",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "message-id",
        "mime-version",
        "reply-to",
        "subject",
        "to",
    ];

    proptest! {
        /// Whatever somebody is called: no header is added, none is cut off, and the envelope has one recipient.
        #[test]
        fn no_name_adds_a_header_or_a_recipient(
            supplier in "(?s).{0,200}",
            client in "[\\r\\n\\t a-zA-Z:<>@,;\"\\\\é漢🌍]{0,200}",
            contact in "[\\r\\n\\t a-zA-Z:<>@,;\"\\\\ü]{1,100}",
            language in prop::sample::select(Language::ALL.to_vec()),
            is_attached: bool,
        ) {
            let injected = format!("{supplier}\r\nBcc: other@example.com\r\n\r\n{supplier}");
            for supplier in [supplier.as_str(), injected.as_str()] {
                let mail = mail(supplier, &client, Some(&contact), language, is_attached);
                let message = mail.message().expect("any name can be written");
                prop_assert_eq!(headers(&message), HEADERS);
                let to = message.envelope().to();
                prop_assert!(to.len() == 1 && to[0].to_string() == "climate@example.com");
                let from = message.envelope().from().map(ToString::to_string);
                prop_assert_eq!(from.as_deref(), Some("reports@example.com"));
            }
        }
    }

    #[test]
    fn a_mail_says_the_same_as_text_and_as_html() {
        for language in Language::ALL {
            for is_attached in [false, true] {
                let ReportMail { links, stated, .. } =
                    mail("Example & Söhne", "Client <XYZ>", None, language, is_attached);
                let said = said(language, links, &stated);
                let text = PlainText { said: &said }.render().unwrap();
                let html = Html { said: &said }.render().unwrap();
                for part in [&text, &html] {
                    assert!(part.contains(&said.emissions) && part.contains("CO₂e"), "{part}");
                    assert!(part.contains(said.links.unsubscribe.as_str()), "{part}");
                    assert_eq!(part.contains(said.words.attached), is_attached, "{part}");
                    assert!(!part.contains('{'), "{part}");
                }
                assert!(text.contains("Client <XYZ>") && html.contains("Client &#60;XYZ&#62;"), "{html}");
                assert!(!text.contains("\n\n\n"), "{text}");
            }
        }
    }
}
