//! Contractual instruments: entering one, what of it serves which client and month, and withdrawing it.

use crate::{
    api::instruments::{
        self,
        allocations::{self, AllocationRequest},
        mwh,
        request::InstrumentRequest,
    },
    app::App,
    base::{digest::hex, ids::new_id},
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        console::{ConsoleContext, LANGUAGE, date},
        form::{PageForm, in_words, is_mendable},
        html::{escaped, html},
        shell::Shell,
    },
    store::StoredInstrument,
};
use askama::Template;
use carbon_report::{InstrumentKind, Month};
use rust_decimal::Decimal;
use serde_json::value::{RawValue, to_raw_value};

#[derive(Template)]
#[template(path = "console/instrument_new.html")]
struct EntryPage {
    shell: Shell,
    context: ConsoleContext,
    kinds: [(&'static str, &'static str); InstrumentKind::ALL.len()],
    form: PageForm,
}

#[derive(Template)]
#[template(path = "console/instrument.html")]
struct InstrumentPage {
    shell: Shell,
    context: ConsoleContext,
    instrument_id: String,
    kind: &'static str,
    zone: String,
    period: String,
    mwh: String,
    left: String,
    g_per_kwh: String,
    source: String,
    licence: String,
    digests: [String; 2],
    entered: String,
    withdrawn_on: Option<String>,
    parts: Vec<PartRow>,
    /// What is wrong with one of the smaller forms.
    notice: Option<String>,
    form: PageForm,
}

/// What serves one client and month.
struct PartRow {
    /// `None` once the client is erased.
    tenant_id: Option<String>,
    month: String,
    mwh: String,
    is_closed: bool,
}

const MARKET: &str = "/app/market";

/// `GET /app/market/instruments`: the form for a new one.
pub(crate) async fn new(app: &App, input: &Input) -> Result<Answer, Problem> {
    entry(app, input, PageForm::default()).await
}

async fn entry(app: &App, input: &Input, form: PageForm) -> Result<Answer, Problem> {
    html(&EntryPage {
        shell: Shell::console(app, input, MARKET)?,
        context: ConsoleContext::of(app, input).await?,
        kinds: InstrumentKind::ALL.map(|kind| (kind.as_str(), kind_words(kind))),
        form,
    })
}

/// A number as the API takes it; what is none, as text, which the API refuses.
fn as_sent(text: String) -> Result<Box<RawValue>, serde_json::Error> {
    let as_text = to_raw_value(&text);
    RawValue::from_string(text).or(as_text)
}

/// `POST /app/market/instruments`
pub(crate) async fn enter(app: &App, input: &Input) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    let caller = input.caller()?;
    let kept = async {
        let decimal =
            |name: &str| form.decimal(name).map_err(|fault| Problem::invalid(format!("/{name}"), fault));
        let request = InstrumentRequest {
            kind: form.text("kind"),
            provider: form.text("provider"),
            zone: form.text("zone"),
            period_from: form.text("period_from"),
            period_to: form.text("period_to"),
            mwh: decimal("mwh")?,
            g_per_kwh: decimal("g_per_kwh")?,
            vintage: form.text("vintage").map(as_sent).transpose().map_err(Problem::internal)?,
            certificate_ids_sha256: form.text("certificate_ids_sha256"),
            document_sha256: form.text("document_sha256"),
            source: form.text("source"),
            licence: form.text("licence"),
        };
        instruments::keep(app, caller, new_id(), request).await
    };
    match kept.await {
        Ok(id) => Ok(Answer::see_other(address(&id))),
        Err(problem) if is_mendable(&problem) => {
            Ok(entry(app, input, form.refused(&problem)).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

pub(super) fn kind_words(kind: InstrumentKind) -> &'static str {
    match kind {
        InstrumentKind::Go => "Guarantee of origin",
        InstrumentKind::Rec => "Renewable energy certificate",
        InstrumentKind::Ppa => "Power purchase agreement",
        InstrumentKind::SupplierMix => "Supplier's mix",
    }
}

pub(super) fn address(instrument_id: &str) -> String {
    format!("{MARKET}/instruments/{}", escaped(instrument_id))
}

/// `GET /app/market/instruments/{instrument_id}`
pub(crate) async fn show(app: &App, input: &Input, instrument_id: String) -> Result<Answer, Problem> {
    page(app, input, instrument_id, PageForm::default(), None).await
}

async fn page(
    app: &App,
    input: &Input,
    instrument_id: String,
    form: PageForm,
    notice: Option<String>,
) -> Result<Answer, Problem> {
    let account = input.caller()?.account;
    let found = app.store.instrument(account, instrument_id.to_ascii_lowercase()).await?;
    let (instrument, allocations) = found.ok_or_else(|| Problem::not_found("instrument"))?;
    let allocated: u64 = allocations.iter().map(|part| part.wh).sum();
    let StoredInstrument { instrument_id, kind, zone, provider, period: [from, to], .. } = instrument;
    let number = |decimal: Decimal| LANGUAGE.number(decimal.normalize());
    let megawatt_hours = |wh: u64| number(mwh(wh).as_decimal());
    let mut parts = Vec::with_capacity(allocations.len());
    for part in allocations {
        let month: Option<Month> = part.month.parse().ok();
        let is_closed = match month {
            Some(month) => app.store.month_state(account, month).await?.closed.is_some(),
            None => false,
        };
        let mwh = megawatt_hours(part.wh);
        parts.push(PartRow { tenant_id: part.tenant_id, month: part.month, mwh, is_closed });
    }
    html(&InstrumentPage {
        shell: Shell::console(app, input, MARKET)?,
        context: ConsoleContext::of(app, input).await?,
        kind: kind_words(kind),
        zone: provider.map_or_else(|| zone.clone(), |provider| format!("{zone}, {provider} only")),
        period: format!("{from} to {to}"),
        mwh: megawatt_hours(instrument.wh),
        left: megawatt_hours(instrument.wh.saturating_sub(allocated)),
        g_per_kwh: number(instrument.g_per_kwh),
        source: instrument.source,
        licence: instrument.licence,
        digests: [instrument.certificate_ids_sha256, instrument.document_sha256].map(|digest| hex(&digest)),
        entered: format!("{}, by {}", date(instrument.entered_at_ms), instrument.entered_by),
        withdrawn_on: instrument.withdrawn_at_ms.map(date),
        instrument_id,
        parts,
        notice,
        form,
    })
}

/// `POST /app/market/instruments/{instrument_id}/allocations`
pub(crate) async fn allocate(app: &App, input: &Input, instrument_id: String) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    let side = input.caller()?.side();
    let kept = async {
        let tenant_id = form.text("tenant_id").unwrap_or_default();
        if app.store.tenant(side, tenant_id.clone()).await?.is_none() {
            return Err(Problem::invalid("/tenant_id", "must be the id of one of your clients"));
        }
        let mwh = form.decimal("mwh").map_err(|fault| Problem::invalid("/mwh", fault))?;
        let month = form.text("month").unwrap_or_default();
        let place = [instrument_id.clone(), tenant_id, month];
        allocations::keep(app, input, place, AllocationRequest { mwh }).await
    };
    match kept.await {
        Ok(id) => Ok(Answer::see_other(format!("{}#allocations", address(&id)))),
        Err(problem) if is_mendable(&problem) => {
            Ok(page(app, input, instrument_id, form.refused(&problem), None).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /app/market/instruments/{instrument_id}/free`: a part of it serves nobody any more.
pub(crate) async fn free(app: &App, input: &Input, instrument_id: String) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    let [tenant_id, month] = ["tenant_id", "month"].map(|name| form.exact(name).unwrap_or_default());
    let place = [instrument_id.clone(), tenant_id, month];
    match allocations::withdraw(app, input, place).await {
        Ok(_) => Ok(Answer::see_other(format!("{}#allocations", address(&instrument_id)))),
        Err(problem) if is_mendable(&problem) => {
            let notice = Some(in_words(&problem, &[("month", "The month")]));
            Ok(page(app, input, instrument_id, PageForm::default(), notice).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /app/market/instruments/{instrument_id}/withdraw`
pub(crate) async fn withdraw(app: &App, input: &Input, instrument_id: String) -> Result<Answer, Problem> {
    PageForm::sent_by_owner(input)?;
    instruments::withdraw(app, input, instrument_id.clone()).await?;
    Ok(Answer::see_other(address(&instrument_id)))
}
