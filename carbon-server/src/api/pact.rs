//! PACT version 3: tokens, footprints, events.

use crate::{
    app::App,
    auth::shown_key::{basic, bearer},
    base::{clock::now, ids::new_id},
    config,
    http::{answer::Answer, media_type::CLOUD_EVENT, problem::Problem, request::Input},
    pact::{self, CloudEvent, Criteria, Kind},
    store::{NewPactEvent, Recipient},
};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

#[derive(Serialize)]
struct TokenAnswer {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
}

/// `POST /3/auth/token`, `/auth/token`: client credentials (RFC 6749, section 4.4)
pub(crate) async fn token(app: &App, input: &Input) -> Result<Answer, Problem> {
    over_tls(app, input)?;
    let form: Vec<(String, String)> = form_urlencoded::parse(&input.body).into_owned().collect();
    let sent = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    match sent("grant_type").as_deref() {
        Some("client_credentials") => {}
        Some(_) => return Err(Problem::invalid("grant_type", pact::GRANT)),
        None => return Err(Problem::invalid("grant_type", "is required")),
    }
    let shown = input.headers.authorization.as_deref().and_then(client);
    let (client_id, secret) =
        shown.or_else(|| sent("client_id").zip(sent("client_secret"))).ok_or(Problem::Unauthorised)?;
    // Ids that we never issue are rejected before rate limiting, which would remember them.
    let client_id = Uuid::try_parse(&client_id).map_err(|_| Problem::Unauthorised)?;
    app.rates.recipients.check(&client_id.to_string())?;
    let secret_sha256 = Sha256::digest(&secret).into();
    let found = app.store.pact_client_with(client_id, secret_sha256).await?;
    let access_token = pact::issue_token(&app.store, found.ok_or(Problem::Unauthorised)?, now());
    Answer::ok(&TokenAnswer { access_token, token_type: "Bearer", expires_in: pact::LASTS_S })
}

/// Id and secret of a client from `Basic`; each may be escaped as in a form (RFC 6749, section 2.3.1).
fn client(authorization: &str) -> Option<(String, String)> {
    let (id, secret) = basic(authorization.as_bytes())?;
    let plain = |text: &str| percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned());
    Some((plain(&id)?, plain(&secret)?))
}

/// `GET /.well-known/openid-configuration`: where to get tokens
pub(crate) fn discovery(app: &App, input: &Input) -> Result<Answer, Problem> {
    let url = app.network.url(input);
    Answer::ok(&json!({
        "issuer": url,
        "token_endpoint": format!("{url}/3/auth/token"),
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }))
}

/// `GET /3/footprints`
pub(crate) async fn list(app: &App, input: &Input) -> Result<Answer, Problem> {
    let recipient = recipient(app, input).await?;
    let Listing { criteria, limit, after, kept } = Listing::of(input.query.as_deref().unwrap_or(""))?;
    let page = pact::list(app, &recipient, &criteria, limit, after.as_deref()).await?;
    let answer = Answer::ok(&json!({"data": page.footprints}))?;
    Ok(match page.more_after {
        None => answer,
        Some(after) => {
            let query = form_urlencoded::Serializer::new(kept).append_pair("after", &after).finish();
            // With the requested host, as PACT requires.
            answer.with_link(format!(
                "<{}/3/footprints?{query}>; rel=\"next\"",
                app.network.url_as_asked(input)
            ))
        }
    })
}

/// The parameters of a list.
struct Listing {
    criteria: Criteria,
    limit: usize,
    /// The last footprint of the previous page.
    after: Option<String>,
    /// The query without `after`.
    kept: String,
}

impl Listing {
    fn of(query: &str) -> Result<Self, Problem> {
        let (mut criteria, mut limit, mut after) = (Criteria::default(), config::PACT_FOOTPRINTS_MAX, None);
        let mut kept = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name.eq_ignore_ascii_case("after") {
                after = Some(value.into_owned());
                continue;
            }
            kept.append_pair(&name, &value);
            if name.eq_ignore_ascii_case("limit") {
                let count = value.parse::<usize>().ok();
                limit = count.ok_or_else(|| Problem::invalid("limit", "must be a whole number"))?;
            } else if !criteria.take(&name, value.into_owned()) {
                return Err(Problem::invalid(name, "is not a query parameter here"));
            }
        }
        criteria.check()?;
        Ok(Listing { criteria, limit: limit.min(config::PACT_FOOTPRINTS_MAX), after, kept: kept.finish() })
    }
}

/// `GET /3/footprints/{id}`
pub(crate) async fn show(app: &App, input: &Input, id: String) -> Result<Answer, Problem> {
    let recipient = recipient(app, input).await?;
    let footprint: Value = pact::one(app, &recipient, &id).await?;
    Answer::ok(&json!({"data": footprint}))
}

/// `POST /3/events`
pub(crate) async fn take_event(app: &App, input: &Input) -> Result<Answer, Problem> {
    let recipient = recipient(app, input).await?;
    let sent_as = input.headers.content_type.as_deref().unwrap_or_default();
    if sent_as.split(';').next().map(str::trim) != Some(CLOUD_EVENT) {
        return Err(Problem::invalid("content-type", format!("must be {CLOUD_EVENT}")));
    }
    let CloudEvent { source, id, kind } = CloudEvent::read(&input.body)?;
    let asked = match &kind {
        // A request that could never be answered is rejected now.
        Kind::RequestCreated(_) if !recipient.is_answered => {
            return Err(Problem::invalid(
                "/type",
                "cannot be answered: the supplier does not have the address of your API. GET /3/footprints lists every footprint",
            ));
        }
        Kind::RequestCreated(criteria) => {
            Some((serde_json::to_string(criteria).map_err(Problem::internal)?, new_id()))
        }
        Kind::Published | Kind::RequestFulfilled | Kind::RequestRejected => None,
    };
    let now_ms = now().as_millisecond();
    let is_asked = asked.is_some();
    let new = NewPactEvent { source, event_id: id, kind: kind.as_str(), asked, now_ms };
    if !app.store.add_pact_event(&recipient, new).await? {
        return Err(Problem::TooManyRequests { retry_after_s: 60 });
    }
    if is_asked {
        app.outgoing.due.notify_one();
    }
    Ok(Answer::nothing())
}

/// The recipient whose footprints the request may see.
async fn recipient(app: &App, input: &Input) -> Result<Recipient, Problem> {
    over_tls(app, input)?;
    let authorization = input.headers.authorization.as_deref().ok_or(Problem::Unauthorised)?;
    let token = bearer(authorization.as_bytes()).ok_or(Problem::Unauthorised)?;
    let recipient = pact::admit(&app.store, token, now()).await?;
    app.rates.recipients.check(&recipient.pact_client_key.to_string())?;
    Ok(recipient)
}

/// PACT requires HTTPS; from the machine itself HTTP works too, to try it out.
fn over_tls(app: &App, input: &Input) -> Result<(), Problem> {
    if app.network.is_encrypted() || input.peer.is_loopback() {
        return Ok(());
    }
    Err(Problem::Forbidden { detail: "Use HTTPS." })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, prelude::BASE64_STANDARD};

    #[test]
    fn credentials_are_read_as_oauth_has_them() {
        let of = |text: &str| client(&format!("Basic {}", BASE64_STANDARD.encode(text)));
        assert_eq!(of("id:secret"), Some(("id".to_owned(), "secret".to_owned())));
        assert_eq!(of("a%3Ab:s%20t"), Some(("a:b".to_owned(), "s t".to_owned())));
        assert_eq!(client("Bearer x"), None);
        assert_eq!(client("Basic !"), None);
        assert_eq!(of("no colon"), None);
    }
}
