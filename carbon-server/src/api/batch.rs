//! Records many LLM calls: valid events are stored, invalid ones are listed.

use crate::{
    app::App,
    base::{clock::now, work_queue::blocking},
    config,
    http::{
        answer::Answer,
        encoding::decoded,
        faults::Faults,
        problem::Problem,
        request::{Input, object},
        rows::{self, Rows},
    },
    ingest::{
        batch::BatchBuilder,
        intake::{self, Intake},
    },
};
use sha2::{Digest, Sha256};

/// `POST /api/v1/track/batch`
pub(crate) async fn create(app: &App, input: Input) -> Result<Answer, Problem> {
    let intake = Intake::new(app, input.caller()?, now());
    let mut builder = BatchBuilder::new(app, intake, batch_id(&input.headers.idempotency_keys)?);
    let is_ndjson =
        input.headers.content_type.as_deref().is_some_and(|kind| kind.starts_with("application/x-ndjson"));
    let bytes_max = app.limits.batch_bytes_max;
    let Input { body, headers, permits, .. } = input;
    let read = blocking(move || {
        let body = decoded(body, headers.content_encoding.as_deref(), bytes_max)?;
        let form = if is_ndjson { Rows::Lines } else { Rows::Array };
        rows::each(form, &body, &mut |row| builder.add(object(row)))?;
        Ok::<_, Problem>((Sha256::digest(&body).into(), builder, permits))
    });
    let (sha256, builder, permits) = read.await??;
    Answer::ok(&builder.keep(app, Some(sha256), permits).await?)
}

/// The id of the batch, from `Idempotency-Key`: events without their own id get one from it and their place.
fn batch_id(in_headers: &[Vec<u8>]) -> Result<Option<String>, Problem> {
    /// What is appended to it: a colon and the place of an event.
    const SUFFIX_BYTES_MAX: usize = 21;
    let mut faults = Faults::default();
    let id = intake::event_id(&mut faults, None, in_headers);
    if id.as_ref().is_some_and(|id| id.len() > config::ID_BYTES_MAX - SUFFIX_BYTES_MAX) {
        let bytes_max = config::ID_BYTES_MAX - SUFFIX_BYTES_MAX;
        faults.add("Idempotency-Key", format!("must be 1 to {bytes_max} bytes on a batch"));
    }
    faults.none()?;
    Ok(id)
}
