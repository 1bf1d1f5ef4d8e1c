//! A pack whose grid series are not at hand: their values are the supplier's and in no pack. All that does not follow from
//! them is computed again; the rest must agree with itself.

use super::{LINES, NotVerified, STATEMENT, arithmetic, contents::Contents, difference::json, market};
use crate::{
    form::Form,
    statement::{Grids, Market, ModelLine, SeriesLine, Statement, TargetLine, TargetReading},
};
use carbon_core::FactorSet;
use rust_decimal::Decimal;
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
pub(super) fn check(pack: &Contents, again: &Statement, set: &FactorSet) -> Result<Statement, NotVerified> {
    let [json_text, lines, focus] = [STATEMENT, LINES, Form::Focus.name()].map(|member| pack.member(member));
    let (json_text, lines, focus) = (json_text?, lines?, focus?);
    let stated = Statement::from_forms(json_text, focus)?;
    let document: Value = json(STATEMENT, json_text)?;
    arithmetic::check(&document)?;
    arithmetic::check_lines(&document, lines)?;
    arithmetic::check_forms(&document, |form| pack.find(form.name()).map(<[u8]>::to_vec))?;
    arithmetic::check_days(&stated)?;
    market::check(&stated)?;
    same("unknown_models", &stated.unknown_models, &again.unknown_models)?;
    check_lines(&stated, again)?;
    check_grids(stated.grids.as_ref(), again.grids.as_ref())?;
    check_market(stated.market.as_ref(), again.market.as_ref())?;
    check_grams(&stated, again, set)?;
    check_readings(&stated)?;
    check_rest(&document, &json(STATEMENT, again.to_json().as_bytes())?)?;
    Ok(stated)
}

/// What a decimal with six digits behind the point may be off, and sums of many digits.
const ROUNDING: Decimal = Decimal::from_parts(1, 0, 0, false, 6);

/// That grams follow the stated values of the series: `again` has the value of the year in their place, so each line is off by
/// its energy times how far the series is from that, and the total by that of the stated means.
fn check_grams(stated: &Statement, again: &Statement, set: &FactorSet) -> Result<(), NotVerified> {
    let wrong = |field: String, detail: &str| Err(NotVerified::at(format!("{STATEMENT}, /{field}"), detail));
    let series: &[SeriesLine] = stated.grids.as_ref().map_or(&[], |grids| &grids.series);
    let of_year = |series: &SeriesLine| -> Option<Decimal> {
        set.locate(&series.zone, None).ok()?.zone.grid().g_per_kwh().to_string().parse().ok()
    };
    let per_wh = |g_per_kwh: Decimal, of_year: Decimal| (g_per_kwh - of_year) / Decimal::ONE_THOUSAND;
    let (mut by_means, mut doubt) = (Decimal::ZERO, ROUNDING);
    for (place, line) in series.iter().enumerate() {
        let SeriesLine { lowest_g_per_kwh: low, mean_g_per_kwh: mean, highest_g_per_kwh: high, .. } = *line;
        if low <= Decimal::ZERO || low > mean + ROUNDING || mean > high + ROUNDING {
            return wrong(format!("grids/series/{place}"), "has a mean that is not between its bounds");
        }
        let Some(of_year) = of_year(line) else {
            return wrong(format!("grids/series/{place}"), "is of a zone that the set does not have");
        };
        by_means += line.share.energy.as_decimal() * per_wh(mean, of_year);
        doubt += line.share.energy.as_decimal() * per_wh(ROUNDING, Decimal::ZERO);
    }
    let central = |line: &ModelLine| line.co2().central().as_decimal();
    let mut off = Decimal::ZERO;
    for (place, line) in stated.by_model.iter().enumerate().filter(|(_, line)| !line.grids.is_empty()) {
        let Some(computed) = same_line(again, line) else { continue };
        let (mut least, mut most) = (-ROUNDING, ROUNDING);
        for part in &line.grids {
            let Some(series) = series.iter().find(|series| series.factor_id == part.factor_id) else {
                continue;
            };
            let of_year = of_year(series).unwrap_or_default();
            let energy = part.share.energy.as_decimal();
            least += energy * per_wh(series.lowest_g_per_kwh - ROUNDING, of_year);
            most += energy * per_wh(series.highest_g_per_kwh + ROUNDING, of_year);
        }
        let line_off = central(line) - central(computed);
        if line_off < least || line_off > most {
            return wrong(
                format!("by_model/{place}/co2_grams"),
                "is not what the values of its series can make",
            );
        }
        off += line_off;
    }
    if (off - by_means).abs() > doubt {
        return wrong("grids/series".to_owned(), "has means that do not make the grams of its lines");
    }
    Ok(())
}

/// That each target is read as its figure says; whether all calls have one, a year's earlier months decide too.
fn check_readings(stated: &Statement) -> Result<(), NotVerified> {
    for (place, TargetLine { target, figure, reading, .. }) in stated.targets.iter().enumerate() {
        if ![true, false].map(|is_whole| TargetReading::of(target, *figure, is_whole)).contains(reading) {
            let at = format!("{STATEMENT}, /targets/{place}/reading");
            return Err(NotVerified::at(at, "is not what its figure says"));
        }
    }
    Ok(())
}

/// The line of the same model, method and place.
fn same_line<'s>(statement: &'s Statement, line: &ModelLine) -> Option<&'s ModelLine> {
    let is_same = |other: &&ModelLine| {
        (&other.model, other.method, &other.place, other.checked)
            == (&line.model, line.method, &line.place, line.checked)
    };
    statement.by_model.iter().find(is_same)
}

/// That all else is what the events and the factors give: whatever is no gram and follows from none.
fn check_rest(stated: &Value, again: &Value) -> Result<(), NotVerified> {
    let fields = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let (stated, again) = (fields(&without_grams(stated)), fields(&without_grams(again)));
    let names = stated.keys().chain(again.keys());
    match names.into_iter().find(|name| stated.get(*name) != again.get(*name)) {
        Some(name) => same(name, &false, &true),
        None => Ok(()),
    }
}

/// Whether a field is grams or follows from some.
fn is_of_grams(field: &str) -> bool {
    const OTHERS: [&str; 11] = [
        "g_per_kwh",
        "lowest_g_per_kwh",
        "mean_g_per_kwh",
        "highest_g_per_kwh",
        "primary_share",
        "supplier_share",
        "recomputed_share",
        "reading",
        "consistency",
        "budget",
        "levers",
    ];
    field.ends_with("co2_grams") || OTHERS.contains(&field)
}

/// The same without grams and what follows from them, and without the order of lists, which follows from them too.
fn without_grams(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, _)| !is_of_grams(name));
            kept.map(|(name, value)| (name.clone(), without_grams(value))).collect()
        }
        Value::Array(rows) => {
            let mut rows: Vec<Value> = rows.iter().map(without_grams).collect();
            rows.sort_by_cached_key(Value::to_string);
            rows.into()
        }
        leaf @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => leaf.clone(),
    }
}

fn same<T: PartialEq>(field: &str, stated: &T, computed: &T) -> Result<(), NotVerified> {
    if stated == computed {
        return Ok(());
    }
    Err(NotVerified::at(format!("{STATEMENT}, /{field}"), "is not what the events and the factors give"))
}

fn check_lines(stated: &Statement, again: &Statement) -> Result<(), NotVerified> {
    same("by_model", &stated.by_model.len(), &again.by_model.len())?;
    for (place, line) in stated.by_model.iter().enumerate() {
        let field = format!("by_model/{place}");
        let Some(computed) = same_line(again, line) else {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        activity::Activity,
        evidence::Evidence,
        heading::{Client, Heading},
        month::Month,
        target::{Target, TargetPer},
    };
    use carbon_core::{
        Grams, Range, Usage,
        grid::{GridResolution, SeriesValues},
        registry::Tables,
    };
    use jiff::civil::date;

    /// The newest set with hours of France, and the same without their values.
    fn sets() -> [FactorSet; 2] {
        let values: Vec<String> = (0..48_u32).map(|hour| format!("{}.25", 20 + hour)).collect();
        let values = values.iter().map(|value| Some(value.as_str()));
        let series = SeriesValues::new("FRA", GridResolution::Hour, "2026-10-05T00:00Z", values).unwrap();
        let grids = format!(
            "zone,resolution,from,runs,vintage,source,licence,sha256,file_sha256,entered_by,entered_at\n\
             FRA,hour,{},{},v,S,L,{},,o,2026-11-02T09:00:00Z\n",
            series.from(),
            series.runs(),
            series.sha256()
        );
        let values = format!("sha256,g_per_kwh\n{},{}\n", series.sha256(), series.text());
        let on_top = |tables: Tables| FactorSet::latest().with_own(1, tables).unwrap();
        [
            on_top(Tables::new().own_grids(grids.clone()).own_grid_values(values)),
            on_top(Tables::new().own_grids(grids)),
        ]
    }

    /// Most of it by the year, some by two hours, and a target.
    fn statement(set: &FactorSet) -> Statement {
        let call = |day: i8, hour: i8, usage: Usage| Activity {
            region: Some("FRA".to_owned()),
            hour: Some(hour),
            ..Activity::new(date(2026, 10, day), "llama-3.1-70b", usage)
        };
        let rows = vec![
            call(1, 3, Usage::of_call(90_000_000, 9_000_000)),
            call(5, 3, Usage::of_call(1_000, 500)),
            call(6, 20, Usage::of_call(70_000, 9_000)),
        ];
        let mut evidence = Evidence::from(rows);
        let (name, grams) = ("t".to_owned(), Grams::new(Decimal::ONE));
        evidence.targets.push(Target { name, grams, per: TargetPer::Month, tag: None, from: None });
        let client = Client::new("c", "C");
        Statement::new(Heading::new(client, "S", Month::new(2026, 10), date(2026, 11, 2)), &evidence, set)
    }

    fn only(grams: Decimal) -> Option<Range<Grams>> {
        let grams = Grams::new(grams);
        Range::new(grams, grams, grams)
    }

    fn checked(stated: &Statement) -> Result<(), NotVerified> {
        let [_, withheld] = sets();
        let again = statement(&withheld);
        check_lines(stated, &again)?;
        check_grids(stated.grids.as_ref(), again.grids.as_ref())?;
        check_grams(stated, &again, &withheld)?;
        check_readings(stated)?;
        let document = |statement: &Statement| serde_json::from_str(&statement.to_json()).unwrap();
        check_rest(&document(stated), &document(&again))
    }

    #[test]
    fn what_the_values_make_follows_from_what_is_stated_of_them() {
        let [whole, _] = sets();
        let stated = statement(&whole);
        assert!(stated.grids.as_ref().unwrap().series[0].mean_g_per_kwh < Decimal::ONE_HUNDRED);
        checked(&stated).unwrap();
    }

    #[test]
    fn grams_that_no_value_can_make_are_named() {
        type Forgery = fn(&mut Statement);
        let forgeries: [(&str, Forgery); 7] = [
            ("by_model", |stated| {
                let line = &mut stated.by_model[0].valued.co2;
                *line = line.and_then(|co2| only(co2.central().as_decimal() / Decimal::TEN));
            }),
            ("by_model", |stated| {
                let line = &mut stated.by_model[0].valued.co2;
                *line = line.and_then(|co2| only(co2.central().as_decimal() + Decimal::ONE));
            }),
            ("mean", |stated| stated.grids.as_mut().unwrap().series[0].mean_g_per_kwh += Decimal::ONE),
            ("mean", |stated| {
                stated.grids.as_mut().unwrap().series[0].lowest_g_per_kwh = Decimal::ONE_HUNDRED;
            }),
            ("reading", |stated| stated.targets[0].reading = TargetReading::Below),
            ("energy", |stated| stated.by_region[0].valued.usage.output_tokens += 1),
            ("day", |stated| stated.by_day[2].usage.requests += 1),
        ];
        for (what, forge) in forgeries {
            let [whole, _] = sets();
            let mut stated = statement(&whole);
            forge(&mut stated);
            assert!(checked(&stated).is_err(), "{what}");
        }
    }
}
