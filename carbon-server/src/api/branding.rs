//! The look of the account's reports, and the supplier's identity in them.

use crate::{
    app::App,
    base::work_queue::blocking,
    http::{answer::Answer, faults::Faults, problem::Problem, request::Input},
    store::Branding,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use carbon_report::{
    Contact,
    brand::{Accent, Logo},
};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BrandingRequest {
    /// `#rrggbb`, dark enough to be read on white.
    accent: Option<String>,
    /// A PNG in base64; without it the logo is removed.
    logo_png: Option<String>,
    up_to_1000_employees: Option<bool>,
    /// Legal entity identifier.
    lei: Option<String>,
    /// A domain name of the supplier.
    domain: Option<String>,
    /// Whom readers of its reports may ask.
    contact: Option<ContactRequest>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContactRequest {
    /// A person or an office.
    name: Option<String>,
    /// An e-mail address, or a page on the web.
    address: String,
}

#[derive(Serialize)]
struct BrandingAnswer {
    accent: Option<String>,
    logo_sha256: Option<String>,
    up_to_1000_employees: bool,
    lei: Option<String>,
    domain: Option<String>,
    contact: Option<Contact>,
}

/// `GET /api/v1/branding`
pub(crate) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    Answer::ok(&answer(app.store.branding(caller.account).await?))
}

/// `PUT /api/v1/branding`: applies to reports issued from now on.
pub(crate) async fn set(app: &App, input: &Input) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let BrandingRequest { accent, logo_png, up_to_1000_employees, lei, domain, contact } = input.json()?;
    let mut faults = Faults::default();
    let accent = accent
        .and_then(|text| faults.usable("/accent", text.parse::<Accent>().map_err(|error| error.to_string())));
    let png = logo_png.and_then(|text| {
        let png = BASE64_STANDARD.decode(text.trim());
        faults.usable("/logo_png", png.map_err(|error| format!("is not base64: {error}")))
    });
    let lei = faults.lei("/lei", lei);
    let domain = faults.domain("/domain", domain);
    let contact =
        contact.and_then(|ContactRequest { name, address }| faults.contact("/contact", name, address));
    faults.none()?;
    let logo = match png {
        None => None,
        Some(png) => {
            // Decoding an image of a million pixels takes a moment.
            let (logo, png) = blocking(move || (Logo::from_png(&png), png)).await?;
            let logo = logo.map_err(|error| Problem::invalid("/logo_png", error.to_string()))?;
            Some((logo.sha256().to_owned(), png))
        }
    };
    let up_to_1000_employees = up_to_1000_employees.unwrap_or_default();
    let (logo_sha256, png) = logo.unzip();
    let accent = accent.map(|accent| accent.to_string());
    let branding = Branding { accent, logo_sha256, up_to_1000_employees, lei, domain, contact };
    app.store.set_branding(caller.account, branding.clone(), png).await?;
    Answer::ok(&answer(branding))
}

fn answer(branding: Branding) -> BrandingAnswer {
    let Branding { accent, logo_sha256, up_to_1000_employees, lei, domain, contact } = branding;
    BrandingAnswer { accent, logo_sha256, up_to_1000_employees, lei, domain, contact }
}
