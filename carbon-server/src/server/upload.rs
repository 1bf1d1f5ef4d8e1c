//! The body of a request: read within its limits, or read past.

use crate::{
    app::App,
    base::work_queue::{Asker, Permit, WorkQueue},
    http::{problem::Problem, route::BodyLimit},
    server::task_timer::TaskTimer,
    store::AccountKey,
};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// Bytes of a body of many that are read without a place: so much may be in memory of any request, and who sends slowly holds
/// nothing meanwhile.
const WITHOUT_PLACE: usize = 64 * 1024;
/// Who holds a place has this time ...
const GRACE: Duration = Duration::from_secs(5);
/// ... and a second more for each of so many bytes.
const BYTES_PER_S_MIN: usize = 16 * 1024;

/// Reads on what is not wanted, within reason: many clients send their whole body before they look at the answer,
/// and would find the connection closed instead of the reason.
pub(super) async fn discard(mut body: Incoming) {
    const BYTES_MAX: u64 = 16 * 1024 * 1024;
    const PATIENCE: Duration = Duration::from_secs(5);
    let read_on = async {
        let mut bytes = 0;
        while let Some(Ok(frame)) = body.frame().await {
            bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
            if bytes > BYTES_MAX {
                break;
            }
        }
    };
    // Past its patience the connection is closed all the same.
    drop(timeout(PATIENCE, read_on).await);
}

/// A body as far as it has come.
#[derive(Default)]
struct Whole {
    first: Bytes,
    /// All of it, once there is more than one piece.
    pieces: Vec<u8>,
}

impl Whole {
    fn push(&mut self, data: Bytes) {
        if self.first.is_empty() {
            self.first = data;
            return;
        }
        if self.pieces.is_empty() {
            self.pieces.extend_from_slice(&self.first);
        }
        self.pieces.extend_from_slice(&data);
    }
}

impl From<Whole> for Bytes {
    fn from(Whole { first, pieces }: Whole) -> Bytes {
        if pieces.is_empty() { first } else { pieces.into() }
    }
}

/// A body that the client sends, or is about to send.
pub(super) struct Upload {
    pub(super) body: Incoming,
    /// Whether it was asked for: a client that waits for a 100 is told to go on then.
    pub(super) is_begun: bool,
    /// Of the task that reads it.
    pub(super) timer: TaskTimer,
}

impl Upload {
    /// The body that a handler gets, within its limits of size and time: the whole one, or nothing of it.
    pub(super) async fn read(&mut self, limit: BodyLimit, app: &App) -> Result<Bytes, Problem> {
        let bytes_max = self.begin(limit, app)?;
        let patience = Duration::from_secs(app.limits.body_timeout_s);
        let body = &mut self.body;
        let read = async {
            let (mut whole, mut bytes) = (Whole::default(), 0);
            // Most bodies come in one piece: nothing is copied then, and nobody waits for the end of what has ended.
            while !body.is_end_stream()
                && let Some(frame) = body.frame().await
            {
                let Ok(data) = frame.map_err(|_| Problem::BodyNotReceived)?.into_data() else { continue };
                bytes += data.len();
                if bytes > bytes_max {
                    return Err(Problem::BodyTooLarge { bytes_max });
                }
                if limit != BodyLimit::Dropped {
                    whole.push(data);
                }
            }
            Ok(whole.into())
        };
        self.timer.within(patience, read).await.unwrap_or(Err(Problem::BodyNotReceived))
    }

    /// A body of many, with what it holds while it is in memory: its turn to be worked on, which it has once it is whole, and
    /// before that a place, once it is large.
    pub(super) async fn read_many(
        &mut self,
        limit: BodyLimit,
        app: &App,
        account: AccountKey,
    ) -> Result<(Bytes, Vec<Permit<AccountKey>>), Problem> {
        let (whole, place) = self.read_in_place(limit, app, &app.queues.bodies, account).await?;
        let turn = app.queues.batches.acquire(account).await?;
        Ok((whole, place.into_iter().chain([turn]).collect()))
    }

    /// A body, with its place among those that are in memory once it is large.
    pub(super) async fn read_in_place<Who: Asker>(
        &mut self,
        limit: BodyLimit,
        app: &App,
        places: &WorkQueue<Who>,
        who: Who,
    ) -> Result<(Bytes, Option<Permit<Who>>), Problem> {
        let bytes_max = self.begin(limit, app)?;
        let patience = Duration::from_secs(app.limits.body_timeout_s);
        let stated = usize::try_from(self.body.size_hint().lower()).unwrap_or(bytes_max);
        let (mut whole, mut place) = (Vec::with_capacity(stated.min(WITHOUT_PLACE)), None);
        let mut since = Instant::now();
        loop {
            let slowest = match place {
                Some(_) => GRACE + Duration::from_secs((whole.len() / BYTES_PER_S_MIN) as u64),
                None => patience,
            };
            let frame = timeout_at(since + slowest.min(patience), self.body.frame()).await;
            let Some(frame) = frame.map_err(|_| Problem::BodyNotReceived)? else { break };
            let frame = frame.map_err(|_| Problem::BodyNotReceived)?;
            let Some(data) = frame.data_ref() else { continue };
            if whole.len() + data.len() > bytes_max {
                return Err(Problem::BodyTooLarge { bytes_max });
            }
            if place.is_none() && whole.len() + data.len() > WITHOUT_PLACE {
                place = Some(places.acquire(who).await?);
                whole.reserve(stated.saturating_sub(whole.len()));
                since = Instant::now();
            }
            whole.extend_from_slice(data);
        }
        Ok((whole.into(), place))
    }

    /// Bytes that it may have; an honest Content-Length is refused before a byte is read.
    fn begin(&mut self, limit: BodyLimit, app: &App) -> Result<usize, Problem> {
        let bytes_max = limit.bytes_max(&app.limits);
        if self.body.size_hint().lower() > bytes_max as u64 {
            return Err(Problem::BodyTooLarge { bytes_max });
        }
        self.is_begun = true;
        Ok(bytes_max)
    }
}
