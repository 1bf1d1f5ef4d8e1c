//! Own entries: which one speaks for a name on a day, and what it leads to.

use carbon_core::{
    Call, FactorSet, Usage,
    factor::{OwnSource, Source},
    model::ResolvedBy,
    place::Site,
    registry::{LoadFault, Tables},
};
use jiff::civil::{Date, date};
use proptest::{collection::vec, option, prelude::*};

const NAMES: &str = "name,model,class,valid_from,valid_to,note,entered_by,entered_at\n";
const MODELS: &str = "name,valid_from,valid_to,total_b,active_b,active_in_b,precision,accelerator,pue,\
                      onsite_water_l_per_kwh,region,source,note,entered_by,entered_at\n";

fn names(rows: &str) -> FactorSet {
    let text = format!("{NAMES}{rows}");
    FactorSet::latest().with_own(1, Tables::new().own_names(text)).unwrap()
}

fn models(rows: &str) -> FactorSet {
    let text = format!("{MODELS}{rows}");
    FactorSet::latest().with_own(1, Tables::new().own_models(text)).unwrap()
}

fn on(set: &FactorSet, name: &str, day: Date) -> Option<String> {
    let found = set.resolve_on(name, Some(day)).ok()?;
    assert_eq!(found.resolved_by == ResolvedBy::Own, found.own.is_some());
    Some(found.model.id().to_owned())
}

const DAY: Date = date(2026, 11, 5);

#[test]
fn a_set_with_own_entries_is_called_after_both_and_has_a_digest_of_its_own() {
    let latest = FactorSet::latest();
    let set = names("prod,gpt-4o,,,,,me,2026-11-02T09:00:00Z\n");
    assert_eq!(set.as_str(), format!("{}+1", latest.as_str()));
    assert_ne!(set.sha256(), latest.sha256());
    assert_eq!(set.without_own().sha256(), latest.sha256());
    let files = set.files().unwrap();
    assert_eq!(files.last().unwrap().0, "own_names.csv");
    assert_eq!(files.len(), latest.files().unwrap().len() + 1);
    // Another revision on top of it does not pile up.
    let next = set.with_own(2, Tables::new().own_names(NAMES)).unwrap();
    assert_eq!((next.as_str().to_owned(), next.own().count()), (format!("{}+2", latest.as_str()), 0));
}

#[test]
fn an_entry_comes_before_the_registry_and_leads_wherever_a_name_leads() {
    let set = names(
        "gpt-4o,gpt-4o-mini,,,,,me,2026-11-02T09:00:00Z\n\
         prod,eu.anthropic.claude-3-5-sonnet-20240620-v1:0,,,,,me,2026-11-02T09:00:00Z\n\
         lost,no-such-model,,,,,me,2026-11-02T09:00:00Z\n\
         chat,,mid,,,,me,2026-11-02T09:00:00Z\n",
    );
    for (name, model) in [
        ("GPT-4o", Some("gpt-4o-mini")),
        // A date behind the name is another name, unless the registry's rules take it off.
        ("azure/gpt-4o", Some("gpt-4o-mini")),
        ("gpt-4o-mini", Some("gpt-4o-mini")),
        ("prod", Some("claude-3-5-sonnet")),
        ("lost", None),
        ("chat", Some("class-mid")),
        ("chat-2", None),
    ] {
        assert_eq!(on(&set, name, DAY).as_deref(), model, "{name}");
    }
    let hint = set.resolve_on("prod", Some(DAY)).unwrap().region_hint;
    assert_eq!(hint.as_deref(), Some("geo:eu"));
    // An older set knows no classes and fewer models: what it does not list is unknown.
    let older = FactorSet::version("2025.1").unwrap().with_own(
        1,
        Tables::new().own_names(format!(
            "{NAMES}chat,,mid,,,,me,2026-11-02T09:00:00Z\nbig,gpt-5,,,,,me,2026-11-02T09:00:00Z\n"
        )),
    );
    let older = older.unwrap();
    assert_eq!((on(&older, "chat", DAY), on(&older, "big", DAY)), (None, None));
}

#[test]
fn a_described_model_is_valued_as_one_of_its_size() {
    let set = models(
        "acme,,,70,,,,,,,FRA,our card,,me,2026-11-02T09:00:00Z\n\
         acme-moe,,,70,7,3,fp8,H100 SXM,1.1,0.2,FRA,our card,,me,2026-11-02T09:00:00Z\n\
         acme-dry,,,70,,,,,1.1,,FRA,our card,,me,2026-11-02T09:00:00Z\n\
         acme-16,,,70,,,bf16,,,,FRA,our card,,me,2026-11-02T09:00:00Z\n",
    );
    let energy = |name: &str, usage: Usage| {
        let call = Call { day: Some(DAY), ..Call::to(name) };
        let estimate = set.estimate(call, &usage).unwrap();
        assert_eq!(estimate.location.unwrap().region, "FRA");
        estimate.energy.unwrap().central()
    };
    let (prompt, answer) = (Usage::of_call(1_000, 0), Usage::of_call(0, 1_000));
    assert!(energy("acme-moe", prompt) < energy("acme", prompt));
    assert!(energy("acme-moe", answer) < energy("acme", answer));
    assert!(
        energy("acme-16", answer) >= energy("acme", answer),
        "16 bits take no less than a fleet's formats"
    );
    let call = Call { day: Some(DAY), ..Call::to("acme-moe") };
    let estimate = set.estimate(call, &answer).unwrap();
    assert_eq!(estimate.source.title(), "our card, fp8, H100 SXM");
    assert_eq!(estimate.factor_id, "own/acme-moe@always");
    assert!(estimate.model.is_own());
    let elsewhere = Call { region: Some("POL"), ..call };
    let elsewhere = set.deployment(&elsewhere).unwrap();
    assert_eq!(elsewhere.location.unwrap().region, "POL");
    assert_eq!(elsewhere.bottom_up().unwrap().in_place().pue().to_string(), "1.1", "the building is stated");
    // The account says so, whoever entered it; and what it does not say, somebody else does.
    let source = |site: &dyn Fn(&Site) -> Source, name| {
        site(set.deployment(&Call::to(name)).unwrap().bottom_up().unwrap().in_place().site())
    };
    let publisher = |source: Source| (source.own(), source.told_by("Acme SAS").publisher().to_owned());
    let (stated, acme) = (Some(OwnSource::Stated), "Acme SAS".to_owned());
    for name in ["acme-moe", "acme-dry"] {
        assert_eq!(publisher(source(&|site| site.source().clone(), name)), (stated, acme.clone()), "{name}");
    }
    let water = |site: &Site| site.water_source().clone();
    assert_eq!(publisher(source(&water, "acme-moe")), (stated, acme));
    assert_eq!(source(&water, "acme-dry"), source(&water, "acme"));
    assert_eq!(source(&water, "acme-dry").own(), None);
    // A set that lists no sizes has no value for this one.
    let older = FactorSet::version("2025.1").unwrap();
    let rows = format!("{MODELS}acme,,,70,,,,,,,,our card,,me,2026-11-02T09:00:00Z\n");
    let older = older.with_own(1, Tables::new().own_models(rows)).unwrap();
    assert!(older.estimate("acme", &answer).is_err());
}

#[test]
fn what_cannot_be_is_refused_by_row() {
    for (rows, fault) in [
        ("a,gpt-4o,mid,,,,me,x\n", LoadFault::ModelOrClass),
        ("a,,,,,,me,x\n", LoadFault::ModelOrClass),
        ("a,gpt-4o,,,,,,x\n", LoadFault::Empty("entered_by")),
        ("a,gpt-4o,,2026-02-02,2026-02-01,,me,x\n", LoadFault::InvalidPeriod),
        ("a,gpt-4o,,,,,me,x\na,gpt-5,,2026-01-01,,,me,x\n", LoadFault::InvalidPeriod),
    ] {
        let error = FactorSet::latest().with_own(1, Tables::new().own_names(format!("{NAMES}{rows}")));
        assert_eq!(error.unwrap_err().fault, fault, "{rows}");
    }
    let other = FactorSet::latest().with_own(1, Tables::new().aliases("alias,model\n")).unwrap_err();
    assert_eq!(other.to_string(), "aliases.csv, line 1: this table has no place here");
}

/// An entry: the name, whether it is a beginning, and its days in January.
type Entry = (String, bool, Option<i8>, Option<i8>);

fn entry() -> impl Strategy<Value = Entry> {
    ("[ab]{1,3}", any::<bool>(), option::of(1..28i8), option::of(1..28i8))
}

proptest! {
    /// Of the entries that hold on a day the whole name wins, then the longest beginning: whatever their order.
    #[test]
    fn the_nearest_entry_of_the_day_speaks(
        entries in vec(entry(), 1..8),
        name in "[ab]{1,4}",
        day in 1..28i8,
    ) {
        let january = |day: i8| date(2026, 1, day);
        let mut kept: Vec<Entry> = Vec::new();
        for (name, is_prefix, from, to) in entries {
            let ends_before = from.zip(to).is_some_and(|(from, to)| to < from);
            let overlaps = |other: &&Entry| {
                let (o_name, o_prefix, o_from, o_to) = other;
                (o_name, o_prefix) == (&name, &is_prefix)
                    && o_to.zip(from).is_none_or(|(to, from)| to >= from)
                    && to.zip(*o_from).is_none_or(|(to, from)| to >= from)
            };
            if !ends_before && !kept.iter().any(|other| overlaps(&other)) {
                kept.push((name, is_prefix, from, to));
            }
        }
        let text = |day: Option<i8>| day.map_or_else(String::new, |day| january(day).to_string());
        // Each leads to a model of its own, so that it shows which one spoke.
        let listed: Vec<&str> = FactorSet::latest().models().iter().map(|model| model.id()).collect();
        let rows: String = kept
            .iter()
            .enumerate()
            .map(|(place, (name, is_prefix, from, to))| {
                let star = if *is_prefix { "*" } else { "" };
                format!("{name}{star},{},,{},{},,me,x\n", listed[place], text(*from), text(*to))
            })
            .collect();
        let set = names(&rows);
        let holds = |(_, _, from, to): &&Entry| {
            from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
        };
        let speaks = |(entry, is_prefix, ..): &&Entry| {
            if *is_prefix { name.starts_with(entry.as_str()) } else { name == *entry }
        };
        let nearest = kept
            .iter()
            .filter(holds)
            .filter(speaks)
            .max_by_key(|(entry, is_prefix, ..)| (!*is_prefix, entry.len()));
        let expect = nearest.map(|entry| listed[kept.iter().position(|other| other == entry).unwrap()]);
        let found = on(&set, &name, january(day));
        prop_assert_eq!(found.as_deref(), expect);
    }
}
