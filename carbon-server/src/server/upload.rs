//! The body of a request: read within its limits, or read past.

use crate::{
    app::App,
    http::{problem::Problem, route::BodyLimit},
};
use bytes::Bytes;
use http_body_util::{BodyExt, Collected, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use std::time::Duration;
use tokio::time::timeout;

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

/// A body that the client sends, or is about to send.
pub(super) struct Upload {
    pub(super) body: Incoming,
    /// Whether it was asked for: a client that waits for a 100 is told to go on then.
    pub(super) is_begun: bool,
}

impl Upload {
    /// The body that a handler gets, within its limits of size and time: the whole one, or nothing of it.
    pub(super) async fn read(&mut self, limit: BodyLimit, app: &App) -> Result<Bytes, Problem> {
        let bytes_max = limit.bytes_max(&app.limits);
        // An honest Content-Length is refused before a byte is read.
        if self.body.size_hint().lower() > bytes_max as u64 {
            return Err(Problem::BodyTooLarge { bytes_max });
        }
        self.is_begun = true;
        let patience = Duration::from_secs(app.limits.body_timeout_s);
        let mut body = Limited::new(&mut self.body, bytes_max);
        let read = async {
            if limit != BodyLimit::Dropped {
                return body.collect().await.map(Collected::to_bytes);
            }
            while let Some(frame) = body.frame().await {
                frame?;
            }
            Ok(Bytes::new())
        };
        match timeout(patience, read).await {
            Ok(Ok(whole)) => Ok(whole),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::BodyTooLarge { bytes_max }),
            Ok(Err(_)) | Err(_) => Err(Problem::BodyNotReceived),
        }
    }
}
