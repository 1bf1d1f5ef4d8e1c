//! The first thing in which a file differs from another: for the words of a refusal, not for the verdict.

use lopdf::{Dictionary, Document, Object, ObjectId};
use std::collections::{HashSet, VecDeque};

/// A stream; far above any of ours.
const CONTENT_BYTES_MAX: usize = 256 * 1024 * 1024;
/// How a stream is written says nothing of what is in it; a signature differs wherever anything does.
const PASSED_OVER: [&[u8]; 4] = [b"Length", b"Filter", b"DecodeParms", b"V"];

/// Where the objects of `found` first differ from those of `expected`, from the root of the document down, as in
/// `page 2, /Contents`; `None` where they hold the same, or where one cannot be read.
pub(crate) fn first_difference(expected: &[u8], found: &[u8]) -> Option<String> {
    let [expected, found] = [expected, found].map(|file| Document::load_mem(file).ok());
    let (expected, found) = (&expected?, &found?);
    let mut walk = Walk { seen: HashSet::new(), next: VecDeque::new() };
    let [a, b] =
        [expected, found].map(|document| document.catalog().and_then(|root| root.get(b"Pages")).ok());
    // What a reader sees first, and the nearest of it: what hangs on a page is named by the page.
    let mut starts = vec![("Pages", a?, b?)];
    for (key, path) in [(b"Root".as_slice(), ""), (b"Info", "Info")] {
        starts.push((path, expected.trailer.get(key).ok()?, found.trailer.get(key).ok()?));
    }
    for (path, a, b) in starts {
        let path: Vec<String> = if path.is_empty() { Vec::new() } else { vec![path.to_owned()] };
        walk.next.push_back((path, a, b));
        while let Some((path, a, b)) = walk.next.pop_front() {
            if let Err(within) = walk.step(&path, resolved(expected, a), resolved(found, b)) {
                return Some(named(&[path, within].concat()));
            }
        }
    }
    None
}

/// The rest of the path to what differs.
type Differs = Result<(), Vec<String>>;

fn same(holds: bool) -> Differs {
    if holds { Ok(()) } else { Err(Vec::new()) }
}

fn resolved<'a>(document: &'a Document, object: &'a Object) -> Option<(Option<ObjectId>, &'a Object)> {
    document.dereference(object).ok()
}

struct Walk<'a> {
    seen: HashSet<(ObjectId, ObjectId)>,
    next: VecDeque<(Vec<String>, &'a Object, &'a Object)>,
}

type Resolved<'a> = Option<(Option<ObjectId>, &'a Object)>;

impl<'a> Walk<'a> {
    /// Whether two objects are of one kind and size, and have the same keys; what is in them comes later.
    fn step(&mut self, path: &[String], a: Resolved<'a>, b: Resolved<'a>) -> Differs {
        let (Some((a_id, a)), Some((b_id, b))) = (a, b) else { return same(a.is_none() && b.is_none()) };
        if let (Some(a), Some(b)) = (a_id, b_id)
            && !self.seen.insert((a, b))
        {
            return Ok(());
        }
        match (a, b) {
            (Object::Dictionary(a), Object::Dictionary(b)) => self.entries(path, a, b),
            (Object::Stream(a), Object::Stream(b)) => {
                let plain =
                    |stream: &lopdf::Stream| stream.get_plain_content_with_limit(CONTENT_BYTES_MAX).ok();
                same(plain(a) == plain(b))?;
                self.entries(path, &a.dict, &b.dict)
            }
            (Object::Array(a), Object::Array(b)) => {
                for (place, (a, b)) in a.iter().zip(b).enumerate() {
                    self.push(path, place.to_string(), a, b);
                }
                same(a.len() == b.len())
            }
            (a, b) => same(a == b),
        }
    }

    fn entries(&mut self, path: &[String], a: &'a Dictionary, b: &'a Dictionary) -> Differs {
        let keys = a.iter().chain(b).map(|(key, _)| key).filter(|key| !PASSED_OVER.contains(&key.as_slice()));
        for key in keys {
            let step = String::from_utf8_lossy(key).into_owned();
            match (a.get(key), b.get(key)) {
                (Ok(a), Ok(b)) => self.push(path, step, a, b),
                _ => return Err(vec![step]),
            }
        }
        Ok(())
    }

    fn push(&mut self, path: &[String], step: String, a: &'a Object, b: &'a Object) {
        self.next.push_back(([path, &[step]].concat(), a, b));
    }
}

/// A path as a reader looks for it.
fn named(path: &[String]) -> String {
    let slashed = |path: &[String]| path.iter().map(|step| format!("/{step}")).collect::<String>();
    match path {
        [pages, kids, number, rest @ ..] if pages == "Pages" && kids == "Kids" => {
            let page = number.parse::<usize>().map_or(0, |number| number + 1);
            let rest = if rest.is_empty() { String::new() } else { format!(", {}", slashed(rest)) };
            format!("page {page}{rest}")
        }
        [] => "its catalogue".to_owned(),
        path => slashed(path),
    }
}
