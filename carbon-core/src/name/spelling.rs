//! How families of models write versions, dates and weights.

/// Names that `core` may be listed under, itself first, nearest first.
///
/// Each step takes off or respells one thing; what a step must never do is lead to another model.
pub(crate) fn spellings(core: &str) -> Vec<String> {
    /// Far more than any name has parts.
    const COUNT_MAX: usize = 96;
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
    steps.extend(without_last(name));
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
    let dashed = ["gpt-", "gemini-", "glm-", "grok-", "llama-", "kimi-k", "qwen", "deepseek-v"];
    if let Some(family) = dashed.iter().find(|family| name.starts_with(**family)) {
        ways.extend(point_for_dash(name, family.len()));
    }
    for family in ["mistral-large-", "mistral-medium-", "mistral-small-"] {
        if name.starts_with(family) {
            ways.extend(point_for_dash(name, family.len()));
        }
    }
    for (written, listed) in [
        ("llama", "llama-"),
        ("llama-v", "llama-"),
        ("llamav", "llama-"),
        ("gemma", "gemma-"),
        ("qwen-", "qwen"),
        ("mistral-large", "mistral-large-"),
        ("gpt-35", "gpt-3.5"),
    ] {
        let rest = name.strip_prefix(written).filter(|rest| written == "gpt-35" || starts_with_digit(rest));
        ways.extend(rest.map(|rest| format!("{listed}{rest}")));
    }
    let instruct = name.split_once("-instruct-").filter(|(family, _)| family.starts_with("mistral-"));
    if let Some((family, rest)) = instruct {
        ways.push(format!("{family}-{rest}"));
    }
    ways
}

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

/// Families whose weights are open: others serve them, and say how in the name.
const OPEN_FAMILIES: &[&str] = &[
    "codestral",
    "command",
    "dbrx",
    "deepseek",
    "devstral",
    "gemma",
    "glm",
    "gpt-oss",
    "kimi",
    "llama",
    "ministral",
    "mistral",
    "mixtral",
    "phi",
    "qwen",
];

/// The name without its last part, where that part is no part of the model's name.
fn without_last(name: &str) -> Vec<String> {
    let parts: Vec<&str> = name.split('-').collect();
    let shorter = |count: usize| parts[..parts.len() - count].join("-");
    let number = |place: usize, digits: usize| -> Option<u32> {
        let part = parts.len().checked_sub(place).and_then(|index| parts.get(index))?;
        (part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok())?
    };
    let Some((&last, _)) = parts.split_last().filter(|(_, before)| !before.is_empty()) else {
        return Vec::new();
    };
    let (month, day) = (
        |place| number(place, 2).filter(|m| (1..=12).contains(m)),
        |place| number(place, 2).filter(|d| (1..=31).contains(d)),
    );
    let year = |place| number(place, 4).filter(|y| (2020..2100).contains(y));

    let mut ways = Vec::new();
    // -2024-08-06
    if parts.len() > 3 && year(3).is_some() && month(2).is_some() && day(1).is_some() {
        ways.push(shorter(3));
    }
    // -08-2024
    if parts.len() > 2 && month(2).is_some() && year(1).is_some() {
        ways.push(shorter(2));
    }
    // -preview-05-06
    let announces =
        |part: Option<&&str>| part.is_some_and(|part| matches!(*part, "preview" | "exp" | "beta"));
    if parts.len() > 3 && month(2).is_some() && day(1).is_some() && announces(parts.get(parts.len() - 3)) {
        ways.push(shorter(2));
    }
    // -20240806, -0806 or -2408, -001
    let dated = number(1, 8).is_some_and(|date| (20_200_000..21_000_000).contains(&date));
    // Month and day, or year and month.
    let short_date = number(1, 4).is_some_and(|digits| {
        let (first, second) = (digits / 100, digits % 100);
        ((1..=12).contains(&first) && (1..=31).contains(&second))
            || ((20..=39).contains(&first) && (1..=12).contains(&second))
    });
    if dated || short_date || (last.starts_with("00") && number(1, 3).is_some()) {
        ways.push(shorter(1));
    }
    // -v1, -v0.1
    let digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    // -16k: the same weights with a longer window
    if last.strip_prefix('v').is_some_and(digits) || last.strip_suffix('k').is_some_and(digits) {
        ways.push(shorter(1));
    }
    let everywhere = ["preview", "exp", "experimental", "beta", "default", "maas", "customtools"];
    let open = [
        "instruct",
        "chat",
        "hf",
        "it",
        "fp8",
        "fp4",
        "nvfp4",
        "int4",
        "int8",
        "bf16",
        "awq",
        "gptq",
        "turbo",
        "tee",
        "cloud",
        "versatile",
        "instant",
        "terminus",
    ];
    let is_open = OPEN_FAMILIES.iter().any(|family| name.starts_with(family)) || name.contains("llama");
    // -latest moves: it counts only behind a version.
    let versioned = last == "latest" && name.bytes().any(|byte| byte.is_ascii_digit());
    // Mistral Small and its kin of 24 billion: for them alone the size says nothing more.
    let size_of_small =
        last == "24b" && ["mistral", "magistral", "devstral"].iter().any(|family| name.starts_with(family));
    if versioned
        || size_of_small
        || everywhere.contains(&last)
        || (is_open && open.contains(&last))
        || (name.starts_with("claude-") && last == "fast")
    {
        ways.push(shorter(1));
    }
    ways
}
