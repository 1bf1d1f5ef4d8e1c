//! Objects that most parts of a file are made of.

use lopdf::{Dictionary, Object, Stream};

/// A count as a number.
pub(super) fn integer(number: usize) -> Object {
    Object::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A stream, compressed.
pub(super) fn compressed(dictionary: Dictionary, content: Vec<u8>) -> Stream {
    let mut stream = Stream::new(dictionary, content);
    // A stream that does not shrink stays as it is.
    drop(stream.compress());
    stream
}
