//! What one event costs in `carbon-core`: finding the model, and exact arithmetic.

use carbon_core::{FactorSet, Usage};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

fn estimate(c: &mut Criterion) {
    let set = FactorSet::latest();
    let usage = Usage::of_call(600, 400);
    let mut group = c.benchmark_group("resolve and compute one event");
    for (case, name) in [
        ("canonical id", "mistral-large-2"),
        ("alias", "gpt-4o-2024-08-06"),
        ("normalised", " GPT-4o"),
        ("unknown", "nobody-knows"),
    ] {
        group.bench_function(case, |b| b.iter(|| set.estimate(black_box(name), black_box(&usage)).ok()));
    }
    group.finish();
    let mut group = c.benchmark_group("every method on one event");
    for (case, name) in
        [("listed", "llama-3.1-70b"), ("by rule", "eu.anthropic.claude-3-5-sonnet-20240620-v1:0")]
    {
        group.bench_function(case, |b| {
            b.iter(|| set.opinions(black_box(name), black_box(&usage), Some("FRA")).ok());
        });
    }
    group.finish();
    c.bench_function("resolve only", |b| b.iter(|| set.resolve(black_box("mistral-large-2"))));
}

criterion_group!(benches, estimate);
criterion_main!(benches);
