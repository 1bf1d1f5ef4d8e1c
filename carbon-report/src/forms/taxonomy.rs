//! The XBRL taxonomy that `statement.xbrl.json` is in.

/// What names of the taxonomy begin with; a taxonomy that says something else has another date.
pub(super) const NAMESPACE: &str = "urn:llm-carbon-tracker:taxonomy:2026-11-26";

/// The file that a report in it refers to.
pub(super) const ENTRY_POINT: &str = "lct.xsd";

/// Name and text of each file of the taxonomy: small, our own, and in the terms of neither ESRS nor VSME, as a supplier's
/// line is no undertaking's own gross Scope 3. Its documentation says which element of ESRS a figure goes into.
///
/// ```
/// let (name, text) = carbon_report::forms::TAXONOMY[0];
/// assert_eq!(name, "lct.xsd");
/// assert!(text.contains("PurchasedLlmInferenceGhgLocationBased"));
/// ```
pub const TAXONOMY: [(&str, &str); 5] = [
    (ENTRY_POINT, include_str!("../../data/taxonomy/lct.xsd")),
    ("lct-lab.xml", include_str!("../../data/taxonomy/lct-lab.xml")),
    ("lct-def.xml", include_str!("../../data/taxonomy/lct-def.xml")),
    ("lct-cal.xml", include_str!("../../data/taxonomy/lct-cal.xml")),
    ("lct-pre.xml", include_str!("../../data/taxonomy/lct-pre.xml")),
];
