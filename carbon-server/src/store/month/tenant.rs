//! All that a statement on a tenant's month rests on, of one moment.

use crate::{
    base::digest::{Sha, hex},
    store::{
        account::{branding::supplier, instrument::market_inputs},
        archive::Archives,
        book::{FOLD, sums::epoch_day},
        error::StoreError,
        key::{AccountKey, Side, TenantKey},
        ledger::Store,
        month::{
            Sealed,
            activity::{activity_of_tenant, tags_of_tenant},
            covering_seal,
            events::tenant_events,
            report::{Issued, Series, newest},
        },
        sql::{self, Connection, NONE, OptionalExtension, Row, params},
        tenant::target::targets_in,
    },
};
use carbon_report::{
    Activity, Client, EsrsEdition, Language, MarketInputs, Month, Supplier,
    evidence::{Audit, AuditedEvents, ClosingSeal, TaggedActivity},
    merkle::MerkleTree,
    pack::EventSums,
    target::Target,
};
use jiff::Timestamp;

/// What the ledger holds for one tenant and month, and who the parties are.
#[derive(Debug)]
pub(crate) struct MonthOfTenant {
    pub(crate) tenant_key: TenantKey,
    /// Its legal name, else its name, else its id.
    pub(crate) client: Client,
    /// That which was asked for, else the tenant's, else English.
    pub(crate) language: Language,
    /// The edition of the ESRS that it has chosen.
    pub(crate) elected: Option<EsrsEdition>,
    pub(crate) supplier: Supplier,
    pub(crate) logo: Option<Vec<u8>>,
    pub(crate) basis: MonthBasis,
    /// Sums by day and deployment.
    pub(crate) activity: Vec<Activity>,
    pub(crate) tags: Vec<TaggedActivity>,
    pub(crate) audit: Audit,
    pub(crate) market: MarketFound,
    pub(crate) targets: Vec<Target>,
    /// Months that the trend shows, where the tenant has something in them.
    pub(crate) earlier: Vec<EarlierFound>,
    /// The newest report on it, as of the same moment.
    pub(crate) newest: Option<Issued>,
}

/// Which events are told, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MonthBasis {
    /// All that there are, under the newest factor set.
    Open,
    /// Those that were counted when the month was closed, under the set that it pins.
    Closed { factor_set: String },
    /// Those that were there when it was restated.
    Restated(RestatedFound),
}

/// What the market-based figure rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MarketFound {
    /// What the account has entered.
    Current(MarketInputs),
    /// What the figures of the closed or restated month name, as JSON.
    Pinned(String),
}

/// The newest restatement that speaks of the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RestatedFound {
    pub(crate) restatement_id: String,
    pub(crate) old_factor_set: String,
    pub(crate) factor_set: String,
    pub(crate) reason: String,
    pub(crate) created_at_ms: i64,
    /// What was stated before, as JSON.
    pub(crate) old_figures: String,
}

/// An earlier month.
#[derive(Debug)]
pub(crate) struct EarlierFound {
    pub(crate) month: Month,
    pub(crate) earlier_figures: EarlierFigures,
}

/// What is stated for it.
#[derive(Debug)]
pub(crate) enum EarlierFigures {
    /// It is open: its activity.
    Open(Vec<Activity>),
    /// Pinned figures, as JSON.
    Pinned { factor_set: String, figures: String },
}

// A tenant that was erased has no id to be reported under.
const TENANTS_OF_MONTH: &str = "
    select tenant_id
      from (select distinct tenant_key from daily_usage
             where account_key = ?1 and is_test = false and day between ?2 and ?3) as used
      join tenant using (tenant_key)
     where account_key = ?1 and tenant_id is not null
     order by tenant_id";

const CLOSED: &str = "
    select closed.factor_set, closed.last_event_key, closed.closed_month_key,
           part.figures, part.events, part.reversals, part.first_at_ms, part.last_at_ms, part.merkle_root
      from closed_month as closed
      left join closed_tenant as part on part.account_key = closed.account_key and part.closed_month_key = closed.closed_month_key and part.tenant_key = ?3
     where closed.account_key = ?1 and closed.month = ?2";

const RESTATED: &str = "
    select restatement_id, old_factor_set, factor_set, reason, created_at_ms, part.old_figures, part.figures, last_event_key,
           restatement_key
      from restatement join restated_tenant as part using (account_key, restatement_key)
     where account_key = ?1 and month = ?2 and part.tenant_key = ?3
     order by restatement_key desc
     limit 1";

const CLIENT: &str = "
    select tenant_key, coalesce(legal_name, name, tenant_id), language, lei, standard, targets from tenant
     where account_key = ?1 and is_test = false and tenant_id = ?2";

impl Store {
    /// A tenant's month on the live ledger, the newest report on it, and what is stated for the months of `trend`; `None`
    /// where the account has no such tenant.
    pub(crate) async fn month_of_tenant(
        &self,
        account: AccountKey,
        tenant_id: String,
        month: Month,
        language: Option<Language>,
        trend: Vec<Month>,
    ) -> Result<Option<MonthOfTenant>, StoreError> {
        let archives = self.archives.clone();
        self.books
            .of(account)
            .read_folded(move |connection| {
                month_of_tenant(connection, &archives, account, &tenant_id, month, language, trend)
            })
            .await
    }

    /// Ids of the tenants that have something in a month.
    pub(crate) async fn tenants_of_month(
        &self,
        account: AccountKey,
        month: Month,
    ) -> Result<Vec<String>, StoreError> {
        self.books
            .of(account)
            .read_folded(move |connection| {
                let values = params![account.0, epoch_day(month.first_day()), epoch_day(month.last_day())];
                let mut statement = connection.prepare_cached(TENANTS_OF_MONTH)?;
                let tenants = statement.query_map(values, |row| row.get(0))?;
                tenants.collect()
            })
            .await
    }
}

fn month_of_tenant(
    connection: &Connection,
    archives: &Archives,
    account: AccountKey,
    tenant_id: &str,
    month: Month,
    language: Option<Language>,
    trend: Vec<Month>,
) -> sql::Result<Option<MonthOfTenant>> {
    let Some(found) = client(connection, account, tenant_id)? else { return Ok(None) };
    let ClientFound { tenant_key, client, language: its_language, elected, targets } = found;
    let language = language.or(its_language).unwrap_or_default();
    let (supplier, logo) = supplier(connection, account)?;
    let of_tenant = MonthReader { connection, archives, account, tenant_key };
    let (basis, MonthPart { activity, tags, audit, market }) = of_tenant.part(month)?;
    let trend = trend.into_iter();
    let earlier = trend.filter_map(|month| of_tenant.earlier(month).transpose()).collect::<Result<_, _>>()?;
    let newest = newest(connection, &Series { account, tenant_key, month, last_month: month, language })?;
    Ok(Some(MonthOfTenant {
        tenant_key,
        client,
        language,
        elected,
        supplier,
        logo,
        basis,
        activity,
        tags,
        audit,
        market,
        targets,
        earlier,
        newest,
    }))
}

/// A client, and what it has chosen.
pub(super) struct ClientFound {
    pub(super) tenant_key: TenantKey,
    /// Its legal name, else its name, else its id.
    pub(super) client: Client,
    pub(super) language: Option<Language>,
    pub(super) elected: Option<EsrsEdition>,
    targets: Vec<Target>,
}

/// A client on the live ledger; `None` where the account has no such.
pub(super) fn client(
    connection: &Connection,
    account: AccountKey,
    tenant_id: &str,
) -> sql::Result<Option<ClientFound>> {
    let found = connection.prepare_cached(CLIENT)?.query_row(params![account.0, tenant_id], |row| {
        let language: Option<String> = row.get(2)?;
        let lei: Option<String> = row.get(3)?;
        let standard: Option<String> = row.get(4)?;
        Ok(ClientFound {
            tenant_key: TenantKey(row.get(0)?),
            client: Client {
                lei: lei.and_then(|lei| lei.parse().ok()),
                ..Client::new(tenant_id, row.get::<String>(1)?)
            },
            language: language.as_deref().and_then(Language::from_code),
            elected: standard.and_then(|standard| standard.parse().ok()),
            targets: targets_in(row, 5)?,
        })
    });
    found.optional()
}

/// A tenant, and where to read of it.
struct MonthReader<'c> {
    connection: &'c Connection,
    archives: &'c Archives,
    account: AccountKey,
    tenant_key: TenantKey,
}

/// What a month counts.
struct MonthPart {
    activity: Vec<Activity>,
    tags: Vec<TaggedActivity>,
    audit: Audit,
    market: MarketFound,
}

impl MonthReader<'_> {
    fn part(&self, month: Month) -> sql::Result<(MonthBasis, MonthPart)> {
        if let Some((restated, figures, [last_event_key, restatement_key])) = self.restated(month)? {
            let mut part =
                MonthPart { market: MarketFound::Pinned(figures), ..self.events(month, last_event_key)? };
            part.audit.closing_seal = Some(self.seal(Sealed::Restatement(restatement_key))?);
            return Ok((MonthBasis::Restated(restated), part));
        }
        let sums = |audit, market| -> sql::Result<MonthPart> {
            Ok(MonthPart { activity: self.activity(month)?, tags: self.tags(month)?, audit, market })
        };
        let Some(ClosedFound { factor_set, last_event_key, closed_month_key, part }) = self.closed(month)?
        else {
            let last: i64 = self.connection.prepare_cached(FOLD)?.query_row(NONE, |row| row.get(0))?;
            let audit = Audit { last_event: last.unsigned_abs(), events: None, closing_seal: None };
            let market = market_inputs(self.connection, self.account, self.tenant_key, month)?;
            return Ok((MonthBasis::Open, sums(audit, MarketFound::Current(market))?));
        };
        let basis = MonthBasis::Closed { factor_set };
        let none = || audited(0, 0, None, &MerkleTree::default().root());
        let (events, market) = match part {
            Some(part) => (part.events, MarketFound::Pinned(part.figures)),
            None => (none(), MarketFound::Current(MarketInputs::default())),
        };
        let closing_seal = Some(self.seal(Sealed::ClosedMonth(closed_month_key))?);
        let audit = Audit { last_event: last_event_key.unsigned_abs(), events: Some(events), closing_seal };
        Ok((basis, sums(audit, market)?))
    }

    fn activity(&self, month: Month) -> sql::Result<Vec<Activity>> {
        activity_of_tenant(self.connection, self.account, self.tenant_key, month)
    }

    fn tags(&self, month: Month) -> sql::Result<Vec<TaggedActivity>> {
        tags_of_tenant(self.connection, self.account, self.tenant_key, month)
    }

    /// Adds up the events themselves: what no sum is kept of.
    fn events(&self, month: Month, last_event_key: i64) -> sql::Result<MonthPart> {
        let (mut sums, mut tree) = (EventSums::default(), MerkleTree::default());
        let MonthReader { connection, archives, account, tenant_key } = *self;
        tenant_events(
            connection,
            archives.events_of(connection, month)?,
            Side { account, is_test: false },
            tenant_key,
            month,
            last_event_key,
            |event| {
                tree.push(event.line().as_bytes());
                sums.add(event)
            },
        )?;
        // Reversals come behind what they reverse, in the same month.
        let unfit = || sql::Error::unreadable("it is not what was written");
        let events = audited(sums.count, sums.reversals, sums.span_ms, &tree.root());
        Ok(MonthPart {
            activity: sums.activity().ok_or_else(unfit)?,
            tags: sums.tags().ok_or_else(unfit)?,
            audit: Audit {
                last_event: last_event_key.unsigned_abs(),
                events: Some(events),
                closing_seal: None,
            },
            market: MarketFound::Current(MarketInputs::default()),
        })
    }

    fn closed(&self, month: Month) -> sql::Result<Option<ClosedFound>> {
        let values = params![self.account.0, month.to_string(), self.tenant_key.0];
        self.connection.prepare_cached(CLOSED)?.query_row(values, closed).optional()
    }

    /// The first seal that covers what a final statement rests on.
    fn seal(&self, sealed: Sealed) -> sql::Result<ClosingSeal> {
        let (number, sha256) = covering_seal(self.connection, sealed)?;
        Ok(ClosingSeal { number: number.unsigned_abs(), sha256: hex(&sha256) })
    }

    /// The newest restatement, with the figures that it states, the number of its last event and its own.
    fn restated(&self, month: Month) -> sql::Result<Option<(RestatedFound, String, [i64; 2])>> {
        let values = params![self.account.0, month.to_string(), self.tenant_key.0];
        let read = |row: &Row<'_>| {
            let found = RestatedFound {
                restatement_id: row.get(0)?,
                old_factor_set: row.get(1)?,
                factor_set: row.get(2)?,
                reason: row.get(3)?,
                created_at_ms: row.get(4)?,
                old_figures: row.get(5)?,
            };
            Ok((found, row.get(6)?, [row.get(7)?, row.get(8)?]))
        };
        self.connection.prepare_cached(RESTATED)?.query_row(values, read).optional()
    }

    /// What is stated for another month, where there is anything.
    fn earlier(&self, month: Month) -> sql::Result<Option<EarlierFound>> {
        let earlier_figures =
            if let Some((RestatedFound { factor_set, .. }, figures, _)) = self.restated(month)? {
                EarlierFigures::Pinned { factor_set, figures }
            } else if let Some(ClosedFound { factor_set, part, .. }) = self.closed(month)? {
                let Some(ClosedPart { figures, .. }) = part else { return Ok(None) };
                EarlierFigures::Pinned { factor_set, figures }
            } else {
                let activity = self.activity(month)?;
                if activity.is_empty() {
                    return Ok(None);
                }
                EarlierFigures::Open(activity)
            };
        Ok(Some(EarlierFound { month, earlier_figures }))
    }
}

/// A closed month, and the tenant's part of it where it has one.
struct ClosedFound {
    factor_set: String,
    last_event_key: i64,
    closed_month_key: i64,
    part: Option<ClosedPart>,
}

struct ClosedPart {
    figures: String,
    events: AuditedEvents,
}

fn closed(row: &Row<'_>) -> sql::Result<ClosedFound> {
    let figures: Option<String> = row.get(3)?;
    let part = figures.map(|figures| -> sql::Result<ClosedPart> {
        let (count, reversals, root): (u64, u64, Sha) = (row.get(4)?, row.get(5)?, row.get(8)?);
        let span_ms = [row.get(6)?, row.get(7)?];
        Ok(ClosedPart { figures, events: audited(count, reversals, Some(span_ms), &root) })
    });
    Ok(ClosedFound {
        factor_set: row.get(0)?,
        last_event_key: row.get(1)?,
        closed_month_key: row.get(2)?,
        part: part.transpose()?,
    })
}

fn audited(count: u64, reversals: u64, span_ms: Option<[i64; 2]>, root: &Sha) -> AuditedEvents {
    let time = |ms: i64| Timestamp::from_millisecond(ms).ok();
    let [first_at, last_at] = span_ms.map_or([None; 2], |span| span.map(time));
    AuditedEvents { count, reversals, first_at, last_at, merkle_root: hex(root) }
}
