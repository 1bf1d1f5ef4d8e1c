//! `lines.csv`: every line of every table, for spreadsheets and scripts.

use super::table::{Cell, CsvTable};
use crate::{
    statement::{ModelLine, Statement, UnknownLine},
    valued::Valued,
};
use carbon_core::{Confidence, Range, quantity::Quantity};

/// What stands in a row besides its figures.
#[derive(Default)]
pub(super) struct Labels<'a> {
    pub(super) table: &'static str,
    pub(super) key: &'a str,
    pub(super) region: &'a str,
    pub(super) method: &'a str,
    pub(super) confidence: &'a str,
    pub(super) data_class: &'a str,
    pub(super) factor_id: &'a str,
    pub(super) sent_as: String,
}

/// Columns of labels.
pub(super) const TEXTS: usize = 8;
/// Columns of figures.
const NUMBERS: usize = 27;

pub(super) const HEAD: [&str; TEXTS + NUMBERS] = [
    "table",
    "key",
    "region",
    "method",
    "confidence",
    "data_class",
    "factor_id",
    "sent_as",
    "requests",
    "input_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
    "co2_grams_low",
    "co2_grams",
    "co2_grams_high",
    "energy_wh_low",
    "energy_wh",
    "energy_wh_high",
    "water_ml_low",
    "water_ml",
    "water_ml_high",
    "context_output",
    "context_input",
    "context_unknown_tokens",
    "input_image_tokens",
    "input_audio_tokens",
    "output_image_tokens",
    "output_audio_tokens",
    "images",
    "image_pixels",
    "video_ms",
    "video_pixel_s",
    "audio_ms",
];

impl Statement {
    /// The statement's lines as CSV: `table` says which breakdown a row belongs to, and each breakdown adds up to the row
    /// `total`, but for tags and for what is market-based: `market_zone` is the electricity of one grid, `market_based` the whole
    /// month by that method. A figure that is not known is empty, never 0.
    ///
    /// Texts are written as [`CsvTable`] says.
    pub fn to_csv(&self) -> String {
        let mut rows = Rows(CsvTable::new(HEAD));
        rows.row(Labels { table: "total", ..Labels::default() }, &self.total);
        for line in &self.by_model {
            rows.row(Labels::model(line), &line.valued);
        }
        for line in &self.unknown_models {
            rows.row(Labels::unknown(line), &Valued { usage: line.usage, ..Valued::default() });
        }
        for (table, key, valued) in self.keyed_lines() {
            rows.row(Labels { table, key: &key, ..Labels::default() }, valued);
        }
        for line in self.market.iter().flat_map(|market| &market.zones) {
            let (co2, energy) = (Some(line.co2), Some(line.energy));
            let labels = Labels { table: "market_zone", key: &line.zone, ..Labels::default() };
            rows.row(labels, &Valued { co2, energy, ..Valued::default() });
        }
        if let Some(market) = &self.market {
            let labels = Labels { table: "market_based", ..Labels::default() };
            rows.row(labels, &Valued { co2: Some(market.co2), ..Valued::default() });
        }
        for line in &self.by_day {
            let co2 = line.co2.and_then(|grams| Range::new(grams, grams, grams));
            let key = line.day.to_string();
            // A day has no range of its own.
            rows.central(
                Labels { table: "day", key: &key, ..Labels::default() },
                &Valued { usage: line.usage, co2, ..Valued::default() },
            );
        }
        rows.0.finish()
    }

    /// Table, key and figures of the lines that have nothing else.
    pub(super) fn keyed_lines(&self) -> impl Iterator<Item = (&'static str, String, &Valued)> {
        let methods =
            self.by_method.iter().map(|line| ("method", line.method.as_str().to_owned(), &line.valued));
        let bases = self.by_basis.iter().map(|line| ("basis", line.basis.as_str().to_owned(), &line.valued));
        let contexts =
            self.by_context.iter().map(|line| ("context", line.basis.as_str().to_owned(), &line.valued));
        let levels = self.by_confidence.iter().map(|line| {
            let level = line.confidence.map_or("unknown", Confidence::as_str);
            ("confidence", level.to_owned(), &line.valued)
        });
        let classes = self.data_quality.by_class.iter();
        let classes = classes.map(|line| ("data_class", line.data_class.as_str().to_owned(), &line.valued));
        let regions = self
            .by_region
            .iter()
            .map(|line| ("region", line.region.clone().unwrap_or_default(), &line.valued));
        let tags =
            self.by_tag.iter().map(|line| ("tag", format!("{}={}", line.name, line.value), &line.valued));
        methods.chain(bases).chain(contexts).chain(levels).chain(classes).chain(regions).chain(tags)
    }
}

impl<'a> Labels<'a> {
    pub(super) fn model(line: &'a ModelLine) -> Self {
        Labels {
            table: "model",
            key: &line.model,
            region: line.place.as_ref().map_or("", |place| &place.region),
            method: line.method.as_str(),
            confidence: line.confidence.as_str(),
            data_class: line.data_class.as_str(),
            factor_id: &line.factor_id,
            sent_as: line.sent_as.join(" "),
        }
    }

    pub(super) fn unknown(line: &'a UnknownLine) -> Self {
        Labels {
            table: "unknown_model",
            key: &line.name,
            region: line.unknown_region.as_deref().unwrap_or(""),
            confidence: "unknown",
            data_class: "missing",
            ..Labels::default()
        }
    }
}

/// The cells of a row, in the order of [`HEAD`].
pub(super) fn cells<'a>(labels: Labels<'a>, valued: &Valued) -> impl Iterator<Item = Cell<'a>> {
    with_numbers(labels, numbers(valued))
}

fn with_numbers(labels: Labels<'_>, numbers: [String; NUMBERS]) -> impl Iterator<Item = Cell<'_>> {
    let Labels { table, key, region, method, confidence, data_class, factor_id, sent_as } = labels;
    let texts = [table, key, region, method, confidence, data_class, factor_id].map(Cell::text);
    texts.into_iter().chain([Cell::text(sent_as)]).chain(numbers.map(Cell::Number))
}

struct Rows(CsvTable);

impl Rows {
    fn row(&mut self, labels: Labels<'_>, valued: &Valued) {
        self.0.row(cells(labels, valued));
    }

    /// The same without bounds.
    fn central(&mut self, labels: Labels<'_>, valued: &Valued) {
        let mut numbers = numbers(valued);
        for column in [6, 8] {
            numbers[column].clear();
        }
        self.0.row(with_numbers(labels, numbers));
    }
}

fn numbers(valued: &Valued) -> [String; NUMBERS] {
    let counts = valued.usage.counts().map(|count| count.to_string());
    let figures = [bounds(valued.co2), bounds(valued.energy), bounds(valued.water)];
    let [output, input] = valued.usage.context_counts();
    let context = [output, input, valued.usage.context_unknown_tokens.into()].map(|count| count.to_string());
    let media = valued.usage.media.counts().map(|count| count.to_string());
    let mut numbers = counts.into_iter().chain(figures.into_iter().flatten()).chain(context).chain(media);
    std::array::from_fn(|_| numbers.next().unwrap_or_default())
}

fn bounds<Q: Quantity>(range: Option<Range<Q>>) -> [String; 3] {
    match range {
        Some(range) => {
            [range.low(), range.central(), range.high()].map(|bound| bound.as_decimal().to_string())
        }
        None => Default::default(),
    }
}
