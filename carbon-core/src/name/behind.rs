//! Taking off what stands behind a name: tiers, revisions, contexts, fine-tunes, tags.

use super::{known, path};

/// A name without what stands behind it, and what that says.
pub(super) struct Inner<'a> {
    /// The name, with a tag or a setting that may name the model joined by `-`.
    pub(super) name: String,
    /// The region behind an `@`.
    pub(super) region: Option<&'a str>,
    /// Whether the model was trained further from the one named.
    pub(super) tuned: bool,
    /// Whether a revision such as `:0` was taken off.
    pub(super) revised: bool,
}

/// Reads `base:tag@version[1m]` and its kin, or `None` where something is said that is not known.
pub(super) fn without(name: &str) -> Option<Inner<'_>> {
    let (name, setting) = without_brackets(name)?;
    let name = name.strip_suffix(".gguf").unwrap_or(name);
    let (name, tuned) = base_of_tuned(name)?;
    let (name, region) = match name.rsplit_once('@').filter(|(_, after)| path::is_region(after)) {
        Some((before, region)) => (before, Some(region)),
        None => (name, None),
    };
    let mut parts = name.split(':');
    let mut inner = parts.next()?.replace('@', "-");
    let mut revised = false;
    for part in parts {
        match Part::of(part) {
            Part::Revision => revised = true,
            Part::Nothing => {}
            // Which size a library's `latest` has changes, and `x-latest` is a maker's name for something else.
            Part::Latest => inner.push_str(":latest"),
            Part::Tag => push_tag(&mut inner, part),
        }
    }
    if let Some(setting) = setting {
        push_tag(&mut inner, &setting);
    }
    Some(Inner { name: inner, region, tuned, revised })
}

/// Joins a tag to a name. That a model shall think is a setting, where no weights of their own do.
fn push_tag(name: &mut String, tag: &str) {
    const OTHER_WEIGHTS: &[&str] = &["ernie", "kimi", "qwen"];
    if tag == "thinking" && !OTHER_WEIGHTS.iter().any(|family| name.contains(family)) {
        return;
    }
    name.push('-');
    name.push_str(tag);
}

/// What a part behind a colon is.
enum Part {
    /// `:0`
    Revision,
    /// A tier, a host or a context window: it does not name the model.
    Nothing,
    Latest,
    /// Anything else could be a part of the name: `:8b`, `:mini`, `:thinking`.
    Tag,
}

impl Part {
    fn of(part: &str) -> Part {
        const TIERS: &[&str] = &[
            "batch",
            "beta",
            "cheapest",
            "default",
            "exacto",
            "extended",
            "fastest",
            "flex",
            "floor",
            "free",
            "nitro",
            "online",
            "preferred",
            "priority",
        ];
        if path::is_number(part) {
            Part::Revision
        } else if part == "latest" {
            Part::Latest
        } else if TIERS.contains(&part) || is_context(part) || known::is_gateway(part) {
            Part::Nothing
        } else {
            Part::Tag
        }
    }
}

/// `200k`, `1m`
fn is_context(text: &str) -> bool {
    text.strip_suffix(['k', 'm']).is_some_and(path::is_number)
}

/// `gpt-5 (high)` and `claude-sonnet-4-5[1m]` without the brackets, and the setting that they hold.
fn without_brackets(name: &str) -> Option<(&str, Option<String>)> {
    let mut rest = name.trim_end();
    let mut setting = None;
    loop {
        if let Some(before) = rest.strip_suffix(']') {
            let (before, context) = before.rsplit_once('[')?;
            if !is_context(context.trim()) {
                return None;
            }
            rest = before.trim_end();
        } else if let Some(before) = rest.strip_suffix(')') {
            let (before, inside) = before.rsplit_once('(')?;
            let inside = inside.trim();
            // A number is a budget for thinking.
            let budget = path::is_number(inside);
            setting = Some(if budget { format!("thinking-{inside}") } else { inside.to_owned() });
            rest = before.trim_end();
        } else {
            return Some((rest, setting));
        }
    }
}

/// The base of a fine-tuned model, which has its architecture.
fn base_of_tuned(name: &str) -> Option<(&str, bool)> {
    // ft:base:organisation::id
    let base = if let Some(tuned) = name.strip_prefix("ft:") {
        tuned.split(':').next()?
    } else if let Some((base, job)) = name.split_once(".ft-").or_else(|| name.split_once(":ft-")) {
        if job.is_empty() {
            return None;
        }
        base
    } else if let Some((base, _)) = name.split_once("-ft-").filter(|(_, job)| is_job(job)) {
        base
    } else {
        return Some((name, false));
    };
    Some((base, true))
}

/// The id of a training job, with or without a name behind it: many hexadecimal digits, or `ftjob-…`.
fn is_job(text: &str) -> bool {
    const DIGITS_MIN: usize = 16;
    let id = text.split(['-', ':']).next().unwrap_or(text);
    id == "ftjob" || (id.len() >= DIGITS_MIN && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
