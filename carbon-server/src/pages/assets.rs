//! Files of the pages, embedded in the binary.

use crate::http::{answer::Answer, problem::Problem};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// A file: its name, its type, its bytes, and how they are compressed.
type Asset = (&'static str, &'static str, &'static [u8], Option<&'static str>);

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! asset {
    ($name:literal, $type:expr) => {
        asset!($name, $type, $name, None)
    };
    ($name:literal, $type:expr, $path:literal, $encoding:expr) => {
        ($name, $type, include_bytes!(concat!("../../assets/", $path)), $encoding)
    };
}

const ASSETS: &[Asset] = &[
    asset!("site.css", CSS),
    asset!("icon.svg", "image/svg+xml"),
    asset!("copy.js", SCRIPT),
    asset!("forms.js", SCRIPT),
    asset!("first_event.js", SCRIPT),
    asset!("verify.js", SCRIPT),
    asset!("charts.js", SCRIPT),
    asset!("uplot.js", SCRIPT, "uplot/uPlot.iife.min.js", None),
    asset!("uplot.css", CSS, "uplot/uPlot.min.css", None),
    asset!("docs.js", SCRIPT),
    asset!("rapidoc.js", SCRIPT, "rapidoc/rapidoc-min.js.gz", Some("gzip")),
];

/// Distinguishes the files of this build from those of another.
pub(super) fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let digest = ASSETS.iter().fold(Sha256::new(), |digest, (.., bytes, _)| digest.chain_update(bytes));
        crate::base::digest::hex(&digest.finalize())[..12].to_owned()
    });
    &VERSION
}

/// `GET /assets/{file}`: cached for long if the address names a version.
pub(super) fn show(file: &str, is_lasting: bool) -> Result<Answer, Problem> {
    let found = ASSETS.iter().find(|(name, ..)| *name == file);
    let (_, media_type, bytes, encoding) = *found.ok_or_else(|| Problem::not_found("file"))?;
    Ok(Answer::asset(media_type, bytes, encoding, is_lasting))
}
