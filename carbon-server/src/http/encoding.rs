//! Bodies without their compression.

use crate::http::problem::Problem;
use bytes::Bytes;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use std::{fmt, io::Read};

/// What RFC 8878 asks every decoder to have room for.
const ZSTD_WINDOW_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// The body without its compression, read no further than it may be long.
pub(crate) fn decoded(body: Bytes, encoding: Option<&str>, bytes_max: usize) -> Result<Bytes, Problem> {
    let broken = |error: &dyn fmt::Display| Problem::invalid("", format!("cannot be decompressed: {error}"));
    let mut whole = Vec::new();
    // One byte more than is allowed, so that it shows.
    let limit = bytes_max as u64 + 1;
    match encoding {
        None | Some("" | "identity") => return Ok(body),
        Some("gzip" | "x-gzip") => flate2::read::MultiGzDecoder::new(&*body)
            .take(limit)
            .read_to_end(&mut whole)
            .map(drop)
            .map_err(|error| broken(&error))?,
        Some("zstd") => {
            let mut frames = &*body;
            // A decoder reads one frame; what stands behind it is another, and must not be lost.
            while !frames.is_empty() && whole.len() <= bytes_max {
                let mut decoder = FrameDecoder::new();
                decoder.set_max_window_size(ZSTD_WINDOW_BYTES_MAX);
                let room = limit - whole.len() as u64;
                let frame = StreamingDecoder::new_with_decoder(&mut frames, &mut decoder);
                let mut frame = frame.map_err(|error| broken(&error))?.take(room);
                frame.read_to_end(&mut whole).map_err(|error| broken(&error))?;
                // The decoder leaves it to us to compare.
                let (stated, found) = (decoder.get_checksum_from_data(), decoder.get_calculated_checksum());
                if stated.is_some() && stated != found && whole.len() <= bytes_max {
                    return Err(broken(&"its checksum does not match"));
                }
            }
        }
        Some(_) => return Err(Problem::UnsupportedEncoding),
    }
    if whole.len() > bytes_max {
        return Err(Problem::BodyTooLarge { bytes_max });
    }
    Ok(whole.into())
}
