//! Parts of a dashboard, each from the same statement as the report.

use crate::{
    base::clock,
    pages::{
        dashboard::words::DashboardWords,
        format::{FormattedUsage, RangeBar, Scale},
    },
    store::ListedReport,
};
use carbon_core::{FactorSet, Grams, Range};
use carbon_report::{
    Form, Language, Month, Statement, Status,
    equivalent::{Comparison, Equivalent},
    evidence::EarlierMonth,
    figure,
    statement::{ModelLine, TagLine},
    words::{BasesWords, BasisWords, Wording},
};
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Tags that the page shows.
const TAGS_SHOWN: usize = 40;
/// The zone used when the region is unknown.
const WORLD: &str = "WOR";

pub(super) struct DayRow {
    pub(super) day: String,
    pub(super) words: String,
    pub(super) requests: String,
    pub(super) grams: String,
    /// In the unit of the chart; empty if unknown.
    pub(super) plotted: String,
}

pub(super) struct ModelRow {
    pub(super) name: String,
    pub(super) place: Option<String>,
    pub(super) figures: FormattedUsage,
    pub(super) drawn: RangeBar,
    pub(super) level: &'static str,
    pub(super) level_words: &'static str,
}

/// Both bases of a month, and what they are.
pub(super) struct Bases {
    pub(super) words: BasesWords,
    pub(super) rows: Vec<BasisRow>,
}

pub(super) struct BasisRow {
    pub(super) basis: &'static str,
    /// Low, central, high.
    pub(super) masses: [String; 3],
    pub(super) drawn: RangeBar,
}

pub(super) fn bases(statement: &Statement, language: Language) -> Option<Bases> {
    let wording = Wording::of(language);
    let words = wording.bases(statement)?;
    let ranges = words.rows.each_ref().map(|row| row.co2);
    let rows = words.rows.iter().zip(RangeBar::side_by_side(&ranges));
    let rows = rows.map(|(BasisWords { basis, co2, .. }, drawn)| BasisRow {
        basis,
        masses: wording.masses(*co2),
        drawn,
    });
    Some(Bases { rows: rows.collect(), words })
}

pub(super) struct UnknownRow {
    pub(super) name: String,
    pub(super) requests: String,
    pub(super) tokens: String,
}

pub(super) struct TagSection {
    pub(super) name: String,
    pub(super) lines: Vec<TagRow>,
}

pub(super) struct TagRow {
    pub(super) value: String,
    pub(super) figures: FormattedUsage,
    pub(super) per_call: String,
    pub(super) answer_tokens: String,
}

pub(super) struct TrendRow {
    pub(super) month: String,
    pub(super) words: String,
    pub(super) figures: FormattedUsage,
    pub(super) plotted: [String; 3],
    pub(super) factor_set: String,
}

pub(super) struct EquivalentRow {
    pub(super) sentence: String,
    pub(super) source: String,
    pub(super) url: Option<String>,
}

pub(super) struct Downloads {
    pub(super) report_id: String,
    /// What it is.
    pub(super) words: String,
    /// What is on the page but not in the report.
    pub(super) lacks: Option<&'static str>,
    /// Forms for other software: name and file of each.
    pub(super) forms: Vec<(&'static str, &'static str)>,
}

/// Forms that other systems read. Those that are about a figure exist only if there is one.
fn forms(statement: &Statement, status: Option<Status>) -> Vec<(&'static str, &'static str)> {
    let has_figure =
        status == Some(Status::Final) && statement.total.co2.is_some() && statement.total.usage.requests > 0;
    let forms =
        [("PACT", Form::Footprint), ("XBRL", Form::Xbrl), ("VSME", Form::Vsme), ("FOCUS", Form::Focus)];
    let there =
        forms.into_iter().filter(|(_, form)| has_figure || !matches!(form, Form::Footprint | Form::Vsme));
    there.map(|(name, form)| (name, form.name())).collect()
}

/// The newest report in the language of the page, otherwise in any, and what it lacks.
pub(super) fn downloads(issued: &[ListedReport], statement: &Statement) -> Option<Downloads> {
    let language = statement.heading.language;
    let (words, wording) = (DashboardWords::of(language), Wording::of(language));
    let report = issued.iter().find(|report| report.language == language).or(issued.first())?;
    let date = jiff::Timestamp::from_millisecond(report.created_at_ms).ok().map(clock::day)?;
    let status: Option<Status> = report.status.parse().ok();
    let restated = statement.restatement.as_ref().map(|restatement| restatement.restatement_id.as_str());
    let lacks = if status == Some(Status::Provisional) {
        Some(words.report_provisional)
    } else if restated != report.restatement_id.as_deref() {
        Some(words.report_before_restatement)
    } else {
        None
    };
    let said = words
        .report
        .replace("{date}", &language.date(date))
        .replace("{revision}", &report.revision.to_string())
        .replace("{status}", status.map_or("", |status| wording.status(status)))
        .replace("{language}", words.name_of(report.language));
    Some(Downloads {
        report_id: report.report_id.clone(),
        words: said,
        lacks,
        forms: forms(statement, status),
    })
}

/// What was stated before, and why that has changed.
pub(super) fn restated(statement: &Statement) -> Option<String> {
    let language = statement.heading.language;
    let wording = Wording::of(language);
    let restatement = statement.restatement.as_ref()?;
    let words = DashboardWords::of(language);
    let mass = |stated: carbon_report::evidence::Stated| {
        stated.co2.map_or_else(|| words.not_quantified.to_owned(), |co2| wording.mass(co2.central()))
    };
    let text = words
        .restated_text
        .replace("{date}", &language.date(clock::day(restatement.restated_at)))
        .replace("{new}", &mass(restatement.total.new))
        .replace("{old}", &mass(restatement.total.old))
        .replace("{difference}", &wording.signed_mass(restatement.total.difference))
        // Last, because the supplier's own text may contain placeholders.
        .replace("{reason}", &restatement.reason);
    Some(text)
}

/// Days of the month up to `today`: future days are not days without calls.
pub(super) fn days(statement: &Statement, words: &DashboardWords, today: Date) -> (String, Vec<DayRow>) {
    let language = statement.heading.language;
    let wording = Wording::of(language);
    if statement.total.usage.requests == 0 {
        return (String::new(), Vec::new());
    }
    let scale = Scale::to_the_highest(statement.by_day.iter().filter_map(|line| line.co2));
    let rows = statement.by_day.iter().filter(|line| line.day <= today).map(|line| DayRow {
        day: line.day.to_string(),
        words: language.date(line.day),
        requests: wording.count(line.usage.requests),
        grams: line.co2.map_or_else(|| words.not_quantified.to_owned(), |co2| wording.mass(co2)),
        plotted: line.co2.map_or_else(String::new, |co2| scale.place(co2)),
    });
    (words.a_day.replace("{unit}", scale.symbol()), rows.collect())
}

pub(super) fn models(lines: &[ModelLine], language: Language) -> Vec<ModelRow> {
    let ranges: Vec<Range<Grams>> = lines.iter().map(ModelLine::co2).collect();
    let rows = lines.iter().zip(RangeBar::side_by_side(&ranges)).map(|(line, drawn)| ModelRow {
        name: Wording::of(language).model_name(&line.model),
        place: line.place.as_ref().map(|place| place.region.clone()),
        figures: FormattedUsage::of(&line.valued, language, ""),
        drawn,
        level: line.confidence.as_str(),
        level_words: Wording::of(language).confidence(Some(line.confidence)),
    });
    rows.collect()
}

pub(super) fn unknown(statement: &Statement) -> Vec<UnknownRow> {
    let wording = Wording::of(statement.heading.language);
    let rows = statement.unknown_models.iter().map(|line| UnknownRow {
        name: line.name.clone(),
        requests: wording.count(line.usage.requests),
        tokens: wording.count(line.usage.total_tokens()),
    });
    rows.collect()
}

/// The largest tags, by their keys, and a note about the others.
pub(super) fn tags(statement: &Statement, words: &DashboardWords) -> (Vec<TagSection>, Option<String>) {
    let language = statement.heading.language;
    let wording = Wording::of(language);
    let central = |line: &TagLine| line.valued.co2.map(Range::central);
    let mut lines: Vec<&TagLine> = statement.by_tag.iter().collect();
    lines.sort_by_key(|line| std::cmp::Reverse(central(line)));
    let total = lines.len();
    lines.truncate(TAGS_SHOWN);
    let more = (total > lines.len()).then(|| {
        let [shown, total] = [lines.len(), total].map(|count| wording.count(count as u64));
        words.more_tags.replace("{shown}", &shown).replace("{total}", &total)
    });
    let mut keys: BTreeMap<&str, Vec<TagRow>> = BTreeMap::new();
    for line in lines {
        let requests = Decimal::from(line.valued.usage.requests);
        let a_call = |sum: Decimal| sum.checked_div(requests);
        let shown = |number: Decimal| language.number(figure::three_significant(number));
        let per_call = central(line).and_then(|grams| a_call(grams.as_decimal()));
        keys.entry(&line.name).or_default().push(TagRow {
            value: line.value.clone(),
            figures: FormattedUsage::of(&line.valued, language, words.not_quantified),
            per_call: per_call.map_or_else(|| words.not_quantified.to_owned(), shown),
            answer_tokens: a_call(Decimal::from(line.valued.usage.output_tokens))
                .map_or_else(String::new, shown),
        });
    }
    (keys.into_iter().map(|(name, lines)| TagSection { name: name.to_owned(), lines }).collect(), more)
}

pub(super) fn trend(
    statement: &Statement,
    words: &DashboardWords,
    this_month: Month,
) -> (String, Vec<TrendRow>) {
    let heading = &statement.heading;
    let language = heading.language;
    let this = EarlierMonth {
        month: heading.month,
        status: heading.status,
        factor_set: statement.factor_set.clone(),
        stated: statement.total.into(),
    };
    let months: Vec<&EarlierMonth> = statement.trend.earlier.iter().chain([&this]).collect();
    if months.iter().all(|month| month.stated.usage.requests == 0) {
        return (String::new(), Vec::new());
    }
    let highest = months.iter().filter_map(|month| month.stated.co2.map(Range::high));
    let scale = Scale::to_the_highest(highest);
    let rows = months.iter().map(|EarlierMonth { month, factor_set, stated, .. }| {
        let valued =
            carbon_report::Valued { usage: stated.usage, co2: stated.co2, energy: None, water: None };
        TrendRow {
            month: month.to_string(),
            words: if *month == this_month {
                format!("{}, {}", language.month(*month), words.so_far)
            } else {
                language.month(*month)
            },
            figures: FormattedUsage::of(&valued, language, words.not_quantified),
            plotted: stated.co2.map(|co2| scale.places(co2)).unwrap_or_default(),
            factor_set: factor_set.clone(),
        }
    });
    (words.a_month.replace("{unit}", scale.symbol()), rows.collect())
}

pub(super) fn equivalents(
    statement: &Statement,
    words: &DashboardWords,
    set: &FactorSet,
    region: Option<&str>,
) -> Vec<EquivalentRow> {
    let language = statement.heading.language;
    let zone =
        region.and_then(|region| set.locate(region, None).ok()).or_else(|| set.locate(WORLD, None).ok());
    let Some((co2, zone)) = statement.total.co2.map(Range::central).zip(zone) else { return Vec::new() };
    // Less than this is too little to illustrate.
    if co2.as_decimal() < Decimal::ONE {
        return Vec::new();
    }
    let rows = Equivalent::of(co2, zone.zone).into_iter().map(|Equivalent { comparison, source, url }| {
        let sentence = match comparison {
            Comparison::Electricity { energy, zone_id, zone, g_per_kwh, year } => words
                .electricity
                .replace("{energy}", &figure::energy(energy, language))
                // Names of zones are English, as they are published.
                .replace("{zone}", if zone_id == WORLD { words.world } else { &zone })
                .replace("{grams}", &language.number(figure::three_significant(g_per_kwh)))
                .replace("{year}", &year.map_or_else(String::new, |year| year.to_string())),
            Comparison::Petrol { volume } => {
                words.petrol.replace("{litres}", &figure::water(volume, language))
            }
        };
        EquivalentRow { sentence, source, url }
    });
    rows.collect()
}
