//! The form that brings a file: `multipart/form-data` with one field.

use crate::http::problem::Problem;
use bytes::Bytes;
use futures_util::stream;
use multer::Multipart;
use std::convert::Infallible;

/// Bytes that are looked at together.
const STEP: usize = 64 * 1024;

/// A file as it was sent.
#[derive(Debug)]
pub(super) struct SentFile {
    pub(super) name: Option<String>,
    pub(super) parts: Vec<Bytes>,
}

/// The one file of a form.
pub(super) async fn file(form_type: &str, body: Bytes) -> Result<SentFile, Problem> {
    let boundary = multer::parse_boundary(form_type)
        .map_err(|_| Problem::invalid("content-type", "must be multipart/form-data with a boundary"))?;
    let steps = (0..body.len()).step_by(STEP);
    let steps = steps.map(move |from| Ok::<_, Infallible>(body.slice(from..body.len().min(from + STEP))));
    let mut form = Multipart::new(stream::iter(steps), boundary);
    let broken = |_| Problem::invalid("", "is not a whole form");
    let mut file = None;
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        if field.name() != Some("file") || file.is_some() {
            return Err(Problem::invalid("/file", "must be the only field, and there once"));
        }
        let (name, mut parts) = (field.file_name().map(str::to_owned), Vec::new());
        while let Some(part) = field.chunk().await.map_err(broken)? {
            parts.push(part);
        }
        file = Some(SentFile { name: name.filter(|name| !name.is_empty()), parts });
    }
    file.filter(|file| file.parts.iter().any(|part| !part.is_empty()))
        .ok_or_else(|| Problem::invalid("/file", "is required: a report or an evidence pack"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use proptest::prelude::*;

    fn read(form_type: &str, body: &[u8]) -> Result<(Option<String>, Vec<u8>), Problem> {
        let body = Bytes::copy_from_slice(body);
        let file = file(form_type, body).now_or_never().expect("all of it is there")?;
        Ok((file.name, file.parts.concat()))
    }

    fn form(boundary: &str, content: &[u8]) -> Vec<u8> {
        let head = "Content-Disposition: form-data; name=\"file\"; filename=\"evidence.zip\"";
        let (begin, end) = (format!("--{boundary}\r\n{head}\r\n\r\n"), format!("\r\n--{boundary}--\r\n"));
        [begin.as_bytes(), content, end.as_bytes()].concat()
    }

    const TYPE: &str = "multipart/form-data; boundary=AbC";

    #[test]
    fn a_form_that_is_none_is_refused_by_name() {
        let whole = form("AbC", b"PK");
        assert_eq!(read(TYPE, &whole).unwrap(), (Some("evidence.zip".to_owned()), b"PK".to_vec()));
        let field = |name: &str| {
            format!("--AbC\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\nx\r\n").into_bytes()
        };
        let end = b"--AbC--\r\n".to_vec();
        for (form_type, body, named) in [
            ("", whole.clone(), "content-type"),
            ("application/zip", whole.clone(), "content-type"),
            ("multipart/form-data", whole.clone(), "content-type"),
            ("multipart/mixed; boundary=AbC", whole.clone(), "content-type"),
            // The case of a boundary counts.
            ("multipart/form-data; boundary=abc", whole.clone(), "The body"),
            (TYPE, Vec::new(), "The body"),
            (TYPE, b"PK\x03\x04".to_vec(), "The body"),
            (TYPE, [&b"--AbC\r\n"[..], &vec![b'x'; 200_000]].concat(), "The body"),
            (TYPE, end.clone(), "/file"),
            (TYPE, form("AbC", b""), "/file"),
            (TYPE, [field("other"), end.clone()].concat(), "/file"),
            (TYPE, [field("file"), field("file"), end].concat(), "/file"),
        ] {
            let detail = read(form_type, &body).unwrap_err().detail();
            assert!(detail.starts_with(named), "{form_type} {}: {detail}", body.len());
        }
        for length in 0..whole.len() - 4 {
            assert!(read(TYPE, &whole[..length]).is_err(), "{length} bytes");
        }
    }

    proptest! {
        /// Every file arrives as it was sent, whatever is in it, and however it lies across the steps.
        #[test]
        fn a_file_arrives_as_it_was_sent(
            mut content in prop::collection::vec(any::<u8>(), 1..200),
            fill in 0_usize..(2 * STEP),
            dashes in "(\r\n|--|AbC|\r|\n|-){0,8}",
        ) {
            content.extend(vec![b'-'; fill]);
            content.extend(dashes.replace("\r\n--AbC", "").bytes());
            content.push(b'x');
            let sent = read(TYPE, &form("AbC", &content)).map(|(_, content)| content);
            prop_assert_eq!(sent.unwrap(), content);
        }

        #[test]
        fn nothing_that_is_sent_breaks_it(body in prop::collection::vec(any::<u8>(), 0..400), form_type in ".*") {
            drop(read(TYPE, &body));
            drop(read(TYPE, &[b"--AbC\r\n", &body[..]].concat()));
            drop(read(&form_type, &body));
        }
    }
}
