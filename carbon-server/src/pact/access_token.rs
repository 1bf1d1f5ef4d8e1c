//! Access tokens: a client's number and the expiry, signed, so that no token has to be stored.

use crate::{
    auth::signed_token::{open, seal},
    http::problem::Problem,
    store::{Recipient, Store},
};
use jiff::Timestamp;

/// Lifetime of a token in seconds. A revoked client is rejected at once even so.
pub(crate) const LASTS_S: i64 = 3_600;

const PURPOSE: &[u8] = b"pact access token";

/// A token for a client.
pub(crate) fn issue(store: &Store, pact_client_key: i64, now: Timestamp) -> String {
    let ends_s = now.as_second() + LASTS_S;
    seal(store.link_secret(), PURPOSE, [pact_client_key, ends_s])
}

/// The client whose footprints the bearer of a token may see.
pub(crate) async fn shown(store: &Store, token: &str, now: Timestamp) -> Result<Recipient, Problem> {
    let [pact_client_key, ends_s] = open(store.link_secret(), PURPOSE, token).ok_or(Problem::Unauthorised)?;
    if ends_s <= now.as_second() {
        return Err(Problem::TokenExpired);
    }
    store.recipient(pact_client_key).await?.ok_or(Problem::Unauthorised)
}
