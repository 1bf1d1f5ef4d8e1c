//! What an auditor needs to follow every figure.

use super::{
    flow::{BODY, Flow, INK},
    view::View,
};
use carbon_core::Grams;
use jiff::{Timestamp, tz::TimeZone};

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let (prose, statement) = (view.prose, view.statement);
    view.heading(flow, 9, 140.0);
    draw_identifiers(flow, view, view.terms.factor_set);
    match &statement.audit {
        None => flow.paragraph(prose.audit_none, BODY, INK),
        Some(audit) => {
            if let Some(events) = &audit.events {
                let count = prose
                    .events_count
                    .replace("{count}", &view.count(events.count))
                    .replace("{reversals}", &view.count(events.reversals));
                flow.identifier(prose.events, &count);
                for (label, at) in [(prose.first_event, events.first_at), (prose.last_event, events.last_at)]
                {
                    if let Some(at) = at {
                        flow.identifier(label, &time(view, at));
                    }
                }
                flow.identifier(prose.merkle_root, &events.merkle_root);
            } else {
                flow.identifier(prose.events, prose.events_open);
            }
            flow.identifier(prose.ledger_position, &view.count(audit.last_event));
            // As `check --seal` takes it.
            if let Some(seal) = &audit.closing_seal {
                flow.identifier(prose.closing_seal, &format!("{}:{}", seal.number, seal.sha256));
            }
        }
    }
    flow.identifier(prose.activity_digest, &statement.activity_sha256);
    if let Some(digest) = &statement.factor_set_sha256 {
        flow.identifier(
            prose.factor_set_digest,
            &format!("{}{}{digest}", statement.factor_set, view.language.colon()),
        );
    }
    flow.identifier(prose.generator, statement.generator);
    flow.identifier(prose.attachments, prose.attachments_text);
    flow.gap(4.0);
    flow.paragraph(prose.verify, BODY, INK);
}

/// The report itself: what it is called, and its total with all digits.
pub(super) fn draw_identifiers(flow: &mut Flow, view: &View<'_>, sets: &str) {
    let (terms, statement, heading) = (view.terms, view.statement, &view.statement.heading);
    let report = format!("{}, {} {}", heading.report_id, terms.revision, heading.revision);
    flow.identifier(terms.report, &report);
    if let Some(superseded) = &heading.supersedes {
        flow.identifier(view.prose.supersedes, superseded);
    }
    if let Some(co2) = statement.total.co2 {
        let digits = |grams: Grams| view.language.number(grams.as_decimal());
        let range = terms.range.replace("{low}", &digits(co2.low())).replace("{high}", &digits(co2.high()));
        flow.identifier(
            terms.exact_total,
            &format!("{}\u{a0}g CO₂e ({range}\u{a0}g)", digits(co2.central())),
        );
    }
    flow.identifier(sets, &statement.factor_set);
}

/// `5 October 2026, 14:30:07 UTC`
fn time(view: &View<'_>, at: Timestamp) -> String {
    let at = at.to_zoned_datetime(TimeZone::UTC);
    format!("{}, {} UTC", view.language.date(at.date()), at.strftime("%H:%M:%S"))
}
