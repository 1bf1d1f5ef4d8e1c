//! The requests of one HTTP/2 connection and how they come along: the connection alone does not show that a client keeps its
//! place for nothing, because it can answer pings without ever reading an answer.

use crate::server::respond::Body;
use bytes::Bytes;
use hyper::body::{Body as _, Frame, SizeHint};
use std::{
    collections::BTreeMap,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};
use tokio::{sync::Notify, time::sleep};

/// Requests that may be given up in excess of those that are answered: no honest client does that often.
const GIVEN_UP_MAX: u64 = 100;
/// How often a connection is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A body is sent in pieces of this size, so that it shows when a client reads no more of it.
const PIECE: usize = 16 * 1024;

/// The requests of one connection.
pub(super) struct Exchanges {
    state: Mutex<State>,
    given_up: Notify,
}

struct State {
    /// Requests without an answer yet.
    handling: usize,
    /// Answers on their way, by number: when a piece was taken last.
    sending: BTreeMap<u64, Instant>,
    begun: u64,
    answered: u64,
    given_up: u64,
    /// Since when nothing is being handled or sent.
    quiet_since: Instant,
}

impl Exchanges {
    pub(super) fn new() -> Arc<Self> {
        let state = State {
            handling: 0,
            sending: BTreeMap::new(),
            begun: 0,
            answered: 0,
            given_up: 0,
            quiet_since: Instant::now(),
        };
        Arc::new(Exchanges { state: Mutex::new(state), given_up: Notify::new() })
    }

    /// A request has come.
    pub(super) fn begin(self: &Arc<Self>) -> Exchange {
        let mut state = self.lock();
        state.begun += 1;
        state.handling += 1;
        Exchange { exchanges: self.clone(), number: state.begun, phase: Phase::Handling }
    }

    /// Ready once nothing has been asked for or sent for so long.
    pub(super) async fn idle_for(&self, patience: Duration) {
        loop {
            let left = match self.quiet_for() {
                Some(quiet) => patience.saturating_sub(quiet),
                None => patience,
            };
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }

    /// Ready with a reason once the client has read no more of an answer for so long, or gives up too many requests.
    pub(super) async fn abused(&self, patience: Duration) -> &'static str {
        loop {
            tokio::select! {
                () = sleep(LOOK_EVERY) => {}
                () = self.given_up.notified() => return "too many requests were given up",
            }
            let oldest = self.lock().sending.values().min().copied();
            if oldest.is_some_and(|progress| progress.elapsed() >= patience) {
                return "a response was not read";
            }
        }
    }

    fn quiet_for(&self) -> Option<Duration> {
        let state = self.lock();
        let is_quiet = state.handling == 0 && state.sending.is_empty();
        is_quiet.then(|| state.quiet_since.elapsed())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request, until its answer is sent or nobody waits for it any more.
pub(super) struct Exchange {
    exchanges: Arc<Exchanges>,
    number: u64,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Handling,
    Sending,
    /// To its last piece.
    Sent,
}

impl Exchange {
    /// The body of the answer, looked after while it is sent; `is_head` where it is not.
    pub(super) fn answered(mut self, body: Body, is_head: bool) -> Sending {
        let mut state = self.exchanges.lock();
        state.handling -= 1;
        state.sending.insert(self.number, Instant::now());
        drop(state);
        self.phase = if is_head || body.is_end_stream() { Phase::Sent } else { Phase::Sending };
        Sending { body, rest: Bytes::new(), exchange: self }
    }

    fn progress(&self) {
        self.exchanges.lock().sending.insert(self.number, Instant::now());
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let mut state = self.exchanges.lock();
        if self.phase == Phase::Handling {
            state.handling -= 1;
        } else {
            state.sending.remove(&self.number);
        }
        if self.phase == Phase::Sent {
            state.answered += 1;
        } else {
            state.given_up += 1;
        }
        state.quiet_since = Instant::now();
        if state.given_up > state.answered + GIVEN_UP_MAX {
            self.exchanges.given_up.notify_one();
        }
    }
}

/// The body of an answer on its way, in pieces.
pub(super) struct Sending {
    body: Body,
    /// What is left of the frame that is being sent.
    rest: Bytes,
    exchange: Exchange,
}

impl Sending {
    /// The next piece.
    fn next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.rest.is_empty() {
            let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(context)) else {
                return Poll::Ready(None);
            };
            match frame.map_err(io::Error::other)?.into_data() {
                Ok(data) => self.rest = data,
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
        let bytes = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(bytes)))))
    }
}

impl hyper::body::Body for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.exchange.progress();
        let frame = ready!(self.next(context)).transpose()?;
        if frame.as_ref().is_none_or(Frame::is_trailers) || self.is_end_stream() {
            self.exchange.phase = Phase::Sent;
        }
        Poll::Ready(frame.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        let of_body = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(of_body.lower() + rest);
        if let Some(upper) = of_body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}
