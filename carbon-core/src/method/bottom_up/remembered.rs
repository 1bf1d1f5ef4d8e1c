//! Figures that a thread has computed before: calls come in few shapes.

use crate::{
    Grams, Millilitres, Range, Usage, WattHours,
    energy::constants::Constants,
    memo::Memo,
    model::Parameters,
    place::{Fleet, Location, WaterOf},
};
use std::cell::RefCell;

/// What is answered of a call.
#[derive(Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) co2: Range<Grams>,
    pub(crate) energy: Range<WattHours>,
    pub(crate) water: Range<Millilitres>,
}

/// All that they depend on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct FigureKey {
    law: u64,
    constants: u64,
    /// The numbers of the place, as bits.
    place: [u64; 7],
    water_of: WaterOf,
    tokens: [u64; 3],
    context: [u128; 2],
}

impl FigureKey {
    pub(crate) fn new(
        parameters: &Parameters,
        location: &Location<'_>,
        fleet: &Fleet,
        constants: &Constants,
        usage: &Usage,
    ) -> Self {
        let (zone, grid, site) = (location.zone, location.grid, location.site.unwrap_or(&fleet.site));
        let ([pue, pue_most], [water, water_most]) = (site.pue, site.onsite_water_l_per_kwh);
        let offsite = zone.offsite_water_l_per_kwh;
        FigureKey {
            law: parameters.law.identity.number(),
            constants: constants.identity.number(),
            place: [pue, pue_most, water, water_most, offsite, grid.g_per_kwh(), grid.factor().sd]
                .map(f64::to_bits),
            water_of: zone.water_of,
            tokens: [usage.text_output_tokens(), usage.input_tokens, usage.cache_read_input_tokens],
            context: usage.context_counts(),
        }
    }
}

impl From<&FigureKey> for FigureKey {
    fn from(key: &FigureKey) -> Self {
        *key
    }
}

/// The figures of a key, computed unless this thread has them.
pub(crate) fn remembered(key: &FigureKey, compute: impl FnOnce() -> Option<Figures>) -> Option<Figures> {
    thread_local! {
        static FIGURES: RefCell<Memo<FigureKey, Option<Figures>>> = const { RefCell::new(Memo::new()) };
    }
    FIGURES.with_borrow_mut(|memo| memo.answer(key, compute))
}
