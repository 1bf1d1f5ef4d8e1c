//! Whose connection it is: the client's own, or that of a proxy which says whose request it passes on.

use std::net::{IpAddr, SocketAddr};

/// The address that a request comes from. What stands in `forwarded_for`, the lines of that header, is believed from the
/// right, as far as proxies that are trusted wrote it: all before that anyone may have made up.
pub(crate) fn behind<'a>(
    trusted: &[IpAddr],
    peer: IpAddr,
    forwarded_for: impl DoubleEndedIterator<Item = &'a [u8]>,
) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|known| known.to_canonical() == address);
    let mut nearest = peer.to_canonical();
    if !is_trusted(nearest) {
        return nearest;
    }
    let lines = forwarded_for.rev().filter_map(|line| str::from_utf8(line).ok());
    for hop in lines.flat_map(|line| line.rsplit(',')) {
        let Some(address) = address(hop.trim()) else { break };
        nearest = address;
        if !is_trusted(nearest) {
            break;
        }
    }
    nearest
}

/// An address, with or without brackets and port.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse().ok().or_else(|| hop.parse().ok().map(|hop: SocketAddr| hop.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hops_are_believed_as_far_as_trusted_proxies_wrote_them() {
        let trusted: [IpAddr; 2] = ["10.0.0.1".parse().unwrap(), "fd00::1".parse().unwrap()];
        for (peer, lines, expect) in [
            ("192.0.2.1", &["198.51.100.7"][..], "192.0.2.1"),
            ("10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("::ffff:10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            // What the client wrote itself stands on the left.
            ("10.0.0.1", &["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["203.0.113.9, 198.51.100.7, fd00::1"], "198.51.100.7"),
            ("10.0.0.1", &["198.51.100.7:4711"], "198.51.100.7"),
            ("fd00::1", &["[2001:db8::7]:4711"], "2001:db8::7"),
            ("fd00::1", &["[2001:db8::7]"], "2001:db8::7"),
            ("10.0.0.1", &["198.51.100.7, unknown"], "10.0.0.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
        ] {
            let lines = lines.iter().map(|line| line.as_bytes());
            let found = behind(&trusted, peer.parse().unwrap(), lines);
            assert_eq!(found, expect.parse::<IpAddr>().unwrap(), "{peer}, behind {expect}");
        }
    }
}
