//! Accounts, keys, tenants, links, invoices and webhooks.

use crate::{
    config,
    openapi::{
        LANGUAGES, Named,
        schema::{
            array, count, decimal, integer, lei, month, object, of, or_null, request, said, short_text, text,
            time, uuid, whole, words,
        },
    },
};
use serde_json::json;

pub(super) fn accounts() -> Named {
    let password = json!({"type": "string", "minLength": config::PASSWORD_CHARS_MIN, "maxLength": config::PASSWORD_BYTES_MAX,
                          "format": "password", "examples": ["correct horse battery"]});
    let kind = || words(&["live", "test", "read"]);
    let label = short_text(config::LABEL_BYTES_MAX, "production");
    vec![
        (
            "AccountRequest",
            request([
                (
                    "email",
                    json!({"type": "string", "maxLength": 254, "pattern": "^[^@\\s\\u0000-\\u001f\\u007f-\\u009f]+@[^@\\s.\\u0000-\\u001f\\u007f-\\u009f][^@\\s\\u0000-\\u001f\\u007f-\\u009f]*$", "examples": ["you@example.com"]}),
                ),
                ("password", password),
                (
                    "organisation",
                    said(
                        short_text(config::ORGANISATION_BYTES_MAX, "Example Software"),
                        "Shown as the supplier on reports.",
                    ),
                ),
            ]),
        ),
        (
            "Account",
            object([
                ("account_id", uuid()),
                ("organisation", text("Example Software")),
                (
                    "api_keys",
                    said(object([("live", text("isv_live_…")), ("test", text("isv_test_…"))]), "Shown once."),
                ),
            ]),
        ),
        (
            "LogInRequest",
            request([
                ("email", short_text(254, "you@example.com")),
                (
                    "password",
                    json!({"type": "string", "maxLength": config::PASSWORD_BYTES_MAX, "format": "password",
                           "examples": ["correct horse battery"]}),
                ),
            ]),
        ),
        (
            "Session",
            object([
                ("account_id", uuid()),
                ("email", text("you@example.com")),
                ("organisation", text("Example Software")),
            ]),
        ),
        ("KeyRequest", request([("kind", kind()), ("label?", label.clone())])),
        (
            "Key",
            object([
                ("key_id", uuid()),
                ("kind", kind()),
                ("label", text("production")),
                ("api_key", said(text("isv_live_…"), "The whole key, shown once.")),
                ("created_at", time()),
            ]),
        ),
        (
            "Keys",
            object([(
                "keys",
                array(object([
                    ("key_id", uuid()),
                    ("kind", kind()),
                    ("label", text("production")),
                    ("prefix", said(text("isv_live_Ab3d"), "Its first characters.")),
                    ("created_at", time()),
                    (
                        "last_used_at",
                        said(or_null(&time()), "Updated from time to time, not with each request."),
                    ),
                    ("revoked_at", or_null(&time())),
                ])),
            )]),
        ),
    ]
}

pub(super) fn tenants() -> Named {
    let name = || short_text(config::NAME_BYTES_MAX, "Client XYZ");
    let budget = || integer(1, config::CARBON_BUDGET_GRAMS_MAX, 5_000);
    let tenant_id = || short_text(config::ID_BYTES_MAX, "client-xyz");
    vec![
        (
            "TenantRequest",
            request([
                ("name?", name()),
                (
                    "legal_name?",
                    said(short_text(config::NAME_BYTES_MAX, "Client XYZ S.A.S."), "Shown on reports."),
                ),
                ("language?", said(words(&LANGUAGES), "Default language of its reports.")),
                (
                    "region?",
                    said(short_text(config::PLACE_BYTES_MAX, "FRA"), "Default region of future events."),
                ),
                (
                    "carbon_budget_grams?",
                    said(budget(), "Per month; the account's webhook is called at 80 % and 100 %."),
                ),
                ("lei?", lei()),
            ]),
        ),
        (
            "Tenant",
            object([
                ("tenant_id", tenant_id()),
                ("name", or_null(&name())),
                ("legal_name", or_null(&name())),
                ("language", or_null(&words(&LANGUAGES))),
                ("region", or_null(&text("FRA"))),
                ("carbon_budget_grams", or_null(&budget())),
                ("lei", or_null(&lei())),
                ("created_at", time()),
            ]),
        ),
        (
            "Tenants",
            object([
                ("tenants", array(of("Tenant"))),
                ("next", said(or_null(&text("client-xyz")), "`cursor` of the next page.")),
            ]),
        ),
        (
            "DashboardLinkRequest",
            request([("expires_in_days", integer(1, config::LINK_DAYS_MAX.unsigned_abs(), 30))]),
        ),
        (
            "DashboardLink",
            object([
                ("id", uuid()),
                (
                    "url",
                    said(
                        json!({"type": "string", "format": "uri"}),
                        "Opens this client's dashboard only. Shown once.",
                    ),
                ),
                ("expires_at", time()),
            ]),
        ),
        (
            "DashboardLinks",
            object([(
                "links",
                array(object([
                    ("id", uuid()),
                    ("created_at", time()),
                    ("expires_at", time()),
                    ("revoked_at", or_null(&time())),
                ])),
            )]),
        ),
    ]
}

pub(super) fn billing() -> Named {
    vec![
        (
            "Bill",
            object([
                ("month", month()),
                ("status", words(&["running", "complete"])),
                ("currency", text("EUR")),
                (
                    "lines",
                    array(object([
                        ("item", words(&["events", "reversed_events", "report", "dashboard"])),
                        ("tenant_id", or_null(&text("client-xyz"))),
                        ("month", said(or_null(&month()), "The month of the report.")),
                        ("report_id", or_null(&uuid())),
                        ("link_id", or_null(&uuid())),
                        (
                            "at",
                            said(
                                or_null(&time()),
                                "When the report was first issued, or the dashboard first opened.",
                            ),
                        ),
                        ("quantity", said(whole(), "Units charged; negative if credited.")),
                        ("free_quantity", said(whole(), "Units that are free.")),
                        ("unit_price", decimal()),
                        ("amount", decimal()),
                        (
                            "events",
                            said(
                                or_null(&object([("first", count()), ("last", count())])),
                                "Numbers of the first and the last event behind the line.",
                            ),
                        ),
                    ])),
                ),
                ("total", said(decimal(), "Every digit; nothing is rounded.")),
                ("free_events", object([("total", count()), ("used", count()), ("left", count())])),
            ]),
        ),
        (
            "WebhookRequest",
            request([(
                "url",
                json!({"type": "string", "format": "uri", "minLength": 1, "maxLength": config::URL_BYTES_MAX, "examples": ["https://example.com/hook"]}),
            )]),
        ),
        (
            "Webhook",
            object([
                ("url", text("https://example.com/hook")),
                ("created_at", time()),
                (
                    "secret?",
                    said(
                        text("whsec_…"),
                        "Signs the alerts (Standard Webhooks). Shown once, when it is created.",
                    ),
                ),
            ]),
        ),
        (
            "AlertMessage",
            object([
                ("type", words(&["usage.free_events", "usage.carbon_budget"])),
                ("timestamp", time()),
                (
                    "data",
                    object([
                        ("account_id", uuid()),
                        ("month", month()),
                        ("percent", json!({"type": "integer", "enum": [80, 100]})),
                        ("events?", count()),
                        ("free_events?", count()),
                        ("tenant_id?", text("client-xyz")),
                        ("co2_grams?", decimal()),
                        ("carbon_budget_grams?", count()),
                    ]),
                ),
            ]),
        ),
    ]
}
