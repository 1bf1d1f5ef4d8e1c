//! The text format of Prometheus, as exporters write it: `name{label="value"} number`.

use std::collections::BTreeMap;
use thiserror::Error;

/// A number that an exporter states.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) value: f64,
}

/// A line that is not in the format. Ignoring it could ignore the one that counts.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line} is not in the text format of Prometheus: {fault}")]
pub(super) struct NotExposition {
    line: usize,
    fault: &'static str,
}

/// The samples of a text, without its comments.
pub(super) fn samples(text: &str) -> Result<Vec<Sample>, NotExposition> {
    let lines = text.lines().zip(1..).map(|(line, number)| (line.trim(), number));
    lines
        .filter(|(line, _)| !line.is_empty() && !line.starts_with('#'))
        .map(|(text, line)| sample(text).map_err(|fault| NotExposition { line, fault }))
        .collect()
}

/// What a line states; its time and its exemplar are of no concern.
fn sample(line: &str) -> Result<Sample, &'static str> {
    let end = line.find(|c: char| c == '{' || c.is_whitespace()).ok_or("there is no number")?;
    let (name, rest) = line.split_at(end);
    if !is_name(name) {
        return Err("the name has other signs than letters, digits, _ and :");
    }
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (BTreeMap::new(), rest),
    };
    let number = rest.split_whitespace().next().ok_or("there is no number")?;
    let value = number.parse().map_err(|_| "the number cannot be read")?;
    Ok(Sample { name: name.to_owned(), labels, value })
}

/// Labels up to the closing brace, and what follows it.
fn labels(mut rest: &str) -> Result<(BTreeMap<String, String>, &str), &'static str> {
    let mut labels = BTreeMap::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if let Some(behind) = rest.strip_prefix('}') {
            return Ok((labels, behind));
        }
        let (key, value) = rest.split_once('=').ok_or("a label has no value")?;
        let key = key.trim();
        if !is_name(key) {
            return Err("the name of a label has other signs than letters, digits, _ and :");
        }
        let value = value.trim_start().strip_prefix('"').ok_or("the value of a label is not in quotes")?;
        let (value, behind) = quoted(value).ok_or("the value of a label does not end")?;
        labels.insert(key.to_owned(), value);
        rest = behind;
    }
}

/// A text up to its closing quote, without its escapes, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut signs = text.char_indices();
    while let Some((place, sign)) = signs.next() {
        match sign {
            '"' => return Some((value, &text[place + 1..])),
            '\\' => match signs.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            sign => value.push(sign),
        }
    }
    None
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(sample: &Sample) -> String {
        let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let labels: Vec<String> =
            sample.labels.iter().map(|(key, value)| format!("{key}=\"{}\"", escaped(value))).collect();
        format!("{}{{{}}} {:?}", sample.name, labels.join(","), sample.value)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            name in "[a-zA-Z_:][a-zA-Z0-9_:]{0,20}",
            labels in prop::collection::btree_map("[a-z_][a-z0-9_]{0,8}", "\\PC{0,12}|[\"\\\\\n ,{}=]{0,6}", 0..4),
            value in prop::num::f64::NORMAL,
        ) {
            let sample = Sample { name, labels, value };
            let text = format!("# HELP x y\n\n{}\n", written(&sample));
            prop_assert_eq!(samples(&text), Ok(vec![sample]));
        }

        #[test]
        fn no_text_is_read_halfway(text in "\\PC{0,80}") {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).count();
            prop_assert!(samples(&text).is_err() || samples(&text).unwrap().len() == lines);
        }
    }

    #[test]
    fn every_form_that_exporters_write_is_read() {
        let text = "\
# HELP DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION Total energy consumption since boot (in mJ).
# TYPE DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION counter
DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu=\"0\",UUID=\"GPU-1\",} 3.6e+06 1790000000000
up 1
tgi_batch_next_size_bucket{le=\"+Inf\"} 12 # {trace_id=\"a\"} 3.0 1790000000.5
empty{} NaN
# EOF";
        let read = samples(text).unwrap();
        assert_eq!(read.len(), 4);
        assert_eq!((read[0].value, read[0].labels["gpu"].as_str(), read[0].labels.len()), (3.6e6, "0", 2));
        assert_eq!((read[1].name.as_str(), read[1].value), ("up", 1.0));
        assert!(read[2].labels["le"] == "+Inf" && read[3].value.is_nan());
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        for (line, fault) in [
            ("<html>", "there is no number"),
            ("<html> 1", "the name has other signs"),
            ("up", "there is no number"),
            ("up one", "the number cannot be read"),
            ("up{a} 1", "a label has no value"),
            ("up{a=1} 1", "not in quotes"),
            ("up{a=\"1} 1", "does not end"),
            ("up{a=\"1\"}", "there is no number"),
        ] {
            let error = samples(&format!("up 1\n{line}")).unwrap_err().to_string();
            assert!(error.starts_with("line 2 ") && error.contains(fault), "{line}: {error}");
        }
    }
}
