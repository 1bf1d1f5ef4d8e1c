//! Measured energy in a place: through cooling and grid, with hardware and water as in our own method.

use crate::{
    Grams, Millilitres, Range, Usage, WattHours,
    energy::constants::{Constant, Constants},
    factor::Record,
    float::count,
    interval::{Matrix, Workspace, interval},
    measure::MeasuredFactor,
    method::InPlace,
    place::{Fleet, Location},
    quantity::Quantity,
    usage::{CacheReadTokens, FreshInputTokens, OutputTokens},
};

/// Electricity and hardware share most of their errors.
const STEPS: usize = 1;

/// A measured factor, for calls in one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasuredInPlace<'a> {
    factor: &'a MeasuredFactor,
    place: InPlace<'a>,
}

impl<'a> MeasuredInPlace<'a> {
    /// In a place, whose fleet's figures are used where it has none of its own.
    pub(crate) fn new(
        factor: &'a MeasuredFactor,
        location: Location<'a>,
        fleet: &'a Fleet,
        constants: &'a Constants,
    ) -> Self {
        let [output, fresh_input, cache_read] = factor.wh_per_1k();
        let rates = |per_wh| [output * per_wh, fresh_input * per_wh, cache_read * per_wh, 0.0, 0.0];
        MeasuredInPlace { factor, place: InPlace::new(location, fleet, constants, rates) }
    }

    /// The figures for `usage`.
    pub fn apply(&self, usage: &Usage) -> MeasuredFigure<'a> {
        MeasuredFigure { factor: *self, usage: *usage }
    }

    /// What was measured.
    pub fn factor(&self) -> &'a MeasuredFactor {
        self.factor
    }

    /// Id, boundary, confidence, validity and source.
    pub fn record(&self) -> &'a Record {
        self.factor.record()
    }

    /// Its rates, and the place that they hold in.
    pub fn in_place(&self) -> &InPlace<'a> {
        &self.place
    }
}

/// The figures for some usage.
///
/// ```
/// # use carbon_core::{FactorSet, Usage, measure::{Coverage, MeasuredEntry, MeasuredFactor, Reconciliation, Scope}};
/// # let counted = Reconciliation { windows_output_tokens: 9, ledger_output_tokens: 9, ..Reconciliation::default() };
/// # let entry = MeasuredEntry {
/// #     name: "prod-llama".to_owned(),
/// #     wh_per_1k: ["0.5", "0.1", "0.01"].map(|rate| rate.parse().unwrap()),
/// #     covariance: ["0.0004", "0", "0", "0.00001", "0", "0"].map(|number| number.parse().unwrap()),
/// #     host_sd: ["0"].map(|number| number.parse().unwrap()),
/// #     prior: None,
/// #     windows: 720,
/// #     span_ms: [1_788_480_000_000, 1_791_072_000_000],
/// #     windows_sha256: "00".repeat(32),
/// #     meters: vec!["rack".to_owned()],
/// #     scopes: vec![Scope::Node],
/// #     coverage: Coverage::default(),
/// #     reconciliation: counted,
/// # };
/// // 0.5 Wh for 1,000 output tokens at the power supply.
/// let measured = MeasuredFactor::new(entry)?;
/// let set = FactorSet::version("2026.11").expect("old sets stay callable");
/// let call = carbon_core::Call { provider: Some("aws"), region: Some("eu-west-3"), ..carbon_core::Call::to("gpt-4o") };
/// let deployment = set.deployment(&call).expect("it is listed");
/// let here = deployment.measured_by(&measured).expect("it has a place");
/// let figure = here.apply(&Usage::of_call(0, 2_000));
/// assert!((figure.energy().central().to_f64() - here.in_place().pue()).abs() < 1e-9);
/// assert!(figure.co2().low() < figure.co2().central() && figure.co2().central() < figure.co2().high());
/// # Ok::<(), carbon_core::measure::EntryFault>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasuredFigure<'a> {
    factor: MeasuredInPlace<'a>,
    usage: Usage,
}

/// What the energy goes through: its grams or millilitres a watt hour, and the error of these.
pub(crate) type Way = (f64, f64);

impl<'a> MeasuredFigure<'a> {
    /// The factor that was applied.
    pub fn factor(&self) -> &MeasuredInPlace<'a> {
        &self.factor
    }

    /// Emissions of electricity and hardware together.
    pub fn co2(&self) -> Range<Grams> {
        self.around(self.co2_central(), &[self.electricity(), self.hardware()])
    }

    /// The central value of [`co2`](Self::co2), without computing bounds.
    pub fn co2_central(&self) -> Grams {
        self.factor.place.co2(&self.usage)
    }

    /// Emissions of the electricity.
    pub fn operational_co2(&self) -> Range<Grams> {
        self.around(self.factor.place.operational_co2().apply(&self.usage), &[self.electricity()])
    }

    /// Emissions of manufacturing the hardware.
    pub fn embodied_co2(&self) -> Range<Grams> {
        self.around(self.factor.place.embodied_co2().apply(&self.usage), &[self.hardware()])
    }

    /// Facility energy.
    pub fn energy(&self) -> Range<WattHours> {
        self.around(self.factor.place.energy().apply(&self.usage), &[(1.0, 0.0)])
    }

    /// Water on site and at the power plants. The bounds are those of the energy; the water figures have none.
    pub fn water(&self) -> Range<Millilitres> {
        let ml_per_wh = self.factor.place.water_ml_per_wh();
        self.around(self.factor.place.water(&self.usage), &[(ml_per_wh, 0.0)])
    }

    /// Output, fresh input and cached input tokens, as floats.
    pub(crate) fn tokens(&self) -> [f64; 3] {
        [
            count(self.usage.count::<OutputTokens>().number()),
            count(self.usage.count::<FreshInputTokens>().number()),
            count(self.usage.count::<CacheReadTokens>().number()),
        ]
    }

    /// Facility energy of these tokens.
    pub(crate) fn facility_wh(&self, tokens: [f64; 3]) -> f64 {
        let rates = self.factor.factor.wh_per_1k();
        let it_wh: f64 = rates.iter().zip(tokens).map(|(rate, tokens)| rate * tokens / 1_000.0).sum();
        it_wh * self.factor.place.pue()
    }

    pub(crate) fn electricity(&self) -> Way {
        let grid = self.factor.place.location().grid;
        (grid.g_per_kwh() / 1_000.0, grid.factor().sd)
    }

    pub(crate) fn hardware(&self) -> Way {
        let constants = self.factor.place.constants();
        (constants.value(Constant::Embodied) / 1_000.0, constants.sd(Constant::Embodied))
    }

    /// A central value with the bounds of the facility energy through these ways.
    fn around<Q: Quantity>(&self, central: Q, ways: &[Way]) -> Range<Q> {
        Range::enclosing(central, self.bounds(ways).map(Q::from_f64))
    }

    fn bounds(&self, ways: &[Way]) -> [f64; 2] {
        let tokens = self.tokens();
        let sds = self.factor.factor.energy_sd(tokens);
        let pue_sd = self.factor.place.constants().sd(Constant::Pue);
        let of_energy = sds.iter().map(|sd| sd * sd).sum::<f64>() + pue_sd * pue_sd;
        let wh = self.facility_wh(tokens);
        match *ways {
            [one] => interval_of([one], wh, of_energy),
            [one, other, ..] => interval_of([one, other], wh, of_energy),
            [] => [0.0; 2],
        }
    }
}

/// The 95 % interval of energy through ways that share its error and no other.
fn interval_of<const W: usize>(ways: [Way; W], wh: f64, of_energy: f64) -> [f64; 2] {
    let medians = ways.map(|(per_wh, _)| wh * per_wh);
    let shared: [[f64; W]; W] = std::array::from_fn(|i| {
        std::array::from_fn(|j| of_energy + if i == j { ways[i].1 * ways[i].1 } else { 0.0 })
    });
    let [mut weights, mut along, mut weighted] = [[[0.0; 2]; W]; 3];
    let mut room = Workspace { weights: &mut weights, along: &mut along, weighted: &mut weighted };
    interval(&medians, &Matrix(shared), STEPS, &mut room)
}
