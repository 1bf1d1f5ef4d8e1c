//! What the API answers about models, as text: for the command line, which has no HTTP.

use crate::api;
use carbon_core::{Call, FactorSet, Method, Usage, model::UnknownModel, place::UnknownRegion};

/// The JSON of `POST /api/v1/estimate` with all methods, indented.
///
/// ```
/// use carbon_core::{Call, FactorSet, Usage};
/// let call = Call { region: Some("FRA"), ..Call::to("gpt-4o") };
/// let json = carbon_server::estimate_document(FactorSet::latest(), &call, &Usage::of_call(0, 400))?;
/// assert!(json.contains("\"consistency\": \"inside\""));
/// # Ok::<(), carbon_core::place::UnknownRegion>(())
/// ```
///
/// # Errors
/// The region is not listed.
pub fn estimate_document(set: &FactorSet, call: &Call<'_>, usage: &Usage) -> Result<String, UnknownRegion> {
    let answer = api::estimate::estimate(set, call, usage, Method::ALL)?;
    Ok(indented(&answer))
}

/// The JSON of `GET /api/v1/models`, indented.
pub fn models_document(set: &FactorSet) -> String {
    indented(&api::models::all(set))
}

/// The JSON of `GET /api/v1/models/{id}`, indented.
///
/// # Errors
/// The name leads to no model.
pub fn model_document(set: &FactorSet, name: &str) -> Result<String, UnknownModel> {
    Ok(indented(&api::models::one(set, name)?))
}

fn indented(document: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(document).expect("strings and numbers always serialise")
}
