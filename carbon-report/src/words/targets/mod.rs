//! Targets in words.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod nl;
mod pl;

use crate::{
    language::Language,
    statement::{TargetLine, TargetReading},
    target::TargetPer,
    words::{Wording, filled},
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

impl TargetTerms {
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &en::EN,
            Language::Fr => &fr::FR,
            Language::De => &de::DE,
            Language::It => &it::IT,
            Language::Es => &es::ES,
            Language::Nl => &nl::NL,
            Language::Pl => &pl::PL,
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
            let tagged = filled(terms.tag, &[("name", &tag.name), ("value", &tag.value)]);
            target = format!("{target} ({tagged})");
        }
        let figure = line.figure.map(|figure| {
            let [low, central, high] = self.masses(figure);
            let range = self.terms.range.replace("{low}", &low).replace("{high}", &high);
            format!("{central} ({range})")
        });
        TargetWords {
            name: line.target.name.clone(),
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
