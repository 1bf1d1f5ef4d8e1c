//! Published throughput and energy figures, and what our model says for the same work.

use carbon_core::{
    Call, FactorSet, Usage,
    registry::{Constant, Tables},
};
use std::fmt::Write;

const FIGURES: &str = include_str!("../vectors/published-figures.csv");

/// One figure: joules on the accelerators, published, and ours with its 95 % interval.
pub(crate) struct Compared {
    pub(crate) figure: String,
    pub(crate) work: String,
    pub(crate) published_j: f64,
    pub(crate) ours_j: [f64; 3],
    pub(crate) how: String,
    pub(crate) source: String,
}

impl Compared {
    pub(crate) fn is_inside(&self) -> bool {
        let [low, _, high] = self.ours_j;
        low <= self.published_j && self.published_j <= high
    }

    pub(crate) fn ratio(&self) -> f64 {
        self.ours_j[1] / self.published_j
    }
}

struct Row {
    cells: csv::StringRecord,
    header: csv::StringRecord,
}

impl Row {
    fn text(&self, column: &str) -> &str {
        let place = self.header.iter().position(|name| name == column).unwrap();
        self.cells.get(place).unwrap()
    }

    fn count(&self, column: &str) -> u64 {
        self.text(column).parse().unwrap_or(0)
    }

    fn usage(&self) -> Usage {
        let [fresh, cached, output] =
            ["fresh_tokens", "cached_tokens", "output_tokens"].map(|column| self.count(column));
        let usage = Usage::of_cached_call(fresh + cached, cached, output);
        // A token of an answer in the middle of it: what lies before it is loaded already.
        let before = u128::from(self.count("context_tokens"));
        Usage { context_output: usage.context_output + 2 * before * u128::from(output), ..usage }
    }

    fn work(&self) -> String {
        let [fresh, cached, output, context] =
            ["fresh_tokens", "cached_tokens", "output_tokens", "context_tokens"]
                .map(|column| self.count(column));
        match (fresh, cached, output, context) {
            (fresh, 0, output, 0) if output > 0 => format!("{fresh} in, {output} out"),
            (fresh, cached, output, 0) if output > 0 => format!("{fresh} in, {cached} cached, {output} out"),
            (_, _, _, context) if context > 0 => format!("an output token after {context}"),
            _ => "a prompt token".to_owned(),
        }
    }
}

fn rows() -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(FIGURES.as_bytes());
    let header = reader.headers().unwrap().clone();
    reader.records().map(|cells| Row { cells: cells.unwrap(), header: header.clone() }).collect()
}

/// The method of a set without host, idle machines and facility.
fn accelerators_alone(set: &FactorSet) -> String {
    let mut table = "key,value,gsd,unit,source_id,reason\n".to_owned();
    for constant in set.method_constants() {
        let cell = |number: Option<f64>| number.map_or_else(String::new, |number| number.to_string());
        let (value, gsd) = match constant.key() {
            Constant::HostAndIdle => (Some(1.0), Some(1.0)),
            Constant::Pue => (None, Some(1.0)),
            _ => (constant.value(), constant.gsd()),
        };
        // What the older method has none of is too little to be seen.
        let value = value.map(|value| if value == 0.0 { f64::MIN_POSITIVE } else { value });
        let (key, unit) = (constant.key(), constant.key().unit());
        writeln!(table, "{key},{},{},{unit},model-name,accelerators alone", cell(value), cell(gsd)).unwrap();
    }
    table
}

/// Every figure by the method of `set`: sizes and attention as published, without host, idle machines and facility.
pub(crate) fn compared(set: &FactorSet) -> Vec<Compared> {
    let rows = rows();
    let mut models =
        "model,factor_id,provider,open_weights,parameters,total_b_min,total_b_max,active_b_min,active_b_max,\
                      tokens_per_s,first_token_s,boundary,valid_from,source_id,evidence_url,note\n"
            .to_owned();
    let mut attention =
        "model,kind,cache_bytes_per_token,flop_per_pair,window_tokens,evidence,source_id,evidence_url,note\n"
            .to_owned();
    for (place, row) in rows.iter().enumerate() {
        let [total, active] = ["total_b", "active_b"].map(|column| row.text(column));
        writeln!(
            models,
            "figure-{place},bottom_up/figure-{place}@test,bench,yes,disclosed,{total},{total},{active},{active},,,bottom_up,2023-01-01,model-name,,"
        )
        .unwrap();
        let [kind, bytes, flop] =
            ["attention", "cache_bytes_per_token", "flop_per_pair"].map(|column| row.text(column));
        writeln!(attention, "figure-{place},{kind},{bytes},{flop},,read,model-name,,").unwrap();
    }
    let providers = "\
provider,names,zone,pue_min,pue_max,onsite_water_l_per_kwh_min,onsite_water_l_per_kwh_max,source_id
bench,,USA,1,1,1,1,model-name
";
    let tables = Tables::new()
        .models(models)
        .attention(attention)
        .providers(providers)
        .method(accelerators_alone(set));
    let set = set.with_tables("figures", tables).unwrap();
    let compare = |(place, row): (usize, &Row)| {
        let deployment = set.deployment(&Call::to(&format!("figure-{place}"))).unwrap();
        let energy = deployment.bottom_up().unwrap().apply(&row.usage()).energy();
        let ours_j = [energy.low(), energy.central(), energy.high()].map(|wh| wh.to_f64() * 3_600.0);
        Compared {
            figure: row.text("figure").to_owned(),
            work: row.work(),
            published_j: row.text("joules").parse().unwrap(),
            ours_j,
            how: row.text("how").to_owned(),
            source: match row.text("url") {
                "" => row.text("source").to_owned(),
                url => format!("[{}]({url})", row.text("source")),
            },
        }
    };
    rows.iter().enumerate().map(compare).collect()
}

#[test]
fn most_published_figures_lie_inside_our_range() {
    let compared = compared(crate::next::set());
    let inside = compared.iter().filter(|figure| figure.is_inside()).count();
    assert_eq!(compared.len(), 28);
    assert!(inside >= 22, "{inside} of 28");
    let day = compared.iter().find(|figure| figure.figure.contains("production day")).unwrap();
    assert!(day.is_inside());
    let older = self::compared(FactorSet::version("2026.11").unwrap());
    assert_eq!(older.iter().filter(|figure| figure.is_inside()).count(), 15);
}
