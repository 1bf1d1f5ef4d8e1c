//! The settings of a server, and every limit.

mod ledger;
mod mail;
mod reports;
mod time_stamps;

pub(crate) use crate::config::{
    ledger::{Checkpoints, NewLedger},
    mail::{CONTACTS_MAX, MAILS_MAX, SmtpSecurity, SmtpUrl},
    time_stamps::authorities_of,
};
pub use crate::config::{
    mail::{Mail, NoMail},
    reports::{NoFonts, NotASigner, ReportFonts, Signing},
    time_stamps::{NoAuthorities, TimeStamps},
};
use crate::store::{ArchivePlace, StoreOptions, database::Database, prices::Prices};
use clap::{
    Args, ValueEnum,
    builder::{BoolishValueParser, NonEmptyStringValueParser, RangedU64ValueParser, TypedValueParser},
    value_parser,
};
use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    ops::RangeInclusive,
    path::PathBuf,
};

/// The settings of a server.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Address and port to listen on; port 0 picks a free one
    #[arg(long, env = "CARBON_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// The ledger: sqlite:FILE, or postgres://USER@HOST/DATABASE
    #[arg(
        long,
        env = "CARBON_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        default_value = "sqlite:carbon.db"
    )]
    pub database: Database,

    /// What a ledger is made of.
    #[command(flatten)]
    pub new_ledger: NewLedger,

    /// Pages of the WAL after which it is checkpointed into the file; 0 leaves that to a replication tool
    #[arg(long, env = "CARBON_CHECKPOINT_PAGES", value_name = "PAGES", default_value_t = 4_000, value_parser = value_parser!(u32).range(0..=1_000_000_000))]
    pub checkpoint_pages: u32,

    /// Where archives of pruned months are read: a folder, or s3://BUCKET/PREFIX; by default where each was written
    #[arg(long, env = "CARBON_ARCHIVE", value_name = "PLACE")]
    pub archive: Option<ArchivePlace>,

    /// Address of the server from outside, with its scheme; by default the Host of each request
    #[arg(long, env = "CARBON_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,

    /// Whether anyone who can reach the server may sign up
    #[arg(long, env = "CARBON_SIGNUP", value_name = "WHO", default_value = "open")]
    pub signup: SignUps,

    /// Origin (scheme, host and port) whose pages may call the API from a browser; repeatable
    #[arg(long = "cors-origin", env = "CARBON_CORS_ORIGINS", value_name = "ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub cors_origins: Vec<String>,

    /// Address of a proxy whose X-Forwarded-For is trusted, for the limits by network address; repeatable
    #[arg(
        long = "trusted-proxy",
        env = "CARBON_TRUSTED_PROXIES",
        value_name = "ADDRESS",
        value_delimiter = ','
    )]
    pub trusted_proxies: Vec<IpAddr>,

    /// Token that /metrics requires; without one, anyone who can reach the server can read it
    #[arg(long, env = "CARBON_METRICS_TOKEN", value_name = "TOKEN", hide_env_values = true, value_parser = NonEmptyStringValueParser::new())]
    pub metrics_token: Option<String>,

    /// Also send webhooks to private and loopback addresses
    #[arg(long, env = "CARBON_WEBHOOK_PRIVATE", value_parser = BoolishValueParser::new())]
    pub webhook_private: bool,

    /// Factor set that values calls; by default the newest, by the number of its version
    #[arg(long, env = "CARBON_FACTOR_SET", value_name = "VERSION", value_parser = NonEmptyStringValueParser::new())]
    pub factor_set: Option<String>,

    /// The certificate of the server, if it has one.
    #[command(flatten)]
    pub tls: Tls,

    /// What accounts are invoiced.
    #[command(flatten)]
    pub prices: Prices,

    /// Signed checkpoints of the ledger.
    #[command(flatten)]
    pub checkpoints: Checkpoints,

    /// Time stamps of an independent authority.
    #[command(flatten)]
    pub time_stamps: TimeStamps,

    /// The key that signs reports, if there is one.
    #[command(flatten)]
    pub signing: Signing,

    /// Fonts of reports besides their own.
    #[command(flatten)]
    pub fonts: ReportFonts,

    /// Mail, and the server that takes it.
    #[command(flatten)]
    pub mail: Mail,

    /// Limits and timeouts.
    #[command(flatten)]
    pub limits: Limits,
}

impl Config {
    /// How the ledger is opened.
    pub(crate) fn store_options(&self) -> StoreOptions {
        StoreOptions {
            checkpoint_pages: self.checkpoint_pages,
            writes_waiting_max: self.limits.writes_waiting_max,
            tags_per_tenant_max: self.limits.tags_per_tenant_max,
            books: self.new_ledger.books,
            archive: self.archive.clone(),
        }
    }
}

/// Who may sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SignUps {
    /// Anyone who can reach the server
    Open,
    /// Nobody; the operator creates accounts with `carbon-server account create`
    Closed,
}

pub(crate) fn public_url(text: &str) -> Result<String, &'static str> {
    let text = text.trim_end_matches('/');
    let (scheme, rest) = text.split_once("://").ok_or("must start with http:// or https://")?;
    let usable = matches!(scheme, "http" | "https") && !rest.is_empty();
    let plain = !rest.contains(|c: char| c.is_whitespace() || c.is_control() || "?#\"<>".contains(c));
    if usable && plain {
        Ok(text.to_owned())
    } else {
        Err("must be an http or https address without a query")
    }
}

fn origin(text: &str) -> Result<String, &'static str> {
    let origin = public_url(text)?.to_ascii_lowercase();
    let path = origin.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    if path { Err("must be a scheme, a host and optionally a port, without a path") } else { Ok(origin) }
}

/// The certificate and key of the server's own TLS. Without them, connections are not encrypted: put a proxy in front.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "TLS")]
pub struct Tls {
    /// Certificate chain, PEM; SIGHUP reloads it
    #[arg(long, env = "CARBON_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// Private key of the certificate, PEM; SIGHUP reloads it
    #[arg(long, env = "CARBON_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
}

/// Every limit of the server. The names have the units.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits")]
pub struct Limits {
    /// Largest request body, in bytes
    #[arg(long, env = "CARBON_BODY_BYTES_MAX", value_name = "BYTES", default_value_t = 64 * 1024, value_parser = count(1..=1 << 30))]
    pub body_bytes_max: usize,

    /// Largest batch, in bytes, as sent and decompressed
    #[arg(long, env = "CARBON_BATCH_BYTES_MAX", value_name = "BYTES", default_value_t = 8 * 1024 * 1024, value_parser = count(1..=1 << 30))]
    pub batch_bytes_max: usize,

    /// Events in one batch
    #[arg(long, env = "CARBON_BATCH_EVENTS_MAX", value_name = "COUNT", default_value_t = 10_000, value_parser = count(1..=1_000_000))]
    pub batch_events_max: usize,

    /// Batches processed at a time, and bodies over 64 KiB read at a time, at most half of them of one account; more wait
    #[arg(long, env = "CARBON_BATCHES_MAX", value_name = "COUNT", default_value_t = 4, value_parser = count(1..=1_024))]
    pub batches_max: usize,

    /// Largest export of spans or LiteLLM callback, in bytes, as sent and decompressed; prompts count, although they are dropped
    #[arg(long, env = "CARBON_TELEMETRY_BYTES_MAX", value_name = "BYTES", default_value_t = 32 * 1024 * 1024, value_parser = count(1..=1 << 30))]
    pub telemetry_bytes_max: usize,

    /// Writes queued for a book of the ledger, at most half of them of one account; more get a 503
    #[arg(long, env = "CARBON_WRITES_WAITING_MAX", value_name = "COUNT", default_value_t = 16_384, value_parser = count(1..=1_000_000))]
    pub writes_waiting_max: usize,

    /// Different tags, each a key and a value, of the events of one tenant
    #[arg(long, env = "CARBON_TAGS_PER_TENANT_MAX", value_name = "COUNT", default_value_t = 1_000, value_parser = count(0..=1_000_000))]
    pub tags_per_tenant_max: usize,

    /// Seconds a client may take to send its headers
    #[arg(long, env = "CARBON_HEADER_TIMEOUT_S", value_name = "SECONDS", default_value_t = 10, value_parser = seconds(1..=86_400))]
    pub header_timeout_s: u64,

    /// Seconds a client may take to send its body
    #[arg(long, env = "CARBON_BODY_TIMEOUT_S", value_name = "SECONDS", default_value_t = 30, value_parser = seconds(1..=86_400))]
    pub body_timeout_s: u64,

    /// Connections served at a time; more wait to be accepted
    #[arg(long, env = "CARBON_CONNECTIONS_MAX", value_name = "COUNT", default_value_t = 4_096, value_parser = count(1..=1_000_000))]
    pub connections_max: usize,

    /// Requests per second for one key; bursts of one second's worth are allowed
    #[arg(long, env = "CARBON_KEY_REQUESTS_PER_S_MAX", value_name = "COUNT", default_value = "100000", value_parser = rate())]
    pub key_requests_per_s_max: NonZeroU32,

    /// Requests per second without a valid key from one network address (of IPv6, one /64 network); health checks do not count
    #[arg(long, env = "CARBON_ADDRESS_REQUESTS_PER_S_MAX", value_name = "COUNT", default_value = "200", value_parser = rate())]
    pub address_requests_per_s_max: NonZeroU32,

    /// Sign-ups per minute from one network address; ten times as many in total
    #[arg(long, env = "CARBON_SIGN_UPS_PER_MINUTE_MAX", value_name = "COUNT", default_value = "60", value_parser = rate())]
    pub sign_ups_per_minute_max: NonZeroU32,

    /// Log-in attempts per minute from one network address; ten times as many for one e-mail address
    #[arg(long, env = "CARBON_LOG_INS_PER_MINUTE_MAX", value_name = "COUNT", default_value = "10", value_parser = rate())]
    pub log_ins_per_minute_max: NonZeroU32,

    /// Active API keys of one account
    #[arg(long, env = "CARBON_KEYS_PER_ACCOUNT_MAX", value_name = "COUNT", default_value_t = 100, value_parser = count(1..=1_000_000))]
    pub keys_per_account_max: usize,

    /// Seconds between checks of thresholds, and between updates of when keys were used
    #[arg(long, env = "CARBON_HOUSEKEEPING_S", value_name = "SECONDS", default_value_t = 30, value_parser = seconds(1..=86_400))]
    pub housekeeping_s: u64,

    /// Seconds without progress after which a client that does not read its response is disconnected
    #[arg(long, env = "CARBON_WRITE_TIMEOUT_S", value_name = "SECONDS", default_value_t = 30, value_parser = seconds(1..=86_400))]
    pub write_timeout_s: u64,

    /// Seconds that running requests have to finish when the server stops
    #[arg(long, env = "CARBON_SHUTDOWN_TIMEOUT_S", value_name = "SECONDS", default_value_t = 20, value_parser = seconds(0..=86_400))]
    pub shutdown_timeout_s: u64,
}

// Limits that would reject everything, or that no machine could honour, are rejected.

fn count(range: RangeInclusive<u64>) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(range)
}

fn seconds(range: RangeInclusive<u64>) -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(range)
}

fn rate() -> impl TypedValueParser<Value = NonZeroU32> {
    value_parser!(u32).range(1..=1_000_000).try_map(NonZeroU32::try_from)
}

/// Largest form with a report or an evidence pack to be checked, in bytes.
pub(crate) const EVIDENCE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Largest PACT event, in bytes: a hundred footprints.
pub(crate) const PACT_EVENT_BYTES_MAX: usize = 1024 * 1024;
/// PACT footprints per page, by default and at most.
pub(crate) const PACT_FOOTPRINTS_MAX: usize = 100;
/// Values of all filters of one request for PACT footprints.
pub(crate) const PACT_VALUES_MAX: usize = 50;
/// Largest request that sets the branding, in bytes: a logo in base64, and a little more.
pub(crate) const BRANDING_BYTES_MAX: usize = carbon_report::brand::LOGO_BYTES_MAX / 3 * 4 + 4_096;
/// Tokens of one class in one event.
pub(crate) const TOKENS_MAX: u64 = 1_000_000_000;
/// Images in one event.
pub(crate) const IMAGES_MAX: u64 = 1_000_000;
/// Seconds of video, and of sound, in one event.
pub(crate) const MEDIA_SECONDS_MAX: u64 = 1_000_000;
/// Pixels of a side of an image or a frame.
pub(crate) const SIDE_PIXELS_MAX: u64 = 65_536;
/// Pixels of all images of one event, and pixels times seconds of its video: as many events as a server takes in a day fit
/// into a sum of 64 bits.
pub(crate) const PIXELS_MAX: u64 = 10_000_000_000;
/// Bytes of a tenant id or an event id.
pub(crate) const ID_BYTES_MAX: usize = 128;
/// Bytes of a model name, in a call, a window or an own entry; a beginning of names has its `*` besides.
pub(crate) const MODEL_BYTES_MAX: usize = 256;
/// Bytes of a provider's or a region's name.
pub(crate) const PLACE_BYTES_MAX: usize = 64;
/// Tags of one event.
pub(crate) const TAGS_MAX: usize = 8;
/// Fields that may name the tenant of a span or a LiteLLM call.
pub(crate) const TENANT_NAMES_MAX: usize = 8;
/// Bytes of the name of such a field.
pub(crate) const TENANT_NAME_BYTES_MAX: usize = 128;
/// Bytes of a tag's key.
pub(crate) const TAG_KEY_BYTES_MAX: usize = 64;
/// Bytes of a tag's value.
pub(crate) const TAG_VALUE_BYTES_MAX: usize = 128;
/// Minutes that the time of an event may be ahead of our clock.
pub(crate) const AHEAD_MINUTES_MAX: i64 = 5;
/// Age of an event, in days.
pub(crate) const BACK_DAYS_MAX: i64 = 400;
/// Bytes of an organisation's name.
pub(crate) const ORGANISATION_BYTES_MAX: usize = 200;
/// Bytes of the reason for a restatement.
pub(crate) const REASON_BYTES_MAX: usize = 500;
/// Own entries of an account: names and models.
pub(crate) const OWN_ENTRIES_MAX: usize = 1_000;
/// Changes to them.
pub(crate) const OWN_CHANGES_MAX: u64 = 100_000;
/// Bytes of an account's grid series in force, as they are kept: some 250 years of hours.
pub(crate) const GRID_BYTES_MAX: usize = 16 << 20;
/// Bytes of all that it has ever had: every vintage is kept.
pub(crate) const GRID_BYTES_EVER_MAX: usize = 128 << 20;
/// Bytes of a note or a source.
pub(crate) const NOTE_BYTES_MAX: usize = 500;
/// Contractual instruments of an account, withdrawn ones included.
pub(crate) const INSTRUMENTS_MAX: u64 = 10_000;
/// Rows of a cloud's export in one request.
pub(crate) const SUPPLIER_ROWS_MAX: usize = 10_000;
/// Bytes of a tenant's name or of its legal name.
pub(crate) const NAME_BYTES_MAX: usize = 200;
/// Bytes of a meter's name.
pub(crate) const METER_BYTES_MAX: usize = 128;
/// Windows that one name may have: two years of windows of five minutes.
pub(crate) const WINDOWS_PER_NAME_MAX: u64 = 200_000;
/// Bytes of an API key's label.
pub(crate) const LABEL_BYTES_MAX: usize = 100;
/// Bytes of a webhook's URL.
pub(crate) const URL_BYTES_MAX: usize = 2_000;
/// Grams of CO2e of a carbon budget: ten thousand tonnes per month.
pub(crate) const CARBON_BUDGET_GRAMS_MAX: u64 = 10_000_000_000;
/// Days for which a dashboard link may be valid.
pub(crate) const LINK_DAYS_MAX: i64 = 400;
/// Days for which somebody stays logged in.
pub(crate) const SESSION_DAYS: i64 = 7;
/// Sessions of one account; a further log-in ends the oldest.
pub(crate) const SESSIONS_PER_ACCOUNT_MAX: i64 = 100;
/// Tenants on a page of a list by default.
pub(crate) const TENANTS_DEFAULT: usize = 100;
/// Tenants on a page of a list at most.
pub(crate) const TENANTS_MAX: usize = 1_000;
/// Rows on a page of a usage query by default.
pub(crate) const USAGE_ROWS_DEFAULT: usize = 1_000;
/// Rows on a page of a usage query at most.
pub(crate) const USAGE_ROWS_MAX: usize = 10_000;
/// Sums by day and deployment that one usage query may read: about 200 MB while it runs.
pub(crate) const USAGE_SUMS_MAX: usize = 500_000;
/// Changes of a what-if at most.
pub(crate) const WHATIF_CHANGES_MAX: usize = 20;
/// Months of a what-if at most.
pub(crate) const WHATIF_MONTHS_MAX: usize = 12;
/// Tenants that a schedule of reports names, if it does not mean every one.
pub(crate) const SCHEDULED_TENANTS_MAX: usize = 1_000;
/// Targets of a tenant at most.
pub(crate) const TARGETS_MAX: usize = 20;
/// Bytes of a target's name.
pub(crate) const TARGET_NAME_BYTES_MAX: usize = 64;
/// Grams of CO2e of a target: a million tonnes.
pub(crate) const TARGET_GRAMS_MAX: u64 = 1_000_000_000_000;
/// Characters of a password; NIST SP 800-63B requires at least 8.
pub(crate) const PASSWORD_CHARS_MIN: usize = 8;
/// Bytes of a password: hashing a longer one could be used to keep the server busy.
pub(crate) const PASSWORD_BYTES_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of limits in docs/api.md matches the settings.
    #[test]
    fn every_limit_is_documented_with_its_default() {
        let page = include_str!("../../docs/api.md");
        let command = Config::augment_args(clap::Command::new("test"));
        let limits: Vec<_> =
            command.get_arguments().filter(|flag| flag.get_help_heading() == Some("Limits")).collect();
        assert!(limits.len() > 10);
        for flag in limits {
            let name = flag.get_long().unwrap();
            let row = page.lines().find(|line| line.ends_with(&format!("| `--{name}` |")));
            let digits: String = row.unwrap_or_else(|| panic!("--{name} is not documented")).replace(',', "");
            let default = flag.get_default_values()[0].to_str().unwrap();
            assert!(digits.contains(&format!("| {default}")), "--{name} is {default} by default");
        }
        for (bytes_max, words) in [(ID_BYTES_MAX, "1 to 128 bytes"), (MODEL_BYTES_MAX, "1 to 256 bytes")] {
            assert!(words.contains(&bytes_max.to_string()) && page.contains(words), "{words}");
        }
        assert!(TOKENS_MAX == 1_000_000_000 && page.contains("from 0 to 1,000,000,000"));
    }
}
