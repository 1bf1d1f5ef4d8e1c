//! An instrument as somebody enters it, checked field by field.

use crate::{
    base::{clock::date, exact::Exact},
    config,
    http::{
        faults::{Faults, unnoticed},
        problem::Problem,
    },
    ingest::time,
    store::StoredInstrument,
};
use carbon_core::FactorSet;
use carbon_report::InstrumentKind;
use jiff::civil::Date;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A thousand terawatt hours, in watt hours: no contract has more.
const WH_MAX: u64 = 1_000_000_000_000_000;
/// Grams for a kilowatt hour: above it, the unit is wrong.
const G_PER_KWH_MAX: Decimal = Decimal::from_parts(5_000, 0, 0, false, 0);
const G_DECIMALS_MAX: u32 = 6;

/// The body of `PUT /api/v1/instruments/{instrument_id}`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InstrumentRequest {
    pub(crate) kind: Option<String>,
    pub(crate) provider: Option<String>,
    pub(crate) zone: Option<String>,
    pub(crate) period_from: Option<String>,
    pub(crate) period_to: Option<String>,
    pub(crate) mwh: Option<Exact>,
    pub(crate) g_per_kwh: Option<Exact>,
    pub(crate) vintage: Option<Box<RawValue>>,
    pub(crate) certificate_ids_sha256: Option<String>,
    pub(crate) document_sha256: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) licence: Option<String>,
}

impl InstrumentRequest {
    pub(super) fn checked(self, set: &FactorSet, instrument_id: String) -> Result<StoredInstrument, Problem> {
        let mut faults = Faults::default();
        if uuid::Uuid::parse_str(&instrument_id).is_err() || instrument_id.len() != 36 {
            faults.add("instrument_id", "must be a UUID");
        }
        let kind = faults.required("/kind", self.kind);
        let kind = kind.and_then(|word| {
            let words = InstrumentKind::ALL.map(InstrumentKind::as_str).join(", ");
            faults.usable("/kind", InstrumentKind::from_word(&word).ok_or(format!("must be one of {words}")))
        });
        let provider = self.provider.and_then(|name| {
            let known = set.provider(&name).map(str::to_owned);
            faults.usable("/provider", known.ok_or("is not a listed provider, such as aws, azure or google"))
        });
        let zone =
            faults.required("/zone", self.zone).and_then(|zone| zone_of(&mut faults, set, "/zone", &zone));
        let [from, to] =
            [("/period_from", self.period_from), ("/period_to", self.period_to)].map(|(pointer, day)| {
                faults.required(pointer, day).and_then(|day| day_of(&mut faults, pointer, &day))
            });
        let vintage = faults.required("/vintage", self.vintage);
        let vintage = vintage.and_then(|year| faults.usable("/vintage", time::year(year.get())));
        if let Some(([from, to], vintage)) = from.zip(to).map(<[Date; 2]>::from).zip(vintage) {
            check_period(&mut faults, [from, to], vintage);
        }
        let wh = faults.required("/mwh", self.mwh).and_then(|mwh| faults.usable("/mwh", watt_hours(mwh)));
        let g_per_kwh = faults.required("/g_per_kwh", self.g_per_kwh);
        let g_per_kwh = g_per_kwh.and_then(|g| faults.usable("/g_per_kwh", grams_per_kwh(g)));
        let [certificates, document] = [
            ("/certificate_ids_sha256", self.certificate_ids_sha256),
            ("/document_sha256", self.document_sha256),
        ]
        .map(|(pointer, text)| faults.sha256(pointer, text));
        let source = faults.required_printed("/source", self.source, config::NOTE_BYTES_MAX);
        let licence = faults.required_printed("/licence", self.licence, config::NOTE_BYTES_MAX);
        faults.none()?;
        let checked = || {
            Some(StoredInstrument {
                instrument_id: instrument_id.to_ascii_lowercase(),
                kind: kind?,
                provider,
                zone: zone?,
                period: [from?, to?],
                wh: wh?,
                g_per_kwh: g_per_kwh?,
                vintage: vintage?.into(),
                certificate_ids_sha256: certificates?,
                document_sha256: document?,
                source: source?,
                licence: licence?,
                entered_by: String::new(),
                entered_at_ms: 0,
                withdrawn_at_ms: None,
            })
        };
        checked().ok_or_else(unnoticed)
    }
}

/// The grid of a country: what is no market of electricity delivers none.
pub(crate) fn zone_of(faults: &mut Faults, set: &FactorSet, pointer: &str, zone: &str) -> Option<String> {
    match set.locate(zone, None) {
        Ok(place) if place.zone.alpha_2().is_some() => Some(place.zone.id().to_owned()),
        Ok(place) => {
            let zone = place.zone.id();
            faults.add(
                pointer,
                format!("{zone} is no market in which electricity is delivered: name a country"),
            );
            None
        }
        Err(error) => {
            faults.add(pointer, error.to_string());
            None
        }
    }
}

fn day_of(faults: &mut Faults, pointer: &str, day: &str) -> Option<Date> {
    faults.usable(pointer, date(day).ok_or("must be a day such as 2026-10-05"))
}

fn check_period(faults: &mut Faults, [from, to]: [Date; 2], vintage: i16) {
    if from > to {
        faults.add("/period_from", "must not be after period_to");
    } else if from.year() != to.year() {
        faults.add(
            "/period_to",
            "must be in the year of period_from: an instrument covers electricity of one year",
        );
    } else if vintage != from.year() {
        let of = from.year();
        faults.add(
            "/vintage",
            format!("is {vintage}: electricity of {of} is covered by what was produced in {of}"),
        );
    }
}

/// Of megawatt hours; an instrument is not divided further than into watt hours.
pub(super) fn watt_hours(mwh: Exact) -> Result<u64, String> {
    let wh = mwh.as_decimal().checked_mul(Decimal::from(1_000_000)).map(|wh| wh.normalize());
    let whole = wh.filter(|wh| wh.scale() == 0).and_then(|wh| wh.to_u64());
    whole.filter(|wh| (1..=WH_MAX).contains(wh)).ok_or_else(|| {
        "must be above 0 and at most 1000000000, with six decimals at most: a watt hour is the smallest part".to_owned()
    })
}

fn grams_per_kwh(grams: Exact) -> Result<Decimal, String> {
    let grams = grams.as_decimal().normalize();
    let usable = !grams.is_sign_negative() && grams <= G_PER_KWH_MAX && grams.scale() <= G_DECIMALS_MAX;
    let refused = || format!("must be from 0 to {G_PER_KWH_MAX}, with {G_DECIMALS_MAX} decimals at most");
    if usable { Ok(grams) } else { Err(refused()) }
}

/// The same of a residual mix, of which none is zero.
pub(crate) fn residual_grams(grams: Exact) -> Result<Decimal, String> {
    grams_per_kwh(grams).and_then(|grams| {
        let refused = "is 0: no residual mix is, and a table that says so has a gap there";
        if grams.is_zero() { Err(refused.to_owned()) } else { Ok(grams) }
    })
}
