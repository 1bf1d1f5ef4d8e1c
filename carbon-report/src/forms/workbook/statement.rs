//! The workbook of a month, and the sheets that a period has too.

use super::{Sheet, SheetCell, Workbook};
use crate::{
    figure::over_power_of_ten,
    forms::{restyled, table::text_of},
    heading::Heading,
    language::Language,
    statement::{Statement, UsedFactor, UsedRate, UsedSource},
    valued::{Coverage, Valued},
    words::{MarketWords, Wording, WorkbookWords},
};
use carbon_core::{Grams, Millilitres, Range, WattHours, quantity::Quantity};

/// Units, as every language writes them.
const GRAMS: &str = "g CO₂e";
const TONNES: &str = "t CO₂e";
const WATT_HOURS: &str = "Wh";
const KILOWATT_HOURS: &str = "kWh";
const MILLILITRES: &str = "mL";
const LITRES: &str = "L";

impl Statement {
    /// The statement as a workbook (XLSX) in the language of the report, with sheets for key figures, models, days, every line of
    /// `lines.csv` and factors. The same statement gives the same bytes.
    ///
    /// Numbers have the digits that a spreadsheet keeps; where there are more, all of them stand beside as text.
    pub fn to_xlsx(&self) -> Vec<u8> {
        let words = Words::of(&self.heading);
        let market = self.market.as_ref().map(|market| market.co2);
        let key_figures = KeyFigures { of: self, market, missing: None };
        new_workbook(&self.heading)
            .sheet(key_figures.sheet(&words))
            .sheet(models(&words, self))
            .sheet(self.days(&words))
            .sheet(lines(&words, &self.to_csv()))
            .sheet(factors(&words, &self.factors))
            .to_bytes()
    }

    fn days(&self, words: &Words) -> Sheet {
        let Words { book, wording, .. } = words;
        let terms = wording.terms;
        let head = [
            book.day.to_owned(),
            terms.requests.to_owned(),
            terms.input_tokens.to_owned(),
            terms.output_tokens.to_owned(),
            in_unit(terms.emissions, GRAMS),
        ];
        let mut sheet = Sheet::new(book.days, head);
        for line in &self.by_day {
            sheet.row([
                SheetCell::Day(line.day),
                SheetCell::number(line.usage.requests),
                SheetCell::number(line.usage.input_tokens),
                SheetCell::number(line.usage.output_tokens),
                SheetCell::maybe(line.co2.map(Grams::as_decimal)),
            ]);
        }
        sheet
    }
}

/// The words of a report's language.
pub(super) struct Words {
    pub(super) book: &'static WorkbookWords,
    pub(super) wording: Wording,
    market: &'static MarketWords,
}

impl Words {
    pub(super) fn of(heading: &Heading) -> Self {
        let language = heading.language;
        Words {
            book: WorkbookWords::of(language),
            wording: Wording::of(language),
            market: MarketWords::of(language),
        }
    }
}

/// A workbook without sheets, with what its notes say of every report.
pub(super) fn new_workbook(heading: &Heading) -> Workbook {
    let Words { book, wording, .. } = Words::of(heading);
    let Heading { client, supplier, language, month, .. } = heading;
    let of = language.period(*month, heading.through);
    let title = format!("{}: {}, {of}", wording.terms.kind, client.name);
    Workbook::new(*language, title, heading.issued_on)
        .of_organisation(&supplier.name)
        .note(wording.terms.what_this_is)
        .note(book.from_statement)
        .note(book.unknown_is_empty)
        .note(book.lines_are)
}

/// `Emissions (g CO₂e)`.
fn in_unit(what: &str, unit: &str) -> String {
    format!("{what} ({unit})")
}

/// The sheet that comes first.
pub(super) struct KeyFigures<'a> {
    /// A period as a whole, too.
    pub(super) of: &'a Statement,
    pub(super) market: Option<Range<Grams>>,
    /// Months that are in no figure.
    pub(super) missing: Option<usize>,
}

impl KeyFigures<'_> {
    pub(super) fn sheet(&self, words: &Words) -> Sheet {
        let Words { book, wording, market } = words;
        let terms = wording.terms;
        let head = [book.figure, terms.value, terms.low, terms.high, book.unit];
        let mut sheet = Sheet::new(book.key_figures, head).as_list();
        let KeyFigures { of: Statement { heading, factor_set, total, coverage, .. }, .. } = self;
        let mut said = |what: &str, cell: SheetCell| sheet.row([SheetCell::text(what), cell]);
        said(terms.client, SheetCell::text(&heading.client.name));
        said(book.client_id, SheetCell::text(&heading.client.tenant_id));
        said(terms.supplier, SheetCell::text(&heading.supplier.name));
        said(book.first_day, SheetCell::Day(heading.month.first_day()));
        said(book.last_day, SheetCell::Day(heading.last_month().last_day()));
        said(terms.report, SheetCell::text(&heading.report_id));
        said(terms.revision, SheetCell::number(heading.revision));
        said(terms.status, SheetCell::text(terms.status_word(heading.status)));
        said(terms.issued, SheetCell::Day(heading.issued_on));
        said(terms.factor_set, SheetCell::text(factor_set));
        if let Some(missing) = self.missing {
            said(book.missing_months, SheetCell::number(missing));
        }
        let Valued { usage, co2, energy, water } = total;
        let mut figure = |what: &str, range: [SheetCell; 3], unit: &str| {
            let [low, central, high] = range;
            sheet.row([SheetCell::text(what), central, low, high, SheetCell::text(unit)]);
        };
        figure(terms.emissions, moved(*co2, 0), GRAMS);
        figure(terms.emissions, moved(*co2, 6), TONNES);
        if self.market.is_some() {
            let what = format!("{} ({})", terms.emissions, market.market);
            figure(&what, moved(self.market, 0), GRAMS);
            figure(&what, moved(self.market, 6), TONNES);
        }
        figure(terms.energy, moved(*energy, 0), WATT_HOURS);
        figure(terms.energy, moved(*energy, 3), KILOWATT_HOURS);
        figure(terms.water, moved(*water, 0), MILLILITRES);
        figure(terms.water, moved(*water, 3), LITRES);
        let mut said = |what: &str, cell: SheetCell| sheet.row([SheetCell::text(what), cell]);
        said(terms.requests, SheetCell::number(usage.requests));
        said(book.all_tokens, SheetCell::number(usage.total_tokens()));
        said(terms.input_tokens, SheetCell::number(usage.input_tokens));
        said(terms.output_tokens, SheetCell::number(usage.output_tokens));
        let share = Coverage::ratio(*coverage).map_or(SheetCell::Empty, SheetCell::Share);
        said(book.covered, share);
        sheet
    }
}

/// Low, central and high of a range, in a unit that is so many powers of ten larger.
fn moved<Q: Quantity>(range: Option<Range<Q>>, power: u32) -> [SheetCell; 3] {
    let Some(range) = range else { return [SheetCell::Empty, SheetCell::Empty, SheetCell::Empty] };
    [range.low(), range.central(), range.high()]
        .map(|bound| SheetCell::number(over_power_of_ten(bound.as_decimal(), power)))
}

/// Heads of the columns that every line of activity has.
pub(super) fn activity_heads(wording: &Wording) -> Vec<String> {
    let terms = wording.terms;
    let mut heads = [terms.requests, terms.input_tokens, terms.output_tokens].map(str::to_owned).to_vec();
    for (what, unit) in [(terms.emissions, GRAMS), (terms.energy, WATT_HOURS), (terms.water, MILLILITRES)] {
        let bounds = [terms.low, terms.central, terms.high];
        heads.extend(bounds.map(|bound| {
            // In German, these are nouns.
            let is_noun = wording.language == Language::De;
            let bound = if is_noun { bound.to_owned() } else { bound.to_lowercase() };
            in_unit(&format!("{what}, {bound}"), unit)
        }));
    }
    heads
}

/// The cells of those columns.
pub(super) fn activity_cells(valued: &Valued) -> impl Iterator<Item = SheetCell> + use<> {
    let Valued { usage, co2, energy, water } = valued;
    let counts = [usage.requests, usage.input_tokens, usage.output_tokens].map(SheetCell::number);
    let figures = [moved::<Grams>(*co2, 0), moved::<WattHours>(*energy, 0), moved::<Millilitres>(*water, 0)];
    counts.into_iter().chain(figures.into_iter().flatten())
}

/// Models with a factor, then names without.
pub(super) fn models(words: &Words, statement: &Statement) -> Sheet {
    let Words { book, wording, .. } = words;
    let terms = wording.terms;
    let texts = [terms.model, book.region, terms.method, terms.confidence];
    let head = texts.map(str::to_owned).into_iter().chain(activity_heads(wording));
    let head = head.chain([book.factor, book.sent_as].map(str::to_owned));
    let mut sheet = Sheet::new(book.models, head);
    for line in &statement.by_model {
        let texts = [
            line.model.as_str(),
            line.place.as_ref().map_or("", |place| &place.region),
            terms.method_word(line.method),
            wording.confidence(Some(line.confidence)),
        ];
        let names = [line.factor_id.clone(), line.sent_as.join(" ")].map(SheetCell::text);
        sheet.row(texts.map(SheetCell::text).into_iter().chain(activity_cells(&line.valued)).chain(names));
    }
    for line in &statement.unknown_models {
        let region = line.unknown_region.as_deref().unwrap_or("");
        let texts = [line.name.as_str(), region, "", wording.confidence(None)].map(SheetCell::text);
        let valued = Valued { usage: line.usage, ..Valued::default() };
        sheet.row(texts.into_iter().chain(activity_cells(&valued)));
    }
    sheet
}

/// `lines.csv` as it is.
pub(super) fn lines(words: &Words, csv: &str) -> Sheet {
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let head = rows.headers().cloned().unwrap_or_default();
    let mut sheet = Sheet::new(words.book.lines, head.iter().map(text_of));
    for row in rows.records().flatten() {
        sheet.row(row.iter().zip(&head).map(|(cell, column)| match restyled::is_number(column) {
            true => SheetCell::number(text_of(cell)),
            false => SheetCell::text(text_of(cell)),
        }));
    }
    sheet
}

/// Each rate of each factor that was applied.
pub(super) fn factors(words: &Words, factors: &[UsedFactor]) -> Sheet {
    let Words { book, wording, .. } = words;
    let terms = wording.terms;
    let head = [
        book.factor,
        terms.method,
        terms.confidence,
        book.quantity,
        terms.value,
        terms.low,
        terms.high,
        book.unit,
        terms.source,
        terms.publisher,
        terms.link,
    ];
    // Their rates are of different things.
    let mut sheet = Sheet::new(book.factors, head).as_list();
    for factor in factors {
        for rate in &factor.rates {
            let UsedRate { quantity, unit: _, per, per_count, low, central, high } = rate;
            let UsedSource { title, publisher, url, .. } = &factor.source;
            let unit = format!("{} / {per_count} {}", rate.unit.symbol(), terms.per(*per));
            sheet.row([
                SheetCell::text(&factor.factor_id),
                SheetCell::text(terms.method_word(factor.method)),
                SheetCell::text(wording.confidence(Some(factor.confidence))),
                SheetCell::text(book.quantities[*quantity as usize]),
                SheetCell::number(central),
                SheetCell::maybe(*low),
                SheetCell::maybe(*high),
                SheetCell::text(unit),
                SheetCell::text(wording.translated(title)),
                SheetCell::text(wording.translated(publisher)),
                SheetCell::text(url.as_deref().unwrap_or("")),
            ]);
        }
    }
    sheet
}
