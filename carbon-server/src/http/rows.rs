//! Bodies of many rows: an array, or one a line.

use crate::http::problem::Problem;
use serde::{
    Deserializer as _,
    de::{Error, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::fmt;

/// How rows are put together.
#[derive(Clone, Copy)]
pub(crate) enum Rows {
    /// One JSON array.
    Array,
    /// A document a line; empty lines do not count.
    Lines,
    /// The same, or documents that go over several lines.
    Documents,
}

/// Takes the JSON of each row; the first problem ends it.
pub(crate) fn each(
    rows: Rows,
    body: &[u8],
    take: &mut dyn FnMut(&[u8]) -> Result<(), Problem>,
) -> Result<(), Problem> {
    match rows {
        Rows::Array => array(body, take),
        // Where a line is a whole object, each is: a broken one is one row.
        Rows::Documents if !body.split(|byte| *byte == b'\n').any(is_object) => {
            let documents = serde_json::Deserializer::from_slice(body).into_iter::<&RawValue>();
            for document in documents {
                let document = document.map_err(|error| {
                    Problem::invalid("", format!("is not JSON, at line {}", error.line()))
                })?;
                take(document.get().as_bytes())?;
            }
            Ok(())
        }
        Rows::Lines | Rows::Documents => {
            let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
            lines.filter(|line| !line.is_empty()).try_for_each(take)
        }
    }
}

/// Within another one it would stand further in.
fn is_object(line: &[u8]) -> bool {
    line.starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(line).is_ok()
}

fn array(body: &[u8], take: &mut dyn FnMut(&[u8]) -> Result<(), Problem>) -> Result<(), Problem> {
    struct Elements<'r> {
        take: &'r mut dyn FnMut(&[u8]) -> Result<(), Problem>,
        problem: &'r mut Option<Problem>,
    }

    impl<'de> Visitor<'de> for Elements<'_> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array of events")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
            while let Some(element) = elements.next_element::<&RawValue>()? {
                if let Err(problem) = (self.take)(element.get().as_bytes()) {
                    *self.problem = Some(problem);
                    return Err(A::Error::custom("refused"));
                }
            }
            Ok(())
        }
    }

    let mut json = serde_json::Deserializer::from_slice(body);
    let mut problem = None;
    let read = json.deserialize_seq(Elements { take, problem: &mut problem }).and_then(|()| json.end());
    read.map_err(|error| {
        problem.unwrap_or_else(|| Problem::invalid("", format!("is not a JSON array of events: {error}")))
    })
}
