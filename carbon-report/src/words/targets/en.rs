//! English.

use super::TargetTerms;

pub(super) const EN: TargetTerms = TargetTerms {
    title: "Targets",
    head: ["Target", "At most", "Figure", "Reading"],
    note: "Targets are gross: nothing is taken off the emissions. A figure is below a target where its whole range is, and above it where its whole range is; otherwise it cannot be told. Where a part of the calls has no figure, a mass is a lower bound. An intensity is that of the calls that have a figure.",
    month: "{mass} in a month",
    year: "{mass} in a year (months so far: {months})",
    thousand_tokens: "{mass} per 1,000 tokens",
    request: "{mass} per request",
    tag: "calls tagged {name}: {value}",
    below: "below",
    above: "above",
    in_range: "cannot be told: the range holds the target",
    not_covered: "cannot be told: some calls have no figure",
    no_figure: "no figure",
};
