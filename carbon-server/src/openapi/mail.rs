//! Contacts of tenants, and mail to them.

use crate::{
    config,
    openapi::{
        Named, languages,
        schema::{array, at_most, count, object, of, or_null, request, text, time, uuid, words},
    },
};

const DELIVERIES: [&str; 2] = ["link", "attachment"];
const STATES: [&str; 5] = ["waiting", "sent", "bounced", "failed", "withdrawn"];
const ADDRESS: &str =
    "An e-mail address; a domain name in other letters is kept as the domain name system has it.";
const LANGUAGE: &str = "Of mail, and of the report where it is made in it; null: that of the tenant.";
const DELIVERY: &str = "Whether the report is in the mail as a link or as an attachment.";

pub(super) fn mail() -> Named {
    let contact = request([
        ("address", text("climate@example.com"), ADDRESS),
        ("language?", languages(), LANGUAGE),
        ("delivery?", words(&DELIVERIES), "By default a link."),
    ]);
    vec![
        (
            "ContactsRequest",
            request([(
                "contacts",
                at_most(config::CONTACTS_MAX, contact),
                "All of them; none ends mail to all.",
            )]),
        ),
        ("Contacts", object([("contacts", array(of("Contact")), "The oldest first.")])),
        (
            "Contact",
            object([
                ("id", uuid(), "Its id."),
                ("address", text("climate@example.com"), ADDRESS),
                ("language", or_null(&languages()), LANGUAGE),
                ("delivery", words(&DELIVERIES), DELIVERY),
                ("created_at", time(), "When it was added."),
                (
                    "unsubscribed_at",
                    or_null(&time()),
                    "When somebody followed the link in a mail that ends it; null: it is sent reports.",
                ),
            ]),
        ),
        (
            "ReportMailed",
            object([
                ("added", count(), "Mails that will be sent."),
                ("already", count(), "Contacts who were sent the report before, or will be."),
                ("unsubscribed", count(), "Contacts who have unsubscribed."),
            ]),
        ),
        ("Mails", object([("mails", array(of("Mail")), "The newest first.")])),
        (
            "Mail",
            object([
                ("id", uuid(), "Its id; the Message-ID begins with it."),
                ("kind", words(&["report"]), "What it is."),
                (
                    "address",
                    or_null(&text("climate@example.com")),
                    "The recipient; null where the contact was removed or its tenant erased.",
                ),
                ("tenant_id", or_null(&text("client-xyz")), "The client; null where it was erased."),
                ("report_id", uuid(), "The report that it is about."),
                (
                    "state",
                    words(&STATES),
                    "`sent`: a mail server has taken it. `bounced`: one has refused it for good. `failed`: given up after retries. `withdrawn`: the contact unsubscribed or was removed before.",
                ),
                ("created_at", time(), "When it was to be sent."),
                ("attempts", count(), "Attempts so far."),
                ("next_attempt_at", or_null(&time()), "When the next one is; null where none is left."),
                ("sent_at", or_null(&time()), "When a mail server took it."),
                (
                    "last_error",
                    or_null(&text("transient error (451): try later")),
                    "Why the last attempt failed.",
                ),
            ]),
        ),
    ]
}
