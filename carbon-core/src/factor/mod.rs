//! Factors: amounts per token or request, with bounds, and the record of each: what it covers, how far to trust it, who
//! published it.

mod rate;
mod record;

pub use rate::{Rate, RatePart, StatedRate, TokenRates};
pub use record::{Basis, Boundary, Confidence, Inclusion, OwnSource, Record, Source, Stage, Validity};

use crate::{Grams, Method, Range, Usage, quantity::Quantity, words::words};

/// A published factor for one model: an amount of `Q` per token or request, with bounds and a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor<Q> {
    pub(crate) record: Record,
    pub(crate) model: String,
    pub(crate) method: Method,
    pub(crate) low: StatedRate<Q>,
    pub(crate) central: StatedRate<Q>,
    pub(crate) high: StatedRate<Q>,
    pub(crate) range_basis: RangeBasis,
    pub(crate) caveat: Option<String>,
}

/// A factor of emissions.
pub type EmissionFactor = Factor<Grams>;

impl<Q: Quantity> Factor<Q> {
    /// The amount for `usage`: exact, and linear in every count.
    pub fn apply(&self, usage: &Usage) -> Range<Q> {
        Range::new(self.low.apply(usage), self.central.apply(usage), self.high.apply(usage))
            .expect("a factor is loaded only with its three rates in order for every usage")
    }

    /// The published value, which is the one to report.
    pub fn central(&self) -> StatedRate<Q> {
        self.central
    }

    /// Lower bound.
    pub fn low(&self) -> StatedRate<Q> {
        self.low
    }

    /// Upper bound.
    pub fn high(&self) -> StatedRate<Q> {
        self.high
    }
}

impl<Q> Factor<Q> {
    /// Its record: boundary, basis, validity, source.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Permanent name of the factor, such as `coefficient/gpt-4o@2025.1`.
    pub fn id(&self) -> &str {
        self.record.id()
    }

    /// Canonical id of the model it is for.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The method it belongs to.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Where the bounds come from.
    pub fn range_basis(&self) -> RangeBasis {
        self.range_basis
    }

    /// What a reader should know before using it, as a sentence.
    pub fn caveat(&self) -> Option<&str> {
        self.caveat.as_deref()
    }

    /// How far it can be trusted.
    pub fn confidence(&self) -> Confidence {
        self.record.confidence()
    }

    /// The publication it is taken from.
    pub fn source(&self) -> &Source {
        self.record.source()
    }
}

words! {
    /// How the bounds of a factor were set; `data/README.md` has the rules.
    RangeBasis {
        /// A class proxy with a geometric standard deviation of 3, our judgement; 95 % interval.
        ClassProxyGsd3 = "class_proxy_gsd_3",
        /// Low counts output tokens alone, central and high all tokens.
        OutputToTotalReading = "output_to_total_reading",
        /// A publisher's figure within its own boundary and unit: a geometric standard deviation of 1.5, our judgement;
        /// 95 % interval.
        DisclosedGsd15 = "disclosed_gsd_1_5",
    }
}
