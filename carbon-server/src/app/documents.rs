//! Documents that are the same for everyone: built when they are asked for first, and once.

use crate::http::{answer::Document, problem::Problem};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// What was built, by what it is. There are as many as factor sets, and the description of the API.
#[derive(Default)]
pub(crate) struct Documents(Mutex<HashMap<Subject, Document>>);

/// What a document is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// The API.
    Api,
    /// The models of a factor set, by its version: a set never changes.
    Models(String),
}

impl Documents {
    pub(crate) fn get(
        &self,
        subject: Subject,
        build: impl FnOnce() -> Result<Document, Problem>,
    ) -> Result<Document, Problem> {
        // One who asks builds it; the others wait for that instead of doing the same.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = known.get(&subject) {
            return Ok(document.clone());
        }
        let document = build()?;
        known.insert(subject, document.clone());
        Ok(document)
    }
}
