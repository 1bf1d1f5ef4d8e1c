//! Accounts, keys, tenants, links, invoices and webhooks.

use crate::{
    config,
    openapi::{
        LEI, Named,
        schema::{
            array, at_most, count, decimal, flag, integer, lei, month, object, of, or_null, request,
            short_text, text, time, uuid, whole, words,
        },
    },
};
use serde_json::{Value, json};

const KEY_ID: &str = "Its id, not the key.";
const KIND: &str = "`live` writes and reads live events, `test` test events; `read` only reads live events.";
const TENANT: &str = "Your id of the client.";

fn email() -> Value {
    json!({"type": "string", "maxLength": 254, "pattern": "^[^@\\s\\u0000-\\u001f\\u007f-\\u009f]+@[^@\\s.\\u0000-\\u001f\\u007f-\\u009f][^@\\s\\u0000-\\u001f\\u007f-\\u009f]*$", "examples": ["you@example.com"]})
}

pub(super) fn accounts() -> Named {
    let password = || {
        json!({"type": "string", "minLength": config::PASSWORD_CHARS_MIN, "maxLength": config::PASSWORD_BYTES_MAX,
               "format": "password", "examples": ["correct horse battery"]})
    };
    let any_password = || {
        json!({"type": "string", "maxLength": config::PASSWORD_BYTES_MAX, "format": "password",
               "examples": ["correct horse battery"]})
    };
    let organisation = short_text(config::ORGANISATION_BYTES_MAX, "Example Software");
    vec![
        (
            "AccountRequest",
            request([
                ("email", email(), "Address to log in with; one account per address."),
                ("password", password(), "To log in with: at least 8 characters, at most 256 bytes."),
                ("organisation", organisation, "Shown as the supplier on reports."),
            ]),
        ),
        (
            "Account",
            object([
                ("account_id", uuid(), "Id of the account."),
                ("organisation", text("Example Software"), "Shown as the supplier on reports."),
                (
                    "api_keys",
                    object([
                        ("live", text("isv_live_…"), "Writes and reads live events."),
                        ("test", text("isv_test_…"), "Writes and reads test events."),
                    ]),
                    "The first two keys, shown once.",
                ),
            ]),
        ),
        (
            "LogInRequest",
            request([
                ("email", short_text(254, "you@example.com"), "Address that signed up."),
                ("password", any_password(), "Its password."),
            ]),
        ),
        (
            "PasswordRequest",
            request([
                ("current_password", any_password(), "The password that the account has."),
                ("new_password", password(), "The next: at least 8 characters, at most 256 bytes."),
            ]),
        ),
        (
            "Session",
            object([
                ("account_id", uuid(), "Id of the account."),
                ("email", text("you@example.com"), "Who is logged in."),
                ("organisation", text("Example Software"), "Shown as the supplier on reports."),
            ]),
        ),
        (
            "SessionEntry",
            object([
                ("session_id", uuid(), "Its id, which opens nothing."),
                ("is_current", flag(), "Whether it is the one that asks."),
                ("begun_from", text("198.51.100.7"), "Network address of the log-in."),
                ("created_at", time(), "When it began."),
                (
                    "last_used_at",
                    or_null(&time()),
                    "When it was last used; updated from time to time, not with each request.",
                ),
                ("expires_at", time(), "When it ends by itself."),
            ]),
        ),
        ("Sessions", object([("sessions", array(of("SessionEntry")), "Those that work, the newest first.")])),
    ]
}

pub(super) fn keys() -> Named {
    let kind = || words(&["live", "test", "read"]);
    let label = || short_text(config::LABEL_BYTES_MAX, "production");
    vec![
        ("KeyRequest", request([("kind", kind(), KIND), ("label?", label(), "What you call the key.")])),
        (
            "Key",
            object([
                ("key_id", uuid(), KEY_ID),
                ("kind", kind(), KIND),
                ("label", text("production"), "What you call the key."),
                ("api_key", text("isv_live_…"), "The whole key, shown once."),
                ("created_at", time(), "When it was created."),
            ]),
        ),
        (
            "KeyEntry",
            object([
                ("key_id", uuid(), KEY_ID),
                ("kind", kind(), KIND),
                ("label", text("production"), "What you call the key."),
                ("prefix", text("isv_live_Ab3d"), "Its first characters."),
                ("created_at", time(), "When it was created."),
                (
                    "last_used_at",
                    or_null(&time()),
                    "When it was last used; updated from time to time, not with each request.",
                ),
                ("revoked_at", or_null(&time()), "When it was revoked; null while it works."),
            ]),
        ),
        ("Keys", object([("keys", array(of("KeyEntry")), "Every key that the account has ever had.")])),
    ]
}

pub(super) fn tenants() -> Named {
    let name = || short_text(config::NAME_BYTES_MAX, "Client XYZ");
    let legal_name = || short_text(config::NAME_BYTES_MAX, "Client XYZ S.A.S.");
    let budget = || integer(1, config::CARBON_BUDGET_GRAMS_MAX, 5_000);
    let region = short_text(config::PLACE_BYTES_MAX, "FRA");
    const BUDGET: &str = "Grams of CO2e per month; the account's webhook is called at 80 % and 100 %.";
    const LANGUAGE: &str = "Default language of its reports.";
    const STANDARD: &str = "The edition of the ESRS that it has chosen for the financial year 2026; null: no choice is on record.";
    const NAME: &str = "What you call the client.";
    const LEGAL_NAME: &str = "Shown on reports instead of the name.";
    const REGION: &str = "Default region of its future events: ISO 3166 country, `WOR`, or cloud region.";
    vec![
        (
            "TenantRequest",
            request([
                ("name?", name(), NAME),
                ("legal_name?", legal_name(), LEGAL_NAME),
                ("language?", of("Language"), LANGUAGE),
                ("region?", region, REGION),
                ("carbon_budget_grams?", budget(), BUDGET),
                ("lei?", lei(), LEI),
                ("standard?", of("Standard"), STANDARD),
            ]),
        ),
        (
            "Tenant",
            object([
                ("tenant_id", short_text(config::ID_BYTES_MAX, "client-xyz"), TENANT),
                ("name", or_null(&name()), NAME),
                ("legal_name", or_null(&legal_name()), LEGAL_NAME),
                ("language", or_null(&of("Language")), LANGUAGE),
                ("region", or_null(&text("FRA")), REGION),
                ("carbon_budget_grams", or_null(&budget()), BUDGET),
                ("lei", or_null(&lei()), LEI),
                ("standard", or_null(&of("Standard")), STANDARD),
                (
                    "targets",
                    at_most(config::TARGETS_MAX, of("Target")),
                    "What its emissions are to stay below, by name.",
                ),
                ("created_at", time(), "When it was first named, by an event or by its settings."),
            ]),
        ),
        (
            "Tenants",
            object([
                ("tenants", at_most(config::TENANTS_MAX, of("Tenant")), "This page, by id."),
                (
                    "next",
                    or_null(&text("client-xyz")),
                    "The `cursor` of the next page; null on the last page.",
                ),
            ]),
        ),
    ]
}

pub(super) fn dashboard_links() -> Named {
    const ID: &str = "Id of the link.";
    const EXPIRES: &str = "When it stops working.";
    let url = json!({"type": "string", "format": "uri"});
    let days = integer(1, config::LINK_DAYS_MAX.unsigned_abs(), 30);
    vec![
        ("DashboardLinkRequest", request([("expires_in_days", days, "Days until the link stops working.")])),
        (
            "DashboardLink",
            object([
                ("id", uuid(), ID),
                ("url", url, "Opens this client's dashboard only. Shown once."),
                ("expires_at", time(), EXPIRES),
            ]),
        ),
        (
            "DashboardLinkEntry",
            object([
                ("id", uuid(), ID),
                ("created_at", time(), "When it was created."),
                ("expires_at", time(), EXPIRES),
                ("revoked_at", or_null(&time()), "When it was revoked; null if it was not."),
            ]),
        ),
        (
            "DashboardLinks",
            object([(
                "links",
                array(of("DashboardLinkEntry")),
                "Every link to this client's dashboard, revoked and expired ones included.",
            )]),
        ),
    ]
}

pub(super) fn billing() -> Named {
    let numbers = object([
        ("first", count(), "Number of the first event."),
        ("last", count(), "Number of the last event."),
    ]);
    vec![
        (
            "BillLine",
            object([
                ("item", words(&["events", "reversed_events", "report", "dashboard"]), "What is charged."),
                ("tenant_id", or_null(&text("client-xyz")), "The client of a report or dashboard."),
                ("month", or_null(&month()), "The month of the report."),
                ("report_id", or_null(&uuid()), "The report."),
                ("link_id", or_null(&uuid()), "The link that opened the dashboard."),
                ("at", or_null(&time()), "When the report was first issued, or the dashboard first opened."),
                ("quantity", whole(), "Units charged; negative if credited."),
                ("free_quantity", whole(), "Units that are free."),
                ("unit_price", decimal(), "Price of a unit, in `currency`."),
                ("amount", decimal(), "Quantity times price, in `currency`."),
                ("events", or_null(&numbers), "Numbers of the first and the last event behind the line."),
            ]),
        ),
        (
            "Bill",
            object([
                ("month", month(), "The month that is charged."),
                ("status", words(&["running", "complete"]), "`running` until the month has ended."),
                ("currency", text("EUR"), "ISO 4217 code of every price and amount."),
                ("lines", array(of("BillLine")), "What the total is made of."),
                ("total", decimal(), "In `currency`, with every digit; nothing is rounded."),
                (
                    "free_events",
                    object([
                        ("total", count(), "Free events of a month."),
                        ("used", count(), "Free events that were used."),
                        ("left", count(), "Free events that are left."),
                    ]),
                    "Events of the month that are not charged.",
                ),
            ]),
        ),
    ]
}

pub(super) fn webhooks() -> Named {
    let url = json!({"type": "string", "format": "uri", "minLength": 1, "maxLength": config::URL_BYTES_MAX, "examples": ["https://example.com/hook"]});
    vec![
        ("WebhookRequest", request([("url", url, "Where alerts are sent: a public https address.")])),
        (
            "Webhook",
            object([
                ("url", text("https://example.com/hook"), "Where alerts are sent."),
                ("created_at", time(), "When it was set."),
                (
                    "secret?",
                    text("whsec_…"),
                    "Signs the alerts (Standard Webhooks). Shown once, when it is created.",
                ),
            ]),
        ),
        (
            "AlertMessage",
            object([
                (
                    "type",
                    words(&["usage.free_events", "usage.carbon_budget"]),
                    "Whether free events or a client's carbon budget are being used up.",
                ),
                ("timestamp", time(), "When the threshold was passed."),
                ("data", of("Alert"), "The threshold and what passed it."),
            ]),
        ),
        (
            "Alert",
            object([
                ("account_id", uuid(), "Id of the account."),
                ("month", month(), "The month that the figures are of."),
                ("percent", json!({"type": "integer", "enum": [80, 100]}), "The threshold, in percent."),
                ("events?", count(), "Live events of the month."),
                ("free_events?", count(), "Free events of a month."),
                ("tenant_id?", text("client-xyz"), TENANT),
                ("co2_grams?", decimal(), "Grams of CO2e of the client in the month."),
                ("carbon_budget_grams?", count(), "The client's budget, in grams of CO2e per month."),
            ]),
        ),
    ]
}
