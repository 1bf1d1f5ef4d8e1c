//! Load over kept connections: requests written as they are, answers read to their end.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub(crate) fn track_request(key: &str) -> String {
    let body =
        r#"{"tenant_id":"client-xyz","model":"mistral-large-2","prompt_tokens":600,"completion_tokens":400}"#;
    post("/api/v1/track", key, "application/json", body)
}

pub(crate) fn post(path: &str, key: &str, media_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\
         content-type: {media_type}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// Connections that have each had an answer: one that still waits to be accepted would be timed as work.
pub(crate) async fn connect(address: SocketAddr, request: &str, connections: usize) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..connections {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        exchange(&mut stream, request.as_bytes(), &mut Vec::new()).await;
        streams.push(stream);
    }
    streams
}

/// Sends `request` `count` times over kept connections; the time of the whole and of each.
pub(crate) async fn hammer(
    streams: &mut Vec<TcpStream>,
    request: &str,
    count: u64,
) -> (Duration, Vec<Duration>) {
    let shares: Vec<u64> = shares(count, streams.len()).collect();
    let start = Instant::now();
    let mut tasks = Vec::new();
    for (mut stream, share) in streams.drain(..).zip(shares) {
        let request = request.to_owned();
        tasks.push(tokio::spawn(async move {
            let mut buffer = Vec::with_capacity(4_096);
            let mut times = Vec::new();
            for _ in 0..share {
                let sent = Instant::now();
                exchange(&mut stream, request.as_bytes(), &mut buffer).await;
                times.push(sent.elapsed());
            }
            (stream, times)
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        let (stream, times) = task.await.expect("no panic");
        streams.push(stream);
        all.extend(times);
    }
    (start.elapsed(), all)
}

/// `count` in as many nearly equal parts.
fn shares(count: u64, parts: usize) -> impl Iterator<Item = u64> {
    let parts = parts as u64;
    (0..parts).map(move |part| count / parts + u64::from(part < count % parts))
}

/// One request, and its answer read to the end; anything but 200 stops the bench.
pub(crate) async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) {
    stream.write_all(request).await.expect("sent");
    buffer.clear();
    loop {
        assert!(stream.read_buf(buffer).await.expect("read") > 0, "the server hung up");
        let text = std::str::from_utf8(buffer).expect("text");
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        assert!(head.starts_with("HTTP/1.1 200"), "{text}");
        let (_, length) = head.split_once("content-length: ").expect("a length");
        let length: usize = length.split("\r\n").next().expect("a line").parse().expect("a number");
        if body.len() == length {
            return;
        }
    }
}
