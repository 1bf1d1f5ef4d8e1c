//! Which reports are footprints, and which of them supersedes which.

use crate::{
    app::App,
    base::work_queue::blocking,
    http::problem::Problem,
    pact::Criteria,
    store::{FinalReport, Recipient},
};
use carbon_report::{Form, Month, attached};
use serde_json::Value;

/// The first report of a month, in any language. Its other languages have the same content, and listing them too would
/// count the month twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Footprint {
    pub(super) report_id: String,
    pub(super) month: Month,
    /// The footprints that it supersedes, the oldest first.
    preceding: Vec<String>,
    /// Whether nothing has superseded it: neither another report, nor a restatement that is in no report yet.
    pub(super) is_active: bool,
}

/// The footprints among reports, which are ordered by month, then by issue.
fn among(reports: Vec<FinalReport>) -> Vec<Footprint> {
    let mut footprints: Vec<Footprint> = Vec::new();
    let mut told: Vec<(Month, Option<String>)> = Vec::new();
    for FinalReport { report_id, month, restatement_id, newest_restatement_id } in reports {
        let is_active = restatement_id == newest_restatement_id;
        let telling = (month, restatement_id);
        if told.contains(&telling) {
            continue;
        }
        told.push(telling);
        let earlier = footprints.iter().filter(|footprint| footprint.month == month);
        let preceding = earlier.map(|footprint| footprint.report_id.clone()).collect();
        footprints.push(Footprint { report_id, month, preceding, is_active });
    }
    footprints
}

/// Every footprint of a recipient, month by month.
pub(super) async fn of(app: &App, recipient: &Recipient) -> Result<Vec<Footprint>, Problem> {
    Ok(among(app.store.final_reports(recipient.account, recipient.tenant_key).await?))
}

/// Its current document; `None` if the report has none.
pub(super) async fn document(
    app: &App,
    recipient: &Recipient,
    footprint: &Footprint,
) -> Result<Option<Value>, Problem> {
    let Some(pdf) = app.store.report_pdf(recipient.account, footprint.report_id.clone()).await? else {
        return Ok(None);
    };
    let json = blocking(move || attached(&pdf, Form::Footprint.name())).await?;
    let Some(json) = json else { return Ok(None) };
    let mut document: Value = serde_json::from_slice(&json).map_err(Problem::internal)?;
    // Not known when the report is issued.
    document["status"] = Value::from(if footprint.is_active { "Active" } else { "Deprecated" });
    if footprint.preceding.is_empty() {
        document.as_object_mut().map(|fields| fields.remove("precedingPfIds"));
    } else {
        document["precedingPfIds"] = Value::from(footprint.preceding.clone());
    }
    Ok(Some(document))
}

/// A page of a list.
#[derive(Debug, Default)]
pub(crate) struct FootprintPage {
    pub(crate) footprints: Vec<Value>,
    /// The last footprint before the next page, if there is one.
    pub(crate) more_after: Option<String>,
}

/// Matching footprints, at most `limit`, after the last one of the previous page.
pub(crate) async fn list(
    app: &App,
    recipient: &Recipient,
    criteria: &Criteria,
    limit: usize,
    after: Option<&str>,
) -> Result<FootprintPage, Problem> {
    if limit == 0 {
        return Ok(FootprintPage::default());
    }
    // Each is read from its report: a request for many keeps a core busy.
    let _turn = app.queues.queries.acquire(recipient.account).await?;
    let all = of(app, recipient).await?;
    let begin = match after {
        None => 0,
        Some(after) => {
            let place = all.iter().position(|footprint| footprint.report_id == after);
            1 + place.ok_or_else(|| Problem::invalid("after", "is not a footprint in this list"))?
        }
    };
    let mut page = FootprintPage::default();
    let mut last = after;
    for footprint in &all[begin..] {
        let Some(document) = document(app, recipient, footprint).await? else { continue };
        if !criteria.fits(&document) {
            continue;
        }
        if page.footprints.len() == limit {
            page.more_after = last.map(str::to_owned);
            break;
        }
        last = Some(&footprint.report_id);
        page.footprints.push(document);
    }
    Ok(page)
}

/// One footprint of a recipient.
pub(crate) async fn one(app: &App, recipient: &Recipient, id: &str) -> Result<Value, Problem> {
    let all = of(app, recipient).await?;
    let not_found = || Problem::not_found("footprint");
    let found =
        all.iter().find(|footprint| footprint.report_id.eq_ignore_ascii_case(id)).ok_or_else(not_found)?;
    let _turn = app.queues.queries.acquire(recipient.account).await?;
    document(app, recipient, found).await?.ok_or_else(not_found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(
        report_id: &str,
        month: &str,
        restatement_id: Option<&str>,
        newest: Option<&str>,
    ) -> FinalReport {
        FinalReport {
            report_id: report_id.to_owned(),
            month: month.parse().unwrap(),
            restatement_id: restatement_id.map(str::to_owned),
            newest_restatement_id: newest.map(str::to_owned),
        }
    }

    #[test]
    fn a_month_counts_once_and_the_newest_word_stands() {
        let reports = vec![
            report("en", "2026-08", None, None),
            report("fr", "2026-08", None, None),
            report("first", "2026-09", None, Some("s-2")),
            report("again", "2026-09", Some("s-1"), Some("s-2")),
            report("again-fr", "2026-09", Some("s-1"), Some("s-2")),
        ];
        let found = among(reports);
        let ids: Vec<&str> = found.iter().map(|footprint| footprint.report_id.as_str()).collect();
        assert_eq!(ids, ["en", "first", "again"]);
        assert_eq!(
            found.iter().map(|footprint| footprint.is_active).collect::<Vec<_>>(),
            [true, false, false]
        );
        assert_eq!(found[2].preceding, ["first"]);
        let told = among(vec![
            report("a", "2026-09", None, Some("s")),
            report("b", "2026-09", Some("s"), Some("s")),
        ]);
        assert!(!told[0].is_active && told[1].is_active);
    }
}
