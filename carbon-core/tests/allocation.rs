//! What lies on the way of every event allocates nothing.

use carbon_core::{FactorSet, Usage};
use std::hint::black_box;

fn allocations_of(work: impl FnOnce()) -> u64 {
    allocation_counter::measure(work).count_total
}

#[test]
fn resolving_and_computing_a_listed_name_allocates_nothing() {
    let set = FactorSet::latest();
    let usage = Usage::of_call(600, 400);
    for name in ["mistral-large-2", "gpt-4o-2024-08-06", "llama-3.1-70b"] {
        // The first call loads the set.
        set.opinions(name, &usage, Some("FRA")).unwrap();
        let count = allocations_of(|| {
            black_box(set.opinions(black_box(name), black_box(&usage), Some("FRA")).unwrap());
        });
        assert_eq!(count, 0, "{name}");
    }
    let count = allocations_of(|| {
        black_box(set.estimate(black_box("mistral-large-2"), black_box(&usage)).unwrap());
    });
    assert_eq!(count, 0);
    assert_eq!(allocations_of(|| drop(black_box(vec![1u8]))), 1, "the counter counts");
}
