//! The supplier's look: one colour and a logo; and the fonts for names in other scripts.

use crate::{
    heading::Supplier,
    pdf::{
        Fonts,
        page::{Colour, Image},
    },
};
use png::{ColorType, Decoder, Limits, Transformations};
use sha2::{Digest, Sha256};
use std::{fmt, io::Cursor, str::FromStr, sync::Arc};
use thiserror::Error;

/// What a report looks like beyond our own design.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Brand {
    /// Colour of headings and bars.
    pub accent: Option<Accent>,
    /// Picture at the top of the first page.
    pub logo: Option<Logo>,
    /// Fonts for names that the report's own cannot show.
    pub fonts: Fonts,
}

/// A colour that can be read on white.
///
/// ```
/// use carbon_report::brand::Accent;
/// assert_eq!("#0f6c5c".parse::<Accent>().unwrap().to_string(), "#0f6c5c");
/// assert!("#ffee00".parse::<Accent>().is_err()); // yellow on white
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accent(pub(crate) Colour);

/// A PNG, decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Logo {
    pub(crate) image: Arc<Image>,
    /// The file.
    pub(crate) png: Arc<[u8]>,
    sha256: String,
}

/// Why a colour or a picture cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BrandError {
    /// Not `#rrggbb`.
    #[error("must be a colour of the form #rrggbb")]
    NotAColour,
    /// Text in it could not be read.
    #[error("is too light: its contrast on white is {0}:1, and text needs {CONTRAST_MIN}:1 (WCAG 2.2)")]
    TooLight(String),
    /// Not a PNG that can be read.
    #[error("is not a readable PNG: {0}")]
    NotAPng(String),
    /// Too many bytes or pixels.
    #[error("is too large: at most {LOGO_BYTES_MAX} bytes and {LOGO_PIXELS_MAX} pixels")]
    TooLarge,
    /// The bytes are not those that the statement names.
    #[error("is not the logo that the statement names")]
    AnotherLogo,
}

/// What the logo's file is called, attached to a report and as a member of a pack.
pub(crate) const LOGO_FILE: &str = "logo.png";
/// What WCAG 2.2 asks of body text.
const CONTRAST_MIN: f64 = 4.5;
/// Largest PNG, in bytes.
pub const LOGO_BYTES_MAX: usize = 512 * 1024;
/// Largest logo, in pixels.
pub const LOGO_PIXELS_MAX: u64 = 1_000_000;

impl FromStr for Accent {
    type Err = BrandError;

    fn from_str(text: &str) -> Result<Self, BrandError> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
        let channel = |place: usize| u8::from_str_radix(digits?.get(place..place + 2)?, 16).ok();
        let (Some(red), Some(green), Some(blue)) = (channel(0), channel(2), channel(4)) else {
            return Err(BrandError::NotAColour);
        };
        let contrast = 1.05 / (luminance([red, green, blue]) + 0.05);
        if contrast < CONTRAST_MIN {
            return Err(BrandError::TooLight(format!("{contrast:.1}")));
        }
        Ok(Accent(Colour(red, green, blue)))
    }
}

impl fmt::Display for Accent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Colour(red, green, blue) = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// Relative luminance, as WCAG defines it.
fn luminance(rgb: [u8; 3]) -> f64 {
    let [red, green, blue] = rgb.map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

impl Logo {
    /// The picture of a PNG file; what is transparent becomes white.
    ///
    /// # Errors
    /// [`BrandError`]: no PNG, or a large one.
    pub fn from_png(bytes: &[u8]) -> Result<Self, BrandError> {
        if bytes.len() > LOGO_BYTES_MAX {
            return Err(BrandError::TooLarge);
        }
        let broken = |error: png::DecodingError| BrandError::NotAPng(error.to_string());
        let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: 64 << 20 });
        decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
        let mut reader = decoder.read_info().map_err(broken)?;
        let (width, height) = (reader.info().width, reader.info().height);
        if u64::from(width) * u64::from(height) > LOGO_PIXELS_MAX {
            return Err(BrandError::TooLarge);
        }
        let mut pixels = vec![0; reader.output_buffer_size().ok_or(BrandError::TooLarge)?];
        let frame = reader.next_frame(&mut pixels).map_err(broken)?;
        let channels = match frame.color_type {
            ColorType::GrayscaleAlpha => 2,
            ColorType::Rgba => 4,
            other => return Err(BrandError::NotAPng(format!("unexpected colours: {other:?}"))),
        };
        let rgb = pixels[..frame.buffer_size()].chunks_exact(channels).flat_map(|pixel| {
            let (colour, alpha) = (&pixel[..channels - 1], u16::from(pixel[channels - 1]));
            let over_white = move |part: u8| {
                let mixed = (u16::from(part) * alpha + 255 * (255 - alpha)) / 255;
                u8::try_from(mixed).unwrap_or(u8::MAX)
            };
            [colour[0], colour[colour.len() / 2], colour[colour.len() - 1]].map(over_white)
        });
        let image = Arc::new(Image { width, height, rgb: rgb.collect() });
        Ok(Logo { image, png: bytes.into(), sha256: crate::activity::hex(&Sha256::digest(bytes)) })
    }

    /// Digest of the file, in hex: [`Supplier::logo_sha256`].
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

impl Supplier {
    /// The look that the statement names, with the bytes of its logo and no fonts.
    ///
    /// # Errors
    /// [`BrandError`]: the statement's colour cannot be used, or the logo is not its own.
    pub fn brand(&self, logo: Option<&[u8]>) -> Result<Brand, BrandError> {
        let accent = self.accent.as_deref().map(str::parse).transpose()?;
        let logo = logo.map(Logo::from_png).transpose()?;
        if logo.as_ref().map(Logo::sha256) != self.logo_sha256.as_deref() {
            return Err(BrandError::AnotherLogo);
        }
        Ok(Brand { accent, logo, fonts: Fonts::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pixels: red, and a half transparent black.
    fn png() -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
        encoder.set_color(ColorType::Rgba);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&[255, 0, 0, 255, 0, 0, 0, 128]).unwrap();
        writer.finish().unwrap();
        bytes
    }

    #[test]
    fn a_logo_stands_on_white() {
        let logo = Logo::from_png(&png()).unwrap();
        assert_eq!((logo.image.width, logo.image.height), (2, 1));
        assert_eq!(logo.image.rgb, [255, 0, 0, 127, 127, 127]);
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        assert!(matches!(Logo::from_png(b"GIF89a"), Err(BrandError::NotAPng(_))));
        assert!(matches!(Logo::from_png(&png()[..40]), Err(BrandError::NotAPng(_))));
        assert_eq!(Logo::from_png(&vec![0; LOGO_BYTES_MAX + 1]), Err(BrandError::TooLarge));
        for (colour, error) in [
            ("0f6c5c", "must be a colour of the form #rrggbb"),
            ("#0f6c5", "must be a colour of the form #rrggbb"),
            ("#00ff00", "is too light: its contrast on white is 1.4:1, and text needs 4.5:1 (WCAG 2.2)"),
        ] {
            assert_eq!(colour.parse::<Accent>().unwrap_err().to_string(), error, "{colour}");
        }
    }

    #[test]
    fn a_brand_is_the_one_that_the_statement_names() {
        let bytes = png();
        let logo_sha256 = Some(Logo::from_png(&bytes).unwrap().sha256().to_owned());
        let supplier = Supplier { logo_sha256, ..Supplier::from("Example") };
        assert!(supplier.brand(Some(&bytes)).is_ok());
        assert_eq!(supplier.brand(None), Err(BrandError::AnotherLogo));
        assert_eq!(Supplier::from("Example").brand(Some(&bytes)), Err(BrandError::AnotherLogo));
    }
}
