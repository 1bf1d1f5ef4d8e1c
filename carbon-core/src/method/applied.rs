//! The factor that values a call, of whichever method.

use crate::{
    Grams, Usage, WattHours,
    factor::{EmissionFactor, Record},
    method::{BottomUpFactor, InPlace, MeasuredInPlace, Method},
    place::AppliedGrid,
};

/// The factor that values a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AppliedFactor<'a> {
    /// A row of the published table.
    Published(&'a EmissionFactor),
    /// Our own method, for one model in one place.
    Modelled(BottomUpFactor<'a>),
    /// What the account has measured, in one place.
    Measured(MeasuredInPlace<'a>),
}

impl<'a> AppliedFactor<'a> {
    /// The method it belongs to.
    pub fn method(&self) -> Method {
        match self {
            AppliedFactor::Published(factor) => factor.method(),
            AppliedFactor::Modelled(_) => Method::BottomUp,
            AppliedFactor::Measured(_) => Method::Measured,
        }
    }

    /// Its record.
    pub fn record(&self) -> &'a Record {
        match self {
            AppliedFactor::Published(factor) => factor.record(),
            AppliedFactor::Modelled(factor) => factor.record(),
            AppliedFactor::Measured(factor) => factor.record(),
        }
    }

    /// Its rates and the place that they hold in; `None` for a published factor, which asks for no place.
    pub fn in_place(&self) -> Option<&InPlace<'a>> {
        match self {
            AppliedFactor::Published(_) => None,
            AppliedFactor::Modelled(factor) => Some(factor.in_place()),
            AppliedFactor::Measured(factor) => Some(factor.in_place()),
        }
    }

    /// The electricity that it was applied with.
    pub fn grid(&self) -> Option<AppliedGrid<'a>> {
        Some(self.in_place()?.location().grid)
    }

    /// The central value of the facility energy of `usage`, without bounds.
    pub fn energy_central(&self, usage: &Usage) -> Option<WattHours> {
        Some(self.in_place()?.energy().apply(usage))
    }

    /// The central value of the emissions of `usage`, without bounds.
    pub fn co2_central(&self, usage: &Usage) -> Grams {
        match self {
            AppliedFactor::Published(factor) => factor.central().apply(usage),
            AppliedFactor::Modelled(factor) => factor.apply(usage).co2_central(),
            AppliedFactor::Measured(factor) => factor.apply(usage).co2_central(),
        }
    }
}
