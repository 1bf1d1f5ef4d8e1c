//! How the reports of an account look, and what it says of itself on them.

use crate::openapi::{
    LEI, Named,
    schema::{flag, lei, object, or_null, request, sha256, text},
};
use serde_json::json;

pub(super) fn branding() -> Named {
    const ACCENT: &str = "Colour of reports, as `#rrggbb`, with a contrast of at least 4.5:1 on white.";
    const VALUE_CHAIN_CAP: &str =
        "Whether the supplier has at most 1,000 employees; adds the sentence on the value-chain cap.";
    const DOMAIN: &str = "A domain name of the supplier, the prefix of its product ids.";
    const CONTACT: &str = "Whom readers of the reports may ask; printed on the first page.";
    let contact = object([
        ("name?", or_null(&text("Climate desk")), "A person or an office."),
        (
            "address",
            text("climate@example.com"),
            "An e-mail address, or a page on the web that begins with `https://`.",
        ),
    ]);
    let accent = json!({"type": "string", "pattern": "^#[0-9a-fA-F]{6}$", "examples": ["#1f6f54"]});
    let logo = json!({"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"});
    let on_logo = format!(
        "Logo of the supplier, a PNG in base64 of at most {} bytes and {} pixels.",
        carbon_report::brand::LOGO_BYTES_MAX,
        carbon_report::brand::LOGO_PIXELS_MAX
    );
    vec![
        (
            "BrandingRequest",
            request([
                ("accent?", accent, ACCENT),
                ("logo_png?", logo, &on_logo),
                ("up_to_1000_employees?", flag(), VALUE_CHAIN_CAP),
                ("lei?", lei(), LEI),
                ("domain?", text("example.com"), DOMAIN),
                ("contact?", contact.clone(), CONTACT),
            ]),
        ),
        (
            "Branding",
            object([
                ("accent", or_null(&text("#1f6f54")), ACCENT),
                ("logo_sha256", or_null(&sha256()), "SHA-256 of the logo."),
                ("up_to_1000_employees", flag(), VALUE_CHAIN_CAP),
                ("lei", or_null(&lei()), LEI),
                ("domain", or_null(&text("example.com")), DOMAIN),
                ("contact", or_null(&contact), CONTACT),
            ]),
        ),
    ]
}
