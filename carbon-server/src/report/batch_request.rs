//! What each client of a batch gets: the report of a month, or of a period.

use crate::{
    http::problem::Problem,
    report::{
        issue::{Renderer, ReportRequest, issue},
        period::{IssuedPeriod, PeriodRequest, issue_period},
    },
    store::{AccountKey, Issued, Store, error::StoreError},
};
use carbon_report::{Language, Month, Period};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What each client of a batch gets.
#[derive(Clone, Debug)]
pub(crate) enum BatchRequest {
    Month(ReportRequest),
    Period(PeriodRequest),
}

impl BatchRequest {
    /// By default each client's own.
    pub(crate) fn language(&self) -> Option<Language> {
        match self {
            BatchRequest::Month(request) => request.language,
            BatchRequest::Period(request) => request.language,
        }
    }

    pub(crate) fn span(&self) -> Span {
        match self {
            BatchRequest::Month(request) => Span::Month(request.month),
            BatchRequest::Period(request) => Span::Period(request.period),
        }
    }

    /// Ids of the clients with activity in it.
    pub(crate) async fn tenants(
        &self,
        store: &Store,
        account: AccountKey,
    ) -> Result<Vec<String>, StoreError> {
        let period = match self {
            BatchRequest::Month(request) => return store.tenants_of_month(account, request.month).await,
            BatchRequest::Period(request) => request.period,
        };
        let mut tenants = BTreeSet::new();
        for month in period.months() {
            tenants.extend(store.tenants_of_month(account, month).await?);
        }
        Ok(tenants.into_iter().collect())
    }

    /// The report of one client.
    pub(crate) async fn issue(
        &self,
        store: &Store,
        renderer: Renderer<'_>,
        account: AccountKey,
        tenant_id: String,
        now: Timestamp,
    ) -> Result<Issued, Problem> {
        match self.clone() {
            BatchRequest::Month(request) => {
                let request = ReportRequest { tenant_id, ..request };
                issue(store, renderer, account, &request, now).await
            }
            BatchRequest::Period(request) => {
                let request = PeriodRequest { tenant_id, ..request };
                let issued = issue_period(store, renderer, account, &request, now).await;
                issued.map(|IssuedPeriod { issued, .. }| issued)
            }
        }
    }
}

/// What the reports of a batch are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    Month(Month),
    Period(Period),
}

impl Span {
    /// `October 2026`, `2026`, `April 2026 to March 2027`.
    pub(crate) fn in_words(self, language: Language) -> String {
        match self {
            Span::Month(month) => language.month(month),
            Span::Period(period) => language.period(period.from(), Some(period.to())),
        }
    }

    /// As it stands in the name of a file: `2026-10`, `2026`, `2026-04-to-2027-03`.
    pub(crate) fn in_file_name(self) -> String {
        match self {
            Span::Month(month) => month.to_string(),
            Span::Period(period) => period.to_string().replace('/', "-to-"),
        }
    }
}
