//! How families of models write their names and versions.

use super::{ending, path::is_number};

/// Names that `core` may be listed under, itself first, nearest first.
///
/// Each step takes off or respells one thing; what a step must never do is lead to another model.
pub(crate) fn spellings(core: &str) -> Vec<String> {
    /// Far more than any name has parts.
    const COUNT_MAX: usize = 192;
    let mut found = vec![core.replace('_', "-")];
    let mut next = 0;
    while next < found.len() && found.len() < COUNT_MAX {
        let name = found[next].clone();
        next += 1;
        for spelling in steps(&name) {
            if !found.contains(&spelling) {
                found.push(spelling);
            }
        }
    }
    found
}

fn steps(name: &str) -> Vec<String> {
    let prefixes = VENDOR_PREFIXES.iter().filter_map(|prefix| name.strip_prefix(prefix)).map(str::to_owned);
    let mut steps: Vec<String> = prefixes.collect();
    steps.extend(respelled(name));
    steps.extend(ending::without_last(name));
    steps
}

/// Vendors and gateways glued to the front by some catalogues.
const VENDOR_PREFIXES: &[&str] = &[
    "anthropic-",
    "coding-",
    "cohere-",
    "deepseek-ai-",
    "fw-",
    "google-",
    "meta-",
    "mistralai-",
    "open-",
    "openai-",
    "qwen-",
    "xai-",
    "zai-",
];

/// The same version in the family's own spelling.
fn respelled(name: &str) -> Vec<String> {
    let mut ways = Vec::new();
    ways.extend(point_for_p(name));
    if name.starts_with("claude-") {
        ways.push(name.replace('.', "-"));
        ways.extend(claude_in_order(name));
    }
    let dashed = [
        "gpt-",
        "gemini-",
        "glm-",
        "grok-",
        "jamba-",
        "llama-",
        "kimi-k",
        "mimo-v",
        "minimax-m",
        "muse-spark-",
        "nova-",
        "qwen",
        "deepseek-v",
        "step-",
    ];
    if let Some(family) = dashed.iter().find(|family| name.starts_with(**family)) {
        ways.extend(point_for_dash(name, family.len()));
    }
    for family in ["mistral-large-", "mistral-medium-", "mistral-small-"] {
        if name.starts_with(family) {
            ways.extend(point_for_dash(name, family.len()));
            ways.extend(without_point_nought(name, family.len()));
        }
    }
    for (written, listed) in HYPHENLESS {
        let rest = name.strip_prefix(written).filter(|rest| starts_with_digit(rest));
        ways.extend(rest.map(|rest| format!("{listed}{rest}")));
    }
    for (written, listed) in RENAMED {
        ways.extend(name.strip_prefix(written).map(|rest| format!("{listed}{rest}")));
    }
    for (family, listed) in [("qwen", "qwen"), ("llama", "llama-")] {
        ways.extend(
            name.strip_prefix(family).and_then(point_for_nothing).map(|rest| format!("{listed}{rest}")),
        );
    }
    let instruct = name.split_once("-instruct-");
    let instruct =
        instruct.filter(|_| ["ministral-", "mistral-"].iter().any(|family| name.starts_with(family)));
    if let Some((family, rest)) = instruct {
        ways.push(format!("{family}-{rest}"));
    }
    ways.extend(distilled_r1(name));
    ways.extend(vision_behind_size(name));
    ways
}

/// Families that are also written without the hyphen before their version: `llama3.1`, `gemma3`, `gpt4o`.
const HYPHENLESS: &[(&str, &str)] = &[
    ("claude", "claude-"),
    ("gemini", "gemini-"),
    ("gemma", "gemma-"),
    ("glm", "glm-"),
    ("gpt", "gpt-"),
    ("grok", "grok-"),
    ("llama", "llama-"),
    ("llama-v", "llama-"),
    ("llamav", "llama-"),
    ("mistral-large", "mistral-large-"),
    ("mistral-medium", "mistral-medium-"),
    ("mistral-small", "mistral-small-"),
    ("phi", "phi-"),
    ("qwen-", "qwen"),
    ("qwen-v", "qwen"),
];

/// Beginnings that only look different.
const RENAMED: &[(&str, &str)] = &[
    ("code-llama-", "codellama-"),
    // Azure once allowed no points.
    ("gpt-35", "gpt-3.5"),
    ("gpt-41", "gpt-4.1"),
    ("qwen2.5vl-", "qwen2.5-vl-"),
];

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// `v3p1` is 3.1: Fireworks has no points in its names.
fn point_for_p(name: &str) -> Option<String> {
    let bytes = name.as_bytes();
    let digit = |place: usize| bytes.get(place).is_some_and(u8::is_ascii_digit);
    let place =
        (1..bytes.len()).find(|&place| bytes[place] == b'p' && digit(place - 1) && digit(place + 1))?;
    Some(format!("{}.{}", &name[..place], &name[place + 1..]))
}

/// `gpt-5-4` is gpt-5.4 to those who have no points in their names: one digit, a dash, one digit, and no more.
fn point_for_dash(name: &str, after: usize) -> Option<String> {
    let rest = name.get(after..)?;
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let bytes = rest.as_bytes();
    let [major, b'-', minor, ..] = bytes else { return None };
    let ends = bytes.get(3).is_none_or(|&next| next == b'-');
    (major.is_ascii_digit() && minor.is_ascii_digit() && ends)
        .then(|| format!("{}{}.{}", &name[..name.len() - rest.len()], &rest[..1], &rest[2..]))
}

/// `claude-4-sonnet` is claude-sonnet-4: from version 4 on the number comes last.
fn claude_in_order(name: &str) -> Option<String> {
    let rest = name.strip_prefix("claude-")?;
    let (version, rest) = ["-opus", "-sonnet", "-haiku"].iter().find_map(|tier| {
        let (version, after) = rest.split_once(tier)?;
        Some((version, format!("{}{{}}{after}", &tier[1..])))
    })?;
    let numbers =
        version.split('-').all(|part| part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_digit()));
    let reordered = numbers && !version.starts_with('3');
    reordered.then(|| format!("claude-{}", rest.replace("{}", &format!("-{version}"))))
}

/// `25-coder-32b` is 2.5: two digits and no more, of families that are not at version 10.
fn point_for_nothing(version: &str) -> Option<String> {
    let (digits, rest) = version.split_at_checked(2).filter(|(_, rest)| rest.starts_with('-'))?;
    is_number(digits).then(|| format!("{}.{}{rest}", &digits[..1], &digits[1..]))
}

/// `mistral-large-4.0` is mistral-large-4.
fn without_point_nought(name: &str, after: usize) -> Option<String> {
    let (version, rest) = name.get(after..)?.split_once(".0")?;
    (is_number(version) && (rest.is_empty() || rest.starts_with('-')))
        .then(|| format!("{}{version}{rest}", &name[..after]))
}

/// `deepseek-r1-70b` and `deepseek-r1-70b-llama-distill` are deepseek-r1-distill-llama-70b.
fn distilled_r1(name: &str) -> Option<String> {
    let (size, rest) = name
        .strip_prefix("deepseek-r1-")?
        .split_once('-')
        .map_or_else(|| (name.rsplit('-').next().unwrap_or(name), ""), |(size, rest)| (size, rest));
    let (base, rest) = match size {
        // The library lists more than one of 8 billion.
        "8b" | "70b" if rest.starts_with("llama-distill") => ("llama", rest.strip_prefix("llama-distill")?),
        "1.5b" | "7b" | "14b" | "32b" if rest.starts_with("qwen-distill") => {
            ("qwen", rest.strip_prefix("qwen-distill")?)
        }
        "70b" if rest.is_empty() => ("llama", ""),
        "1.5b" | "7b" | "14b" | "32b" if rest.is_empty() => ("qwen", ""),
        _ => return None,
    };
    Some(format!("deepseek-r1-distill-{base}-{size}{rest}"))
}

/// `llama-3.2-vision-11b` is llama-3.2-11b-vision.
fn vision_behind_size(name: &str) -> Option<String> {
    let rest = name.strip_prefix("llama-3.2-vision-")?;
    let (size, rest) = rest.split_at_checked(rest.find('-').unwrap_or(rest.len()))?;
    Some(format!("llama-3.2-{size}-vision{rest}"))
}
