//! Many requests over connections that are kept, and what they cost the server: in counts and in work, not in time.

use crate::server::Server;
use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

/// A request as it is written.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    format!("{method} {path} HTTP/1.1\r\nhost: x\r\n{headers}content-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// One with a key.
pub(crate) fn keyed(method: &str, path: &str, key: &str, body: &str) -> Vec<u8> {
    request(method, path, &[("authorization", &format!("Bearer {key}"))], body)
}

/// A connection that is kept.
pub(crate) struct Connection(pub(crate) TcpStream);

impl Connection {
    pub(crate) fn to(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        Connection(stream)
    }

    /// Sends a request and reads its answer to the end: its status.
    #[track_caller]
    pub(crate) fn status(&mut self, request: &[u8]) -> u16 {
        self.0.write_all(request).unwrap();
        self.read_status().unwrap()
    }

    /// The status of the next answer, which is read to its end.
    pub(crate) fn read_status(&mut self) -> io::Result<u16> {
        let mut read = Vec::new();
        let mut piece = vec![0; 65_536];
        loop {
            if let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&read[..end]).into_owned();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                let length: usize = length.map_or(0, |length| length.parse().unwrap());
                if read.len() >= end + 4 + length {
                    return Ok(head[9..12].parse().unwrap());
                }
            }
            match self.0.read(&mut piece)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                bytes => read.extend_from_slice(&piece[..bytes]),
            }
        }
    }
}

/// What came of a flood while somebody else asked.
pub(crate) struct Flooded {
    /// Answers to the flood.
    pub(crate) answers: usize,
    /// Of those, the ones that came while one request of the other was waiting: the median of its requests.
    pub(crate) during_one: usize,
}

/// Sends what `flood` says over so many connections, again and again, while `victim` asks `times` times, one request after the
/// other: each gets its number. The victim's answers must all be `expect`.
pub(crate) fn during_flood(
    server: &Server,
    connections: usize,
    flood: impl Fn(usize) -> Vec<u8> + Sync,
    times: usize,
    victim: impl Fn(usize) -> Vec<u8>,
    expect: u16,
) -> Flooded {
    let (answers, number, is_over) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let mut during = Vec::new();
    std::thread::scope(|threads| {
        for _ in 0..connections {
            threads.spawn(|| {
                let mut connection = Connection::to(server);
                while !is_over.load(Ordering::Relaxed) {
                    connection.status(&flood(number.fetch_add(1, Ordering::Relaxed)));
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            // All of them are under way.
            while number.load(Ordering::Relaxed) < connections {
                std::thread::sleep(Duration::from_millis(5));
            }
            let mut connection = Connection::to(server);
            for n in 0..times {
                let before = answers.load(Ordering::Relaxed);
                let status = connection.status(&victim(n));
                during.push(answers.load(Ordering::Relaxed) - before);
                assert_eq!(status, expect, "request {n} of the other");
            }
        }));
        is_over.store(true, Ordering::Relaxed);
        run.unwrap();
    });
    during.sort_unstable();
    Flooded { answers: answers.into_inner(), during_one: during[times / 2] }
}

/// Nanoseconds that the thread which takes events has worked so far.
pub(crate) fn event_thread_ns(server: &Server) -> u64 {
    let pid = server.pid();
    let ran = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/schedstat")).unwrap();
    ran.split(' ').next().unwrap().parse().unwrap()
}

/// Resident memory, in KiB.
pub(crate) fn resident_kib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
