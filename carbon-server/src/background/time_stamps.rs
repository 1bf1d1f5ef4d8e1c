//! Time stamps of an independent authority over the seals of closed and restated months. Requests go through the outbox, so
//! closing a month neither waits for the authority nor fails with it.

use crate::{
    app::{App, time_stamps::TimeStampAuthority},
    base::{
        clock::{day, now},
        digest::Sha,
    },
    http::webhook::NotTaken,
    store::{Closings, OutboxMessage, SealToStamp, StoreError},
};
use carbon_report::time_stamp::{
    REQUEST_TYPE, RESPONSE_TYPE, TOKEN_BYTES_MAX, TimeStamp, TimeStampError, TimeStampRequest,
};
use std::{sync::Arc, time::Duration};
use thiserror::Error;

/// Adds a request to the outbox for each month that was closed or restated, until it is dropped.
pub(crate) async fn keep(app: Arc<App>) {
    if app.time_stamps.is_none() {
        return;
    }
    let mut ticks = tokio::time::interval(Duration::from_secs(app.limits.housekeeping_s.max(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // With the first look, whatever has none yet: closed while there was no authority, or given up before.
    let mut seen = None;
    loop {
        ticks.tick().await;
        if let Err(error) = look(&app, &mut seen).await {
            tracing::warn!(%error, "no time stamp was requested; it is tried again");
        }
    }
}

async fn look(app: &App, seen: &mut Option<Closings>) -> Result<(), StoreError> {
    let closings = app.store.closings().await?;
    if seen.as_ref() == Some(&closings) {
        return Ok(());
    }
    let now = now();
    if app.store.request_time_stamps(seen.clone(), day(now).to_string(), now.as_millisecond()).await? {
        app.outgoing.due.notify_one();
    }
    *seen = Some(closings);
    Ok(())
}

/// Why a seal was not stamped.
#[derive(Debug, Error)]
enum NotStamped {
    /// Nothing came back, or no answer of an authority.
    #[error("the authority was not reached: {0}")]
    Unreached(#[from] NotTaken),
    /// What came back is not taken.
    #[error("its answer is refused: {0}")]
    Refused(#[from] TimeStampError),
    /// The operating system gave no nonce.
    #[error("no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

impl NotStamped {
    /// The word of the metric.
    fn outcome(&self) -> &'static str {
        match self {
            NotStamped::Unreached(_) | NotStamped::Random(_) => "unreached",
            NotStamped::Refused(_) => "refused",
        }
    }
}

/// Asks the authority for the time stamp that a message is about, and keeps it; `None` where there is nobody to ask, or the
/// attempt was cut off.
pub(super) async fn request(
    app: &App,
    message: &OutboxMessage,
) -> Result<Option<Result<(), String>>, StoreError> {
    let Some(authority) = app.time_stamps.clone() else { return Ok(None) };
    let Ok(seal) = message.payload.parse() else {
        return Ok(Some(Err("the message names no seal".to_owned())));
    };
    let Some(SealToStamp { sha256, is_stamped }) = app.store.seal_to_stamp(message.account, seal).await?
    else {
        return Ok(Some(Err("the seal is not there".to_owned())));
    };
    if is_stamped {
        return Ok(Some(Ok(())));
    }
    let asked = tokio::task::spawn_blocking(move || ask(&authority, sha256)).await;
    match asked {
        Err(_) => Ok(None),
        Ok(Ok((token, stamp))) => {
            app.store.add_time_stamp(message.account, seal, token, now().as_millisecond()).await?;
            app.metrics.time_stamp("kept");
            tracing::info!(seal, at = %stamp.at, authority = stamp.authority, "a time stamp was kept");
            Ok(Some(Ok(())))
        }
        Ok(Err(error)) => {
            app.metrics.time_stamp(error.outcome());
            tracing::warn!(seal, %error, "a closing was not time-stamped");
            Ok(Some(Err(error.to_string())))
        }
    }
}

/// A token that was found right, by an authority that the operator has named. Blocks.
fn ask(authority: &TimeStampAuthority, sha256: Sha) -> Result<(Vec<u8>, TimeStamp), NotStamped> {
    let TimeStampAuthority { url, authorities, sender } = authority;
    let mut nonce = [0; 8];
    getrandom::fill(&mut nonce)?;
    let request = TimeStampRequest { sha256, nonce: u64::from_be_bytes(nonce) };
    let answer = sender.ask(url, [REQUEST_TYPE, RESPONSE_TYPE], &request.to_der(), TOKEN_BYTES_MAX)?;
    let (token, stamp) = request.token(&answer)?;
    stamp.check_authority(authorities)?;
    Ok((token, stamp))
}
