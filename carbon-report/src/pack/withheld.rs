//! A pack whose grid series are not at hand: their values are the supplier's and in no pack. All that does not follow from
//! them is computed again; the rest must agree with itself.

use super::{LINES, NotVerified, STATEMENT, arithmetic, contents::Contents, difference::json, market};
use crate::{
    form::Form,
    statement::{Grids, Market, ModelLine, Statement},
};
use carbon_core::FactorSet;
use serde_json::Value;

/// Names of series whose values are not known, of those that this statement rests on: those that it names, and any of an
/// earlier set.
pub(super) fn series(stated: &Value, set: &FactorSet, others: &[FactorSet]) -> Vec<String> {
    let named = stated.pointer("/grids/series").and_then(Value::as_array).into_iter().flatten();
    let named: Vec<&str> = named.filter_map(|series| series["factor_id"].as_str()).collect();
    let own = set.grid_series().iter().filter(|series| named.contains(&series.id()));
    let earlier = others.iter().flat_map(FactorSet::grid_series);
    let withheld = own.chain(earlier).filter(|series| series.is_withheld());
    let mut ids: Vec<String> = withheld.map(|series| series.id().to_owned()).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// The statement of a pack, where it agrees with itself and with all of `again` that needs no values of a series.
pub(super) fn check(pack: &Contents, again: &Statement) -> Result<Statement, NotVerified> {
    let [json_text, lines, focus] = [STATEMENT, LINES, Form::Focus.name()].map(|member| pack.member(member));
    let (json_text, lines, focus) = (json_text?, lines?, focus?);
    let stated = Statement::from_forms(json_text, focus)?;
    let document: Value = json(STATEMENT, json_text)?;
    arithmetic::check(&document)?;
    arithmetic::check_lines(&document, lines)?;
    arithmetic::check_forms(&document, |form| pack.find(form.name()).map(<[u8]>::to_vec))?;
    arithmetic::check_days(&stated)?;
    market::check(&stated)?;
    same("activity_sha256", &stated.activity_sha256, &again.activity_sha256)?;
    same("coverage", &stated.coverage, &again.coverage)?;
    same("audit", &stated.audit, &again.audit)?;
    same("total", &stated.total.usage, &again.total.usage)?;
    same("total/energy_wh", &stated.total.energy, &again.total.energy)?;
    same("total/water_ml", &stated.total.water, &again.total.water)?;
    same("unknown_models", &stated.unknown_models, &again.unknown_models)?;
    check_lines(&stated, again)?;
    check_grids(stated.grids.as_ref(), again.grids.as_ref())?;
    check_market(stated.market.as_ref(), again.market.as_ref())?;
    Ok(stated)
}

fn same<T: PartialEq>(field: &str, stated: &T, computed: &T) -> Result<(), NotVerified> {
    if stated == computed {
        return Ok(());
    }
    Err(NotVerified::at(format!("{STATEMENT}, /{field}"), "is not what the events and the factors give"))
}

fn check_lines(stated: &Statement, again: &Statement) -> Result<(), NotVerified> {
    let key = |line: &ModelLine| (line.model.clone(), line.method, line.place.clone(), line.checked);
    same("by_model", &stated.by_model.len(), &again.by_model.len())?;
    for (place, line) in stated.by_model.iter().enumerate() {
        let field = format!("by_model/{place}");
        let computed = again.by_model.iter().find(|other| key(other) == key(line));
        let Some(computed) = computed else {
            return Err(NotVerified::at(format!("{STATEMENT}, /{field}"), "is no line of these events"));
        };
        let mut expected = computed.clone();
        if !expected.grids.is_empty() {
            // Grams follow the values of a series; nothing else of a line does.
            expected.valued.co2 = line.valued.co2;
        }
        same(&field, line, &expected)?;
    }
    Ok(())
}

/// Everything but the values that were applied, and the grams that follow from them.
fn check_grids(stated: Option<&Grids>, again: Option<&Grids>) -> Result<(), NotVerified> {
    let (Some(stated), Some(again)) = (stated, again) else {
        return same("grids", &stated.is_some(), &again.is_some());
    };
    let mut expected = again.clone();
    for (expected, stated) in expected.series.iter_mut().zip(&stated.series) {
        expected.lowest_g_per_kwh = stated.lowest_g_per_kwh;
        expected.mean_g_per_kwh = stated.mean_g_per_kwh;
        expected.highest_g_per_kwh = stated.highest_g_per_kwh;
    }
    for (expected, stated) in expected.by_hour.iter_mut().zip(&stated.by_hour) {
        expected.co2 = stated.co2;
        expected.mean_g_per_kwh = stated.mean_g_per_kwh;
    }
    same("grids", stated, &expected)
}

/// Everything but the grams that follow from the values of a series, and how much of them was valued again.
fn check_market(stated: Option<&Market>, again: Option<&Market>) -> Result<(), NotVerified> {
    let (Some(stated), Some(again)) = (stated, again) else {
        return same("market", &stated.is_some(), &again.is_some());
    };
    let mut expected = again.clone();
    expected.co2 = stated.co2;
    expected.recomputed_share = stated.recomputed_share;
    for (expected, stated) in expected.zones.iter_mut().zip(&stated.zones) {
        expected.location = stated.location;
        if !expected.location_wh.is_zero() {
            expected.co2 = stated.co2;
        }
    }
    same("market", stated, &expected)
}
