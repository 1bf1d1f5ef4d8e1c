//! Files of the pages, embedded in the binary.

use crate::{problem::Problem, response::Answer};

/// A page of ours needs nothing from elsewhere. RapiDoc writes its measures into style attributes.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                           connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// What is no page shows nothing.
const FILE_POLICY: &str = "default-src 'none'";

const CSS: &str = "text/css; charset=utf-8";

/// `GET /docs`
pub(super) fn docs() -> Answer {
    let page = include_bytes!("../../assets/docs.html").as_slice();
    Answer::page("text/html; charset=utf-8", page, DOCS_POLICY)
}

/// `GET /assets/{file}`
pub(super) fn show(file: &str) -> Result<Answer, Problem> {
    let of = |media_type, bytes: &'static [u8]| Ok(Answer::page(media_type, bytes, FILE_POLICY));
    match file {
        "dashboard.css" => of(CSS, include_bytes!("../../assets/dashboard.css")),
        "docs.css" => of(CSS, include_bytes!("../../assets/docs.css")),
        "rapidoc.js" => {
            let bytes = include_bytes!("../../assets/rapidoc/rapidoc-min.js.gz");
            Ok(Answer::gzipped("text/javascript; charset=utf-8", bytes, FILE_POLICY))
        }
        _ => Err(Problem::not_found("file")),
    }
}
