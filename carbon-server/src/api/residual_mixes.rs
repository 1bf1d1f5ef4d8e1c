//! Residual mixes that an account has imported. None is shipped, as their publishers permit no redistribution.

use crate::{
    api::instruments::request::{residual_grams, zone_of},
    app::App,
    base::{
        clock::{now, rfc_3339_of},
        exact::Exact,
    },
    config,
    http::{
        answer::Answer,
        caller::Caller,
        faults::{Faults, unnoticed},
        problem::Problem,
        request::Input,
    },
    ingest::time,
    store::{NewResidualMix, StoredResidualMix},
};
use serde::{Deserialize, Serialize};

/// The body of `PUT /api/v1/residual-mixes/{zone}/{year}`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResidualMixRequest {
    pub(crate) g_per_kwh: Option<Exact>,
    pub(crate) source: Option<String>,
    pub(crate) licence: Option<String>,
    pub(crate) document_sha256: Option<String>,
}

#[derive(Serialize)]
struct ResidualMixesAnswer {
    residual_mixes: Vec<ResidualMixAnswer>,
}

#[derive(Serialize)]
struct ResidualMixAnswer {
    zone: String,
    year: i16,
    g_per_kwh: Exact,
    source: String,
    licence: String,
    document_sha256: String,
    entered_by: String,
    entered_at: String,
}

impl ResidualMixAnswer {
    fn of(StoredResidualMix { mix, entered_by, entered_at_ms }: StoredResidualMix) -> Self {
        ResidualMixAnswer {
            zone: mix.zone,
            year: mix.year,
            g_per_kwh: Exact::from(mix.g_per_kwh),
            source: mix.source,
            licence: mix.licence,
            document_sha256: mix.document_sha256,
            entered_by,
            entered_at: rfc_3339_of(entered_at_ms),
        }
    }
}

/// `GET /api/v1/residual-mixes`
pub(crate) async fn list(app: &App, input: &Input) -> Result<Answer, Problem> {
    let mixes = app.store.residual_mixes(input.caller()?.account).await?;
    let residual_mixes = mixes.into_iter().map(ResidualMixAnswer::of).collect();
    Answer::ok(&ResidualMixesAnswer { residual_mixes })
}

/// `PUT /api/v1/residual-mixes/{zone}/{year}`
pub(crate) async fn enter(app: &App, input: &Input, zone: &str, year: &str) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let (zone, year) = keep(app, caller, [zone, year], input.json()?).await?;
    let mixes = app.store.residual_mixes(caller.account).await?;
    let entered = mixes.into_iter().find(|known| known.mix.zone == zone && known.mix.year == year);
    // Somebody may have taken it away again.
    Answer::ok(&ResidualMixAnswer::of(entered.ok_or_else(no_mix)?))
}

/// Stores a residual mix, and answers with its grid and year.
pub(crate) async fn keep(
    app: &App,
    caller: Caller,
    [zone, year]: [&str; 2],
    request: ResidualMixRequest,
) -> Result<(String, i16), Problem> {
    let mut faults = Faults::default();
    let place = place_of(app, &mut faults, zone, year);
    let g_per_kwh = faults.required("/g_per_kwh", request.g_per_kwh);
    let g_per_kwh = g_per_kwh.and_then(|grams| faults.usable("/g_per_kwh", residual_grams(grams)));
    let document = faults.sha256("/document_sha256", request.document_sha256);
    let source = faults.required_printed("/source", request.source, config::NOTE_BYTES_MAX);
    let licence = faults.required_printed("/licence", request.licence, config::NOTE_BYTES_MAX);
    faults.none()?;
    let (zone, year) = place.ok_or_else(unnoticed)?;
    let new = NewResidualMix {
        zone: zone.clone(),
        year,
        stated: Some(g_per_kwh.zip(document).ok_or_else(unnoticed)?),
        source: source.ok_or_else(unnoticed)?,
        licence: licence.ok_or_else(unnoticed)?,
        entered_by: app.entered_by(caller).await?,
        entered_at_ms: now().as_millisecond(),
    };
    app.store.enter_residual_mix(caller.account, new).await?;
    Ok((zone, year))
}

/// `DELETE /api/v1/residual-mixes/{zone}/{year}`
pub(crate) async fn remove(app: &App, input: &Input, zone: &str, year: &str) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    // What cannot be entered is not there.
    let (zone, year) = place_of(app, &mut Faults::default(), zone, year).ok_or_else(no_mix)?;
    let removal = NewResidualMix {
        zone,
        year,
        stated: None,
        source: String::new(),
        licence: String::new(),
        entered_by: app.entered_by(caller).await?,
        entered_at_ms: now().as_millisecond(),
    };
    if app.store.enter_residual_mix(caller.account, removal).await? {
        Ok(Answer::no_content())
    } else {
        Err(no_mix())
    }
}

fn no_mix() -> Problem {
    Problem::not_found("residual mix")
}

fn place_of(app: &App, faults: &mut Faults, zone: &str, year: &str) -> Option<(String, i16)> {
    let zone = zone_of(faults, app.registry.default_set(), "zone", zone);
    let year = faults.usable("year", time::year(year));
    zone.zip(year)
}
