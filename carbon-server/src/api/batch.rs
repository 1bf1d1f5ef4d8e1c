//! Many LLM calls in: good ones are kept, bad ones are named.

use super::{
    App, Faults, Input, now, object,
    track::{self, Intake},
};
use crate::{
    config,
    exact::Exact,
    heavy::blocking,
    problem::Problem,
    response::Answer,
    store::{Appended, Batch, BatchAppended, BatchKey, Event},
};
use bytes::Bytes;
use carbon_core::{Grams, Range};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use serde::{
    Deserializer as _, Serialize,
    de::{Error, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::{fmt, io::Read};

#[derive(Serialize)]
struct BatchAnswer {
    /// Events that were added.
    accepted: usize,
    /// Events that had been added before, with the same content.
    duplicates: usize,
    /// Of all events of the batch that are in the ledger now and have a value; `null` where none has one.
    co2_grams: Option<Exact>,
    rejected: Vec<Rejected>,
}

/// A row that was not kept.
#[derive(Serialize)]
struct Rejected {
    /// Its place among the events, from 0.
    index: usize,
    detail: String,
}

/// `POST /api/v1/track/batch`
pub(super) async fn create(app: &App, input: Input) -> Result<Answer, Problem> {
    let (caller, limits, now) = (input.caller()?, app.limits.clone(), now());
    let intake = Intake::new(app, caller, now);
    let batch_id = batch_id(&input.idempotency_keys)?;
    let is_ndjson =
        input.content_type.as_deref().is_some_and(|kind| kind.starts_with("application/x-ndjson"));
    let Input { body, content_encoding, turn, .. } = input;
    let read = blocking(move || {
        let body = decoded(body, content_encoding.as_deref(), limits.batch_bytes_max)?;
        let mut rows = Rows {
            intake,
            batch_id,
            events_max: limits.batch_events_max,
            read: 0,
            kept: Vec::new(),
            events: Vec::new(),
            rejected: Vec::new(),
        };
        if is_ndjson {
            rows.lines(&body)?;
        } else {
            rows.array(&body)?;
        }
        Ok::<_, Problem>((Sha256::digest(&body).into(), rows, turn))
    });
    let (sha256, rows, turn) = read.await??;
    let Rows { kept, events, mut rejected, batch_id, .. } = rows;
    let key = batch_id.map(|batch_id| BatchKey {
        side: caller.side(),
        batch_id,
        sha256,
        received_at_ms: now.as_millisecond(),
    });
    let outcomes = match app.store.append_batch(Batch { key, events, turn }).await? {
        BatchAppended::Kept(outcomes) => outcomes,
        BatchAppended::Conflict => {
            return Err(Problem::Conflict {
                detail: "This Idempotency-Key was used before, for a batch with other content.".to_owned(),
            });
        }
    };
    let mut answer = BatchAnswer { accepted: 0, duplicates: 0, co2_grams: None, rejected: Vec::new() };
    let mut co2: Option<Grams> = None;
    for (row, outcome) in kept.into_iter().zip(outcomes) {
        match outcome {
            Appended::New => {
                answer.accepted += 1;
                app.metrics.added(caller.side().is_test, row.tokens, row.co2);
            }
            Appended::Duplicate => answer.duplicates += 1,
            refused @ (Appended::Conflict | Appended::TooManyTags) => {
                let detail = match refused {
                    Appended::TooManyTags => format!("/tags {}", track::too_many_tags(app)),
                    _ => "event_id was used before, for an event with other content".to_owned(),
                };
                rejected.push(Rejected { index: row.index, detail });
                continue;
            }
        }
        if let Some(grams) = row.co2 {
            co2 = Some(co2.unwrap_or(Grams::ZERO) + grams.central());
        }
    }
    rejected.sort_by_key(|row| row.index);
    Answer::ok(&BatchAnswer { co2_grams: co2.map(Exact::of), rejected, ..answer })
}

/// The batch's own name, from `Idempotency-Key`: events without an id of theirs get one from it and their place.
fn batch_id(in_headers: &[Vec<u8>]) -> Result<Option<String>, Problem> {
    /// What is put behind it: a colon and the place of an event.
    const SUFFIX_BYTES_MAX: usize = 21;
    let mut faults = Faults::default();
    let id = track::event_id(&mut faults, None, in_headers);
    if id.as_ref().is_some_and(|id| id.len() > config::ID_BYTES_MAX - SUFFIX_BYTES_MAX) {
        let bytes_max = config::ID_BYTES_MAX - SUFFIX_BYTES_MAX;
        faults.add("Idempotency-Key", format!("must be 1 to {bytes_max} bytes on a batch"));
    }
    faults.none()?;
    Ok(id)
}

/// What RFC 8878 asks every decoder to have room for.
const ZSTD_WINDOW_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// The body without its compression, read no further than it may be long.
fn decoded(body: Bytes, encoding: Option<&str>, bytes_max: usize) -> Result<Bytes, Problem> {
    let broken = |error: &dyn fmt::Display| Problem::invalid("", format!("cannot be decompressed: {error}"));
    let mut whole = Vec::new();
    // One byte more than is allowed, so that it shows.
    let limit = bytes_max as u64 + 1;
    match encoding {
        None | Some("" | "identity") => return Ok(body),
        Some("gzip" | "x-gzip") => flate2::read::MultiGzDecoder::new(&*body)
            .take(limit)
            .read_to_end(&mut whole)
            .map(drop)
            .map_err(|error| broken(&error))?,
        Some("zstd") => {
            let mut frames = &*body;
            // A decoder reads one frame; what stands behind it is another, and must not be lost.
            while !frames.is_empty() && whole.len() <= bytes_max {
                let mut decoder = FrameDecoder::new();
                decoder.set_max_window_size(ZSTD_WINDOW_BYTES_MAX);
                let room = limit - whole.len() as u64;
                let frame = StreamingDecoder::new_with_decoder(&mut frames, &mut decoder);
                let mut frame = frame.map_err(|error| broken(&error))?.take(room);
                frame.read_to_end(&mut whole).map_err(|error| broken(&error))?;
                // The decoder leaves it to us to compare.
                let (stated, found) = (decoder.get_checksum_from_data(), decoder.get_calculated_checksum());
                if stated.is_some() && stated != found && whole.len() <= bytes_max {
                    return Err(broken(&"its checksum does not fit"));
                }
            }
        }
        Some(_) => return Err(Problem::UnsupportedEncoding),
    }
    if whole.len() > bytes_max {
        return Err(Problem::BodyTooLarge { bytes_max });
    }
    Ok(whole.into())
}

/// The rows of a batch as they are read, one at a time.
struct Rows {
    intake: Intake,
    batch_id: Option<String>,
    events_max: usize,
    read: usize,
    /// For each of `events`, where it stood and what it comes to.
    kept: Vec<Kept>,
    events: Vec<Event>,
    rejected: Vec<Rejected>,
}

struct Kept {
    index: usize,
    tokens: u128,
    co2: Option<Range<Grams>>,
}

impl Rows {
    /// One JSON object a line; empty lines do not count.
    fn lines(&mut self, body: &[u8]) -> Result<(), Problem> {
        for line in body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty())
        {
            self.row(line)?;
        }
        Ok(())
    }

    /// A JSON array, element by element.
    fn array(&mut self, body: &[u8]) -> Result<(), Problem> {
        struct Elements<'r> {
            rows: &'r mut Rows,
            problem: &'r mut Option<Problem>,
        }

        impl<'de> Visitor<'de> for Elements<'_> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of events")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
                while let Some(element) = elements.next_element::<&RawValue>()? {
                    if let Err(problem) = self.rows.row(element.get().as_bytes()) {
                        *self.problem = Some(problem);
                        return Err(A::Error::custom("refused"));
                    }
                }
                Ok(())
            }
        }

        let mut json = serde_json::Deserializer::from_slice(body);
        let mut problem = None;
        let elements = Elements { rows: self, problem: &mut problem };
        let read = json.deserialize_seq(elements).and_then(|()| json.end());
        read.map_err(|error| {
            problem.unwrap_or_else(|| Problem::invalid("", format!("is not a JSON array of events: {error}")))
        })
    }

    /// An event, or why it is none. Too many of them are nobody's fault but the batch's.
    fn row(&mut self, json: &[u8]) -> Result<(), Problem> {
        if self.read == self.events_max {
            return Err(Problem::TooManyEvents { events_max: self.events_max });
        }
        let index = self.read;
        self.read += 1;
        let event = object::<track::TrackRequest>(json).and_then(|request| {
            let named = request.has_event_id();
            let mut event = self.intake.event(request, &[])?;
            if let Some(batch_id) = self.batch_id.as_ref().filter(|_| !named) {
                event.event_id = format!("{batch_id}:{index}");
                event.id_is_new = false;
            }
            Ok(event)
        });
        match event {
            Ok(event) => {
                let co2 = track::estimate(&event).map(|estimate| estimate.co2);
                self.kept.push(Kept { index, tokens: event.usage.total_tokens(), co2 });
                self.events.push(event);
            }
            Err(problem) => self.rejected.push(Rejected { index, detail: problem.in_a_sentence() }),
        }
        Ok(())
    }
}
