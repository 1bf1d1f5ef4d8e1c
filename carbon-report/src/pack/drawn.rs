//! The report drawn again. Drawing is deterministic, so a file either is what its statement draws, byte for byte, or shows
//! something else: nothing in it has to be understood to know.

use super::{AtHand, LOGO, NotVerified, REPORT};
use crate::{
    brand::Brand,
    form::Form,
    heading::Heading,
    layout::{render_pdf, render_period_pdf, render_signable, render_signable_period},
    pdf::{FONTS_FILE, Fonts, NamedFont, PdfError, ReadPdf, Signable, SignedBy, first_difference},
    statement::{PeriodStatement, Statement},
};

/// What a report can be drawn from.
pub(super) trait Drawable {
    fn heading(&self) -> &Heading;
    fn form(&self, form: Form) -> Option<String>;
    fn plain(&self, brand: &Brand) -> Result<Vec<u8>, PdfError>;
    fn signable(&self, brand: &Brand) -> Result<Signable, PdfError>;
}

impl Drawable for Statement {
    fn heading(&self) -> &Heading {
        &self.heading
    }

    fn form(&self, form: Form) -> Option<String> {
        Statement::form(self, form)
    }

    fn plain(&self, brand: &Brand) -> Result<Vec<u8>, PdfError> {
        render_pdf(self, brand)
    }

    fn signable(&self, brand: &Brand) -> Result<Signable, PdfError> {
        render_signable(self, brand)
    }
}

impl Drawable for PeriodStatement {
    fn heading(&self) -> &Heading {
        &self.heading
    }

    fn form(&self, form: Form) -> Option<String> {
        PeriodStatement::form(self, form)
    }

    fn plain(&self, brand: &Brand) -> Result<Vec<u8>, PdfError> {
        render_period_pdf(self, brand)
    }

    fn signable(&self, brand: &Brand) -> Result<Signable, PdfError> {
        render_signable_period(self, brand)
    }
}

/// The file is the statement's report; answers who signed it, where it is signed.
pub(super) fn check(
    statement: &impl Drawable,
    logo: Option<&[u8]>,
    file: &[u8],
    with: &AtHand<'_>,
) -> Result<Option<SignedBy>, NotVerified> {
    let failed = |error: PdfError| NotVerified::at(REPORT, error.to_string());
    let brand = statement.heading().supplier.brand(logo);
    let brand = brand.map_err(|error| NotVerified::at(LOGO, error.to_string()))?;
    let brand = Brand { fonts: fonts(file, &with.fonts)?, ..brand };
    let signable = file.windows(BYTE_RANGE.len()).any(|window| window == BYTE_RANGE);
    let signable = signable.then(|| statement.signable(&brand)).transpose().map_err(failed)?;
    if let Some(signer) = signable.as_ref().and_then(|signable| signable.signed_by(file)) {
        let signature = format!("{REPORT}, its signature");
        return signer.map(Some).map_err(|detail| NotVerified::at(signature, detail));
    }
    let plain = statement.plain(&brand).map_err(failed)?;
    if file == plain {
        return Ok(None);
    }
    let drawn = signable.map_or(plain, |signable| signable.with_signature_of(file));
    Err(difference(statement, &drawn, file))
}

/// The fonts that a file names. Pages in others cannot be drawn again, and a page that was not compared is none that holds.
fn fonts(file: &[u8], at_hand: &Fonts) -> Result<Fonts, NotVerified> {
    let Some(list) = ReadPdf::of(file).and_then(|report| report.attached(FONTS_FILE)) else {
        return Ok(Fonts::default());
    };
    let place = || format!("{REPORT}, attachment {FONTS_FILE}");
    let named: Vec<NamedFont> =
        serde_json::from_slice(&list).map_err(|error| NotVerified::at(place(), error.to_string()))?;
    at_hand.only(&named).map_err(|missing| {
        let missing = missing.iter().map(|font| format!("{} (SHA-256 {})", font.file, font.sha256));
        let missing = missing.collect::<Vec<_>>().join(", ");
        NotVerified::at(
            REPORT,
            format!(
                "was checked except for its pages: names on them are set in fonts that are not at hand, so they could not be \
                 drawn again; `verify --fonts DIR` does it with {missing}"
            ),
        )
    })
}

/// What a signed file has.
const BYTE_RANGE: &[u8] = b"/ByteRange";

/// What is wrong with a file that is not the one that was drawn.
fn difference(statement: &impl Drawable, drawn: &[u8], file: &[u8]) -> NotVerified {
    let from = drawn.iter().zip(file).position(|(drawn, found)| drawn != found);
    let Some(from) = from else {
        let detail = match file.len().checked_sub(drawn.len()) {
            Some(more) => {
                format!("goes on for {more} bytes behind the end of the report, from byte {}", drawn.len())
            }
            None => format!("ends at byte {}; the report has {}", file.len(), drawn.len()),
        };
        return NotVerified::at(REPORT, detail);
    };
    let read = ReadPdf::of(file);
    for form in Form::ALL {
        let attached = read.as_ref().and_then(|report| report.attached(form.name()));
        if attached != statement.form(form).map(String::into_bytes) {
            let detail = format!("is not the statement's; the file differs from byte {from}");
            return NotVerified::at(format!("{REPORT}, attachment {}", form.name()), detail);
        }
    }
    match first_difference(drawn, file) {
        Some(place) => NotVerified::at(
            format!("{REPORT}, {place}"),
            format!("does not show what the statement says; the file differs from byte {from}"),
        ),
        None => NotVerified::at(
            REPORT,
            format!("is not the file that the statement draws: it differs from byte {from}"),
        ),
    }
}
