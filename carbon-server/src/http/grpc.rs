//! gRPC on the wire: the frame of a message, and problems as statuses.

use crate::http::{media_type::GRPC, problem::Problem};
use bytes::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// A flag for the compression and the length of the message.
const PREFIX_BYTES: usize = 5;

/// What is said where gRPC cannot be spoken: the way that always works.
pub(crate) const NEEDS_HTTP_2: Problem = Problem::Unimplemented {
    detail: "This is for gRPC over HTTP/2, with content type application/grpc. Otherwise send OTLP as http/protobuf to \
             /v1/traces (OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf).",
};
pub(crate) const NO_SUCH_METHOD: Problem = Problem::Unimplemented {
    detail: "This server has no such gRPC method. By gRPC it takes OTLP exports of traces, metrics and logs. They can also \
             be sent as http/protobuf (OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf).",
};

/// Whether a content type, in lower case, is that of gRPC with protocol buffers. gRPC-Web is another protocol.
pub(crate) fn is_grpc(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or("").trim();
    essence.strip_prefix(GRPC).is_some_and(|format| matches!(format, "" | "+proto"))
}

/// A message as it was sent.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) bytes: Bytes,
    pub(crate) is_compressed: bool,
}

/// The one message of a request.
pub(crate) fn message(mut body: Bytes) -> Result<Message, Problem> {
    if body.len() < PREFIX_BYTES {
        return Err(Problem::invalid("", "holds no gRPC message"));
    }
    let prefix = body.split_to(PREFIX_BYTES);
    let is_compressed = match prefix[0] {
        0 => false,
        1 => true,
        _ => return Err(Problem::invalid("", "begins with a flag that gRPC does not have")),
    };
    let bytes = u32::from_be_bytes([prefix[1], prefix[2], prefix[3], prefix[4]]) as usize;
    if body.len() < bytes {
        return Err(Problem::invalid("", "ends before its gRPC message does"));
    }
    if body.len() > bytes {
        return Err(Problem::invalid("", "holds more than one gRPC message"));
    }
    Ok(Message { bytes: body, is_compressed })
}

/// A message in its frame, uncompressed.
pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    let bytes = u32::try_from(message.len()).expect("answers are small");
    [&[0], &bytes.to_be_bytes()[..], message].concat()
}

/// `OK`
pub(crate) const OK: u16 = 0;

/// The code of a problem. What is worth another try has a code after which exporters of OTLP try again.
pub(crate) fn code(problem: &Problem) -> u16 {
    const INVALID_ARGUMENT: u16 = 3;
    const DEADLINE_EXCEEDED: u16 = 4;
    const NOT_FOUND: u16 = 5;
    const PERMISSION_DENIED: u16 = 7;
    const RESOURCE_EXHAUSTED: u16 = 8;
    const FAILED_PRECONDITION: u16 = 9;
    const UNIMPLEMENTED: u16 = 12;
    const INTERNAL: u16 = 13;
    const UNAVAILABLE: u16 = 14;
    const UNAUTHENTICATED: u16 = 16;
    match problem {
        Problem::Unauthorised
        | Problem::TokenExpired
        | Problem::NotLoggedIn
        | Problem::NoToken
        | Problem::WrongPassword => UNAUTHENTICATED,
        Problem::Forbidden { .. } => PERMISSION_DENIED,
        Problem::Invalid { .. } | Problem::InvalidHost => INVALID_ARGUMENT,
        Problem::NotFound { .. } => NOT_FOUND,
        Problem::Conflict { .. } => FAILED_PRECONDITION,
        Problem::MethodNotAllowed { .. } | Problem::UnsupportedEncoding | Problem::Unimplemented { .. } => {
            UNIMPLEMENTED
        }
        // Without a RetryInfo this is final for an exporter: a smaller export is another one.
        Problem::BodyTooLarge { .. } | Problem::TooManyEvents { .. } => RESOURCE_EXHAUSTED,
        Problem::BodyNotReceived => DEADLINE_EXCEEDED,
        Problem::TooManyRequests { .. } | Problem::Unavailable(_) | Problem::InDoubt(_) | Problem::Busy => {
            UNAVAILABLE
        }
        Problem::Internal(_) => INTERNAL,
    }
}

/// A text as the value of `grpc-message`.
pub(crate) fn status_message(text: &str) -> String {
    const ESCAPED: &AsciiSet = &CONTROLS.add(b'%');
    utf8_percent_encode(text, ESCAPED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_is_read_and_nothing_else() {
        let frame = |flag: u8, bytes: u32, message: &[u8]| {
            Bytes::from([&[flag], &bytes.to_be_bytes()[..], message].concat())
        };
        for (body, expect) in [
            (frame(0, 0, b""), Ok((&b""[..], false))),
            (frame(0, 3, b"abc"), Ok((b"abc", false))),
            (frame(1, 3, b"abc"), Ok((b"abc", true))),
            (Bytes::new(), Err("holds no gRPC message")),
            (Bytes::from_static(b"\0\0\0\0"), Err("holds no gRPC message")),
            (frame(2, 0, b""), Err("begins with a flag that gRPC does not have")),
            (frame(0, 3, b"ab"), Err("ends before its gRPC message does")),
            (frame(0, u32::MAX, b"ab"), Err("ends before its gRPC message does")),
            (frame(0, 2, b"abc"), Err("holds more than one gRPC message")),
            (Bytes::from([0; 10].to_vec()), Err("holds more than one gRPC message")),
        ] {
            let found = message(body.clone());
            match (found, expect) {
                (Ok(Message { bytes, is_compressed }), Ok(expect)) => {
                    assert_eq!((&bytes[..], is_compressed), expect);
                }
                (Err(problem), Err(expect)) => assert!(problem.detail().contains(expect), "{problem:?}"),
                (found, expect) => panic!("{body:?}: {found:?}, not {expect:?}"),
            }
        }
        assert_eq!(message(Bytes::from(framed(b"abc"))).unwrap().bytes, "abc");
    }

    #[test]
    fn content_types_of_grpc_are_told_from_others() {
        for (content_type, expect) in [
            ("application/grpc", true),
            ("application/grpc+proto", true),
            ("application/grpc; charset=utf-8", true),
            ("application/grpc+json", false),
            ("application/grpc-web", false),
            ("application/grpc-web+proto", false),
            ("application/x-protobuf", false),
            ("", false),
        ] {
            assert_eq!(is_grpc(content_type), expect, "{content_type}");
        }
    }

    #[test]
    fn a_status_message_is_ascii() {
        assert_eq!(status_message("2 × 50 %"), "2 %C3%97 50 %25");
        assert_eq!(status_message("a\nb"), "a%0Ab");
    }
}
