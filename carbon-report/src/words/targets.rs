//! Targets in words.

use super::{Wording, showable};
use crate::{
    language::Language,
    statement::{TargetLine, TargetReading},
    target::TargetPer,
};

/// A target in words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TargetWords {
    /// Its name.
    pub name: String,
    /// What is not to be exceeded.
    pub target: String,
    /// The figure with its range; words where there is none.
    pub figure: String,
    /// Where the figure lies.
    pub reading: String,
}

pub(crate) struct TargetTerms {
    pub(crate) title: &'static str,
    pub(crate) head: [&'static str; 4],
    pub(crate) note: &'static str,
    /// `{mass}`.
    month: &'static str,
    /// `{mass}`, `{months}`.
    year: &'static str,
    /// `{mass}`.
    thousand_tokens: &'static str,
    /// `{mass}`.
    request: &'static str,
    /// `{name}`, `{value}`.
    tag: &'static str,
    below: &'static str,
    above: &'static str,
    in_range: &'static str,
    not_covered: &'static str,
    no_figure: &'static str,
}

const EN: TargetTerms = TargetTerms {
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

const DE: TargetTerms = TargetTerms {
    title: "Ziele",
    head: ["Ziel", "Höchstens", "Wert", "Ergebnis"],
    note: "Ziele sind brutto: Von den Emissionen wird nichts abgezogen. Ein Wert liegt unter einem Ziel, wenn sein ganzer Unsicherheitsbereich darunter liegt, und darüber, wenn der ganze Bereich darüber liegt; sonst lässt es sich nicht sagen. Hat ein Teil der Aufrufe keinen Wert, ist eine Masse eine Untergrenze. Eine Intensität ist die der Aufrufe, die einen Wert haben.",
    month: "{mass} im Monat",
    year: "{mass} im Jahr (Monate bisher: {months})",
    thousand_tokens: "{mass} je 1.000 Tokens",
    request: "{mass} je Aufruf",
    tag: "Aufrufe mit dem Tag {name}: {value}",
    below: "darunter",
    above: "darüber",
    in_range: "nicht feststellbar: Das Ziel liegt im Unsicherheitsbereich",
    not_covered: "nicht feststellbar: Einige Aufrufe haben keinen Wert",
    no_figure: "kein Wert",
};

const FR: TargetTerms = TargetTerms {
    title: "Objectifs",
    head: ["Objectif", "Au plus", "Valeur", "Constat"],
    note: "Les objectifs sont bruts\u{a0}: rien n’est déduit des émissions. Une valeur est au-dessous d’un objectif lorsque tout son intervalle l’est, et au-dessus lorsque tout son intervalle l’est\u{a0}; sinon, on ne peut conclure. Si une partie des appels n’a pas de valeur, une masse est une borne inférieure. Une intensité est celle des appels qui ont une valeur.",
    month: "{mass} par mois",
    year: "{mass} par an (mois à ce jour\u{a0}: {months})",
    thousand_tokens: "{mass} pour 1\u{a0}000 tokens",
    request: "{mass} par appel",
    tag: "appels étiquetés {name}\u{a0}: {value}",
    below: "au-dessous",
    above: "au-dessus",
    in_range: "on ne peut conclure\u{a0}: l’objectif est dans l’intervalle",
    not_covered: "on ne peut conclure\u{a0}: des appels n’ont pas de valeur",
    no_figure: "pas de valeur",
};

impl TargetTerms {
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &EN,
            Language::De => &DE,
            Language::Fr => &FR,
        }
    }
}

impl Wording {
    /// The heading above targets.
    pub fn targets(&self) -> &'static str {
        TargetTerms::of(self.language).title
    }

    /// The heads of their columns: as the fields of [`TargetWords`].
    pub fn targets_head(&self) -> [&'static str; 4] {
        TargetTerms::of(self.language).head
    }

    /// How they are read.
    pub fn targets_note(&self) -> &'static str {
        TargetTerms::of(self.language).note
    }

    /// A target, and where its figure lies.
    pub fn target(&self, line: &TargetLine) -> TargetWords {
        let terms = TargetTerms::of(self.language);
        let per = match line.target.per {
            TargetPer::Month => terms.month,
            TargetPer::Year => terms.year,
            TargetPer::ThousandTokens => terms.thousand_tokens,
            TargetPer::Request => terms.request,
        };
        let mut target = per
            .replace("{mass}", &self.mass(line.target.grams))
            .replace("{months}", &self.count(u64::from(line.months)));
        if let Some(tag) = &line.target.tag {
            let tagged = terms.tag.replace("{name}", &showable(&tag.name));
            target = format!("{target} ({})", tagged.replace("{value}", &showable(&tag.value)));
        }
        let figure = line.figure.map(|figure| {
            let [low, central, high] = self.masses(figure);
            let range = self.terms.range.replace("{low}", &low).replace("{high}", &high);
            format!("{central} ({range})")
        });
        TargetWords {
            name: showable(&line.target.name).into_owned(),
            target,
            figure: figure.unwrap_or_else(|| terms.no_figure.to_owned()),
            reading: match line.reading {
                TargetReading::Below => terms.below,
                TargetReading::Above => terms.above,
                TargetReading::CannotTellRange => terms.in_range,
                TargetReading::CannotTellCoverage => terms.not_covered,
                TargetReading::NoFigure => terms.no_figure,
            }
            .to_owned(),
        }
    }
}
