//! What a name leads to.

use crate::{
    Confidence,
    factor::Record,
    model::{Model, ResolvedBy},
    own::{OwnEntry, OwnModel},
};
use jiff::civil::Date;

/// The model that a name stands for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Resolution<'a> {
    /// The model.
    pub model: &'a Model,
    /// How the name was resolved.
    pub resolved_by: ResolvedBy,
    /// What the name says of where the call was served: a region (`us-east-1`, `eu`) or, behind `geo:`,
    /// a geography that a cloud routes within.
    pub region_hint: Option<String>,
    /// Of a name that moves: the last day on which anybody checked where it leads, where the call is later or its day is
    /// not known. The figures are then those of the last model known, with a lower confidence.
    pub checked: Option<Date>,
    /// The own entry that led there, where one did.
    pub own: Option<&'a OwnEntry>,
    /// The model's own machines and place, where the account describes it.
    pub(crate) described: Option<&'a OwnModel>,
}

impl<'a> Resolution<'a> {
    /// Of a model, about whose name nothing else is known.
    pub(crate) fn of(model: &'a Model, resolved_by: ResolvedBy) -> Self {
        Resolution { model, resolved_by, region_hint: None, checked: None, own: None, described: None }
    }
}

impl Resolution<'_> {
    /// The confidence of a figure of the model under this name.
    pub fn confidence(&self, record: &Record) -> Confidence {
        confidence(record, self.checked)
    }

    /// What a reader should know of the name, as a sentence.
    pub fn caveat(&self) -> Option<String> {
        caveat(self.model, self.checked)
    }
}

/// The confidence of a figure under a name that was last checked on a day before the call.
pub(crate) fn confidence(record: &Record, checked: Option<Date>) -> Confidence {
    if checked.is_some() { record.confidence().lowered() } else { record.confidence() }
}

/// The sentence about such a name.
pub(crate) fn caveat(model: &Model, checked: Option<Date>) -> Option<String> {
    let (id, checked) = (model.id(), checked?);
    Some(format!(
        "This name moves from model to model. Where it leads was last checked on {checked}: {id} is assumed, with a lower confidence."
    ))
}
