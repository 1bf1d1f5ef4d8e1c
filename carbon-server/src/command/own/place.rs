//! Where own entries are kept: a ledger on which no server runs, or a server.

use crate::{
    api::own_models::{preview, request::Said},
    app::own_changes,
    base::work_queue::WorkQueue,
    command::{
        api_client::NO_KEY,
        ledger::Ledger,
        offline_ledger::{NoLedger, OfflineLedger},
        own::line::{line, previewed, written},
    },
    config::public_url,
    http::problem::Problem,
    store::{AccountKey, NewOwnChange},
};
use clap::Args;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::{error::Error, time::Duration};

/// Whose entries, and where they are.
#[derive(Args)]
pub(super) struct Whose {
    #[command(flatten)]
    pub(super) ledger: Ledger,

    /// E-mail of the account, if the ledger has several
    #[arg(long, value_name = "EMAIL", conflicts_with = "url")]
    account: Option<String>,

    /// Address of a running server, with the live key in CARBON_API_KEY; a ledger in a file must have no server running
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// Live key for --url; prefer the variable, which other users of the machine cannot see
    #[arg(long, env = "CARBON_API_KEY", value_name = "KEY", hide_env_values = true)]
    api_key: Option<String>,
}

/// Who enters what is entered here.
pub(super) const COMMAND_LINE: &str = "command line";

/// Where entries are kept.
pub(super) enum Place {
    Ledger(Box<LedgerPlace>),
    Server(ServerPlace),
}

pub(super) struct LedgerPlace {
    pub(super) ledger: OfflineLedger,
    pub(super) account: AccountKey,
}

pub(super) struct ServerPlace {
    agent: ureq::Agent,
    url: String,
    api_key: String,
}

impl Whose {
    pub(super) fn place(&self) -> Result<Place, Box<dyn Error>> {
        if let Some(url) = &self.url {
            let api_key = self.api_key.as_ref().ok_or(NO_KEY)?;
            /// A change is on disk in less than a second, but a busy server may queue it.
            const PATIENCE: Duration = Duration::from_secs(60);
            let url = public_url(url).map_err(|fault| format!("--url {fault}"))?;
            let agent = ureq::Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(PATIENCE))
                .user_agent(concat!("carbon-server/", env!("CARGO_PKG_VERSION")))
                .build();
            return Ok(Place::Server(ServerPlace { agent: agent.into(), url, api_key: api_key.clone() }));
        }
        let ledger = OfflineLedger::open(&self.ledger.database)
            .map_err(|none| none.or("send it through that server with --url and CARBON_API_KEY"))?;
        match ledger.account(self.account.as_deref()) {
            Ok(account) => Ok(Place::Ledger(Box::new(LedgerPlace { ledger, account }))),
            Err(error) => {
                ledger.close();
                Err(NoLedger::into(error))
            }
        }
    }
}

impl LedgerPlace {
    /// Keeps an entry, or says what it would do.
    pub(super) fn put(
        self,
        kind: &'static str,
        said: Result<Said, Problem>,
        dry_run: bool,
    ) -> Result<String, Box<dyn Error>> {
        let text = said.and_then(|Said { name, valid_from, entry }| {
            let change = NewOwnChange {
                kind,
                name,
                valid_from,
                entry: Some(entry),
                entered_by: COMMAND_LINE.to_owned(),
                entered_at_ms: Timestamp::now().as_millisecond(),
            };
            if dry_run { self.preview(&change) } else { self.keep(change) }
        });
        self.close();
        text.map_err(|problem| problem.in_a_sentence().into())
    }

    fn keep(&self, change: NewOwnChange) -> Result<String, Problem> {
        let OfflineLedger { runtime, store, registry, .. } = &self.ledger;
        let (change, entry) = runtime.block_on(own_changes::keep(store, registry, self.account, change))?;
        Ok(line(&written(&change, &entry)))
    }

    fn preview(&self, change: &NewOwnChange) -> Result<String, Problem> {
        let OfflineLedger { runtime, store, registry, .. } = &self.ledger;
        let own = registry.own(self.account);
        let (change, entry) = own_changes::checked(registry, &own, change)?;
        let would_be = own.with([change.clone()]).on(registry.default_set()).map_err(Problem::internal)?;
        let sets = [registry.current(self.account), would_be];
        let queries = WorkQueue::new(1, 1);
        let months = runtime.block_on(preview::months_of(store, &queries, self.account, sets))?;
        let months = serde_json::to_value(months).map_err(Problem::internal)?;
        Ok(line(&written(&change, &entry)) + &previewed(&months))
    }

    pub(super) fn close(self) {
        self.ledger.close();
    }
}

impl ServerPlace {
    pub(super) fn put(
        &self,
        kind: &str,
        name: &str,
        body: Map<String, Value>,
        dry_run: bool,
    ) -> Result<String, Box<dyn Error>> {
        let dry = if dry_run { "?dry_run=true" } else { "" };
        let path = format!("models/{kind}/{}{dry}", escaped(name));
        let answer = self.ask("PUT", &path, Some(Value::Object(body)))?;
        Ok(line(&answer) + &if dry_run { previewed(&answer["preview"]) } else { String::new() })
    }

    /// The answer; null where there is no such entry.
    pub(super) fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, Box<dyn Error>> {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.send(method, path, "application/json", body.into_bytes())
    }

    /// The same with a body of another kind.
    pub(super) fn send(
        &self,
        method: &str,
        path: &str,
        media_type: &str,
        body: Vec<u8>,
    ) -> Result<Value, Box<dyn Error>> {
        let url = format!("{}/api/v1/{path}", self.url);
        let key = format!("Bearer {}", self.api_key);
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(&url)
            .header("authorization", key)
            .header("content-type", media_type)
            .body(body)?;
        let mut answer = self.agent.run(request).map_err(|error| format!("{url}: {error}"))?;
        let said = answer.body_mut().read_to_string().unwrap_or_default();
        match answer.status().as_u16() {
            200 => Ok(serde_json::from_str(&said)?),
            204 => Ok(json!(true)),
            404 if method == "DELETE" => Ok(Value::Null),
            status => {
                let problem: Value = serde_json::from_str(&said).unwrap_or_default();
                Err(format!("{url} answers {status}: {}", reason(&problem)).into())
            }
        }
    }
}

/// What a problem says, with the fields that it names.
fn reason(problem: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = problem["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let named: Vec<String> = errors
        .iter()
        .map(|error| format!("{} {}", text(&error["pointer"]), text(&error["detail"])))
        .collect();
    if named.is_empty() { text(&problem["detail"]) } else { named.join("; ") }
}

pub(super) fn escaped(name: &str) -> String {
    percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).to_string()
}
