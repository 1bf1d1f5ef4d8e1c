//! Recorded metrics on loopback: a server that gives one text after the other, and keeps what it is sent.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

/// What it answers to one request after the other; the last again and again.
type Answers = Arc<Mutex<Vec<(u16, String)>>>;

/// A server on loopback, for as long as the test runs.
pub(crate) struct Recorded {
    pub(crate) url: String,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Recorded {
    /// That gives these texts.
    pub(crate) fn texts(texts: impl IntoIterator<Item = String>) -> Self {
        Self::answers(texts.into_iter().map(|text| (200, text)))
    }

    /// That answers with these statuses and bodies.
    pub(crate) fn answers(answers: impl IntoIterator<Item = (u16, String)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers: Answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        let sent = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let kept = sent.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                // A client that goes away ends its connection, not the server.
                drop(serve(connection, &answers, &kept));
            }
        });
        Recorded { url, sent }
    }

    /// The bodies that it was sent.
    pub(crate) fn bodies(&self) -> Vec<Vec<u8>> {
        self.sent.lock().unwrap().clone()
    }
}

fn serve(
    connection: TcpStream,
    answers: &Mutex<Vec<(u16, String)>>,
    sent: &Mutex<Vec<Vec<u8>>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut writer = connection;
    let (mut length, mut chunked) = (0, false);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim().to_ascii_lowercase();
        if let Some(bytes) = line.strip_prefix("content-length:") {
            length = bytes.trim().parse().unwrap();
        }
        chunked |= line == "transfer-encoding: chunked";
        if line.is_empty() {
            break;
        }
    }
    assert!(!chunked, "a body that is known is sent with its length");
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    sent.lock().unwrap().push(body);
    let mut answers = answers.lock().unwrap();
    let (status, text) = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
    write!(
        writer,
        "HTTP/1.1 {status} X\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    )
}
