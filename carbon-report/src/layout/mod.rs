//! What stands where on the page: from a statement to pages of marks.

mod chart;
mod cover;
mod factors;
mod flow;
mod methods;
mod sections;
mod table;
mod terms;

use crate::{
    Language, Statement,
    pdf::{self, Metadata, PdfError, font::showable, page::Page},
};
use flow::{Flow, HAIRLINE, MARGIN, MEASURE, MUTED, SMALL, shorten};
use rust_decimal::Decimal;
use terms::Terms;

/// The report's PDF: the same statement gives the same bytes.
///
/// Takes some tens of milliseconds and keeps a core busy, so call it off an async runtime.
/// A name that the page's fonts cannot show is printed by its code points and never fails the report.
///
/// # Errors
/// [`PdfError`]: a fault of this crate; no statement causes one.
pub fn render_pdf(statement: &Statement) -> Result<Vec<u8>, PdfError> {
    let view = View::of(statement);
    let heading = &statement.heading;
    let metadata = Metadata {
        title: format!(
            "{}: {}, {}",
            view.terms.kind,
            heading.client.name,
            view.language.month(heading.month)
        ),
        author: heading.supplier.name.clone(),
        generator: statement.generator.to_owned(),
        language: view.language.as_str(),
        date: heading.issued_on,
    };
    pdf::write(&pages(&view), &metadata)
}

fn pages(view: &View<'_>) -> Vec<Page> {
    let mut flow = Flow::new();
    cover::draw(&mut flow, view);
    sections::draw(&mut flow, view);
    let mut pages = flow.finish();
    draw_feet(&mut pages, view);
    pages
}

/// A statement with the words and the names that the page shows for it.
struct View<'a> {
    statement: &'a Statement,
    terms: &'static Terms,
    language: Language,
    client: String,
    supplier: String,
}

impl<'a> View<'a> {
    fn of(statement: &'a Statement) -> Self {
        let heading = &statement.heading;
        View {
            statement,
            terms: Terms::of(heading.language),
            language: heading.language,
            client: showable(&heading.client.name).into_owned(),
            supplier: showable(&heading.supplier.name).into_owned(),
        }
    }

    /// Whether any name is not printed as it was given.
    fn escapes_names(&self) -> bool {
        let heading = &self.statement.heading;
        let unknown = self.statement.unknown_models.iter().map(|line| &line.name);
        let mut names =
            unknown.chain([&heading.client.name, &heading.client.tenant_id, &heading.supplier.name]);
        names.any(|name| showable(name) != name.as_str())
    }

    fn count(&self, count: impl Into<u128>) -> String {
        let count = i128::try_from(count.into()).unwrap_or(i128::MAX);
        self.language.number(Decimal::from_i128_with_scale(count, 0))
    }

    /// `ratio` as a percentage with one decimal, rounded down so that 100 % means all.
    fn percent(&self, ratio: Decimal) -> String {
        let tenths = (ratio * Decimal::ONE_THOUSAND).floor() / Decimal::TEN;
        let mut percent = tenths;
        percent.rescale(1);
        format!("{}\u{a0}%", self.language.number(percent))
    }
}

/// Puts a foot on every page, once it is known how many there are.
fn draw_feet(pages: &mut [Page], view: &View<'_>) {
    let heading = &view.statement.heading;
    let count = pages.len();
    for (index, page) in pages.iter_mut().enumerate() {
        let page_of = view
            .terms
            .page_of
            .replace("{page}", &(index + 1).to_string())
            .replace("{pages}", &count.to_string());
        let left = format!(
            "{} · {} · {} {}, {} {}",
            shorten(&view.client, SMALL, MEASURE * 0.36),
            view.language.month(heading.month),
            view.terms.report,
            showable(&heading.report_id),
            view.terms.revision,
            heading.revision,
        );
        let room = MEASURE - SMALL.width(&page_of) - 12.0;
        let mut foot = Flow::on(std::mem::take(page), flow::FOOT);
        foot.rule(flow::FOOT, 0.5, HAIRLINE);
        foot.text(MARGIN, flow::FOOT + 14.0, SMALL, MUTED, &shorten(&left, SMALL, room));
        foot.text_right(MARGIN + MEASURE, flow::FOOT + 14.0, SMALL, MUTED, &page_of);
        *page = foot.finish().remove(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Activity, Client, Evidence, Heading, Status,
        pdf::page::{HEIGHT, Mark},
    };
    use carbon_core::{FactorSet, Usage};
    use jiff::civil::date;

    fn activity(day: i8, model: &str, usage: Usage) -> Activity {
        Activity { day: date(2026, 10, day), model: model.to_owned(), provider: None, region: None, usage }
    }

    /// Long names, huge counts, many rows, nothing at all: in every language.
    fn awkward_statements() -> Vec<Statement> {
        let huge =
            Usage { requests: 10_000_000, input_tokens: 3 << 40, output_tokens: 3 << 40, ..Usage::default() };
        let long = "a-very-long-name/".repeat(15);
        let known = [
            "gpt-4o",
            "mistral-large-2",
            "gpt-5",
            "deepseek-v3",
            "bedrock/eu-central-1/anthropic.claude-v2:1",
        ];
        let known = known.map(|model| activity(2, model, huge));
        let many =
            (0..200).map(|n| activity(9, &format!("{long}{n}"), Usage::of_call(n, 1))).collect::<Vec<_>>();
        let months = [vec![], known.to_vec(), many, vec![activity(1, "gpt-4o", Usage::of_call(1, 0))]];
        let mut statements = Vec::new();
        for language in Language::ALL {
            for (name, month) in [long.as_str(), "x", "中文名字", "Ünïcødé"].into_iter().zip(&months)
            {
                let heading = Heading {
                    report_id: "r".repeat(64),
                    revision: u32::MAX,
                    supersedes: None,
                    status: Status::Final,
                    language,
                    month: "2026-10".parse().unwrap(),
                    financial_year: 2026,
                    issued_on: date(2026, 11, 2),
                    supplier: name.repeat(2).as_str().into(),
                    client: Client { tenant_id: "t".repeat(128), name: name.to_owned() },
                };
                statements.push(Statement::new(heading, &Evidence::from(&month[..]), FactorSet::latest()));
            }
        }
        statements
    }

    #[test]
    fn nothing_leaves_the_margins_and_no_text_runs_into_another() {
        for statement in awkward_statements() {
            for page in pages(&View::of(&statement)) {
                let mut lines: Vec<(i64, f64, f64, &str)> = Vec::new();
                for mark in &page.marks {
                    let (left, right, y) = match mark {
                        Mark::Text { x, y, font, text, .. } => (*x, x + font.width(text), *y),
                        Mark::Fill { x, y, width, height, .. } => (*x, x + width, y + height),
                    };
                    assert!(
                        left >= MARGIN - 0.01 && right <= MARGIN + MEASURE + 0.01,
                        "{left} to {right}: {mark:?}"
                    );
                    assert!(y > 40.0 && y < HEIGHT - 20.0, "{mark:?}");
                    if let Mark::Text { text, .. } = mark {
                        #[expect(
                            clippy::cast_possible_truncation,
                            reason = "hundredths of points on one page"
                        )]
                        lines.push(((y * 100.0) as i64, left, right, text));
                    }
                }
                lines.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
                for pair in lines.windows(2) {
                    let [(y, _, right, text), (next_y, left, _, next)] = pair else { continue };
                    assert!(y != next_y || left >= right, "{text:?} runs into {next:?}");
                }
            }
        }
    }
}
