//! Last parts of a name that do not name the model: dates, revisions, weights, settings.

/// Families whose weights are open: others serve them, and say how in the name.
const OPEN_FAMILIES: &[&str] = &[
    "apertus",
    "codegemma",
    "codestral",
    "command",
    "dbrx",
    "deepseek",
    "devstral",
    "ernie",
    "gemma",
    "glm",
    "gpt-oss",
    "granite",
    "hermes",
    "hy3",
    "hy4",
    "inkling",
    "jais",
    "jamba",
    "kimi",
    "lfm",
    "llama",
    "magistral",
    "mathstral",
    "mimo",
    "minimax",
    "ministral",
    "mistral",
    "mixtral",
    "muse-glimmer",
    "muse-spark-open",
    "nemotron",
    "nvidia-nemotron",
    "olmo",
    "phi",
    "pixtral",
    "qwen",
    "starcoder",
    "yi-",
];

/// Whether anyone may serve models of that name.
pub(super) fn is_open(name: &str) -> bool {
    OPEN_FAMILIES.iter().any(|family| name.starts_with(family)) || name.contains("llama")
}

/// The name without its last part, where that part is no part of the model's name: each way to read it.
pub(super) fn without_last(name: &str) -> Vec<String> {
    let parts: Vec<&str> = name.split('-').collect();
    let ways = [
        date_parts(&parts),
        revision_parts(&parts),
        stage_parts(&parts),
        effort_parts(&parts),
        if is_open(name) { serving_parts(&parts) } else { 0 },
    ];
    let ways = ways.into_iter().filter(|&count| (1..parts.len()).contains(&count));
    ways.map(|count| parts[..parts.len() - count].join("-")).collect()
}

fn is_number(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn number_in(text: &str, digits: usize, range: std::ops::RangeInclusive<u32>) -> bool {
    is_number(text, digits) && text.parse().is_ok_and(|number| range.contains(&number))
}

/// How many of the last parts are a date, or the number that a vendor counts its snapshots by.
fn date_parts(parts: &[&str]) -> usize {
    let year = |text: &str| number_in(text, 4, 2020..=2099);
    let month = |text: &str| number_in(text, 2, 1..=12);
    let day = |text: &str| number_in(text, 2, 1..=31);
    match parts {
        // -2024-08-06
        [_, .., y, m, d] if year(y) && month(m) && day(d) => 3,
        // -preview-05-06
        [_, .., "preview" | "exp" | "beta", m, d] if month(m) && day(d) => 2,
        // -08-2024
        [_, .., m, y] if month(m) && year(y) => 2,
        // -20240806, -240806, -0806 or -2408, -001
        [_, .., last] if is_compact_date(last) || (last.starts_with("00") && is_number(last, 3)) => 1,
        _ => 0,
    }
}

fn is_compact_date(text: &str) -> bool {
    if is_number(text, 8) {
        return number_in(text, 8, 20_200_000..=20_999_999);
    }
    // Volcano Engine's: year, month and day.
    if let Some((year, day)) = text.split_at_checked(2).filter(|_| is_number(text, 6)) {
        return number_in(year, 2, 20..=39) && is_day(day);
    }
    let Some((first, second)) = text.split_at_checked(2).filter(|_| is_number(text, 4)) else {
        return false;
    };
    // Month and day, or year and month.
    is_day(text) || (number_in(first, 2, 20..=39) && number_in(second, 2, 1..=12))
}

/// Month and day, without anything between them.
fn is_day(text: &str) -> bool {
    let parts = text.split_at_checked(2);
    parts.is_some_and(|(month, day)| number_in(month, 2, 1..=12) && number_in(day, 2, 1..=31))
}

/// How many of the last parts are a revision or the length of a window.
fn revision_parts(parts: &[&str]) -> usize {
    /// Windows that the same weights are served with; those of others were trained for it.
    const WINDOWS: &[&str] = &["4k", "8k", "16k", "32k", "64k", "100k", "128k", "200k", "256k"];
    let [family, before @ .., last] = parts else { return 0 };
    let version = last.strip_prefix('v').unwrap_or("");
    let is_version = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    // -v1, -v0.1. A -v2 can be another model, except behind a date and in names that are known for it.
    let is_first = version == "1" || version.starts_with('0');
    let is_next = before.last().is_some_and(|part| is_number(part, 8))
        || matches!(parts, ["claude", "3", "5", "sonnet", _] | ["command", .., "text", _])
        || matches!(parts, ["mistral", "7b", _] | ["mistral", "7b", "instruct", _]);
    let is_revision = is_version && (is_first || is_next);
    // -16k; -1m alone is the name of other weights in other families.
    let is_window = WINDOWS.contains(last) || (*family == "claude" && *last == "1m");
    usize::from(is_revision || is_window)
}

/// How many of the last parts say how far a vendor has got with a model, or that it is the newest.
fn stage_parts(parts: &[&str]) -> usize {
    let [family, before @ .., last] = parts else { return 0 };
    let is_stage =
        ["preview", "exp", "experimental", "beta", "default", "maas", "customtools"].contains(last);
    // -latest moves: it counts only behind a version.
    let versioned =
        std::iter::once(family).chain(before).any(|part| part.bytes().any(|byte| byte.is_ascii_digit()));
    // Mistral Small and its kin of 24 billion: for them alone the size says nothing more.
    let size_of_small = *last == "24b" && ["mistral", "magistral", "devstral"].contains(family);
    usize::from(
        is_stage
            || (*last == "latest" && versioned)
            || size_of_small
            || (*family == "claude" && *last == "fast"),
    )
}

/// How many of the last parts say how long a model was told to think, where that is a setting and not a model.
fn effort_parts(parts: &[&str]) -> usize {
    let (count, is_level) = match parts {
        [_, .., "minimal" | "low" | "medium" | "high" | "xhigh"] => (1, true),
        ["claude", .., "max"] => (1, true),
        [_, .., "thinking", budget] if budget.bytes().all(|byte| byte.is_ascii_digit()) => (2, false),
        [_, .., "no" | "non", "thinking"] | ["grok", .., "non", "reasoning"] => (2, false),
        [_, .., "thinking" | "think" | "nothinking"] | ["grok", .., "reasoning"] => (1, false),
        _ => return 0,
    };
    let model = parts[..parts.len() - count].join("-");
    let starts = |families: &[&str]| families.iter().any(|family| model.starts_with(family));
    let is_setting = starts(SWITCHED) || (is_level && starts(LEVELS));
    if is_setting { count } else { 0 }
}

/// Families that take a level of effort and always think.
const LEVELS: &[&str] = &["gpt-6", "gpt-oss-", "grok-3-mini", "grok-4", "kimi-k3", "o1", "o3", "o4"];

/// Families in which one model thinks or does not. Elsewhere, as in `kimi-k2-thinking`, it is another model.
const SWITCHED: &[&str] = &[
    "claude-3-7-sonnet",
    "claude-fable-",
    "claude-haiku-",
    "claude-mythos-",
    "claude-opus-",
    "claude-sonnet-",
    "deepseek-v3.1",
    "deepseek-v3.2",
    "deepseek-v4",
    "gemini-2.5-",
    "gemini-3",
    "glm-4.5",
    "glm-4.6",
    "glm-4.7",
    "glm-5",
    "gpt-5",
    "grok-4-20",
    "grok-4.20",
];

/// How many of the last parts say in which form open weights are served.
fn serving_parts(parts: &[&str]) -> usize {
    const FORMS: &[&str] =
        &["chat", "cloud", "hf", "instant", "instruct", "it", "tee", "terminus", "text", "versatile"];
    match parts {
        [_, .., "fp8", "fast" | "dynamic"]
        | [_, .., "bnb", "4bit" | "8bit"]
        | [_, .., "mlx", "4bit" | "8bit"] => 2,
        // Names that Cloudflare and others give to the same weights.
        ["llama", .., "fast"] => 1,
        // GLM-5-Turbo is another model than GLM-5.
        [family, .., "turbo"] if *family != "glm" => 1,
        [_, .., last] if FORMS.contains(last) || QUANTISED.contains(last) => 1,
        _ => llama_cpp_parts(parts),
    }
}

/// How weights were made smaller.
const QUANTISED: &[&str] = &[
    "4bit",
    "8bit",
    "awq",
    "bf16",
    "exl2",
    "f16",
    "fp16",
    "fp4",
    "fp8",
    "gguf",
    "ggml",
    "gptq",
    "int4",
    "int8",
    "mlx",
    "mxfp4",
    "nvfp4",
    "qat",
    "quantized.w4a16",
    "quantized.w8a8",
    "w4a16",
    "w8a8",
];

/// How many of the last parts are one of llama.cpp's ways: `q8-0`, `q4-k-m`, `iq3-xxs`, `ud-q4-k-xl`.
fn llama_cpp_parts(parts: &[&str]) -> usize {
    const DETAILS: &[&str] = &["0", "1", "k", "l", "m", "nl", "s", "xl", "xs", "xxs"];
    let details = parts.iter().rev().take_while(|part| DETAILS.contains(part)).count();
    let Some((&bits, before)) = parts[..parts.len() - details].split_last() else { return 0 };
    let bits = bits.strip_prefix('i').unwrap_or(bits);
    if bits.strip_prefix('q').is_none_or(|bits| !is_number(bits, 1)) {
        return 0;
    }
    details + 1 + usize::from(before.last() == Some(&"ud"))
}
