//! The description of the API.

use crate::{
    app::{App, documents::Subject, operation::Operation},
    config::Limits,
    http::{
        answer::{Answer, Document},
        problem::Problem,
    },
    openapi,
};

/// `GET /openapi.json`
pub(crate) fn show(app: &App) -> Result<Answer, Problem> {
    let build = || Document::of(&openapi::document(&app.limits, described(app.operations, &app.limits)));
    app.documents.get(Subject::Api, build).map(Answer::document)
}

/// The operations that are part of the API, pages included.
pub(crate) fn described(operations: &[Operation], limits: &Limits) -> impl Iterator<Item = openapi::Path> {
    operations.iter().filter_map(|operation| {
        let Operation { method, pattern, access, key_forms, is_counted, body, problems, .. } = *operation;
        let described = operation.description?(limits);
        Some(openapi::Path { method, pattern, access, key_forms, is_counted, body, problems, described })
    })
}
