//! Our law and the energy of reading a cache, fitted again from the measurements that they rest on.
//!
//! The rows are those of the ML.ENERGY leaderboard v3 (Apache-2.0): `tests/vectors/ml-energy-*.csv`.
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of tokens, far below 2^53"
)]

use crate::next::set;
use carbon_core::registry::Constant;
use csv::StringRecord;
use std::{cmp::Reverse, collections::BinaryHeap};

const CHATS: &str = include_str!("../vectors/ml-energy-chat.csv");
const LENGTHS: &str = include_str!("../vectors/ml-energy-lengths.csv");

/// Tokens of the prompts, which the leaderboard does not state: chats hold earlier turns.
const PROMPT: [(&str, f64); 2] = [("lm-arena-chat", 150.0), ("gpqa", 250.0)];

fn records(text: &str) -> Vec<StringRecord> {
    csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).collect()
}

fn number(record: &StringRecord, place: usize) -> f64 {
    record[place].parse().unwrap()
}

fn constant(key: Constant) -> f64 {
    set().method_constants().iter().find(|constant| constant.key() == key).unwrap().value().unwrap()
}

/// Least squares by the normal equations.
fn fitted<const N: usize>(rows: &[([f64; N], f64)]) -> [f64; N] {
    let mut matrix = [[0.0; N]; N];
    let mut right = [0.0; N];
    for (x, y) in rows {
        for a in 0..N {
            right[a] += x[a] * y;
            for b in 0..N {
                matrix[a][b] += x[a] * x[b];
            }
        }
    }
    for pivot in 0..N {
        let (of_pivot, right_of_pivot) = (matrix[pivot], right[pivot]);
        for row in (0..N).filter(|row| *row != pivot) {
            let factor = matrix[row][pivot] / of_pivot[pivot];
            matrix[row].iter_mut().zip(of_pivot).for_each(|(cell, above)| *cell -= factor * above);
            right[row] -= factor * right_of_pivot;
        }
    }
    std::array::from_fn(|n| right[n] / matrix[n][n])
}

#[test]
fn the_law_is_the_regression_on_its_measurements() {
    let chats = records(CHATS);
    let rows: Vec<([f64; 5], f64)> = chats
        .iter()
        .map(|row| {
            let [active_b, total_b, batch, joules] = [3, 4, 5, 6].map(|place| number(row, place));
            let b200 = if &row[1] == "B200" { 1.0 } else { 0.0 };
            ([1.0, active_b.ln(), (total_b / active_b).ln(), (batch / 64.0).ln(), b200], (joules / 3.6).ln())
        })
        .collect();
    let models: std::collections::HashSet<&str> = chats.iter().map(|row| &row[0]).collect();
    assert_eq!((rows.len(), models.len()), (328, 18));
    let [intercept, active, ratio, batch, _] = fitted(&rows);
    for (fitted, key) in [
        (intercept, Constant::LawIntercept),
        (active, Constant::LawActive),
        (ratio, Constant::LawRatio),
        (batch, Constant::LawBatch),
    ] {
        assert!((fitted / constant(key) - 1.0).abs() < 1e-9, "{key}: {fitted}");
    }
}

/// One configuration with the lengths of its responses.
struct Run {
    model: String,
    task: String,
    batch: usize,
    cache_bytes: f64,
    joules: f64,
    responses: Vec<f64>,
}

impl Run {
    fn prompt(&self) -> f64 {
        PROMPT.iter().find(|(task, _)| *task == self.task).unwrap().1
    }

    /// Prompt and half of the mean response: what it seems to be, and is not.
    fn halfway(&self) -> f64 {
        self.prompt() + self.responses.iter().sum::<f64>() / self.responses.len() as f64 / 2.0
    }

    /// Mean context of the tokens that were metered. Long responses hold more tokens than short ones; all start
    /// together, and the meter stops when so few are left that the batch is no longer full.
    fn metered(&self) -> f64 {
        const ORDERS: u64 = 20;
        (0..ORDERS).map(|order| self.metered_in(order)).sum::<f64>() / ORDERS as f64
    }

    fn metered_in(&self, order: u64) -> f64 {
        let mut responses = self.responses.clone();
        shuffle(&mut responses, order);
        // Tokens are written in step: a place is free when its response ends, and the next one starts there.
        let mut free: BinaryHeap<Reverse<u64>> = (0..self.batch).map(|_| Reverse(0)).collect();
        let mut spans: Vec<(u64, u64)> = Vec::new();
        for length in responses {
            let Reverse(start) = free.pop().unwrap();
            let end = start + length as u64;
            free.push(Reverse(end));
            spans.push((start, end));
        }
        let mut ends: Vec<u64> = spans.iter().map(|(_, end)| *end).collect();
        ends.sort_unstable();
        let stop = ends[ends.len() - self.batch - 2];
        let (mut tokens, mut context) = (0.0, 0.0);
        for (start, end) in spans {
            let written = end.min(stop).saturating_sub(start) as f64;
            tokens += written;
            context += written * written / 2.0;
        }
        self.prompt() + context / tokens
    }
}

/// An order that a seed decides (SplitMix64, Fisher and Yates).
fn shuffle(responses: &mut [f64], seed: u64) {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    for place in (1..responses.len()).rev() {
        responses.swap(place, usize::try_from(next() % (place as u64 + 1)).unwrap());
    }
}

/// The same weights on the same machine, with chats and with long answers.
fn pairs() -> Vec<[Run; 2]> {
    let run = |row: &StringRecord| {
        let [shortest, longest] = [6, 7].map(|place| number(row, place));
        let counts: Vec<usize> = row[8].split(' ').map(|count| count.parse().unwrap()).collect();
        let width = (longest - shortest) / counts.len() as f64;
        let middle = |bin: usize| shortest + width * (bin as f64 + 0.5);
        Run {
            model: row[0].to_owned(),
            task: row[1].to_owned(),
            batch: row[3].parse().unwrap(),
            cache_bytes: number(row, 4),
            joules: number(row, 5),
            responses: counts.iter().enumerate().flat_map(|(bin, &count)| vec![middle(bin); count]).collect(),
        }
    };
    let runs: Vec<Run> = records(LENGTHS).iter().map(run).collect();
    let mut runs = runs.into_iter();
    let mut pairs = Vec::new();
    while let (Some(chat), Some(long)) = (runs.next(), runs.next()) {
        assert_eq!((&chat.model, chat.batch), (&long.model, long.batch));
        pairs.push([chat, long]);
    }
    pairs
}

/// Joules for a gigabyte of cache that is read, pair by pair.
fn joules_per_gb(pairs: &[[Run; 2]], context: fn(&Run) -> f64) -> Vec<f64> {
    let of = |[chat, long]: &[Run; 2]| {
        (long.joules - chat.joules) / (chat.cache_bytes * (context(long) - context(chat)) / 1e9)
    };
    pairs.iter().map(of).collect()
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 { numbers[middle] } else { (numbers[middle - 1] + numbers[middle]) / 2.0 }
}

#[test]
fn reading_the_cache_costs_what_the_pairs_say() {
    let pairs = pairs();
    assert_eq!(pairs.len(), 13);
    let measured = median(joules_per_gb(&pairs, Run::metered));
    assert!((measured - 0.24).abs() < 0.02, "{measured} J/GB");
    // Contexts of half a mean response are too short, and what is read of them seems dearer than it is.
    let mistaken = median(joules_per_gb(&pairs, Run::halfway));
    assert!((mistaken - 0.24).abs() > 0.02 && mistaken > measured, "{mistaken} J/GB");
    // A fleet reads with newer machines and shorter numbers.
    let fleet = constant(Constant::ContextDense);
    assert!(0.6 < fleet / measured && fleet < measured, "{fleet} J/GB");
}

#[test]
fn a_model_left_out_is_predicted_from_the_others() {
    let pairs = pairs();
    let models: std::collections::BTreeSet<String> =
        pairs.iter().map(|[chat, _]| chat.model.clone()).collect();
    assert_eq!(models.len(), 3);
    for model in models {
        let (own, others): (Vec<_>, Vec<_>) =
            self::pairs().into_iter().partition(|[chat, _]| chat.model == model);
        let measured = median(joules_per_gb(&others, Run::metered));
        for [chat, long] in own {
            let read = chat.cache_bytes * (long.metered() - chat.metered()) / 1e9;
            let ratio = (chat.joules + measured * read) / long.joules;
            assert!((0.90..1.12).contains(&ratio), "{model} at {}: x {ratio}", chat.batch);
        }
    }
}

#[test]
fn chats_have_the_context_that_the_method_takes_off_the_law() {
    let chats: Vec<f64> = pairs().iter().map(|[chat, _]| chat.metered()).collect();
    let mean = chats.iter().sum::<f64>() / chats.len() as f64;
    assert!((mean / constant(Constant::ContextOfLaw) - 1.0).abs() < 0.4, "{mean} tokens");
}
