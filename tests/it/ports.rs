//! Ports for programs that have to be told one, or that come back on the one they had.

use std::{
    hash::{BuildHasher, RandomState},
    io::ErrorKind,
    net::TcpListener,
};

/// The lowest port that a program may be told.
const LOWEST: u16 = 10_000;

/// A port that nobody listens on, below those that the kernel gives away: no connection and no listener on "any port" can take
/// it before the program does, or while the program is down.
pub(crate) fn free_port() -> u16 {
    let given_away = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap();
    let first: u16 = given_away.split_whitespace().next().unwrap().parse().unwrap();
    assert!(first > 2 * LOWEST, "the kernel gives away ports from {first}");
    loop {
        let random = RandomState::new().hash_one("port") % u64::from(first - LOWEST);
        let port = LOWEST + u16::try_from(random).unwrap();
        if is_free(port) {
            return port;
        }
    }
}

/// `127.0.0.1` with such a port.
pub(crate) fn free_address() -> String {
    format!("127.0.0.1:{}", free_port())
}

/// On both protocols: some programs listen on both, and on neither where one is taken.
fn is_free(port: u16) -> bool {
    ["127.0.0.1", "::1"].into_iter().all(|host| match TcpListener::bind((host, port)) {
        Ok(_) => true,
        Err(error) => error.kind() != ErrorKind::AddrInUse,
    })
}
