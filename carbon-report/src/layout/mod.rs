//! What stands where on the page: from a statement to pages of marks.

mod audit;
mod breakdown;
mod chart;
mod cover;
mod days;
mod disclosure;
mod factors;
mod flow;
mod grid;
mod grids;
mod levers;
mod lines;
mod market;
mod mass_column;
mod method;
mod mix;
mod models;
mod opinion;
mod own_names;
mod period;
mod quality;
mod ranges;
mod restatement;
mod run_in;
mod table;
mod targets;
mod trend;
mod view;

use crate::{
    brand::{Brand, LOGO_FILE},
    form::Form,
    pdf::{self, Attachment, Metadata, PdfError, Signable, Signer, page::Draft},
    statement::{PeriodStatement, Statement},
};
use flow::{ACCENT, Flow, MEASURE, MUTED, SMALL};
use lines::shorten;
use lopdf::Document;
use view::View;

/// The report's PDF, with every [`Form`] of the statement in it: the same statement gives the same bytes.
///
/// Takes some tens of milliseconds and keeps a core busy, so call it off an async runtime.
/// A name that neither the page's fonts nor those of the brand can show is printed by its code points and never fails the
/// report.
///
/// # Errors
/// [`PdfError`]: a fault of this crate; no statement causes one.
pub fn render_pdf(statement: &Statement, brand: &Brand) -> Result<Vec<u8>, PdfError> {
    let (document, _) = document(statement, brand)?;
    pdf::save(document)
}

/// The same with a signature over the whole file (PAdES B-B): whoever changes a byte breaks it.
///
/// The time in it is the statement's date of issue: the same statement and key give the same bytes.
///
/// # Errors
/// [`PdfError`]: a fault of this crate, or a key that does not sign.
pub fn render_signed_pdf(statement: &Statement, brand: &Brand, signer: &Signer) -> Result<Vec<u8>, PdfError> {
    render_signable(statement, brand)?.signed(signer)
}

/// The same before it is signed: all of the file but the signature.
pub(crate) fn render_signable(statement: &Statement, brand: &Brand) -> Result<Signable, PdfError> {
    let (document, metadata) = document(statement, brand)?;
    Signable::of(document, &metadata)
}

/// The same as [`render_pdf`] of a period of several months.
///
/// # Errors
/// [`PdfError`]: a fault of this crate; no statement causes one.
pub fn render_period_pdf(statement: &PeriodStatement, brand: &Brand) -> Result<Vec<u8>, PdfError> {
    let (document, _) = period_document(statement, brand)?;
    pdf::save(document)
}

/// The same as [`render_signed_pdf`] of a period of several months.
///
/// # Errors
/// [`PdfError`]: a fault of this crate, or a key that does not sign.
pub fn render_signed_period_pdf(
    statement: &PeriodStatement,
    brand: &Brand,
    signer: &Signer,
) -> Result<Vec<u8>, PdfError> {
    render_signable_period(statement, brand)?.signed(signer)
}

/// The same before it is signed.
pub(crate) fn render_signable_period(
    statement: &PeriodStatement,
    brand: &Brand,
) -> Result<Signable, PdfError> {
    let (document, metadata) = period_document(statement, brand)?;
    Signable::of(document, &metadata)
}

fn document(statement: &Statement, brand: &Brand) -> Result<(Document, Metadata), PdfError> {
    let view = View::of(statement);
    brand.fonts.at_hand(|| assembled(&view, &draft(&view, brand), brand, |form| statement.form(form)))
}

fn period_document(statement: &PeriodStatement, brand: &Brand) -> Result<(Document, Metadata), PdfError> {
    let whole = statement.as_statement();
    let view = View::of(&whole);
    let draw =
        || assembled(&view, &period_draft(statement, &view, brand), brand, |form| statement.form(form));
    brand.fonts.at_hand(draw)
}

/// The pages of a draft with the forms that there are.
fn assembled(
    view: &View<'_>,
    draft: &Draft,
    brand: &Brand,
    form: impl Fn(Form) -> Option<String>,
) -> Result<(Document, Metadata), PdfError> {
    let heading = &view.statement.heading;
    let metadata = Metadata {
        title: format!("{}{}{}, {}", view.terms.kind, view.language.colon(), view.client, view.period()),
        author: heading.supplier.name.clone(),
        subject: view.terms.what_this_is.to_owned(),
        generator: view.statement.generator.to_owned(),
        signature: view.prose.signature,
        fonts: view.prose.fonts_description,
        language: view.language.as_str(),
        date: heading.issued_on,
    }
    .in_xml();
    let forms = Form::ALL.into_iter().filter_map(|name| Some((name, form(name)?)));
    let forms: Vec<(Form, String)> = forms.collect();
    let mut attachments: Vec<Attachment<'_>> = forms
        .iter()
        .map(|(form, content)| Attachment {
            name: form.name(),
            media_type: form.media_type(),
            description: view.prose.form_descriptions[*form as usize],
            content: content.as_bytes(),
        })
        .collect();
    // Whoever has the report alone can draw it again.
    attachments.extend(brand.logo.as_ref().map(|logo| Attachment {
        name: LOGO_FILE,
        media_type: "image/png",
        description: view.prose.logo_description,
        content: &logo.png,
    }));
    let document = pdf::document(draft, &metadata, &attachments)?;
    Ok((document, metadata))
}

fn draft(view: &View<'_>, brand: &Brand) -> Draft {
    let mut flow = Flow::new(brand.accent.map_or(ACCENT, |accent| accent.0));
    cover::draw(&mut flow, view, brand.logo.as_ref());
    disclosure::draw(&mut flow, view);
    breakdown::draw(&mut flow, view);
    flow.begin_annexes();
    quality::draw(&mut flow, view);
    method::draw(&mut flow, view);
    factors::draw(&mut flow, view);
    opinion::draw(&mut flow, view);
    restatement::draw(&mut flow, view);
    audit::draw(&mut flow, view);
    levers::draw(&mut flow, view);
    targets::draw(&mut flow, view);
    draw_limits(&mut flow, view, 11);
    let mut draft = flow.finish();
    draw_feet(&mut draft, view);
    draft
}

/// The same of a period: what is of single days and calls stays in the reports of its months.
fn period_draft(statement: &PeriodStatement, view: &View<'_>, brand: &Brand) -> Draft {
    let mut flow = Flow::new(brand.accent.map_or(ACCENT, |accent| accent.0));
    period::draw_cover(&mut flow, view, statement, brand.logo.as_ref());
    disclosure::draw(&mut flow, view);
    period::draw_breakdown(&mut flow, view, statement);
    flow.begin_annexes();
    quality::draw(&mut flow, view);
    period::draw_method(&mut flow, view);
    period::draw_factors(&mut flow, view, statement);
    period::draw_months(&mut flow, view, statement);
    draw_limits(&mut flow, view, 8);
    let mut draft = flow.finish();
    draw_feet(&mut draft, view);
    draft
}

fn draw_limits(flow: &mut Flow, view: &View<'_>, section: usize) {
    let points = view.terms.limits_text;
    let following = flow.list_height(points.iter().copied());
    view.heading(flow, section, following);
    flow.list(points.iter().copied());
    if view.escapes_names() {
        flow.paragraph(view.terms.escaped_names, SMALL, MUTED);
    }
}

/// Puts a foot on every page, once it is known how many there are.
fn draw_feet(draft: &mut Draft, view: &View<'_>) {
    let heading = &view.statement.heading;
    let count = draft.pages.len();
    for (index, page) in draft.pages.iter_mut().enumerate() {
        let page_of = view
            .terms
            .page_of
            .replace("{page}", &(index + 1).to_string())
            .replace("{pages}", &count.to_string());
        let left = format!(
            "{} · {} · {} {}, {} {}",
            shorten(&view.client, SMALL, MEASURE * 0.36),
            view.period(),
            view.terms.report,
            heading.report_id,
            view.terms.revision,
            heading.revision,
        );
        let room = MEASURE - SMALL.width(&page_of) - 12.0;
        flow::draw_foot(page, &shorten(&left, SMALL, room), &page_of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        activity::Activity,
        evidence::Evidence,
        heading::{Client, Heading, Status},
        language::Language,
        month::Month,
        pdf::{
            page::{HEIGHT, Mark, Placed, Role},
            structure::Structure,
        },
        words::Terms,
    };
    use carbon_core::{FactorSet, Usage};
    use flow::{BODY, LABEL_WIDTH, MARGIN};
    use jiff::civil::date;

    fn activity(day: i8, model: &str, usage: Usage) -> Activity {
        Activity::new(date(2026, 10, day), model, usage)
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
                let client = Client::new("t".repeat(128), name);
                let heading = Heading {
                    report_id: "r".repeat(64),
                    revision: u32::MAX,
                    status: Status::Final,
                    language,
                    ..Heading::new(client, &*name.repeat(2), Month::new(2026, 10), date(2026, 11, 2))
                };
                statements.push(Statement::new(heading, &Evidence::from(&month[..]), FactorSet::latest()));
            }
        }
        statements
    }

    #[test]
    fn nothing_leaves_the_margins_and_no_text_runs_into_another() {
        for statement in awkward_statements() {
            for page in draft(&View::of(&statement), &Brand::default()).pages {
                let mut lines: Vec<(i64, f64, f64, &str)> = Vec::new();
                for Placed { mark, role } in &page.marks {
                    let (left, right, y) = match mark {
                        Mark::Text { x, y, font, text, .. } => {
                            (*x, x + font.width(text.trim_end_matches(' ')), *y)
                        }
                        Mark::Fill { x, y, width, height, .. } | Mark::Image { x, y, width, height, .. } => {
                            (*x, x + width, y + height)
                        }
                    };
                    if matches!(mark, Mark::Text { .. }) {
                        assert_ne!(*role, Role::Of(Structure::ROOT), "{mark:?} is part of nothing");
                    }
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

    #[test]
    fn what_a_part_says_is_text_with_spaces_between_its_words() {
        for statement in awkward_statements() {
            let Draft { pages, structure } = draft(&View::of(&statement), &Brand::default());
            let text = |(page, mark): (usize, usize)| match &pages[page].marks[mark].mark {
                Mark::Text { text, .. } => Some(text.as_str()),
                Mark::Fill { .. } | Mark::Image { .. } => None,
            };
            for marks in structure.marks() {
                let texts: Vec<&str> = marks.into_iter().filter_map(text).collect();
                for pair in texts.windows(2) {
                    let [line, next] = pair else { continue };
                    let word = line.split(' ').next_back().unwrap_or_default().chars().count();
                    // A line ends within a name or a link where that has a joint, or is long.
                    let within = line.ends_with(['-', '/', '_', ':', '@', '.']) || word > 12;
                    assert!(line.ends_with(' ') || within, "{line:?} runs into {next:?}");
                }
            }
        }
    }

    #[test]
    fn no_heading_is_the_last_on_its_page() {
        for statement in awkward_statements() {
            for (number, page) in (1..).zip(draft(&View::of(&statement), &Brand::default()).pages) {
                let texts = page.marks.iter().filter(|placed| placed.role != Role::Foot);
                let mut last = texts.filter_map(|placed| match &placed.mark {
                    Mark::Text { font, text, .. } => Some((font, text)),
                    Mark::Fill { .. } | Mark::Image { .. } => None,
                });
                let (font, text) = last.next_back().expect("no page is empty");
                assert!(
                    ![flow::HEADING, flow::SUBHEADING].contains(font),
                    "page {number} ends with {text:?}"
                );
            }
        }
    }

    #[test]
    fn labels_fit_beside_their_values() {
        for language in Language::ALL {
            let terms = Terms::of(language);
            for label in [
                terms.client,
                terms.supplier,
                terms.period,
                terms.report,
                terms.issued,
                terms.status,
                terms.factor_set,
                terms.exact_total,
                terms.value,
                terms.bounds,
                terms.bounds_from,
                terms.source,
                terms.publisher,
                terms.link,
                terms.covers,
                terms.basis,
                terms.electricity,
                terms.model_size,
                terms.emissions_per,
                terms.water,
                terms.water_from,
                terms.tokens,
            ] {
                let width = BODY.width(label);
                assert!(width < LABEL_WIDTH - 4.0, "{label} takes {width} points");
            }
        }
    }
}
