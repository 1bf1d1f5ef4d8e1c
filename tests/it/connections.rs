//! What goes over a connection, byte by byte: when an answer comes, and that it comes.

use crate::server::{Ledger, Server};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

/// A client that writes what it likes and reads what comes.
struct Client(TcpStream);

impl Client {
    fn connect(server: &Server) -> Client {
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        Client(stream)
    }

    /// What is answered to these bytes, up to the end of the first head and what came with it.
    #[track_caller]
    fn ask(&mut self, bytes: &[u8]) -> String {
        self.0.write_all(bytes).unwrap();
        self.answer()
    }

    #[track_caller]
    fn answer(&mut self) -> String {
        let mut answer = Vec::new();
        let mut piece = [0; 4_096];
        while !answer.windows(4).any(|window| window == b"\r\n\r\n") {
            match self.0.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => answer.extend_from_slice(&piece[..read]),
                Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&answer)),
            }
        }
        String::from_utf8(answer).unwrap()
    }
}

#[test]
fn a_request_is_answered_while_the_next_is_still_being_sent() {
    let (_ledger, server) = Server::alone();
    let mut client = Client::connect(&server);
    let answer = client.ask(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /heal");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let answer = client.ask(b"thz HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a_head_that_cannot_be_read_is_told_so() {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let many: String = (0..150).map(|n| format!("x-{n}: a\r\n")).collect();
    for (request, status) in [
        ("GET /a b HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(), "400"),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), "400"),
        ("\u{16}\u{3}\u{1}\0\0".to_owned(), "400"),
        (format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{many}\r\n"), "431"),
    ] {
        let answer = Client::connect(&server).ask(request.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request:?}: {answer:?}");
    }
}
