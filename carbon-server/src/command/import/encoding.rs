//! Files in UTF-16, as spreadsheets and Windows programs write them, read as UTF-8.

use std::io::{BufRead, Read};

/// What the first bytes of a file say of its encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8, after a byte order mark of that many bytes.
    Utf8 {
        mark: usize,
    },
    Utf16 {
        is_big_endian: bool,
        mark: usize,
    },
    /// Not text: what it is, and what to do.
    Binary(&'static str),
}

impl Encoding {
    /// Reads the first bytes of a file.
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0xef, 0xbb, 0xbf, ..] => Encoding::Utf8 { mark: 3 },
            [0xff, 0xfe, ..] => Encoding::Utf16 { is_big_endian: false, mark: 2 },
            [0xfe, 0xff, ..] => Encoding::Utf16 { is_big_endian: true, mark: 2 },
            [b'P', b'K', 3, 4, ..] => {
                Encoding::Binary("is an Excel workbook or a zip: save the sheet as CSV")
            }
            [b'P', b'A', b'R', b'1', ..] => Encoding::Binary("is Parquet: export it as CSV or JSON"),
            // No text starts with a zero: the other half of a letter does.
            [0, letter, ..] if letter.is_ascii() => Encoding::Utf16 { is_big_endian: true, mark: 0 },
            [letter, 0, ..] if letter.is_ascii() => Encoding::Utf16 { is_big_endian: false, mark: 0 },
            _ => Encoding::Utf8 { mark: 0 },
        }
    }
}

/// UTF-16 as UTF-8. What is not a character becomes U+FFFD.
pub(super) struct Utf16Reader<R> {
    input: R,
    is_big_endian: bool,
    /// UTF-8 that was not passed on yet.
    ready: Vec<u8>,
    /// The first half of a character whose second half has not been read.
    high: Option<u16>,
}

impl<R: BufRead> Utf16Reader<R> {
    pub(super) fn new(input: R, is_big_endian: bool) -> Self {
        Utf16Reader { input, is_big_endian, ready: Vec::new(), high: None }
    }

    /// Decodes the next bytes; `false` at the end of the input.
    fn decode(&mut self) -> std::io::Result<bool> {
        const UNITS: u64 = 32 * 1024;
        let mut bytes = Vec::new();
        if (&mut self.input).take(2 * UNITS).read_to_end(&mut bytes)? == 0 {
            // An unfinished character.
            let high = self.high.take().is_some();
            self.ready.extend_from_slice(if high { "\u{fffd}".as_bytes() } else { b"" });
            return Ok(high);
        }
        let unit = |pair: &[u8]| match (pair, self.is_big_endian) {
            ([first, second], true) => u16::from_be_bytes([*first, *second]),
            ([first, second], false) => u16::from_le_bytes([*first, *second]),
            _ => u16::from_be_bytes([0xff, 0xfd]),
        };
        let mut units: Vec<u16> = self.high.take().into_iter().chain(bytes.chunks(2).map(unit)).collect();
        if units.last().is_some_and(|last| (0xd800..0xdc00).contains(last)) {
            self.high = units.pop();
        }
        let text: String =
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        self.ready.extend_from_slice(text.as_bytes());
        Ok(true)
    }
}

impl<R: BufRead> Read for Utf16Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.ready.is_empty() && self.decode()? {}
        let count = buffer.len().min(self.ready.len());
        buffer[..count].copy_from_slice(&self.ready[..count]);
        self.ready.drain(..count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_read_to_the_last_character_in_either_order() {
        // Longer than what is decoded at once, with characters of one unit and of two at every place.
        let text: String = (0..70_000).map(|n| if n % 3 == 0 { '😀' } else { 'é' }).collect();
        for start in ["", "x"] {
            let text = format!("{start}{text}");
            for is_big_endian in [false, true] {
                let bytes: Vec<u8> = text
                    .encode_utf16()
                    .flat_map(|unit| if is_big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() })
                    .collect();
                let mut read = String::new();
                Utf16Reader::new(&bytes[..], is_big_endian).read_to_string(&mut read).unwrap();
                assert!(read == text, "{is_big_endian}");
            }
        }
        let mut read = String::new();
        Utf16Reader::new(&[0x41, 0, 0x3d, 0xd8][..], false).read_to_string(&mut read).unwrap();
        assert_eq!(read, "A\u{fffd}");
    }

    #[test]
    fn the_first_bytes_say_the_encoding() {
        for (head, expect) in [
            (&b"timestamp,"[..], Encoding::Utf8 { mark: 0 }),
            (b"\xef\xbb\xbft", Encoding::Utf8 { mark: 3 }),
            (b"\xff\xfet\0", Encoding::Utf16 { is_big_endian: false, mark: 2 }),
            (b"\xfe\xff\0t", Encoding::Utf16 { is_big_endian: true, mark: 2 }),
            (b"t\0i\0", Encoding::Utf16 { is_big_endian: false, mark: 0 }),
            (b"\0t\0i", Encoding::Utf16 { is_big_endian: true, mark: 0 }),
            (b"", Encoding::Utf8 { mark: 0 }),
        ] {
            assert_eq!(Encoding::of(head), expect, "{head:?}");
        }
        assert!(matches!(Encoding::of(b"PK\x03\x04"), Encoding::Binary(_)));
    }
}
