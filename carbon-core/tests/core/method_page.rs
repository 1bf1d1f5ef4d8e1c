//! The parts of the methodology that follow from the tables: constants, and published figures beside ours.

use crate::{figures::compared, next::set};
use carbon_core::{
    Call, FactorSet, Usage,
    model::{AttentionEvidence, Model},
    registry::MethodConstant,
};
use std::fmt::Write;

const PAGE: &str = include_str!("../../../docs/methodology.md");
const PROMPTS: &str = include_str!("../vectors/published-prompts.csv");

const CHANGELOG: &str = include_str!("../../../CHANGELOG.md");

/// Compares the part of the page between its marks with `text`; `UPDATE_PAGES=1 cargo test -p llm-carbon-core` writes it
/// anew.
#[track_caller]
fn states(part: &str, text: &str) {
    page_states("docs/methodology.md", PAGE, part, text);
}

#[track_caller]
fn page_states(file: &str, page: &str, part: &str, text: &str) {
    let (begin, end) = (format!("<!-- {part} -->\n"), format!("<!-- end of {part} -->"));
    let from = page.find(&begin).unwrap_or_else(|| panic!("no {begin}")) + begin.len();
    let to = page.find(&end).unwrap_or_else(|| panic!("no {end}"));
    if std::env::var_os("UPDATE_PAGES").is_some() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
        // Other tests write other parts of it.
        static PAGE_FILE: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let _one_at_a_time = PAGE_FILE.lock().unwrap();
        let page = std::fs::read_to_string(&path).unwrap();
        let from = page.find(&begin).unwrap() + begin.len();
        let to = page.find(&end).unwrap();
        std::fs::write(path, format!("{}{text}{}", &page[..from], &page[to..])).unwrap();
        return;
    }
    assert!(&page[from..to] == text, "{file} has other {part}: UPDATE_PAGES=1 writes them anew");
}

/// Model, fresh and cached input, output: calls that people know.
const STEPS: [(&str, [u64; 3]); 10] = [
    ("gpt-4o", [600, 0, 400]),
    ("gpt-5", [600, 0, 400]),
    ("claude-sonnet-5", [600, 0, 400]),
    ("claude-opus-5", [3_000, 57_000, 800]),
    ("gemini-2.5-flash", [10_000, 0, 300]),
    ("mistral-large-2", [600, 0, 400]),
    ("llama-3.1-70b", [600, 0, 400]),
    ("llama-3.1-70b", [3_000, 57_000, 800]),
    ("deepseek-v3.1", [10_000, 0, 300]),
    ("gpt-oss-120b", [100_000, 0, 500]),
];

#[test]
fn the_changelog_says_what_well_known_calls_come_to_before_and_after() {
    let mut table =
        "| model | fresh input | cached input | output | 2026.11 | 2026.12 | step |\n|---|---|---|---|---|---|---|\n"
            .to_owned();
    let grams = |version: &str, model: &str, usage: &Usage| {
        let call = Call { region: Some("FRA"), ..Call::to(model) };
        let factor = FactorSet::version(version).unwrap().deployment(&call).unwrap().bottom_up();
        factor.map(|factor| factor.apply(usage).co2_central().to_f64())
    };
    for (model, [fresh, cached, output]) in STEPS {
        let usage = Usage::of_cached_call(fresh + cached, cached, output);
        let [before, after] = ["2026.11", "2026.12"].map(|version| grams(version, model, &usage));
        let after = after.unwrap();
        let step = before.map_or("new".to_owned(), |before| format!("x {:.2}", after / before));
        let before = before.map_or_else(String::new, three_digits);
        let after = three_digits(after);
        writeln!(table, "| {model} | {fresh} | {cached} | {output} | {before} | {after} | {step} |").unwrap();
    }
    page_states("CHANGELOG.md", CHANGELOG, "steps", &table);
}

#[test]
fn the_methodology_has_every_constant_of_both_methods() {
    let mut table =
        "| constant | unit | 2026.11 | 2026.12 | why | source |\n|---|---|---|---|---|---|\n".to_owned();
    let older = FactorSet::version("2026.11").unwrap().method_constants();
    let cell = |constant: &MethodConstant| {
        let value = constant.value().filter(|value| *value != 0.0).map(|value| value.to_string());
        let gsd = constant.gsd().filter(|gsd| *gsd > 1.0).map(|gsd| format!("GSD {gsd}"));
        value.into_iter().chain(gsd).collect::<Vec<_>>().join(", ")
    };
    for constant in set().method_constants() {
        let before = older.iter().find(|before| before.key() == constant.key()).unwrap();
        writeln!(
            table,
            "| `{}` | {} | {} | {} | {} | {} |",
            constant.key(),
            constant.key().unit(),
            cell(before),
            cell(constant),
            constant.reason().unwrap(),
            constant.source().unwrap().publisher()
        )
        .unwrap();
    }
    states("constants", &table);
}

#[test]
fn the_methodology_holds_ours_against_published_figures() {
    let rows = compared(set());
    let inside = rows.iter().filter(|row| row.is_inside()).count();
    let older = compared(FactorSet::version("2026.11").unwrap());
    let older = older.iter().filter(|row| row.is_inside()).count();
    let mut text = format!(
        "{inside} of {} figures lie inside our range; with the constants of `2026.11`, {older} do.\n\n\
         | figure | work | published J | ours J | ours / published | inside | measured how | source |\n\
         |---|---|---|---|---|---|---|---|\n",
        rows.len()
    );
    for row in &rows {
        let [low, central, high] = row.ours_j.map(three_digits);
        writeln!(
            text,
            "| {} | {} | {} | {low} · {central} · {high} | {:.2} | {} | {} | {} |",
            row.figure,
            row.work,
            three_digits(row.published_j),
            row.ratio(),
            if row.is_inside() { "yes" } else { "no" },
            row.how,
            row.source
        )
        .unwrap();
    }
    states("figures", &text);
}

#[test]
fn the_methodology_holds_ours_against_figures_of_prompts() {
    let mut text = "| figure | published | ours | our model and tokens | inside | how | source |\n|---|---|---|---|---|---|---|\n".to_owned();
    let mut reader = csv::Reader::from_reader(PROMPTS.as_bytes());
    let header = reader.headers().unwrap().clone();
    for row in reader.records() {
        let row = row.unwrap();
        let cell = |column: &str| row.get(header.iter().position(|name| name == column).unwrap()).unwrap();
        let published = format!("{} {}", cell("published"), cell("quantity"));
        let [ours, tokens, inside] = match cell("output_tokens").parse::<u64>() {
            Ok(output) => {
                let usage = Usage::of_call(cell("input_tokens").parse().unwrap(), output);
                let call = Call { region: Some(cell("region")), ..Call::to(cell("model")) };
                let figure = set().deployment(&call).unwrap().bottom_up().unwrap().apply(&usage);
                let (co2, energy) = (figure.co2(), figure.energy());
                let range = match cell("quantity") {
                    "Wh" => [energy.low().to_f64(), energy.central().to_f64(), energy.high().to_f64()],
                    _ => [co2.low().to_f64(), co2.central().to_f64(), co2.high().to_f64()],
                };
                let stated: f64 = cell("published").parse().unwrap();
                let inside = if range[0] <= stated && stated <= range[2] { "yes" } else { "no" };
                let tokens = format!("{}, {} in, {output} out", cell("model"), cell("input_tokens"));
                [range.map(three_digits).join(" · "), tokens, inside.to_owned()]
            }
            Err(_) => [String::new(), cell("model").to_owned(), "not comparable".to_owned()],
        };
        let source = format!("[{}]({})", cell("source"), cell("url"));
        writeln!(
            text,
            "| {} | {published} | {ours} | {tokens} | {inside} | {} | {source} |",
            cell("figure"),
            cell("how")
        )
        .unwrap();
    }
    states("prompts", &text);
}

#[test]
fn the_methodology_counts_the_models_whose_attention_is_known() {
    let known = || set().models().iter().filter_map(Model::attention);
    let unread = known().filter(|attention| attention.evidence() == AttentionEvidence::Unread).count();
    let sentence = format!("of {} models, {unread} of which were not read again", known().count());
    assert!(PAGE.contains(&sentence), "docs/methodology.md does not say {sentence:?}");
}

#[test]
fn the_methodology_lists_every_source_of_the_method() {
    let of_constants = set().method_constants().iter().filter_map(MethodConstant::source);
    for source in of_constants.chain(set().models().iter().filter_map(Model::attention_source)) {
        let published = source.published().map_or_else(String::new, |date| format!(" ({date})"));
        let title = format!("{}{published}", source.title());
        let cell = source.url().map_or(title.clone(), |url| format!("[{title}]({url})"));
        let row = format!("| {cell} | {} | {} |\n", source.publisher(), source.licence());
        assert!(PAGE.contains(&row), "docs/methodology.md lacks\n{row}");
    }
}

/// Three significant digits.
fn three_digits(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 15")]
    let decimals = (2.0 - number.log10().floor()).clamp(0.0, 15.0) as usize;
    let whole = 10f64.powf(number.log10().floor() - 2.0).max(1.0);
    if decimals == 0 {
        format!("{:.0}", (number / whole).round() * whole)
    } else {
        format!("{number:.decimals$}")
    }
}
