//! What handlers answer.

use crate::{base::digest::hex, http::problem::Problem};
use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{borrow::Cow, fs::File};

/// Media type of a workbook.
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// What a handler answers when all went well.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) outcome: Outcome,
    pub(crate) content: Content,
    pub(crate) cookie: Option<String>,
    /// Value of `Link` (RFC 8288).
    pub(crate) link: Option<String>,
    /// Tells this content from any other, where a client may keep it.
    pub(crate) etag: Option<String>,
}

/// What a page may do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// Its Content-Security-Policy.
    pub(crate) content: &'static str,
    /// To whom its address is told: other sites never learn it.
    pub(crate) referrer: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    Ok,
    Created,
    Accepted,
    NoContent,
    SeeOther,
    /// A form that was not taken, shown again: with what the API would have said.
    Refused {
        status: u16,
        retry_after_s: Option<u64>,
    },
}

#[derive(Debug)]
pub(crate) enum Content {
    Nothing,
    /// A page of ours.
    Page {
        html: Vec<u8>,
        policy: Policy,
    },
    /// A file of a page.
    Asset {
        media_type: &'static str,
        bytes: Cow<'static, [u8]>,
        /// How the bytes are compressed, where they are.
        encoding: Option<&'static str>,
        /// Whether another version of it would have another address.
        is_lasting: bool,
    },
    /// On another page.
    Elsewhere(String),
    Json(Vec<u8>),
    /// JSON that is the same for everyone.
    Document(Bytes),
    Protobuf(Vec<u8>),
    /// The one message of an answer by gRPC.
    Grpc(Vec<u8>),
    Pdf {
        file_name: String,
        bytes: Vec<u8>,
    },
    /// To be saved under that name.
    Form {
        media_type: &'static str,
        file_name: String,
        bytes: Vec<u8>,
    },
    File {
        media_type: &'static str,
        file_name: String,
        file: File,
        bytes: u64,
    },
}

impl Answer {
    /// 200 with a JSON document.
    pub(crate) fn ok(document: &impl Serialize) -> Result<Answer, Problem> {
        Ok(Self::new(Outcome::Ok, json(document)?))
    }

    /// The same, written already.
    pub(crate) fn json(document: Vec<u8>) -> Answer {
        Self::new(Outcome::Ok, Content::Json(document))
    }

    /// 200 with a message of protocol buffers.
    pub(crate) fn protobuf(message: Vec<u8>) -> Answer {
        Self::new(Outcome::Ok, Content::Protobuf(message))
    }

    /// `OK` of gRPC with a message.
    pub(crate) fn grpc(message: Vec<u8>) -> Answer {
        Self::new(Outcome::Ok, Content::Grpc(message))
    }

    /// 200 with a JSON document that was built before.
    pub(crate) fn document(Document { bytes, etag }: Document) -> Answer {
        Answer { etag: Some(etag), ..Self::new(Outcome::Ok, Content::Document(bytes)) }
    }

    /// The same, which a client may keep and ask for again: what it has is not sent once more.
    pub(crate) fn revalidated(self) -> Answer {
        let etag = match (self.outcome, &self.content) {
            (Outcome::Ok, Content::Page { html: bytes, .. } | Content::Json(bytes)) => Some(etag_of(bytes)),
            _ => None,
        };
        Answer { etag, ..self }
    }

    /// 201 with a JSON document.
    pub(crate) fn created(document: &impl Serialize) -> Result<Answer, Problem> {
        Ok(Self::new(Outcome::Created, json(document)?))
    }

    /// 202 with a JSON document: it is being done.
    pub(crate) fn accepted(document: &impl Serialize) -> Result<Answer, Problem> {
        Ok(Self::new(Outcome::Accepted, json(document)?))
    }

    /// 204: it is done, and there is nothing to say.
    pub(crate) fn no_content() -> Answer {
        Self::new(Outcome::NoContent, Content::Nothing)
    }

    /// 200, and nothing to say.
    pub(crate) fn nothing() -> Answer {
        Self::new(Outcome::Ok, Content::Nothing)
    }

    /// 200 with a page.
    pub(crate) fn page(html: String, policy: Policy) -> Answer {
        Self::new(Outcome::Ok, Content::Page { html: html.into_bytes(), policy })
    }

    /// 200 with a file of a page. `is_lasting` where another version of it would have another address.
    pub(crate) fn asset(
        media_type: &'static str,
        bytes: impl Into<Cow<'static, [u8]>>,
        encoding: Option<&'static str>,
        is_lasting: bool,
    ) -> Answer {
        let bytes = bytes.into();
        Self::new(Outcome::Ok, Content::Asset { media_type, bytes, encoding, is_lasting })
    }

    /// 303: the page at `location` is what there is to see. A path of ours, escaped.
    pub(crate) fn see_other(location: String) -> Answer {
        Self::new(Outcome::SeeOther, Content::Elsewhere(location))
    }

    /// The same page as the answer to a form that was not taken.
    pub(crate) fn refused(self, problem: &Problem) -> Answer {
        let (status, retry_after_s) = (problem.status(), problem.retry_after_s());
        Answer { outcome: Outcome::Refused { status, retry_after_s }, ..self }
    }

    /// The same, with a cookie (RFC 6265) to be set.
    pub(crate) fn with_cookie(self, cookie: String) -> Answer {
        Answer { cookie: Some(cookie), ..self }
    }

    /// The same, with a link to what comes next.
    pub(crate) fn with_link(self, link: String) -> Answer {
        Answer { link: Some(link), ..self }
    }

    fn new(outcome: Outcome, content: Content) -> Answer {
        Answer { outcome, content, cookie: None, link: None, etag: None }
    }

    /// 200 with bytes to be saved as `file_name`.
    pub(crate) fn form(media_type: &'static str, file_name: String, bytes: Vec<u8>) -> Answer {
        Self::new(Outcome::Ok, Content::Form { media_type, file_name, bytes })
    }

    /// 200 with a workbook to be saved as `file_name`.
    pub(crate) fn workbook(file_name: String, bytes: Vec<u8>) -> Answer {
        Self::form(XLSX, file_name, bytes)
    }

    /// 200 with a file, from where it stands, to be saved as `file_name`.
    pub(crate) fn download(
        media_type: &'static str,
        file_name: String,
        file: File,
    ) -> Result<Answer, Problem> {
        let bytes = file.metadata().map_err(Problem::internal)?.len();
        Ok(Self::new(Outcome::Ok, Content::File { media_type, file_name, file, bytes }))
    }

    /// 200 with a PDF to look at or to save as `file_name` (ASCII letters, digits, dots and hyphens).
    pub(crate) fn pdf(file_name: String, bytes: Vec<u8>) -> Answer {
        Self::new(Outcome::Ok, Content::Pdf { file_name, bytes })
    }
}

/// A JSON document that is built once.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    bytes: Bytes,
    etag: String,
}

impl Document {
    pub(crate) fn of(document: &impl Serialize) -> Result<Self, Problem> {
        let json = serde_json::to_vec(document).map_err(Problem::internal)?;
        Ok(Document { etag: etag_of(&json), bytes: json.into() })
    }
}

fn etag_of(bytes: &[u8]) -> String {
    format!("\"{}\"", &hex(&Sha256::digest(bytes))[..32])
}

fn json(document: &impl Serialize) -> Result<Content, Problem> {
    /// Most answers are no longer.
    const BYTES: usize = 512;
    let mut json = Vec::with_capacity(BYTES);
    serde_json::to_writer(&mut json, document).map_err(Problem::internal)?;
    Ok(Content::Json(json))
}
