//! What a market-based figure rests on besides activity: contractual instruments, and residual mixes.

use crate::{activity::sha256_of_lines, wire};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of contract says where electricity is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstrumentKind {
    /// A guarantee of origin.
    Go,
    /// A renewable energy certificate.
    Rec,
    /// A power purchase agreement.
    Ppa,
    /// The mix that an electricity supplier discloses for what it delivers.
    SupplierMix,
}

impl InstrumentKind {
    /// Every one of them.
    pub const ALL: [InstrumentKind; 4] =
        [InstrumentKind::Go, InstrumentKind::Rec, InstrumentKind::Ppa, InstrumentKind::SupplierMix];

    /// The word used in JSON and SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            InstrumentKind::Go => "go",
            InstrumentKind::Rec => "rec",
            InstrumentKind::Ppa => "ppa",
            InstrumentKind::SupplierMix => "supplier_mix",
        }
    }

    /// The inverse of [`as_str`](Self::as_str).
    pub fn from_word(word: &str) -> Option<Self> {
        InstrumentKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for InstrumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The part of an instrument that is allocated to a client's month. Its certificates and its document are known by their digests
/// alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// UUID.
    pub instrument_id: String,
    /// What it is.
    pub kind: InstrumentKind,
    /// The provider whose electricity it covers, by its listed name; `None`: that of any.
    pub provider: Option<String>,
    /// The grid that its electricity is delivered in: `FRA`.
    pub zone: String,
    /// First day of its period.
    #[serde(with = "wire::text")]
    pub period_from: Date,
    /// Last day.
    #[serde(with = "wire::text")]
    pub period_to: Date,
    /// The year in which the electricity was produced.
    pub vintage: i16,
    /// Grams of CO2 equivalent for a kilowatt hour of it.
    #[serde(with = "wire::text")]
    pub g_per_kwh: Decimal,
    /// Watt hours that are allocated to this client and month.
    pub allocated_wh: u64,
    /// SHA-256, in hex, over the identifiers of its certificates.
    pub certificate_ids_sha256: String,
    /// SHA-256, in hex, of the document that proves it.
    pub document_sha256: String,
    /// Where its figures are from.
    pub source: String,
    /// Terms under which they are used.
    pub licence: String,
    /// Who entered it.
    pub entered_by: String,
    /// When, RFC 3339.
    pub entered_at: String,
}

/// What is left of a grid's electricity once what is claimed by contract is taken out of it, for a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResidualMix {
    /// The grid.
    pub zone: String,
    /// The year.
    pub year: i16,
    /// Grams of CO2 equivalent per kilowatt hour.
    #[serde(with = "wire::text")]
    pub g_per_kwh: Decimal,
    /// Who published it.
    pub source: String,
    /// Terms under which it is used.
    pub licence: String,
    /// SHA-256, in hex, of the document that it is from.
    pub document_sha256: String,
}

/// What the market-based figure of a client's month rests on. Empty: there is no such figure.
///
/// ```
/// assert!(carbon_report::MarketInputs::default().is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketInputs {
    /// What is allocated to the client and the month.
    pub instruments: Vec<Instrument>,
    /// The residual mixes that the supplier has entered for the year.
    pub residual_mixes: Vec<ResidualMix>,
}

impl MarketInputs {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.instruments.is_empty() && self.residual_mixes.is_empty()
    }

    /// Instruments in the [`order_of_use`], residual mixes by zone.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        let order = |of: &Instrument| order_of_use(of.provider.as_deref(), [of.period_from, of.period_to]);
        self.instruments.sort_by(|a, b| (order(a), &a.instrument_id).cmp(&(order(b), &b.instrument_id)));
        self.residual_mixes.sort_by(|a, b| (&a.zone, a.year).cmp(&(&b.zone, b.year)));
        self
    }

    /// The residual mix of a zone.
    pub fn residual_mix(&self, zone: &str) -> Option<&ResidualMix> {
        self.residual_mixes.iter().find(|mix| mix.zone == zone)
    }
}

/// The order in which instruments are used up and listed, before their ids decide: those for one provider first, as no other
/// electricity may use them, then by the first day of their period and its last.
///
/// ```
/// use carbon_report::order_of_use;
/// use jiff::civil::date;
/// let [spring, summer] = [[date(2026, 3, 1), date(2026, 5, 31)], [date(2026, 6, 1), date(2026, 8, 31)]];
/// assert!(order_of_use(Some("aws"), summer) < order_of_use(None, spring));
/// assert!(order_of_use(None, spring) < order_of_use(None, summer));
/// ```
pub fn order_of_use(provider: Option<&str>, period: [Date; 2]) -> impl Ord + use<> {
    (provider.is_none(), period)
}

/// SHA-256, in hex, over identifiers of certificates: sorted, each once, each followed by a line feed.
///
/// ```
/// use carbon_report::certificate_ids_sha256;
/// let ids = ["6431-0002", "6431-0001"];
/// assert_eq!(certificate_ids_sha256(ids), certificate_ids_sha256(["6431-0001", "6431-0002", "6431-0002"]));
/// ```
pub fn certificate_ids_sha256<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let mut ids: Vec<&str> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    sha256_of_lines(ids)
}
