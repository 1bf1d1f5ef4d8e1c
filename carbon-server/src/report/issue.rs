//! Issuing a month's report: read, value, render, store. Used by the API, the batch of all clients and the command
//! line.

use crate::{
    base::{clock, ids::new_id, work_queue::WorkQueue},
    http::problem::Problem,
    registry::{AccountSets, Registry},
    report::{
        figures::{StatedFigures, factor_set_of},
        market::MarketFigures,
    },
    store::{
        AccountKey, EarlierFigures, EarlierFound, Issued, MarketFound, MonthBasis, MonthOfTenant, NewReport,
        RestatedFound, Saved, Series, Store,
    },
};
use carbon_core::FactorSet;
use carbon_report::{
    Brand, EsrsEdition, Evidence, Fonts, Heading, Language, Month, NotOfYear, Signer, Statement, Status,
    Valuation,
    evidence::{EarlierMonth, Restated, StatedModel},
    render_pdf, render_signed_pdf,
    statement::TargetLine,
};
use jiff::Timestamp;
use std::{collections::BTreeSet, sync::Arc};

/// The report that is requested.
#[derive(Clone, Debug)]
pub(crate) struct ReportRequest {
    pub(crate) tenant_id: String,
    pub(crate) month: Month,
    /// By default the client's own.
    pub(crate) language: Option<Language>,
    /// By default the calendar year of the month.
    pub(crate) financial_year: Option<i16>,
    /// By default the client's choice, where its financial year has one.
    pub(crate) standard: Option<EsrsEdition>,
    /// Tokens that the providers invoiced for this client and month.
    pub(crate) invoiced_tokens: Option<u64>,
}

impl ReportRequest {
    /// A month of a client, without options.
    pub(crate) fn plain(tenant_id: String, month: Month) -> Self {
        ReportRequest {
            tenant_id,
            month,
            language: None,
            financial_year: None,
            standard: None,
            invoiced_tokens: None,
        }
    }

    /// That the standard asked for is one of the financial year.
    pub(crate) fn check_standard(&self) -> Result<(), NotOfYear> {
        self.standard.map_or(Ok(()), |edition| edition.allowed_in(self.financial_year()).map(drop))
    }

    /// The client's financial year that the month falls into.
    pub(crate) fn financial_year(&self) -> i16 {
        self.financial_year.unwrap_or_else(|| self.month.first_day().year())
    }
}

/// Reports rendered at a time: the number of rendering threads; more would only wait.
pub(crate) const AT_A_TIME: usize = 2;

/// What rendering needs: the queue, the signer if reports are signed, and fonts besides their own.
#[derive(Clone, Copy)]
pub(crate) struct Renderer<'a> {
    pub(crate) pages: &'a WorkQueue<AccountKey>,
    pub(crate) signer: Option<&'a Arc<Signer>>,
    pub(crate) fonts: &'a Fonts,
    pub(crate) registry: &'a Arc<Registry>,
    /// How the server is reached from outside, where that is known.
    pub(crate) public_url: Option<&'a str>,
}

impl Renderer<'_> {
    /// The page where anybody can have a report checked.
    pub(crate) fn verify_at(&self) -> Option<String> {
        self.public_url.map(|url| format!("{url}/verify"))
    }
}

/// The report on the current state of a month: the newest one if it has the same content, otherwise the next revision.
pub(crate) async fn issue(
    store: &Store,
    renderer: Renderer<'_>,
    account: AccountKey,
    request: &ReportRequest,
    now: Timestamp,
) -> Result<Issued, Problem> {
    loop {
        let ReportRequest { tenant_id, month, language, .. } = request.clone();
        let trend = month.earlier_this_year().chain([month.a_year_earlier()]).collect();
        let found = store.month_of_tenant(account, tenant_id, month, language, trend).await?;
        let found = found.ok_or_else(|| Problem::not_found("tenant"))?;
        // A final report stays until the month is restated, whatever a later version of this program would print.
        let stands = |issued: &&Issued| {
            issued.status == Status::Final.as_str()
                && issued.restatement_id.as_deref() == found.basis.restatement_id()
        };
        if let Some(issued) = found.newest.as_ref().filter(stands) {
            return Ok(issued.clone());
        }
        let series = Series {
            account,
            tenant_key: found.tenant_key,
            month,
            last_month: month,
            language: found.language,
        };
        let (request, signer, fonts) = (request.clone(), renderer.signer.cloned(), renderer.fonts.clone());
        let (sets, verify_at) = (AccountSets::new(renderer.registry, account), renderer.verify_at());
        let draw = move || drawn(&sets, found, &request, verify_at, signer.as_deref(), fonts, now);
        let (issued, pdf) = match renderer.pages.run(account, draw).await?? {
            RenderOutcome::Already(issued) => return Ok(issued),
            RenderOutcome::Now { issued, pdf } => (issued, pdf),
        };
        let new = NewReport { series, issued: issued.clone(), pdf, created_at_ms: now.as_millisecond() };
        match store.save_report(new).await? {
            Saved::New => return Ok(issued),
            Saved::Same(earlier) => return Ok(earlier),
            // Another request issued a revision meanwhile; it may be newer than what we read.
            Saved::Overtaken => {}
        }
    }
}

impl MonthBasis {
    fn restatement_id(&self) -> Option<&str> {
        match self {
            MonthBasis::Open | MonthBasis::Closed { .. } => None,
            MonthBasis::Restated(restated) => Some(&restated.restatement_id),
        }
    }

    /// The set that the month was closed under, if it was closed.
    fn factor_set(&self) -> Option<&str> {
        match self {
            MonthBasis::Open => None,
            MonthBasis::Closed { factor_set } | MonthBasis::Restated(RestatedFound { factor_set, .. }) => {
                Some(factor_set)
            }
        }
    }

    pub(crate) fn status(&self) -> Status {
        match self {
            MonthBasis::Open => Status::Provisional,
            MonthBasis::Closed { .. } | MonthBasis::Restated(_) => Status::Final,
        }
    }
}

/// The pages of a month.
enum RenderOutcome {
    /// The newest revision already has the same content.
    Already(Issued),
    Now {
        issued: Issued,
        pdf: Vec<u8>,
    },
}

/// Sums, hashes and renders; too long for the threads that accept events.
fn drawn(
    sets: &AccountSets,
    mut found: MonthOfTenant,
    request: &ReportRequest,
    verify_at: Option<String>,
    signer: Option<&Signer>,
    fonts: Fonts,
    now: Timestamp,
) -> Result<RenderOutcome, Problem> {
    let (newest, logo) = (found.newest.take(), found.logo.take());
    let restatement_id = found.basis.restatement_id().map(str::to_owned);
    let mut statement = statement(sets, found, request, newest.as_ref(), now)?;
    statement.heading.verify_at = verify_at;
    let basis_sha256 = statement.basis_sha256();
    if let Some(issued) = newest.filter(|issued| issued.basis_sha256 == basis_sha256) {
        return Ok(RenderOutcome::Already(issued));
    }
    let brand = statement.heading.supplier.brand(logo.as_deref()).map_err(Problem::internal)?;
    let brand = Brand { fonts, ..brand };
    let pdf = match signer {
        Some(signer) => render_signed_pdf(&statement, &brand, signer),
        None => render_pdf(&statement, &brand),
    };
    let pdf = pdf.map_err(Problem::internal)?;
    Ok(RenderOutcome::Now { issued: Issued::of(statement.heading, &pdf, basis_sha256, restatement_id), pdf })
}

/// The statement of a month as found, as the revision after `newest`.
pub(crate) fn statement(
    sets: &AccountSets,
    found: MonthOfTenant,
    request: &ReportRequest,
    newest: Option<&Issued>,
    now: Timestamp,
) -> Result<Statement, Problem> {
    let (client, language, supplier) = (found.client.clone(), found.language, found.supplier.clone());
    let (status, elected) = (found.basis.status(), found.elected);
    let (evidence, set) = evidence(sets, found, request)?;
    let heading = Heading {
        report_id: new_id(),
        revision: newest.map_or(1, |issued| issued.revision + 1),
        supersedes: newest.map(|issued| issued.report_id.clone()),
        status,
        language,
        month: request.month,
        through: None,
        financial_year: request.financial_year(),
        elected: request.standard.or(elected),
        verify_at: None,
        issued_on: clock::day(now),
        client,
        supplier,
    };
    Ok(Statement::new(heading, &evidence, &set))
}

/// The targets that hold for a month, with its figures.
pub(crate) fn target_lines(
    sets: &AccountSets,
    found: MonthOfTenant,
    request: &ReportRequest,
) -> Result<Vec<TargetLine>, Problem> {
    let (evidence, set) = evidence(sets, found, request)?;
    Ok(carbon_report::statement::target_lines(&evidence, &set, request.month))
}

/// What a statement rests on, and the set of its month.
fn evidence(
    sets: &AccountSets,
    found: MonthOfTenant,
    request: &ReportRequest,
) -> Result<(Evidence, FactorSet), Problem> {
    let MonthOfTenant { basis, activity, tags, audit, market, targets, earlier, .. } = found;
    let set = factor_set_of(sets, basis.factor_set())?;
    let earlier: Vec<EarlierMonth> =
        earlier.into_iter().map(|found| earlier_month(sets, found)).collect::<Result<_, _>>()?;
    let restated = match &basis {
        MonthBasis::Restated(found) => Some(restated(found)?),
        MonthBasis::Open | MonthBasis::Closed { .. } => None,
    };
    let versions = earlier.iter().map(|month| &month.factor_set);
    let versions: BTreeSet<&String> =
        versions.chain(restated.as_ref().map(|restated| &restated.old_factor_set)).collect();
    let others = versions.into_iter().filter(|version| FactorSet::version(version).is_none());
    let others = others.filter_map(|version| sets.version(version)).collect();
    let market = match market {
        MarketFound::Current(inputs) => inputs,
        MarketFound::Pinned(figures) => {
            StatedFigures::from_json(&figures)?.market.map(|market| market.inputs).unwrap_or_default()
        }
    };
    let evidence = Evidence {
        activity,
        tags,
        audit: Some(audit),
        earlier,
        restated,
        invoiced_tokens: request.invoiced_tokens,
        market,
        targets,
        sets: others,
    };
    Ok((evidence, set))
}

fn earlier_month(
    sets: &AccountSets,
    EarlierFound { month, earlier_figures }: EarlierFound,
) -> Result<EarlierMonth, Problem> {
    Ok(match earlier_figures {
        EarlierFigures::Open(activity) => {
            let set = sets.current();
            let valued = Valuation::of(activity.iter().map(|row| (row, &set))).valued;
            EarlierMonth {
                month,
                status: Status::Provisional,
                factor_set: set.as_str().to_owned(),
                stated: valued.into(),
            }
        }
        EarlierFigures::Pinned { factor_set, figures } => {
            let stated = StatedFigures::from_json(&figures)?.total.as_stated();
            EarlierMonth { month, status: Status::Final, factor_set, stated }
        }
    })
}

fn restated(found: &RestatedFound) -> Result<Restated, Problem> {
    let old = StatedFigures::from_json(&found.old_figures)?;
    let old_models =
        old.models.iter().map(|(model, old)| StatedModel { model: model.clone(), stated: old.as_stated() });
    Ok(Restated {
        restatement_id: found.restatement_id.clone(),
        reason: found.reason.clone(),
        restated_at: Timestamp::from_millisecond(found.created_at_ms).map_err(Problem::internal)?,
        old_factor_set: found.old_factor_set.clone(),
        old: old.total.as_stated(),
        old_models: old_models.collect(),
        old_market: old.market.as_ref().and_then(MarketFigures::co2),
    })
}
