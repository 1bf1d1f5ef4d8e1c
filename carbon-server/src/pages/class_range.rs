//! How far the value of a class of models may be off.

use carbon_core::{Call, FactorSet, Usage, model::Class};

/// `a factor of about 9 either way`, of a typical call where anybody may serve it; `None` if the set has no places.
pub(super) fn off_by(set: &FactorSet, class: &Class) -> Option<String> {
    let deployment = set.deployment_of(class.model(), &Call::to(class.name())).ok()?;
    let co2 = deployment.bottom_up()?.apply(&Usage::of_call(600, 400)).co2();
    let factor = (co2.high().to_f64() / co2.low().to_f64()).sqrt();
    Some(format!("a factor of about {factor:.0} either way"))
}
