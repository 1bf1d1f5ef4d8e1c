//! Forms of a statement that programs read. The page is in `layout/`.

mod json;
mod lines;

pub use json::SCHEMA_VERSION;
pub use lines::no_formula;
