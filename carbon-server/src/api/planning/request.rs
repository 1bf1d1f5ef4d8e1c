//! What is asked: a time, a client, changes.

use crate::{
    base::exact::Exact,
    config,
    http::{
        faults::{Faults, unnoticed},
        problem::Problem,
    },
    ingest::time,
};
use carbon_core::Decimal;
use carbon_report::{
    Month,
    whatif::{Change, Match, Scenario, What},
};
use jiff::Timestamp;
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhatIfRequest {
    pub(crate) month: Option<String>,
    pub(crate) period: Option<PeriodRequest>,
    #[serde(alias = "tenant")]
    pub(crate) tenant_id: Option<String>,
    #[serde(default)]
    pub(crate) changes: Vec<ChangeRequest>,
    pub(crate) tokens_factor: Option<Exact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeriodRequest {
    from: String,
    to: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeRequest {
    #[serde(default, rename = "match")]
    pub(crate) matching: Option<MatchRequest>,
    pub(crate) model: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) cache_share: Option<Exact>,
    pub(crate) output_tokens: Option<String>,
    pub(crate) input_tokens: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MatchRequest {
    pub(crate) model: Option<String>,
    pub(crate) provider: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) tag: Option<String>,
}

/// What is asked, in order.
pub(crate) struct Wanted {
    pub(crate) from: Month,
    pub(crate) to: Month,
    pub(crate) tenant_id: Option<String>,
    pub(crate) scenario: Scenario,
}

impl Wanted {
    /// The tag that tells activity apart.
    pub(crate) fn tag(&self) -> Option<&str> {
        let tags = self.scenario.changes.iter().filter_map(|change| change.matching.tag.as_ref());
        tags.map(|[name, _]| name.as_str()).next()
    }
}

/// Checks what can be checked without the activity.
pub(crate) fn wanted(request: WhatIfRequest, now: Timestamp) -> Result<Wanted, Problem> {
    let mut faults = Faults::default();
    let WhatIfRequest { month, period, tenant_id, changes, tokens_factor } = request;
    let span = match (month, period) {
        (Some(month), None) => time::month(&mut faults, "/month", &month, now).map(|month| [month, month]),
        (None, Some(PeriodRequest { from, to })) => {
            let from = time::month(&mut faults, "/period/from", &from, now);
            let to = time::month(&mut faults, "/period/to", &to, now);
            from.zip(to).map(|(from, to)| [from, to])
        }
        (None, None) => {
            faults.add("/month", "is required, or `period`");
            None
        }
        (Some(_), Some(_)) => {
            faults.add("/period", "cannot be used with `month`");
            None
        }
    };
    if let Some([from, to]) = span {
        if from > to {
            faults.add("/period/from", "must not be after `to`");
        } else if to.back(config::WHATIF_MONTHS_MAX).all(|month| month != from) {
            faults.add(
                "/period/from",
                format!("is more than {} months before `to`", config::WHATIF_MONTHS_MAX - 1),
            );
        }
    }
    let tenant_id = faults.short_text("/tenant_id", tenant_id, config::ID_BYTES_MAX);
    if changes.is_empty() {
        faults.add("/changes", "must have at least one change");
    } else if changes.len() > config::WHATIF_CHANGES_MAX {
        faults.add("/changes", format!("may have at most {} changes", config::WHATIF_CHANGES_MAX));
    }
    let factor = tokens_factor.map(Exact::as_decimal);
    if factor.is_some_and(|factor| !(Decimal::new(1, 1)..=Decimal::TEN).contains(&factor)) {
        faults.add("/tokens_factor", "must be 0.1 to 10");
    }
    let changes = changes.into_iter().take(config::WHATIF_CHANGES_MAX).enumerate();
    let changes: Vec<Option<Change>> =
        changes.map(|(place, change)| read(&mut faults, &format!("/changes/{place}"), change)).collect();
    faults.none()?;
    let [from, to] = span.ok_or_else(unnoticed)?;
    let changes = changes.into_iter().collect::<Option<_>>().ok_or_else(unnoticed)?;
    Ok(Wanted { from, to, tenant_id, scenario: Scenario { changes, tokens_factor: factor } })
}

fn read(faults: &mut Faults, at: &str, request: ChangeRequest) -> Option<Change> {
    let ChangeRequest { matching, model, region, cache_share, output_tokens, input_tokens } = request;
    let MatchRequest { model: of_model, provider, region: of_region, tag } = matching.unwrap_or_default();
    let mut short =
        |field: &str, text| faults.short_text(&format!("{at}/{field}"), text, config::MODEL_BYTES_MAX);
    let matching = Match {
        model: short("match/model", of_model),
        provider: short("match/provider", provider),
        region: short("match/region", of_region),
        tag: None,
    };
    let [model, region] = [short("model", model), short("region", region)];
    let tag = tag.and_then(|text| {
        let found = text.split_once('=').filter(|(name, value)| !name.is_empty() && !value.is_empty());
        let found = found.map(|(name, value)| [name, value].map(str::to_owned));
        faults.usable(
            &format!("{at}/match/tag"),
            found.ok_or("must be a tag's name and value, such as feature=chat"),
        )
    });
    let cache_share = cache_share.map(Exact::as_decimal).and_then(|share| {
        let fits = (Decimal::ZERO..=Decimal::ONE).contains(&share);
        faults.usable(&format!("{at}/cache_share"), fits.then_some(share).ok_or("must be 0 to 1"))
    });
    let mut percent = |field: &str, text: Option<String>| {
        let found = text?;
        let refused = "must be a percentage by which they change, from -100 % to +1000 %, such as \"-20 %\"";
        faults.usable(&format!("{at}/{field}"), factor(&found).ok_or(refused))
    };
    let [output_tokens, input_tokens] =
        [percent("output_tokens", output_tokens), percent("input_tokens", input_tokens)];
    let whats = [
        model.map(What::Model),
        region.map(What::Region),
        cache_share.map(What::CacheShare),
        output_tokens.map(What::OutputTokens),
        input_tokens.map(What::InputTokens),
    ];
    let mut whats: Vec<What> = whats.into_iter().flatten().collect();
    if whats.len() > 1 {
        faults.add(at, "must change one thing: make a change of its own of each");
    } else if whats.is_empty() {
        faults.add(at, "must have one of model, region, cache_share, output_tokens, input_tokens");
    }
    Some(Change { matching: Match { tag, ..matching }, what: whats.pop()? })
}

/// What a percentage multiplies with: 0.8 for `-20 %`.
fn factor(percent: &str) -> Option<Decimal> {
    let number = percent.trim().strip_suffix('%')?.trim();
    let number = number.replacen(['−', '–'], "-", 1);
    // One sign and digits: a decimal could also be read with underscores or an exponent.
    let digits = number.strip_prefix(['+', '-']).unwrap_or(&number);
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: Decimal = number.parse().ok().filter(|_| is_plain)?;
    let factor = (Decimal::ONE_HUNDRED + number) / Decimal::ONE_HUNDRED;
    (Decimal::ZERO..=Decimal::from(11)).contains(&factor).then_some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_read_with_their_sign() {
        for (text, expect) in [
            ("-20 %", Some("0.8")),
            ("−20%", Some("0.8")),
            ("+12.5 %", Some("1.125")),
            ("0%", Some("1")),
            ("-100 %", Some("0")),
            ("-101 %", None),
            ("20", None),
            ("% 20", None),
            ("+-5 %", None),
            ("1001 %", None),
        ] {
            assert_eq!(factor(text), expect.map(|text| text.parse().unwrap()), "{text}");
        }
    }
}
