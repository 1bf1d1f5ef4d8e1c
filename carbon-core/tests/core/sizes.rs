//! What a model's size may be: of two sources, other for input than for output, and of a class.

use crate::small;
use carbon_core::{
    Call, Confidence, FactorSet, Usage,
    model::{Model, Parameters, ParametersStatus},
};
use proptest::prelude::*;

fn set() -> &'static FactorSet {
    FactorSet::version("2026.12").unwrap()
}

fn sized() -> impl Iterator<Item = (&'static Model, &'static Parameters)> {
    set().models().iter().filter_map(|model| Some((model, model.parameters()?)))
}

/// One model, of that size.
fn of_size(columns: &str, row: &str) -> Result<FactorSet, String> {
    let models = format!(
        "model,factor_id,provider,open_weights,parameters,{columns},tokens_per_s,first_token_s,boundary,valid_from,evidence_url,note\n\
         own,bottom_up/own@1,,yes,{row},,,bottom_up,2023-01-01,,\n"
    );
    FactorSet::from_tables("acme", small::tables().models(models)).map_err(|error| error.to_string())
}

/// Watt hours, central, for a million tokens of input and of output.
fn wh(set: &FactorSet, model: &str) -> [f64; 2] {
    [Usage::of_call(1_000_000, 0), Usage::of_call(0, 1_000_000)].map(|usage| {
        let figure = set.deployment(&Call::to(model)).unwrap().bottom_up().unwrap().apply(&usage);
        figure.energy().central().to_f64()
    })
}

proptest! {
    #[test]
    fn input_takes_the_parameters_of_input_and_output_those_of_output(
        total in 100.0..3_000.0f64,
        active in 1.0..100.0f64,
        active_in in 1.0..100.0f64,
    ) {
        const COLUMNS: &str = "total_b_min,total_b_max,active_b_min,active_b_max,active_in_b_min,active_in_b_max,source_id";
        let sized = |active: f64, active_in: &str| {
            let row = format!("disclosed,{total},{total},{active},{active},{active_in},paper");
            of_size(COLUMNS, &row).unwrap()
        };
        let [of_input, of_output] = [active_in, active].map(|active| wh(&sized(active, ","), "own"));
        let both = sized(active, &format!("{active_in},{active_in}"));
        // Rates are rounded.
        for (got, expect) in wh(&both, "own").into_iter().zip([of_input[0], of_output[1]]) {
            prop_assert!((got / expect - 1.0).abs() < 1e-9, "{} {}", got, expect);
        }
        let size = both.resolve("own").unwrap().model.parameters().unwrap().size();
        prop_assert_eq!((size.active_b, size.active_in_b), ([active; 2], [active_in; 2]));
    }
}

#[test]
fn a_second_source_gives_the_other_end_of_an_interval() {
    const COLUMNS: &str = "total_b_min,total_b_max,active_b_min,active_b_max,source_id,second_source_id";
    let two = of_size(COLUMNS, "estimated,100,300,10,90,paper,rumour").unwrap();
    let estimate = two.estimate("own", &Usage::of_call(1, 1)).unwrap();
    let ids = (estimate.source.id(), estimate.second_source.map(|source| source.id()));
    assert_eq!(ids, ("paper", Some("rumour")));
    let opinions = two.opinions(&Call::to("own"), &Usage::of_call(1, 1)).unwrap();
    let names = "two estimates is used, by A publisher and by Another publisher.";
    assert!(opinions.caveats().iter().any(|caveat| caveat.contains(names)), "{:?}", opinions.caveats());
    for (row, expect) in [
        ("estimated,100,100,10,90,paper,rumour", "two sources give an interval"),
        ("unverified,100,300,10,90,paper,rumour", "two sources give an interval"),
        ("estimated,100,300,10,90,paper,paper", "is listed twice"),
        ("estimated,100,300,10,90,paper,hearsay", "is not in sources.csv"),
    ] {
        let refused = of_size(COLUMNS, row).unwrap_err();
        assert!(refused.starts_with("models.csv, line 2: ") && refused.contains(expect), "{refused}");
    }
}

/// One estimate that is not EcoLogits' is no size: such a model is unknown.
#[test]
fn an_estimated_size_is_that_of_ecologits_or_lies_between_two_named_ones() {
    for (model, known) in sized().filter(|(_, known)| known.status() == ParametersStatus::Estimated) {
        let [low, high] = known.size().total_b;
        let of_two = known.second_source().is_some() && low < high;
        assert!(of_two || known.source().id().starts_with("ecologits-"), "{}", model.id());
    }
}

#[test]
fn no_size_has_more_active_parameters_than_parameters_and_every_one_has_a_source() {
    for (model, known) in sized() {
        let size = known.size();
        for active in [size.active_b, size.active_in_b] {
            assert!(active[0] <= active[1], "{}", model.id());
            assert!(active[0] <= size.total_b[0] && active[1] <= size.total_b[1], "{}", model.id());
        }
        assert!(set().source(known.source().id()).is_some(), "{}", model.id());
        assert!(known.record().id().ends_with("@2026.12"), "{}", model.id());
    }
}

#[test]
fn a_class_spans_the_models_it_is_derived_from_and_is_never_surer_than_they_are() {
    let names: Vec<&str> = set().classes().iter().map(|class| class.name()).collect();
    assert_eq!(names, ["small", "mid", "frontier", "reasoning"]);
    for class in set().classes() {
        let known = class.model().parameters().unwrap();
        let of_models: Vec<_> = class
            .derived_from()
            .iter()
            .map(|id| *set().resolve(id).unwrap().model.parameters().unwrap().size())
            .collect();
        let span = |bounds: fn(&carbon_core::model::Size) -> [f64; 2]| {
            let all = || of_models.iter().flat_map(bounds);
            [all().fold(f64::MAX, f64::min), all().fold(0.0, f64::max)]
        };
        let bits = |bounds: [f64; 2]| bounds.map(f64::to_bits);
        assert_eq!(bits(known.size().total_b), bits(span(|size| size.total_b)), "{}", class.name());
        assert_eq!(bits(known.size().active_b), bits(span(|size| size.active_b)), "{}", class.name());
        assert!(class.gsd() >= 3.0 && of_models.len() > 2 && !class.reason().is_empty(), "{}", class.name());
        let status = (known.status(), known.record().confidence());
        assert_eq!(status, (ParametersStatus::Proxy, Confidence::Proxy), "{}", class.name());

        let figure = |model: &Model| {
            let deployment = set().deployment_of(model, &Call::to("acme-1")).unwrap();
            assert_eq!(deployment.location.unwrap().zone.id(), "WOR");
            let figure = deployment.bottom_up().unwrap().apply(&Usage::of_call(600, 400));
            let caveats = deployment.opinions(&Usage::of_call(600, 400)).caveats();
            assert!(caveats.iter().any(|caveat| caveat.contains("that of a class of models")));
            figure.co2().high().to_f64() / figure.co2().low().to_f64()
        };
        let one = set().resolve(&class.derived_from()[0]).unwrap().model;
        let widest =
            set().deployment_of(one, &Call { provider: Some("open-weights"), ..Call::to("") }).unwrap();
        let one = widest.bottom_up().unwrap().apply(&Usage::of_call(600, 400)).co2();
        assert!(figure(class.model()) > 3.0 * one.high().to_f64() / one.low().to_f64(), "{}", class.name());
    }
}

#[test]
fn no_name_leads_to_a_class() {
    for class in set().classes() {
        for name in [class.model().id(), class.name(), &format!("openai/{}", class.model().id())] {
            assert!(set().resolve(name).is_err(), "{name}");
        }
        assert_eq!(set().class(class.name()), Some(class.model()));
    }
    assert_eq!(set().class("class-mid"), None);
}
