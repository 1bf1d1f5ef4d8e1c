//! Resolving a listed name and computing allocate nothing. A name that is read by rule takes room to be remembered.

use carbon_core::{Call, FactorSet, Method, Usage, method::DEFAULT_POLICY};
use std::hint::black_box;

fn allocations_of(work: impl FnOnce()) -> u64 {
    allocation_counter::measure(work).count_total
}

#[test]
fn resolving_and_computing_a_listed_name_allocates_nothing() {
    let set = FactorSet::latest();
    let usage = Usage::of_call(600, 400);
    for (model, region, method) in [
        ("mistral-large-2", None, Method::Coefficient),
        ("gpt-4o-2024-08-06", Some("FRA"), Method::Coefficient),
        ("llama-3.1-70b", Some("FRA"), Method::BottomUp),
        ("gpt-5", Some("aws:eu-west-3"), Method::BottomUp),
        ("mistral-large-2512", None, Method::BottomUp),
    ] {
        let call = Call { region, ..Call::to(model) };
        // The first call loads the set.
        assert_eq!(set.estimate(call, &usage).unwrap().method, method, "{model}");
        let count = allocations_of(|| {
            black_box(set.estimate(black_box(call), black_box(&usage)).unwrap());
        });
        assert_eq!(count, 0, "{model}");
    }
    let deployment = set.deployment(&Call::to("gpt-5")).unwrap();
    let count = allocations_of(|| {
        black_box(deployment.estimate(black_box(&usage), DEFAULT_POLICY).unwrap());
    });
    assert_eq!(count, 0);
    assert_eq!(allocations_of(|| drop(black_box(vec![1u8]))), 1, "the counter counts");
}
