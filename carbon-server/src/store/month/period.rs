//! What a statement on a tenant's months from one to another is made of: the newest final report of each, of one moment.

use crate::store::{
    account::branding::supplier,
    book::sums::month_in,
    error::StoreError,
    key::{AccountKey, TenantKey},
    ledger::Store,
    month::{
        report::{Issued, Series, newest},
        tenant::{ClientFound, client},
    },
    sql::{self, Connection, params},
};
use carbon_report::{
    Client, EsrsEdition, Language, Month, Period, Supplier,
    statement::{MissingMonth, MissingReason},
};
use std::collections::{BTreeMap, BTreeSet};

/// What the ledger holds for one tenant and period, and who the parties are.
#[derive(Debug)]
pub(crate) struct PeriodOfTenant {
    pub(crate) tenant_key: TenantKey,
    /// Its legal name, else its name, else its id.
    pub(crate) client: Client,
    /// That which was asked for, else the tenant's, else English.
    pub(crate) language: Language,
    /// The edition of the ESRS that it has chosen.
    pub(crate) elected: Option<EsrsEdition>,
    pub(crate) supplier: Supplier,
    pub(crate) logo: Option<Vec<u8>>,
    /// Ids of the final reports of months, in their order; of each month that which tells its newest restatement.
    pub(crate) reports: Vec<String>,
    /// Months that have none.
    pub(crate) missing: Vec<MissingMonth>,
    /// The newest report on the period, as of the same moment.
    pub(crate) newest: Option<Issued>,
}

const CLOSED_MONTHS: &str =
    "select month from closed_month where account_key = ?1 and month between ?2 and ?3";

// Whatever restated the month last for this tenant is what its report must tell. Of the languages that tell the same, the one asked
// for comes first, then that which was issued first: it stays the first.
const FINAL_REPORTS: &str = "
    select month, report_id,
           coalesce(restatement_id, '') =
           coalesce((select restatement.restatement_id
              from restatement join restated_tenant as part using (account_key, restatement_key)
             where restatement.account_key = report.account_key and restatement.month = report.month
               and part.tenant_key = report.tenant_key
             order by restatement_key desc
             limit 1), '')
      from report
     where account_key = ?1 and tenant_key = ?2 and month between ?3 and ?4 and last_month = month
       and status = 'final' and pdf is not null
     order by month, language <> ?5, report_key";

impl Store {
    /// A tenant's final reports of the months of a period on the live ledger, and the newest report on that period; `None` where
    /// the account has no such tenant.
    pub(crate) async fn period_of_tenant(
        &self,
        account: AccountKey,
        tenant_id: String,
        period: Period,
        language: Option<Language>,
    ) -> Result<Option<PeriodOfTenant>, StoreError> {
        let read = move |connection: &Connection| {
            period_of_tenant(connection, account, &tenant_id, period, language)
        };
        self.books.of(account).read(read).await
    }
}

fn period_of_tenant(
    connection: &Connection,
    account: AccountKey,
    tenant_id: &str,
    period: Period,
    language: Option<Language>,
) -> sql::Result<Option<PeriodOfTenant>> {
    let Some(found) = client(connection, account, tenant_id)? else { return Ok(None) };
    let ClientFound { tenant_key, client, language: its_language, elected, .. } = found;
    let language = language.or(its_language).unwrap_or_default();
    let (supplier, logo) = supplier(connection, account)?;
    let [from, to] = [period.from(), period.to()].map(|month| month.to_string());
    let mut closed = connection.prepare_cached(CLOSED_MONTHS)?;
    let closed = closed.query_map(params![account.0, from, to], |row| month_in(row, 0))?;
    let closed: BTreeSet<Month> = closed.collect::<sql::Result<_>>()?;
    let mut stated: BTreeMap<Month, Option<String>> = BTreeMap::new();
    let mut reports = connection.prepare_cached(FINAL_REPORTS)?;
    let values = params![account.0, tenant_key.0, from, to, language.as_str()];
    let reports = reports
        .query_map(values, |row| Ok((month_in(row, 0)?, row.get::<String>(1)?, row.get::<bool>(2)?)))?;
    for report in reports {
        let (month, report_id, is_newest_word) = report?;
        let of_month = stated.entry(month).or_default();
        if is_newest_word && of_month.is_none() {
            *of_month = Some(report_id);
        }
    }
    let (mut reports, mut missing) = (Vec::new(), Vec::new());
    for month in period.months() {
        match stated.remove(&month) {
            Some(Some(report_id)) => reports.push(report_id),
            Some(None) => missing.push(MissingMonth { month, reason: MissingReason::Restated }),
            None if closed.contains(&month) => {
                missing.push(MissingMonth { month, reason: MissingReason::NoReport });
            }
            None => missing.push(MissingMonth { month, reason: MissingReason::Open }),
        }
    }
    let series = Series { account, tenant_key, month: period.from(), last_month: period.to(), language };
    let newest = newest(connection, &series)?;
    Ok(Some(PeriodOfTenant {
        tenant_key,
        client,
        language,
        elected,
        supplier,
        logo,
        reports,
        missing,
        newest,
    }))
}
