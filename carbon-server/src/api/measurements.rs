//! Windows of metered energy, and what they say of a served model.

use crate::{
    app::App,
    base::{
        clock::{date, now, rfc_3339, rfc_3339_of},
        exact::{Exact, ExactRange},
        name::normal,
        work_queue::blocking,
    },
    config,
    http::{
        answer::Answer,
        encoding::decoded,
        problem::Problem,
        request::{Input, object},
        rows::{self, Rows},
    },
    ingest::{batch::Rejected, window::WindowRequest},
    report::measured::{Measured, NotMeasured, measured},
    store::{MeasuredName, NewWindow, WindowAdded},
};
use carbon_core::{
    Range, WattHours,
    measure::{Coverage, Fit, MeasuredFactor, Parts, Reconciliation, Scope, Window, metered_time},
};
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Default, Serialize)]
struct Taken {
    accepted: usize,
    duplicates: usize,
    rejected: Vec<Rejected>,
}

/// `POST /api/v1/measurements`: one window, an array of them, or one a line.
pub(crate) async fn create(app: &App, input: Input) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let now = now();
    let (bytes_max, windows_max) = (app.limits.batch_bytes_max, app.limits.batch_events_max);
    let Input { body, headers, permits, .. } = input;
    let read = blocking(move || {
        let body = decoded(body, headers.content_encoding.as_deref(), bytes_max)?;
        let form = if body.trim_ascii_start().first() == Some(&b'[') { Rows::Array } else { Rows::Documents };
        let (mut windows, mut rejected, mut index) = (Vec::new(), Vec::new(), 0);
        rows::each(form, &body, &mut |row| {
            if index == windows_max {
                return Err(Problem::TooManyEvents { events_max: windows_max });
            }
            match object::<WindowRequest>(row).and_then(|request| request.checked(now)) {
                Ok(window) => windows.push((index, window)),
                Err(problem) => rejected.push(Rejected { index, detail: problem.in_a_sentence() }),
            }
            index += 1;
            Ok(())
        })?;
        Ok::<_, Problem>((windows, rejected))
    });
    let (windows, mut rejected) = read.await??;
    let (places, windows): (Vec<usize>, Vec<NewWindow>) = windows.into_iter().unzip();
    let added =
        app.store.add_windows(caller.account, windows, config::WINDOWS_PER_NAME_MAX, now.as_millisecond());
    let mut taken = Taken::default();
    for (index, added) in places.into_iter().zip(added.await?) {
        match added {
            WindowAdded::New => taken.accepted += 1,
            WindowAdded::Duplicate => taken.duplicates += 1,
            WindowAdded::Overlaps { from_ms, to_ms } => {
                let (from, to) = (rfc_3339_of(from_ms), rfc_3339_of(to_ms));
                let detail = format!("/from overlaps the window of the same meter from {from} to {to}");
                rejected.push(Rejected { index, detail });
            }
            WindowAdded::TooMany => {
                let most = config::WINDOWS_PER_NAME_MAX;
                let detail = format!("/model has {most} windows, and no more are kept: send longer ones");
                rejected.push(Rejected { index, detail });
            }
        }
    }
    drop(permits);
    rejected.sort_by_key(|row| row.index);
    Answer::ok(&Taken { rejected, ..taken })
}

#[derive(Serialize)]
struct ListedNames {
    measurements: Vec<ListedName>,
}

#[derive(Serialize)]
struct ListedName {
    model: String,
    windows: u64,
    from: String,
    to: String,
}

/// `GET /api/v1/measurements`
pub(crate) async fn list(app: &App, input: &Input) -> Result<Answer, Problem> {
    let names = app.store.measured_names(input.caller()?.account).await?;
    let listed = names.into_iter().map(|MeasuredName { served_name, windows, span_ms: [from_ms, to_ms] }| {
        ListedName { model: served_name, windows, from: rfc_3339_of(from_ms), to: rfc_3339_of(to_ms) }
    });
    Answer::ok(&ListedNames { measurements: listed.collect() })
}

/// `GET /api/v1/measurements/{served_name}`
pub(crate) async fn show(app: &App, input: &Input, served_name: &str) -> Result<Answer, Problem> {
    let account = input.caller()?.account;
    let served_name = &normal(served_name);
    let [from, to] = input.query_values(["from", "to"])?;
    let span_ms = [
        edge("from", from.as_deref(), 0)?.unwrap_or(i64::MIN),
        edge("to", to.as_deref(), 1)?.map_or(i64::MAX, |end| end - 1),
    ];
    // Reads every event of the months of the windows.
    let _turn = app.queues.long.acquire(account).await?;
    let found =
        measured(&app.store, &app.registry, &app.queues.queries, account, served_name, span_ms, now()).await;
    let found = found.map_err(|error| match error {
        NotMeasured::Store(error) => Problem::from(error),
        NotMeasured::Queue(error) => Problem::from(error),
    })?;
    let found = found.ok_or_else(|| Problem::not_found("measurement"))?;
    Answer::ok(&MeasuredAnswer::of(served_name, &found))
}

#[derive(Serialize)]
struct Withdrawn {
    withdrawn: usize,
}

/// `DELETE /api/v1/measurements/{served_name}`: windows stay for what rests on them, and count no more.
pub(crate) async fn withdraw(app: &App, input: &Input, served_name: &str) -> Result<Answer, Problem> {
    let account = input.caller()?.account;
    let [from, to] = input.query_values(["from", "to"])?;
    let span_ms = [
        time_or_edge("from", from.as_deref(), 0)?.unwrap_or(i64::MIN),
        time_or_edge("to", to.as_deref(), 1)?.unwrap_or(i64::MAX),
    ];
    let withdrawn =
        app.store.withdraw_windows(account, normal(served_name), span_ms, now().as_millisecond()).await?;
    let withdrawn = withdrawn.ok_or_else(|| Problem::not_found("measurement"))?;
    Answer::ok(&Withdrawn { withdrawn })
}

/// A time in milliseconds, or the edge of a day.
fn time_or_edge(name: &str, text: Option<&str>, days: i64) -> Result<Option<i64>, Problem> {
    if let Some(time) = text.and_then(rfc_3339) {
        return Ok(Some(time.as_millisecond()));
    }
    edge(name, text, days).map_err(|_| {
        Problem::invalid(name, "must be a day such as 2026-10-05, or a time such as 2026-10-05T14:30:00Z")
    })
}

/// The start of a day, so many days later, in milliseconds.
fn edge(name: &str, text: Option<&str>, days: i64) -> Result<Option<i64>, Problem> {
    const HOUR_MS: i64 = 3_600_000;
    let Some(text) = text else { return Ok(None) };
    let day = date(text).ok_or_else(|| Problem::invalid(name, "must be a day such as 2026-10-05"))?;
    let hours = day.duration_since(jiff::civil::date(1970, 1, 1)).as_hours();
    Ok(Some((hours + 24 * days) * HOUR_MS))
}

#[derive(Serialize)]
struct MeasuredAnswer<'a> {
    model: &'a str,
    status: &'static str,
    /// Why there is no factor.
    reason: Option<String>,
    factor: Option<FactorAnswer<'a>>,
    fit: Option<FitAnswer>,
    windows: WindowsAnswer<'a>,
    coverage: CoverageAnswer,
    reconciliation: Option<ReconciliationAnswer>,
    /// Sentences.
    missing: Vec<String>,
}

#[derive(Serialize)]
struct FactorAnswer<'a> {
    factor_id: &'a str,
    confidence: &'static str,
    valid_from: String,
    valid_to: Option<String>,
    wh_per_1000_tokens: RatesAnswer,
    source: &'a str,
}

#[derive(Serialize)]
struct RatesAnswer {
    output: ExactRange,
    fresh_input: ExactRange,
    cache_read_input: ExactRange,
    mix: ExactRange,
}

#[derive(Serialize)]
struct FitAnswer {
    design: &'static str,
    joules_per_token: Option<PartsAnswer>,
    idle_w: Option<ExactRange>,
    metered_wh: Exact,
    wall_wh: Exact,
    idle_wh: Option<Exact>,
    residual: Exact,
    /// `null` where it is infinite.
    condition: Option<Exact>,
    drawn_by: &'static str,
    blocks: usize,
}

#[derive(Serialize)]
struct PartsAnswer {
    output: ExactRange,
    fresh_input: ExactRange,
    cache_read_input: ExactRange,
    context: Option<ExactRange>,
}

#[derive(Serialize)]
struct WindowsAnswer<'a> {
    count: usize,
    with_tokens: usize,
    from: String,
    to: String,
    hours: Exact,
    meters: BTreeSet<&'a str>,
    scopes: BTreeSet<&'static str>,
    sha256: &'a str,
}

#[derive(Serialize)]
struct CoverageAnswer {
    hours_with_calls: u64,
    metered_hours: Exact,
    share: Option<Exact>,
}

#[derive(Serialize)]
struct ReconciliationAnswer {
    agrees: bool,
    windows: CountedTokens,
    ledger: CountedTokens,
}

#[derive(Serialize)]
struct CountedTokens {
    input_tokens: u64,
    output_tokens: u64,
}

impl<'a> MeasuredAnswer<'a> {
    fn of(model: &'a str, found: &'a Measured) -> Self {
        let Measured { windows, fit, factor, status, .. } = found;
        let fitted = fit.as_ref().ok();
        MeasuredAnswer {
            model,
            status: status.as_str(),
            reason: reason(found),
            factor: factor.as_ref().zip(fitted).map(|(factor, fit)| FactorAnswer::of(factor, fit)),
            fit: fitted.map(FitAnswer::of),
            windows: WindowsAnswer::of(windows, &found.sha256),
            coverage: CoverageAnswer::of(&found.coverage),
            reconciliation: found.reconciliation.as_ref().map(ReconciliationAnswer::of),
            missing: fitted
                .map(|fit| fit.notes.iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
        }
    }
}

/// Why there is no factor.
fn reason(found: &Measured) -> Option<String> {
    if let Err(not_fitted) = &found.fit {
        return Some(format!("Nothing was fitted: {not_fitted}."));
    }
    if found.factor.is_some() {
        return None;
    }
    Some(match (found.pruned, &found.reconciliation) {
        (Some(month), _) => format!("The events of {month} were pruned, so nothing can be compared."),
        (None, Some(counted)) if counted.ledger_input_tokens == 0 && counted.ledger_output_tokens == 0 => {
            "The ledger has no calls of this name in the time of the windows.".to_owned()
        }
        (None, _) => "The windows and the ledger's calls in their time differ by more than 2 %.".to_owned(),
    })
}

impl<'a> FactorAnswer<'a> {
    fn of(factor: &'a MeasuredFactor, fit: &Fit) -> Self {
        let record = factor.record();
        let [output, fresh_input, cache_read_input] = fit.wh_per_1k().map(ExactRange::of::<WattHours>);
        FactorAnswer {
            factor_id: record.id(),
            confidence: record.confidence().as_str(),
            valid_from: record.validity().from.to_string(),
            valid_to: record.validity().to.map(|day| day.to_string()),
            wh_per_1000_tokens: RatesAnswer {
                output,
                fresh_input,
                cache_read_input,
                mix: ExactRange::of(fit.mix_wh_per_1k()),
            },
            source: record.source().title(),
        }
    }
}

impl FitAnswer {
    fn of(fit: &Fit) -> Self {
        let (block, blocks) = fit.blocks;
        let part = |parts: Parts| PartsAnswer {
            output: numbers(parts.output),
            fresh_input: numbers(parts.fresh_input),
            cache_read_input: numbers(parts.cache_read),
            context: parts.context.map(numbers),
        };
        let wh = |joules: f64| number(joules / 3_600.0);
        FitAnswer {
            design: if fit.parts.is_some() { "split" } else { "ratio" },
            joules_per_token: fit.parts.map(part),
            idle_w: fit.parts.map(|parts| numbers(parts.idle_w)),
            metered_wh: wh(fit.energy.metered_j),
            wall_wh: wh(fit.energy.wall_j),
            idle_wh: fit.energy.idle_j.map(wh),
            residual: number(fit.residual),
            condition: fit.condition.is_finite().then(|| number(fit.condition)),
            drawn_by: block.as_str(),
            blocks,
        }
    }
}

impl<'a> WindowsAnswer<'a> {
    fn of(windows: &'a [Window], sha256: &'a str) -> Self {
        let edge = |at_ms: Option<i64>| at_ms.map(rfc_3339_of).unwrap_or_default();
        let metered_ms: i64 = metered_time(windows).iter().map(|(from, to)| to - from).sum();
        WindowsAnswer {
            count: windows.len(),
            with_tokens: windows.iter().filter(|window| window.has_tokens()).count(),
            from: edge(windows.iter().map(|window| window.from_ms).min()),
            to: edge(windows.iter().map(|window| window.to_ms).max()),
            hours: hours(u64::try_from(metered_ms).unwrap_or(0)),
            meters: windows.iter().map(|window| window.meter.as_str()).collect(),
            scopes: windows.iter().map(|window| Scope::as_str(window.scope)).collect(),
            sha256,
        }
    }
}

impl CoverageAnswer {
    fn of(coverage: &Coverage) -> Self {
        CoverageAnswer {
            hours_with_calls: coverage.hours_with_calls,
            metered_hours: hours(coverage.metered_ms),
            share: coverage.share().map(number),
        }
    }
}

impl ReconciliationAnswer {
    fn of(counted: &Reconciliation) -> Self {
        ReconciliationAnswer {
            agrees: counted.agrees(),
            windows: CountedTokens {
                input_tokens: counted.windows_input_tokens,
                output_tokens: counted.windows_output_tokens,
            },
            ledger: CountedTokens {
                input_tokens: counted.ledger_input_tokens,
                output_tokens: counted.ledger_output_tokens,
            },
        }
    }
}

/// Hours, to the second digit that a reader may want.
fn hours(ms: u64) -> Exact {
    Exact::from(rust_decimal::Decimal::from(ms) / rust_decimal::Decimal::from(3_600_000)).rounded(4)
}

/// A modelled number, as the decimal of its fifteen digits.
fn number(number: f64) -> Exact {
    Exact::of(WattHours::from_f64(number))
}

fn numbers(range: Range<f64>) -> ExactRange {
    ExactRange { low: number(range.low()), central: number(range.central()), high: number(range.high()) }
}
