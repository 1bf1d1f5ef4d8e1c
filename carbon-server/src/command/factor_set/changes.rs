//! What a set changes: rows, models and their values, and names that calls were sent with.

use crate::{
    base::{clock, exact::ExactRange},
    store::SentDeployment,
};
use carbon_core::{Call, FactorSet, Grams, Range, Usage};
use carbon_report::figure::three_significant;
use jiff::civil::Date;
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write},
};

/// What is different from another set.
#[derive(Serialize)]
pub(super) struct Changes {
    compared_with: String,
    /// Tables with other rows.
    tables: Vec<TableChange>,
    added_models: Vec<ModelValue>,
    removed_models: Vec<ModelValue>,
    changed_models: Vec<ModelChange>,
    /// Of calls in the ledger, where one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<NameChanges>,
}

#[derive(Serialize)]
struct TableChange {
    table: &'static str,
    added_rows: usize,
    removed_rows: usize,
}

/// A model with the value of the usual call; `None` if it has none.
#[derive(Serialize)]
struct ModelValue {
    model: String,
    co2_grams: Option<ExactRange>,
    confidence: Option<&'static str>,
}

#[derive(Serialize)]
struct ModelChange {
    model: String,
    before: Option<ExactRange>,
    after: Option<ExactRange>,
}

/// Names as they were sent.
#[derive(Serialize)]
struct NameChanges {
    /// They had no value, and get one.
    gained: Vec<String>,
    /// They had a value, and lose it.
    lost: Vec<String>,
    /// They had none, and get none.
    without: Vec<String>,
}

/// Tokens of the call that models are compared by.
const INPUT_TOKENS: u64 = 600;
const OUTPUT_TOKENS: u64 = 400;
/// Models of a kind that are printed; JSON has all.
const PRINTED_MAX: usize = 20;

impl Changes {
    /// From `old` to `new`, for calls of that day; `sent` are the names of calls in the ledger.
    pub(super) fn between(
        old: &FactorSet,
        new: &FactorSet,
        day: Date,
        sent: Option<&[SentDeployment]>,
    ) -> Self {
        let [before, after] = [old, new].map(|set| {
            let models = set.models().iter().map(|model| model.id());
            models
                .map(|model| (model, value(set, Call { day: Some(day), ..Call::to(model) })))
                .collect::<BTreeMap<_, _>>()
        });
        let only = |these: &BTreeMap<&str, Value>, others: &BTreeMap<&str, Value>| {
            let alone = these.iter().filter(|(model, _)| !others.contains_key(*model));
            alone.map(|(model, value)| ModelValue::of(model, *value)).collect()
        };
        let changed = before.iter().filter_map(|(model, old)| {
            let new = after.get(model)?;
            let [before, after] = [old, new].map(|value| value.map(|(co2, _)| co2));
            (before != after).then(|| ModelChange {
                model: (*model).to_owned(),
                before: before.map(ExactRange::of),
                after: after.map(ExactRange::of),
            })
        });
        Changes {
            compared_with: old.as_str().to_owned(),
            tables: tables(old, new),
            added_models: only(&after, &before),
            removed_models: only(&before, &after),
            changed_models: changed.collect(),
            names: sent.map(|sent| NameChanges::between(old, new, day, sent)),
        }
    }

    /// For people.
    pub(super) fn write(&self, out: &mut String) -> fmt::Result {
        let Changes { compared_with, tables, added_models, removed_models, changed_models, names } = self;
        if tables.is_empty() {
            writeln!(out, "\nIts tables have the rows of {compared_with}, and no other.")?;
            return self.write_names(names.as_ref(), out);
        }
        writeln!(out, "\nCompared with {compared_with}:")?;
        for TableChange { table, added_rows, removed_rows } in tables {
            writeln!(out, "  {table:<16} rows added: {added_rows}, removed: {removed_rows}")?;
        }
        writeln!(
            out,
            "\nModels, for a call of {INPUT_TOKENS} + {OUTPUT_TOKENS} tokens where their provider usually serves it:"
        )?;
        let added = added_models.iter().map(|value| format!("  added    {}", value.line()));
        let removed = removed_models.iter().map(|value| format!("  removed  {}", value.line()));
        let changed = changed_models.iter().map(|ModelChange { model, before, after }| {
            format!("  changed  {model:<32} {} -> {}", grams(before.as_ref()), grams(after.as_ref()))
        });
        let kinds: [(Vec<String>, &str); 3] =
            [(added.collect(), "added"), (removed.collect(), "removed"), (changed.collect(), "changed")];
        for (lines, kind) in &kinds {
            write_some(lines, kind, out)?;
        }
        writeln!(
            out,
            "  {}",
            if kinds.iter().all(|(lines, _)| lines.is_empty()) { "no change" } else { "no other change" }
        )?;
        self.write_names(names.as_ref(), out)
    }

    fn write_names(&self, names: Option<&NameChanges>, out: &mut String) -> fmt::Result {
        let Some(NameChanges { gained, lost, without }) = names else { return Ok(()) };
        writeln!(out, "\nNames of calls in the ledger, own entries of accounts aside:")?;
        for (what, names) in
            [("gets a value", gained), ("loses its value", lost), ("still has none", without)]
        {
            let lines: Vec<String> = names.iter().map(|name| format!("  {what:<15}  {name}")).collect();
            write_some(&lines, "names", out)?;
        }
        if gained.is_empty() && lost.is_empty() {
            writeln!(out, "  no change")?;
        }
        Ok(())
    }
}

/// Some lines, and how many more there are.
fn write_some(lines: &[String], kind: &str, out: &mut String) -> fmt::Result {
    for line in lines.iter().take(PRINTED_MAX) {
        writeln!(out, "{line}")?;
    }
    match lines.len().saturating_sub(PRINTED_MAX) {
        0 => Ok(()),
        more => writeln!(out, "  and {more} more {kind} (--json lists all)"),
    }
}

type Value = Option<(Range<Grams>, &'static str)>;

fn value(set: &FactorSet, call: Call<'_>) -> Value {
    let estimate = set.estimate(call, &Usage::of_call(INPUT_TOKENS, OUTPUT_TOKENS)).ok()?;
    Some((estimate.co2, estimate.confidence.as_str()))
}

impl ModelValue {
    fn of(model: &str, value: Value) -> Self {
        let (co2_grams, confidence) =
            value.map(|(co2, confidence)| (ExactRange::of(co2), confidence)).unzip();
        ModelValue { model: model.to_owned(), co2_grams, confidence }
    }

    fn line(&self) -> String {
        let ModelValue { model, co2_grams, confidence } = self;
        let confidence = confidence.map_or_else(String::new, |confidence| format!(", {confidence}"));
        format!("{model:<32} {}{confidence}", grams(co2_grams.as_ref()))
    }
}

fn grams(range: Option<&ExactRange>) -> String {
    let Some(ExactRange { low, central, high }) = range else { return "no value".to_owned() };
    let [low, central, high] =
        [low, central, high].map(|grams| three_significant(grams.as_decimal()).normalize());
    format!("{central} g ({low} to {high})")
}

impl NameChanges {
    fn between(old: &FactorSet, new: &FactorSet, day: Date, sent: &[SentDeployment]) -> Self {
        let [mut gained, mut lost, mut without] = [const { BTreeSet::new() }; 3];
        for SentDeployment { model, provider, region } in sent {
            let some = |text| Some(text).filter(|text: &&str| !text.is_empty());
            let call =
                Call { provider: some(provider), region: some(region), day: Some(day), ..Call::to(model) };
            match [old, new].map(|set| value(set, call).is_some()) {
                [false, true] => gained.insert(model.clone()),
                [true, false] => lost.insert(model.clone()),
                [false, false] => without.insert(model.clone()),
                [true, true] => false,
            };
        }
        let [gained, lost, without] = [gained, lost, without].map(|names| names.into_iter().collect());
        NameChanges { gained, lost, without }
    }
}

/// Tables whose rows are not the same, in whatever order and under whatever columns.
fn tables(old: &FactorSet, new: &FactorSet) -> Vec<TableChange> {
    let [old, new] = [old, new].map(|set| set.files().unwrap_or_default());
    let names: BTreeSet<&'static str> = old.iter().chain(&new).map(|(name, _)| *name).collect();
    let changes = names.into_iter().map(|table| {
        let rows = |files: &[(&str, &str)]| {
            let text = files.iter().find(|(name, _)| *name == table).map_or("", |(_, text)| *text);
            rows(text)
        };
        let (old, new) = (rows(&old), rows(&new));
        TableChange { table, added_rows: beyond(&new, &old), removed_rows: beyond(&old, &new) }
    });
    changes.filter(|change| change.added_rows + change.removed_rows > 0).collect()
}

/// Each row as its filled cells by column, with how often it is there.
fn rows(text: &str) -> BTreeMap<Vec<(String, String)>, usize> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    let mut rows = BTreeMap::new();
    for record in reader.into_records().filter_map(Result::ok) {
        let cells = header.iter().zip(&record).filter(|(_, cell)| !cell.is_empty());
        let mut cells: Vec<_> = cells.map(|(column, cell)| (column.to_owned(), cell.to_owned())).collect();
        cells.sort_unstable();
        *rows.entry(cells).or_default() += 1;
    }
    rows
}

/// How many of these rows the others lack.
fn beyond<K: Ord>(these: &BTreeMap<K, usize>, others: &BTreeMap<K, usize>) -> usize {
    these.iter().map(|(row, count)| count.saturating_sub(others.get(row).copied().unwrap_or(0))).sum()
}

/// Today, in UTC.
pub(super) fn today() -> Date {
    clock::day(clock::now())
}
