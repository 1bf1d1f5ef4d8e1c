//! Bodies in several frames: files, read as the client takes them, and messages with trailers.

use bytes::Bytes;
use hyper::{
    HeaderMap,
    body::{Body, Frame},
};
use std::{
    fs::File,
    io::{self, Read},
    pin::Pin,
    task::{Context, Poll},
};
use tokio::sync::mpsc;

/// Bytes of a file that are read at a time, and pieces that wait for the client.
const PIECE: usize = 64 * 1024;
const PIECES_AHEAD: usize = 4;

/// Frames in the order in which they were sent. An error is one of them: a body never ends before what was sent ahead of its end.
pub(crate) struct Frames(mpsc::Receiver<io::Result<Frame<Bytes>>>);

impl Body for Frames {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(context)
    }
}

impl Frames {
    /// A file piece by piece, read on a thread that may block, no faster than the client takes it.
    pub(super) fn of_file(mut file: File) -> Self {
        let (sender, frames) = mpsc::channel(PIECES_AHEAD);
        tokio::task::spawn_blocking(move || {
            loop {
                let mut piece = vec![0; PIECE];
                let frame = match file.read(&mut piece) {
                    Ok(0) => break,
                    Ok(read) => {
                        piece.truncate(read);
                        Ok(Frame::data(Bytes::from(piece)))
                    }
                    Err(error) => {
                        tracing::error!(%error, "a download was cut off");
                        Err(error)
                    }
                };
                let is_cut_off = frame.is_err();
                // A client that went away needs no more.
                if sender.blocking_send(frame).is_err() || is_cut_off {
                    break;
                }
            }
        });
        Frames(frames)
    }

    /// A message, and what is said behind it.
    pub(super) fn with_trailers(message: Vec<u8>, trailers: HeaderMap) -> Self {
        let (sender, frames) = mpsc::channel(2);
        for frame in [Frame::data(Bytes::from(message)), Frame::trailers(trailers)] {
            sender.try_send(Ok(frame)).expect("there is room for two");
        }
        Frames(frames)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use std::io::{Seek, Write};

    fn file_of(content: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        file.rewind().unwrap();
        file
    }

    #[tokio::test]
    async fn a_file_arrives_whole() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECES_AHEAD * PIECE] {
            let content: Vec<u8> = (0..=250).cycle().take(length).collect();
            let collected = Frames::of_file(file_of(&content)).collect().await.unwrap();
            assert!(collected.to_bytes() == content, "{length} bytes");
        }
    }
}
