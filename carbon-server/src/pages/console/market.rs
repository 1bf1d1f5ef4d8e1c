//! Market-based accounting: instruments, residual mixes, and what clouds report next to our sums.

use crate::{
    api::{instruments::mwh, supplier_reports},
    app::App,
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        console::{ConsoleContext, LANGUAGE, NOT_QUANTIFIED, instruments},
        format::RangeBar,
        html::html,
        month::{self, MonthChoice},
        shell::Shell,
    },
    report::reconciliation::{MonthReconciled, Reason, Reconciliation, Verdict},
    store::{ListedInstrument, StoredResidualMix},
};
use askama::Template;
use carbon_core::{Grams, Range};
use carbon_report::{figure, words::Wording};
use rust_decimal::Decimal;
use std::collections::BTreeSet;

#[derive(Template)]
#[template(path = "console/market.html")]
struct MarketPage {
    shell: Shell,
    context: ConsoleContext,
    month: MonthChoice,
    months: Vec<MonthChoice>,
    reconciled: Vec<ReconciledRow>,
    /// Services without language models.
    others: usize,
    instruments: Vec<InstrumentRow>,
    mixes: Vec<MixRow>,
}

struct ReconciledRow {
    provider: String,
    region: String,
    services: String,
    /// Location-based, then market-based, by the cloud.
    cloud: [String; 2],
    ours: String,
    range: Option<String>,
    /// The cloud's figures and ours on one axis.
    drawn: Option<Drawn>,
    ratio: Option<String>,
    verdict: Option<&'static str>,
    reasons: Vec<&'static str>,
    licences: String,
}

/// Figures that are compared by eye: location-based first.
struct Drawn {
    bars: Vec<LabelledBar>,
    /// The end of the axis.
    highest: String,
}

struct LabelledBar {
    label: &'static str,
    range: RangeBar,
    figure: String,
}

impl Drawn {
    /// Of the cloud by each basis that it reports, and ours; `None` where ours has no value or there is no other.
    fn of(location: Option<Grams>, market: Option<Grams>, ours: Option<Range<Grams>>) -> Option<Self> {
        let wording = Wording::of(LANGUAGE);
        let alone = |grams: Grams| Range::new(grams, grams, grams);
        let clouds = [("Cloud, location-based", location), ("Cloud, market-based", market)];
        let mut figures: Vec<(&'static str, Range<Grams>)> =
            clouds.into_iter().filter_map(|(label, grams)| Some((label, alone(grams?)?))).collect();
        figures.push(("Our calls, location-based", ours.filter(|_| !figures.is_empty())?));
        let ranges: Vec<Range<Grams>> = figures.iter().map(|(_, range)| *range).collect();
        let highest = ranges.iter().map(|range| range.high()).max()?;
        let bars = figures.into_iter().zip(RangeBar::side_by_side(&ranges)).map(|((label, range), drawn)| {
            LabelledBar { label, range: drawn, figure: wording.mass(range.central()) }
        });
        Some(Drawn { bars: bars.collect(), highest: wording.mass(highest) })
    }
}

struct InstrumentRow {
    kind: &'static str,
    /// Address of its page.
    page: String,
    zone: String,
    period: String,
    mwh: String,
    allocated: String,
    g_per_kwh: String,
    licence: String,
    is_withdrawn: bool,
}

pub(super) struct MixRow {
    pub(super) zone: String,
    pub(super) year: String,
    pub(super) g_per_kwh: String,
    pub(super) source: String,
    pub(super) licence: String,
}

/// `GET /app/market`
pub(crate) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    let account = input.caller()?.account;
    let [month, this_month] = month::asked(input);
    let (_, MonthReconciled { reconciled, other_services }) =
        supplier_reports::of_month(app, account, month).await?;
    let entered = app.store.instruments(account).await?;
    let mixes = app.store.residual_mixes(account).await?;
    html(&MarketPage {
        shell: Shell::console(app, input, "/app/market")?,
        context: ConsoleContext::of(app, input).await?,
        month: MonthChoice::of(month, LANGUAGE),
        months: MonthChoice::all(month, this_month, LANGUAGE),
        reconciled: reconciled.into_iter().map(reconciled_row).collect(),
        others: other_services.len(),
        instruments: entered.into_iter().rev().map(instrument_row).collect(),
        mixes: mixes.into_iter().map(mix_row).collect(),
    })
}

fn reconciled_row(of: Reconciliation) -> ReconciledRow {
    let wording = Wording::of(LANGUAGE);
    let mass =
        |grams: Option<Grams>| grams.map_or_else(|| "not reported".to_owned(), |grams| wording.mass(grams));
    let masses = of.ours.map(|ours| wording.masses(ours));
    let drawn = Drawn::of(of.location, of.market, of.ours);
    let joined = |texts: BTreeSet<String>| texts.into_iter().collect::<Vec<_>>().join(", ");
    ReconciledRow {
        provider: of.provider,
        region: if of.region.is_empty() { "all regions".to_owned() } else { of.region },
        services: joined(of.services),
        cloud: [mass(of.location), mass(of.market)],
        ours: masses.as_ref().map_or_else(|| NOT_QUANTIFIED.to_owned(), |[_, central, _]| central.clone()),
        range: masses.map(|[low, _, high]| format!("{low} to {high}")),
        drawn,
        ratio: of.ratio.map(|ratio| LANGUAGE.number(shown_ratio(ratio))),
        verdict: of.verdict.map(|verdict| match verdict {
            Verdict::Inside => "inside our range",
            Verdict::Above => "above our range",
            Verdict::Below => "below our range",
        }),
        reasons: of.reasons.into_iter().map(Reason::sentence).collect(),
        licences: joined(of.licences),
    }
}

/// Two digits are enough to see the order.
fn shown_ratio(ratio: Decimal) -> Decimal {
    ratio.round_dp(figure::decimals_for(ratio, 2)).normalize()
}

fn instrument_row(ListedInstrument { instrument, allocated_wh }: ListedInstrument) -> InstrumentRow {
    let number = |decimal: Decimal| LANGUAGE.number(decimal.normalize());
    let [from, to] = instrument.period;
    InstrumentRow {
        kind: instruments::kind_words(instrument.kind),
        page: instruments::address(&instrument.instrument_id),
        zone: match instrument.provider {
            Some(provider) => format!("{}, {provider} only", instrument.zone),
            None => instrument.zone,
        },
        period: format!("{from} to {to}"),
        mwh: number(mwh(instrument.wh).as_decimal()),
        allocated: number(mwh(allocated_wh).as_decimal()),
        g_per_kwh: number(instrument.g_per_kwh),
        licence: instrument.licence,
        is_withdrawn: instrument.withdrawn_at_ms.is_some(),
    }
}

pub(super) fn mix_row(StoredResidualMix { mix, .. }: StoredResidualMix) -> MixRow {
    MixRow {
        zone: mix.zone,
        year: mix.year.to_string(),
        g_per_kwh: LANGUAGE.number(mix.g_per_kwh.normalize()),
        source: mix.source,
        licence: mix.licence,
    }
}
