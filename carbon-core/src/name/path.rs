//! Taking off what stands in front of a name: gateways, clouds, regions, vendors.

use super::{Name, behind, known};

/// Where a call was served, as its model name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A cloud region or a gateway's zone: `us-east-1`, `eu`.
    Region(String),
    /// A geography that the cloud routes within: `eu` in `eu.anthropic.…`.
    Geography(String),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Region(region) => f.write_str(region),
            Place::Geography(geography) => write!(f, "geo:{geography}"),
        }
    }
}

/// What stands inside all known wrappings, or `None` where an unknown one is left.
pub(super) fn unwrap(name: &str, is_listed_region: &dyn Fn(&str) -> bool) -> Option<Name> {
    // Some SDKs write ARNs as they stand in a URL.
    let name = name.trim().to_lowercase().replace("%3a", ":").replace("%2f", "/");
    let mut place = None;
    let mut wrappings = Vec::new();
    let mut rest = name.as_str();
    // What may stand in front comes in any number and order.
    loop {
        if let Some((provider, model)) = without_provider(rest) {
            wrappings.push(provider.to_owned());
            rest = model;
            continue;
        }
        if let Some(path) = rest.strip_prefix("projects/") {
            rest = publisher_model(path)?;
            continue;
        }
        if let Some(arn) = rest.strip_prefix("arn:") {
            let (region, model) = foundation_model(arn)?;
            place = Some(Place::Region(region.to_owned()));
            rest = model;
            continue;
        }
        let Some((part, after)) = rest.split_once('/') else { break };
        if let Some(served) = place_of(part, is_listed_region) {
            place = served.or(place);
        } else if is_commitment(part) || known::is_wrapping(part) {
            wrappings.push(part.to_owned());
        } else {
            return None;
        }
        rest = after;
    }
    let behind::Inner { name: inner, region, tuned, revised } = behind::without(rest)?;
    place = region.map(|region| Place::Region(region.to_owned())).or(place);
    let inner = inner.strip_prefix("databricks-").unwrap_or(&inner);
    let (core, geography) = undotted(inner);
    place = geography.or(place);
    let core = if revised { without_revision(&core).to_owned() } else { core };
    // There, the name without a size means a small model: one distilled from it, or its lite version.
    let is_other = ["deepseek-coder-v2", "deepseek-r1"].contains(&&*core)
        && wrappings.iter().any(|part| part.starts_with("ollama"));
    (!is_other).then_some(Name { core, wrappings, place, tuned })
}

/// Provider and model of `openai:gpt-4o`. A size after the colon belongs to the model: `mistral:7b`.
fn without_provider(name: &str) -> Option<(&str, &str)> {
    let (provider, model) = name.split_once(':')?;
    let names_a_model = model.starts_with(|first: char| first.is_ascii_alphabetic() || first == '@');
    (names_a_model && !provider.contains('/') && known::is_wrapping(provider)).then_some((provider, model))
}

/// Region and model of `aws:bedrock:R:A:foundation-model/M`; an account's own profile says nothing of its model.
fn foundation_model(arn: &str) -> Option<(&str, &str)> {
    let parts: Vec<&str> = arn.splitn(5, ':').collect();
    let [partition, "bedrock", region, _, resource] = *parts.as_slice() else { return None };
    let (kind, model) = resource.split_once('/')?;
    (partition.starts_with("aws") && matches!(kind, "foundation-model" | "inference-profile"))
        .then_some((region, model))
}

/// Model of `P/locations/R/publishers/V/models/M`; an endpoint of one's own says nothing of its model.
fn publisher_model(path: &str) -> Option<&str> {
    let parts: Vec<&str> = path.splitn(7, '/').collect();
    let [_, "locations", _, "publishers", _, "models", model] = *parts.as_slice() else { return None };
    Some(model)
}

/// The place that a part of a path names: `Some(None)` where it stands for a place and names none.
fn place_of(part: &str, is_listed_region: &dyn Fn(&str) -> bool) -> Option<Option<Place>> {
    if known::is_anywhere(part) || part == US_GOV {
        return Some(None);
    }
    if matches!(part, "us" | "eu" | "global") || is_region(part) || is_listed_region(part) {
        return Some(Some(Place::Region(part.to_owned())));
    }
    known::is_geography(part).then(|| Some(Place::Geography(part.to_owned())))
}

/// A partition of a cloud, which says no more of the place.
const US_GOV: &str = "us-gov";

pub(super) fn is_region(part: &str) -> bool {
    // us-east-1, us-gov-west-1, europe-west9, ap-northeast-1
    let number = part.trim_start_matches(|c: char| !c.is_ascii_digit());
    let letters = part.strip_suffix(number).unwrap_or("");
    let directions = ["north", "south", "east", "west", "central"];
    is_number(number)
        && letters.split('-').any(|word| directions.iter().any(|direction| word.starts_with(direction)))
        && letters.contains('-')
}

/// `1-month-commitment`
fn is_commitment(part: &str) -> bool {
    part.strip_suffix("-month-commitment").is_some_and(is_number)
}

pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `eu.anthropic.claude-…` without geography and vendor.
fn undotted(name: &str) -> (String, Option<Place>) {
    let mut geography = None;
    let mut rest = name;
    let wrapped = rest.split_once('.').filter(|(first, after)| {
        known::is_geography(first) && after.split('.').next().is_some_and(known::is_vendor)
    });
    if let Some((first, after)) = wrapped {
        geography = (first != US_GOV).then(|| Place::Geography(first.to_owned()));
        rest = after;
    }
    let Some((vendor, after)) = rest.split_once('.').filter(|(first, _)| known::is_vendor(first)) else {
        return (rest.to_owned(), geography);
    };
    let core = if leaves_family_to_vendor(after) { format!("{vendor}-{after}") } else { after.to_owned() };
    (core, geography)
}

/// `deepseek.v3.2` and `deepseek.r1-v1:0` name no family of their own; `deepseek.v3` could be several.
fn leaves_family_to_vendor(name: &str) -> bool {
    let version = name.strip_prefix('v').and_then(|version| version.split_once('.'));
    let first = name.split('-').next().unwrap_or(name);
    version.is_some_and(|(major, minor)| is_number(major) && is_number(minor))
        || first.strip_prefix('r').is_some_and(is_number)
}

/// `gpt-oss-120b-1` in `gpt-oss-120b-1:0`: after a size, Bedrock's revision has no `v`.
fn without_revision(core: &str) -> &str {
    let sized = |name: &&str| {
        let size = name.rsplit('-').next().and_then(|part| part.strip_suffix('b'));
        size.is_some_and(is_number)
    };
    core.strip_suffix("-1").filter(sized).unwrap_or(core)
}
