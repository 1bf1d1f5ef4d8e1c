//! What the operator's reports are signed and drawn with.

use carbon_report::{FONT_BYTES_MAX, Fonts, Signer};
use clap::Args;
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};
use thiserror::Error;

/// The operator's key and certificate. Without them, reports are not signed.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Signed reports")]
pub struct Signing {
    /// Private key that signs reports: P-256, PKCS#8 PEM, not encrypted
    #[arg(long, env = "CARBON_SIGNING_KEY", value_name = "FILE", requires = "signing_certificate")]
    pub signing_key: Option<PathBuf>,

    /// X.509 certificate of that key, PEM
    #[arg(long, env = "CARBON_SIGNING_CERTIFICATE", value_name = "FILE", requires = "signing_key")]
    pub signing_certificate: Option<PathBuf>,
}

impl Signing {
    /// The signer; `None` if reports are not signed.
    ///
    /// # Errors
    /// [`NotASigner`]: a file cannot be read or used.
    pub fn signer(&self) -> Result<Option<Signer>, NotASigner> {
        let (Some(key), Some(certificate)) = (&self.signing_key, &self.signing_certificate) else {
            return Ok(None);
        };
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path).map_err(|error| NotASigner(format!("{}: {error}", path.display())))
        };
        let signer = Signer::from_pem(&read(key)?, &read(certificate)?);
        signer.map(Some).map_err(|error| NotASigner(error.to_string()))
    }
}

/// Why reports cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("reports cannot be signed: {0}")]
pub struct NotASigner(String);

/// Fonts for names in scripts that the report's own fonts lack. Without them, such names are printed by their code points.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Fonts of reports")]
pub struct ReportFonts {
    /// Folder of TrueType and OpenType fonts (.ttf, .otf, .ttc) for names in scripts that reports have no font for, in the
    /// order of their file names
    #[arg(long = "fonts", env = "CARBON_FONTS", value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

/// Why there are no fonts.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("fonts cannot be used: {0}")]
pub struct NoFonts(String);

impl ReportFonts {
    /// The fonts in the folder, by file name; none without a folder.
    ///
    /// # Errors
    /// [`NoFonts`]: the folder, or a font in it, cannot be read or used.
    pub fn read(&self) -> Result<Fonts, NoFonts> {
        let Some(folder) = &self.folder else { return Ok(Fonts::default()) };
        let of = |path: &Path, error: &dyn std::fmt::Display| NoFonts(format!("{}: {error}", path.display()));
        let entries = fs::read_dir(folder).map_err(|error| of(folder, &error))?;
        let paths =
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<PathBuf>>>();
        let mut paths = paths.map_err(|error| of(folder, &error))?;
        paths.retain(|path| is_font(path));
        paths.sort();
        if paths.is_empty() {
            return Err(of(folder, &"has no file that ends with .ttf, .otf or .ttc"));
        }
        let read = |path: PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Ok((name, content(&path).map_err(|error| of(&path, &error))?))
        };
        let files = paths.into_iter().map(read).collect::<Result<Vec<_>, NoFonts>>()?;
        Fonts::read(files).map_err(|error| of(&folder.join(&error.file), &error.reason))
    }
}

/// By the end of its name; other files of a folder, such as licences, are ignored.
fn is_font(path: &Path) -> bool {
    let end = path.extension().map(|end| end.to_string_lossy().to_ascii_lowercase());
    end.is_some_and(|end| ["ttf", "otf", "ttc", "otc"].contains(&end.as_str()))
}

/// No more than one byte over what a font may have.
fn content(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(FONT_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
