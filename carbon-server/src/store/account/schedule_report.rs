//! The reports of a run: of which clients, and what became of each.

use crate::store::{
    account::{
        mail::ReportToMail,
        schedule_run::{RunHold, held, tell},
    },
    book::sums::{epoch_day, month_in},
    error::StoreError,
    key::{AccountKey, TenantKey},
    ledger::Store,
    month::activity_of_tenants,
    sql::{self, Connection, Row, params},
};
use carbon_report::{Activity, Language, Month};

/// A client that a run makes reports of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunTenant {
    pub(in crate::store) tenant_key: TenantKey,
    /// Its own.
    pub(crate) language: Language,
}

/// A report that a run is to make: of a tenant, from a month to that of the run, in a language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewRunReport {
    pub(crate) tenant: RunTenant,
    /// That of the run, or the first of its financial year.
    pub(crate) first_month: Month,
    pub(crate) language: Language,
}

/// One that was not made yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunReport {
    tenant_key: TenantKey,
    pub(crate) tenant_id: String,
    pub(crate) first_month: Month,
    pub(crate) language: Language,
    /// It was issued since the run has come to issuing, by a server that could not say so any more.
    pub(crate) report_id: Option<String>,
}

/// What became of one.
#[derive(Clone, Debug)]
pub(crate) enum RunReportOutcome {
    /// Its id, the payload of the message that says so, and whether contacts of the client are sent it by mail.
    Issued { report_id: String, payload: String, is_mailed: bool },
    /// Why not.
    Failed(String),
    /// Its tenant was erased meanwhile.
    Gone,
}

/// A report that could not be made.
#[derive(Clone, Debug)]
pub(crate) struct FailedRunReport {
    pub(crate) month: Month,
    pub(crate) tenant_id: String,
    pub(crate) language: String,
    pub(crate) first_month: Month,
    pub(crate) problem: String,
}

/// A report that a schedule has made of a tenant, or was to make.
#[derive(Debug)]
pub(crate) struct ExportedScheduledReport {
    /// That of the run.
    pub(crate) month: Month,
    /// The same, or the first of its financial year.
    pub(crate) first_month: Month,
    pub(crate) language: String,
    pub(crate) report_id: Option<String>,
    pub(crate) problem: Option<String>,
}

macro_rules! select_tenants {
    ($from:literal) => {
        concat!(
            "select tenant_key, language
               from (select distinct tenant_key from ",
            $from,
            ") as found
               join tenant using (tenant_key)
              where account_key = ?1 and tenant_id is not null
                and (exists (select 1 from report_schedule as schedule where schedule.account_key = ?1 and every_tenant = true)
                     or exists (select 1 from scheduled_tenant as chosen
                                 where chosen.account_key = ?1 and chosen.tenant_key = tenant.tenant_key))
              order by tenant_id"
        )
    };
}

const TENANTS: &str =
    select_tenants!("daily_usage where account_key = ?1 and is_test = false and day between ?2 and ?3");

// A statement of a year is made of final reports.
const TENANTS_WITH_REPORTS: &str = select_tenants!(
    "report where account_key = ?1 and month between ?2 and ?3 and last_month = month and status = 'final' and pdf is not null"
);

const ADD: &str = "
    insert into schedule_run_report (account_key, schedule_run_key, tenant_key, first_month, language)
    values (?1, ?2, ?3, ?4, ?5)
    on conflict do nothing";

// Statements of years last: they are made of the others.
const WAITING: &str = "
    select tenant_key, tenant_id, part.first_month, part.language,
           (select report.report_id from report
             where report.account_key = part.account_key and report.tenant_key = part.tenant_key
               and report.month = part.first_month and report.last_month = run.month and report.language = part.language
               and report.created_at_ms >= run.issuing_since_ms
             order by revision desc
             limit 1)
      from schedule_run_report as part
      join schedule_run as run using (account_key, schedule_run_key)
      join tenant using (account_key, tenant_key)
     where account_key = ?1 and schedule_run_key = ?2 and part.report_id is null and part.problem is null and tenant_id is not null
     order by case when part.first_month = run.month then 0 else 1 end, tenant_id, part.language";

macro_rules! of_one {
    ($statement:literal) => {
        concat!(
            $statement,
            " where account_key = ?1 and schedule_run_key = ?2 and tenant_key = ?3 and first_month = ?4 and language = ?5
                and report_id is null and problem is null"
        )
    };
}

const IS_WAITING: &str = of_one!("select 1 from schedule_run_report");
const NOTE_ISSUED: &str = of_one!("update schedule_run_report set report_id = ?6, outbox_message_key = ?7");
const NOTE_FAILED: &str = of_one!("update schedule_run_report set problem = ?6");
const FORGET: &str = of_one!("delete from schedule_run_report");

const LANGUAGES: &str = "
    select language from schedule_run_report
     where account_key = ?1 and schedule_run_key = ?2 and tenant_key = ?3 and first_month = ?4
     order by language";

const FAILED: &str = "
    select run.month, tenant_id, part.language, part.first_month, part.problem
      from schedule_run_report as part
      join schedule_run as run using (account_key, schedule_run_key)
      join tenant using (account_key, tenant_key)
     where account_key = ?1 and part.problem is not null and tenant_id is not null
     order by run.month desc, tenant_id, part.language
     limit ?2";

/// For the export of a tenant.
pub(in crate::store) const OF_TENANT: &str = "
    select run.month, part.first_month, part.language, part.report_id, part.problem
      from schedule_run_report as part join schedule_run as run using (account_key, schedule_run_key)
     where account_key = ?1 and part.tenant_key = ?2
     order by run.month, part.first_month, part.language";

impl Store {
    /// The clients of a schedule that have something in a month.
    pub(crate) async fn scheduled_tenants(
        &self,
        account: AccountKey,
        month: Month,
    ) -> Result<Vec<RunTenant>, StoreError> {
        let read = move |connection: &Connection| of_month(connection, account, month);
        self.books.of(account).read_folded(read).await
    }

    /// Those that have a final report of one of these months.
    pub(crate) async fn scheduled_tenants_with_reports(
        &self,
        account: AccountKey,
        [from, to]: [Month; 2],
    ) -> Result<Vec<RunTenant>, StoreError> {
        let read = move |connection: &Connection| {
            let values = params![account.0, from.to_string(), to.to_string()];
            tenants(connection, TENANTS_WITH_REPORTS, values)
        };
        self.books.of(account).read(read).await
    }

    /// What each client of a schedule used in a month, without what came after it was closed.
    pub(crate) async fn scheduled_activity(
        &self,
        account: AccountKey,
        month: Month,
    ) -> Result<Vec<Vec<Activity>>, StoreError> {
        let read = move |connection: &Connection| {
            let mut all = activity_of_tenants(connection, account, month, false)?;
            let tenants = of_month(connection, account, month)?;
            Ok(tenants.into_iter().filter_map(|tenant| all.remove(&tenant.tenant_key)).collect())
        };
        self.books.of(account).read_folded(read).await
    }

    /// Adds reports that a run is to make, besides those that it has; `false` where the run was lost.
    pub(crate) async fn add_run_reports(
        &self,
        hold: RunHold,
        reports: Vec<NewRunReport>,
    ) -> Result<bool, StoreError> {
        let write = move |connection: &Connection| {
            if held(connection, hold)?.is_none() {
                return Ok(false);
            }
            for NewRunReport { tenant, first_month, language } in &reports {
                let (first_month, language) = (first_month.to_string(), language.as_str());
                let values =
                    params![hold.account.0, hold.run_key, tenant.tenant_key.0, first_month, language];
                connection.execute_later(ADD, values)?;
            }
            connection.run_queued()?;
            Ok(true)
        };
        self.books.of(hold.account).write(write).await
    }

    /// The reports that a run has still to make.
    pub(crate) async fn waiting_run_reports(&self, hold: RunHold) -> Result<Vec<RunReport>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(WAITING)?;
            statement.query_map([hold.account.0, hold.run_key], waiting)?.collect()
        };
        self.books.of(hold.account).read(read).await
    }

    /// Notes what became of a report, once, with the message that says so; `false` where the run was lost.
    pub(crate) async fn note_run_report(
        &self,
        hold: RunHold,
        report: RunReport,
        outcome: RunReportOutcome,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let write = move |connection: &Connection| note(connection, hold, &report, &outcome, now_ms);
        self.books.of(hold.account).write(write).await
    }

    /// Reports of an account's runs that could not be made, those of the newest month first.
    pub(crate) async fn failed_run_reports(
        &self,
        account: AccountKey,
        limit: usize,
    ) -> Result<Vec<FailedRunReport>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(FAILED)?;
            let failed = statement.query_map(params![account.0, limit], |row| {
                Ok(FailedRunReport {
                    month: month_in(row, 0)?,
                    tenant_id: row.get(1)?,
                    language: row.get(2)?,
                    first_month: month_in(row, 3)?,
                    problem: row.get(4)?,
                })
            })?;
            failed.collect()
        };
        self.books.of(account).read(read).await
    }
}

fn of_month(connection: &Connection, account: AccountKey, month: Month) -> sql::Result<Vec<RunTenant>> {
    tenants(
        connection,
        TENANTS,
        params![account.0, epoch_day(month.first_day()), epoch_day(month.last_day())],
    )
}

fn tenants(connection: &Connection, select: &str, values: impl sql::Params) -> sql::Result<Vec<RunTenant>> {
    let mut statement = connection.prepare_cached(select)?;
    let tenants = statement.query_map(values, |row| {
        let language: Option<String> = row.get(1)?;
        let language = language.and_then(|code| Language::from_code(&code)).unwrap_or_default();
        Ok(RunTenant { tenant_key: TenantKey(row.get(0)?), language })
    })?;
    tenants.collect()
}

fn waiting(row: &Row<'_>) -> sql::Result<RunReport> {
    let language: String = row.get(3)?;
    Ok(RunReport {
        tenant_key: TenantKey(row.get(0)?),
        tenant_id: row.get(1)?,
        first_month: month_in(row, 2)?,
        language: Language::from_code(&language).unwrap_or_default(),
        report_id: row.get(4)?,
    })
}

fn note(
    connection: &Connection,
    hold: RunHold,
    report: &RunReport,
    outcome: &RunReportOutcome,
    now_ms: i64,
) -> sql::Result<bool> {
    if held(connection, hold)?.is_none() {
        return Ok(false);
    }
    let RunReport { tenant_key, first_month, language, .. } = report;
    let (account, run, tenant) = (hold.account.0, hold.run_key, tenant_key.0);
    let (first_month, language) = (first_month.to_string(), language.as_str());
    let of_one = params![account, run, tenant, first_month, language];
    if !connection.prepare_cached(IS_WAITING)?.exists(of_one)? {
        return Ok(true);
    }
    match outcome {
        RunReportOutcome::Issued { report_id, payload, is_mailed } => {
            if *is_mailed {
                let mail = ReportToMail { account: hold.account, tenant: *tenant_key, report_id, now_ms };
                let made_in = languages(connection, &of_one[..4])?;
                mail.add_in(connection, report.language, &made_in)?;
            }
            let message_id = format!("msg_report_{report_id}");
            let told = tell(connection, hold.account, Some(*tenant_key), &message_id, payload, now_ms)?;
            let values = params![account, run, tenant, first_month, language, report_id, told];
            connection.change_one(NOTE_ISSUED, values)?;
        }
        RunReportOutcome::Failed(problem) => {
            let values = params![account, run, tenant, first_month, language, problem];
            connection.change_one(NOTE_FAILED, values)?;
        }
        RunReportOutcome::Gone => connection.change_one(FORGET, of_one)?,
    }
    Ok(true)
}

/// The languages that a run makes a report in.
fn languages(connection: &Connection, of_report: &[&dyn sql::ToValue]) -> sql::Result<Vec<String>> {
    connection.prepare_cached(LANGUAGES)?.query_map(of_report, |row| row.get(0))?.collect()
}

/// A row of [`OF_TENANT`].
pub(in crate::store) fn exported(row: &Row<'_>) -> sql::Result<ExportedScheduledReport> {
    Ok(ExportedScheduledReport {
        month: month_in(row, 0)?,
        first_month: month_in(row, 1)?,
        language: row.get(2)?,
        report_id: row.get(3)?,
        problem: row.get(4)?,
    })
}
