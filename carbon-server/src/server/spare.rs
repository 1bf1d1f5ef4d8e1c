//! What happens where the process has no file descriptor left: who connects is told, with one that is kept for that.

use std::{fs::File, io, time::Duration};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};

/// How long to wait for descriptors to come back, where not even the spare one can be had.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a client may take to read that there is no place: others wait behind it.
const PATIENCE: Duration = Duration::from_millis(50);

/// The answer. What is asked has not been read.
const NO_PLACE: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\ncontent-length: 164\r\n\
    retry-after: 1\r\ncache-control: no-store\r\nconnection: close\r\n\r\n\
    {\"type\":\"urn:llm-carbon-tracker:problem:unavailable\",\"title\":\"Unavailable\",\"status\":503,\
    \"detail\":\"Too many connections are open. Nothing was stored; please retry.\"}";

/// A descriptor that is not needed for anything.
pub(super) struct Spare(Option<File>);

impl Spare {
    pub(super) fn new() -> Self {
        Spare(open())
    }

    /// Deals with a connection that could not be accepted. Ready once it makes sense to try again.
    pub(super) async fn deal_with(&mut self, error: io::Error, listener: &TcpListener) {
        /// `EMFILE` and `ENFILE`: none left for the process, or for the machine.
        const NONE_LEFT: [i32; 2] = [24, 23];
        tracing::warn!(%error, "cannot accept a connection");
        if self.0.is_none() {
            self.0 = open();
        }
        let is_none_left = error.raw_os_error().is_some_and(|code| NONE_LEFT.contains(&code));
        if !is_none_left || self.0.take().is_none() {
            sleep(PAUSE).await;
            return;
        }
        match timeout(PATIENCE, listener.accept()).await {
            Ok(Ok((stream, _))) => refuse(stream).await,
            // Somebody else has taken what was spared.
            Ok(Err(_)) => sleep(PAUSE).await,
            Err(_) => {}
        }
        self.0 = open();
    }
}

fn open() -> Option<File> {
    File::open("/dev/null").ok()
}

/// Tells a client that there is no place, and reads on for a moment: an answer is lost where what was sent is not read.
async fn refuse(mut stream: TcpStream) {
    let told = async {
        stream.writable().await?;
        stream.try_write(NO_PLACE)?;
        tokio::io::AsyncWriteExt::shutdown(&mut stream).await?;
        let mut rest = [0; 4_096];
        while stream.read(&mut rest).await? > 0 {}
        Ok::<(), io::Error>(())
    };
    drop(timeout(PATIENCE, told).await);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_as_long_as_it_says() {
        let answer = str::from_utf8(NO_PLACE).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("\r\ncontent-length: {}\r\n", body.len())), "{}", body.len());
        assert!(serde_json::from_str::<serde_json::Value>(body).is_ok());
    }
}
