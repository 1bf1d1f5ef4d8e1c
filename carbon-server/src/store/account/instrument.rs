//! Contractual instruments, and what of them is allocated to which tenant and month. One that was withdrawn stays, for the
//! closed months that it is in.

use crate::{
    base::{
        clock::rfc_3339_of,
        digest::{Sha, hex},
    },
    store::{
        account::{
            allocation::{Allocation, allocations_of},
            residual_mix::residual_mixes_of,
        },
        error::StoreError,
        key::{AccountKey, TenantKey},
        ledger::Store,
        sql::{self, Connection, OptionalExtension, Row, params},
    },
};
use carbon_report::{Instrument, InstrumentKind, MarketInputs, Month, ResidualMix, order_of_use};
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::HashMap;

/// An instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredInstrument {
    pub(crate) instrument_id: String,
    pub(crate) kind: InstrumentKind,
    pub(crate) provider: Option<String>,
    pub(crate) zone: String,
    pub(crate) period: [Date; 2],
    pub(crate) wh: u64,
    pub(crate) g_per_kwh: Decimal,
    pub(crate) vintage: i64,
    pub(crate) certificate_ids_sha256: Sha,
    pub(crate) document_sha256: Sha,
    pub(crate) source: String,
    pub(crate) licence: String,
    pub(crate) entered_by: String,
    pub(crate) entered_at_ms: i64,
    pub(crate) withdrawn_at_ms: Option<i64>,
}

impl StoredInstrument {
    /// Apart from who entered it and when.
    fn says_the_same(&self, other: &Self) -> bool {
        let stripped = |of: &Self| StoredInstrument {
            entered_by: String::new(),
            entered_at_ms: 0,
            withdrawn_at_ms: None,
            ..of.clone()
        };
        stripped(self) == stripped(other)
    }
}

/// An instrument, with how much of it is allocated.
#[derive(Clone, Debug)]
pub(crate) struct ListedInstrument {
    pub(crate) instrument: StoredInstrument,
    pub(crate) allocated_wh: u64,
}

/// What became of an instrument that was to be entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InstrumentEntered {
    New,
    /// It is there, and says the same.
    Same,
    /// It is there, and says something else, or was withdrawn.
    Different,
    /// Another instrument has the same certificates.
    CertificatesUsed {
        instrument_id: String,
    },
    /// The account has as many as it may have.
    TooMany,
}

const COLUMNS: &str = "instrument_id, kind, provider, zone, period_from, period_to, wh, g_per_kwh, vintage, certificate_ids_sha256,
    document_sha256, source, licence, entered_by, entered_at_ms, withdrawn_at_ms";

/// How many columns these are.
const COLUMN_COUNT: usize = 16;

const ADD: &str = "
    insert into instrument (instrument_key, account_key, instrument_id, kind, provider, zone, period_from, period_to,
                            wh, g_per_kwh, vintage, certificate_ids_sha256, document_sha256, source, licence,
                            entered_by, entered_at_ms)
    select coalesce(max(instrument_key), ?17) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,
           ?16 from instrument";

const COUNT: &str = "select count(*) from instrument where account_key = ?1";

// Certificates are used once: by an instrument that counts, or by one that a closed month has.
const OF_CERTIFICATES: &str = "
    select instrument_id from instrument as of
     where account_key = ?1 and certificate_ids_sha256 = ?2
       and (withdrawn_at_ms is null
            or exists (select 1 from instrument_allocation as part join closed_month using (account_key, month)
                        where part.account_key = of.account_key and part.instrument_key = of.instrument_key
                          and part.withdrawn_at_ms is null and closed_at_ms <= of.withdrawn_at_ms))
     order by instrument_key limit 1";

const WITHDRAW: &str = "
    update instrument set withdrawn_at_ms = ?3
     where account_key = ?1 and instrument_id = ?2 and withdrawn_at_ms is null";

impl Store {
    /// Enters an instrument, once. When this returns, it is on disk.
    pub(crate) async fn enter_instrument(
        &self,
        account: AccountKey,
        new: StoredInstrument,
        instruments_max: u64,
    ) -> Result<InstrumentEntered, StoreError> {
        self.books
            .of(account)
            .write(move |connection| enter(connection, account, &new, instruments_max))
            .await
    }

    /// All instruments of an account, in the order in which they are used up.
    pub(crate) async fn instruments(&self, account: AccountKey) -> Result<Vec<ListedInstrument>, StoreError> {
        let read = move |connection: &Connection| {
            let select = format!(
                "select {COLUMNS}, (select cast(coalesce(sum(part.wh), 0) as bigint) from instrument_allocation as part
                                     where part.account_key = instrument.account_key
                                       and part.instrument_key = instrument.instrument_key and part.withdrawn_at_ms is null)
                   from instrument where account_key = ?1"
            );
            let mut statement = connection.prepare_cached(&select)?;
            let listed = statement.query_map([account.0], |row| {
                Ok(ListedInstrument {
                    instrument: instrument_in(row, 0)?,
                    allocated_wh: row.get(COLUMN_COUNT)?,
                })
            })?;
            let mut listed: Vec<ListedInstrument> = listed.collect::<sql::Result<_>>()?;
            listed.sort_by(|a, b| {
                let [a, b] = [a, b].map(|of| &of.instrument);
                let order = |of: &StoredInstrument| order_of_use(of.provider.as_deref(), of.period);
                (order(a), &a.instrument_id).cmp(&(order(b), &b.instrument_id))
            });
            Ok(listed)
        };
        self.books.of(account).read(read).await
    }

    /// An instrument of the account, with its allocations.
    pub(crate) async fn instrument(
        &self,
        account: AccountKey,
        instrument_id: String,
    ) -> Result<Option<(StoredInstrument, Vec<Allocation>)>, StoreError> {
        let read = move |connection: &Connection| {
            let Some((key, found)) = find(connection, account, &instrument_id)? else { return Ok(None) };
            Ok(Some((found, allocations_of(connection, account, key)?)))
        };
        self.books.of(account).read(read).await
    }

    /// Withdraws an instrument: it counts for no month that is still open. `false` where the account has none of that id.
    pub(crate) async fn withdraw_instrument(
        &self,
        account: AccountKey,
        instrument_id: String,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let write = move |connection: &Connection| {
            if find(connection, account, &instrument_id)?.is_none() {
                return Ok(false);
            }
            connection.prepare_cached(WITHDRAW)?.execute(params![account.0, instrument_id, now_ms])?;
            Ok(true)
        };
        self.books.of(account).write(write).await
    }
}

fn enter(
    connection: &Connection,
    account: AccountKey,
    new: &StoredInstrument,
    instruments_max: u64,
) -> sql::Result<InstrumentEntered> {
    if let Some((_, found)) = find(connection, account, &new.instrument_id)? {
        let is_same = found.withdrawn_at_ms.is_none() && found.says_the_same(new);
        return Ok(if is_same { InstrumentEntered::Same } else { InstrumentEntered::Different });
    }
    let of_certificates = params![account.0, new.certificate_ids_sha256];
    let used = connection.prepare_cached(OF_CERTIFICATES)?.query_row(of_certificates, |row| row.get(0));
    if let Some(instrument_id) = used.optional()? {
        return Ok(InstrumentEntered::CertificatesUsed { instrument_id });
    }
    let count: u64 = connection.prepare_cached(COUNT)?.query_row([account.0], |row| row.get(0))?;
    if count >= instruments_max {
        return Ok(InstrumentEntered::TooMany);
    }
    let [from, to] = new.period.map(|day| day.to_string());
    let values = params![
        account.0,
        new.instrument_id,
        new.kind.as_str(),
        new.provider.as_deref().unwrap_or(""),
        new.zone,
        from,
        to,
        new.wh,
        new.g_per_kwh.to_string(),
        new.vintage,
        new.certificate_ids_sha256,
        new.document_sha256,
        new.source,
        new.licence,
        new.entered_by,
        new.entered_at_ms,
        connection.book().base(),
    ];
    connection.change_one(ADD, values)?;
    Ok(InstrumentEntered::New)
}

fn find(
    connection: &Connection,
    account: AccountKey,
    instrument_id: &str,
) -> sql::Result<Option<(i64, StoredInstrument)>> {
    let select = format!(
        "select {COLUMNS}, instrument_key from instrument where account_key = ?1 and instrument_id = ?2"
    );
    let values = params![account.0, instrument_id];
    let found = connection
        .prepare_cached(&select)?
        .query_row(values, |row| Ok((row.get(COLUMN_COUNT)?, instrument_in(row, 0)?)));
    found.optional()
}

/// The columns of [`COLUMNS`], from `at` on.
fn instrument_in(row: &Row<'_>, at: usize) -> sql::Result<StoredInstrument> {
    let text = |column: usize| row.get::<String>(at + column);
    let provider = Some(text(2)?).filter(|provider| !provider.is_empty());
    Ok(StoredInstrument {
        instrument_id: text(0)?,
        kind: InstrumentKind::from_word(&text(1)?).ok_or_else(unfit)?,
        provider,
        zone: text(3)?,
        period: [
            text(4)?.parse().map_err(sql::Error::unreadable)?,
            text(5)?.parse().map_err(sql::Error::unreadable)?,
        ],
        wh: row.get(at + 6)?,
        g_per_kwh: text(7)?.parse().map_err(sql::Error::unreadable)?,
        vintage: row.get(at + 8)?,
        certificate_ids_sha256: row.get(at + 9)?,
        document_sha256: row.get(at + 10)?,
        source: text(11)?,
        licence: text(12)?,
        entered_by: text(13)?,
        entered_at_ms: row.get(at + 14)?,
        withdrawn_at_ms: row.get(at + 15)?,
    })
}

fn unfit() -> sql::Error {
    sql::Error::unreadable("it is not what was written")
}

/// What market-based figures of an account's month rest on now.
#[derive(Debug, PartialEq)]
pub(in crate::store) struct MarketOfMonth {
    instruments: HashMap<TenantKey, Vec<Instrument>>,
    residual_mixes: Vec<ResidualMix>,
}

impl MarketOfMonth {
    /// Of all its tenants.
    pub(in crate::store) fn load(
        connection: &Connection,
        account: AccountKey,
        month: Month,
    ) -> sql::Result<Self> {
        Self::of_tenants(connection, account, [i64::MIN, i64::MAX], month)
    }

    fn of_tenants(
        connection: &Connection,
        account: AccountKey,
        tenants: [i64; 2],
        month: Month,
    ) -> sql::Result<Self> {
        let residual_mixes = residual_mixes_of(connection, account, Some(month.first_day().year()))?;
        Ok(MarketOfMonth {
            instruments: allocated(connection, account, tenants, month)?,
            residual_mixes: residual_mixes.into_iter().map(|stored| stored.mix).collect(),
        })
    }

    /// Of one of them.
    pub(in crate::store) fn of(&self, tenant: TenantKey) -> MarketInputs {
        let instruments = self.instruments.get(&tenant).cloned().unwrap_or_default();
        MarketInputs { instruments, residual_mixes: self.residual_mixes.clone() }.in_order()
    }
}

/// What a market-based figure of a tenant's month rests on now.
pub(in crate::store) fn market_inputs(
    connection: &Connection,
    account: AccountKey,
    tenant: TenantKey,
    month: Month,
) -> sql::Result<MarketInputs> {
    Ok(MarketOfMonth::of_tenants(connection, account, [tenant.0; 2], month)?.of(tenant))
}

/// The instruments that are allocated to tenants from one number to another.
fn allocated(
    connection: &Connection,
    account: AccountKey,
    [first, last]: [i64; 2],
    month: Month,
) -> sql::Result<HashMap<TenantKey, Vec<Instrument>>> {
    let select = format!(
        "select {}, part.wh, part.tenant_key
           from instrument_allocation as part join instrument using (account_key, instrument_key)
          where account_key = ?1 and part.tenant_key between ?2 and ?3 and part.month = ?4
            and part.withdrawn_at_ms is null and instrument.withdrawn_at_ms is null
          order by instrument_key",
        qualified()
    );
    let mut statement = connection.prepare_cached(&select)?;
    let rows = statement.query_map(params![account.0, first, last, month.to_string()], |row| {
        let of = instrument_in(row, 0)?;
        let instrument = Instrument {
            instrument_id: of.instrument_id,
            kind: of.kind,
            provider: of.provider,
            zone: of.zone,
            period_from: of.period[0],
            period_to: of.period[1],
            vintage: i16::try_from(of.vintage).map_err(sql::Error::unreadable)?,
            g_per_kwh: of.g_per_kwh,
            allocated_wh: row.get(COLUMN_COUNT)?,
            certificate_ids_sha256: hex(&of.certificate_ids_sha256),
            document_sha256: hex(&of.document_sha256),
            source: of.source,
            licence: of.licence,
            entered_by: of.entered_by,
            entered_at: rfc_3339_of(of.entered_at_ms),
        };
        Ok((TenantKey(row.get(COLUMN_COUNT + 1)?), instrument))
    })?;
    let mut of_tenants: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        let (tenant, instrument) = row?;
        of_tenants.entry(tenant).or_default().push(instrument);
    }
    Ok(of_tenants)
}

/// The columns of an instrument where another table has some of the same name.
fn qualified() -> String {
    let columns = COLUMNS.split(',').map(|column| format!("instrument.{}", column.trim()));
    columns.collect::<Vec<_>>().join(", ")
}
