//! What one event costs in `carbon-core`: finding the model, and exact arithmetic.

use carbon_core::{Call, FactorSet, Usage};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

fn estimate(c: &mut Criterion) {
    let set = FactorSet::latest();
    let usage = Usage::of_call(600, 400);
    let mut group = c.benchmark_group("resolve and compute one event by the default policy");
    for (case, model, region) in [
        ("coefficient, canonical id", "mistral-large-2", None),
        ("coefficient, alias", "gpt-4o-2024-08-06", Some("FRA")),
        ("coefficient, other letter case", " GPT-4o", None),
        ("bottom_up, canonical id", "gpt-5", Some("FRA")),
        ("bottom_up, cloud region", "llama-3.1-70b", Some("aws:eu-west-3")),
        ("bottom_up, alias, no region", "mistral-large-2512", None),
        ("by rule", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", None),
        ("unknown", "nobody-knows", None),
    ] {
        let call = Call { region, ..Call::to(model) };
        group.bench_function(case, |b| b.iter(|| set.estimate(black_box(call), black_box(&usage)).ok()));
    }
    group.finish();
    let gpt_5 = Call { region: Some("FRA"), ..Call::to("gpt-5") };
    let mut output_tokens = 0;
    c.bench_function("bottom_up, other counts each time", |b| {
        b.iter(|| {
            output_tokens += 1;
            set.estimate(black_box(gpt_5), &Usage::of_call(600, output_tokens)).ok()
        });
    });
    let agent = Usage::of_cached_call(60_000, 57_000, 800);
    let llama = Call { region: Some("FRA"), ..Call::to("llama-3.1-70b") };
    c.bench_function("bottom_up, the same turn of an agent with 60,000 tokens of context", |b| {
        b.iter(|| set.estimate(black_box(llama), black_box(&agent)).ok());
    });
    let call = Call { region: Some("FRA"), ..Call::to("gpt-4o") };
    c.bench_function("every method on one event", |b| {
        b.iter(|| {
            let opinions = set.opinions(black_box(&call), black_box(&usage)).ok()?;
            Some((opinions.spread(), opinions.consistency()))
        });
    });
    c.bench_function("resolve only", |b| b.iter(|| set.resolve(black_box("mistral-large-2"))));
}

criterion_group!(benches, estimate);
criterion_main!(benches);
