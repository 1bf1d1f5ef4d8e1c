//! Where a PostgreSQL server is, and how to reach it.

use crate::store::{
    error::StoreError,
    limits::{CONNECT_MAX, IDLE_IN_TURN_MAX, LOOKS_EVERY, SILENCE_MAX, TURN_MAX, Until},
    postgres::{books::BookPlace, citus::HAS_CITUS},
    sql::{self, PostgresConnection},
};
use std::{
    fmt,
    path::PathBuf,
    str::FromStr,
    sync::{Arc, LazyLock},
};
use thiserror::Error;
use tokio_postgres::{
    Config,
    config::{Host, SslMode, TargetSessionAttrs},
};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

/// A database on a PostgreSQL server: `postgres://user:password@host:port/database?sslmode=require`.
#[derive(Clone)]
pub(crate) struct PostgresAddress {
    config: Box<Config>,
    /// As it was given.
    url: String,
    /// Certificates that the server's must lead to; those of public authorities where none is given.
    root_certificates: Option<PathBuf>,
    /// Settings of [`DURABLE`] that the server may have turned off all the same.
    may_be_off: Vec<String>,
    /// Without its password.
    shown: String,
    /// The book whose tables its connections find; `None`: those of the directory alone.
    book: Option<BookPlace>,
}

/// Why a URL says no server.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub(crate) struct NotAServer(String);

/// Without them a server can lose, or damage, what it has acknowledged.
const DURABLE: [&str; 2] = ["fsync", "full_page_writes"];
const TURNED_OFF: &str =
    "select name from pg_settings where name = any(?1) and setting = 'off' order by name";

/// For a connection that writes. One that holds the turn and falls silent, or is gone, loses it; each look-up is of few rows, by a
/// key. It has no `statement_timeout`: on a commit that would end the wait for a standby and report success. Citus plans a generic
/// plan for no shard.
static TO_WRITE: LazyLock<String> = LazyLock::new(|| {
    let [idle, turn, looks, silence] =
        [IDLE_IN_TURN_MAX, TURN_MAX, LOOKS_EVERY, SILENCE_MAX].map(|time| time.as_millis());
    // Unheard three times in a row is gone.
    let [first, every] = [SILENCE_MAX / 2, SILENCE_MAX / 6].map(|time| time.as_secs());
    format!(
        "
    set synchronous_commit = on;
    set client_min_messages = warning;
    set statement_timeout = 0;
    set idle_in_transaction_session_timeout = {idle};
    set lock_timeout = {turn};
    set client_connection_check_interval = {looks};
    set tcp_user_timeout = {silence};
    set tcp_keepalives_idle = {first};
    set tcp_keepalives_interval = {every};
    set tcp_keepalives_count = 3;
    select set_config('plan_cache_mode', case when {HAS_CITUS} then 'auto' else 'force_generic_plan' end, false);
    set enable_hashjoin = off;
    set enable_mergejoin = off;
    set enable_seqscan = off;"
    )
});

/// For one that only reads, however long.
const TO_READ: &str = "
    set default_transaction_read_only = on;
    set statement_timeout = 0;
    set idle_in_transaction_session_timeout = 0;";

/// For one that looks after whole tables while others write. On Citus those have triggers, which read their own row alone; elsewhere
/// the last setting means nothing.
const TO_MAINTAIN: &str = "
    set synchronous_commit = on;
    set statement_timeout = 0;
    set lock_timeout = 0;
    set citus.enable_unsafe_triggers = on;";

/// Held by everyone who writes, and alone by who moves a ledger here: "LCTW".
const WRITERS: i64 = 0x4C43_5457;

impl PostgresAddress {
    /// A connection that writes, as others may.
    pub(in crate::store) fn connect_to_write(&self, until: Until) -> Result<PostgresConnection, StoreError> {
        let mut server = self.connect(&self.of_node(), &TO_WRITE, until)?;
        self.is_durable(&server)?;
        let address = self.clone();
        server.maintained_by(move |until| address.connect_to_maintain(until).map_err(sql::Error::from));
        if holds(&server, "select pg_try_advisory_lock_shared(?1)")? {
            Ok(server)
        } else {
            Err(StoreError::Moving)
        }
    }

    /// A connection that only reads.
    pub(in crate::store) fn connect_to_read(&self) -> Result<PostgresConnection, StoreError> {
        self.connect(&self.of_node(), TO_READ, Until::NEVER)
    }

    /// A connection for what takes long and holds nobody up: to where the ledger is, which alone may make and drop tables.
    pub(in crate::store) fn connect_to_maintain(
        &self,
        until: Until,
    ) -> Result<PostgresConnection, StoreError> {
        self.connect(&self.config, TO_MAINTAIN, until)
    }

    /// A connection that writes while nobody else does.
    pub(in crate::store) fn connect_alone(&self) -> Result<PostgresConnection, StoreError> {
        let server = self.connect(&self.config, TO_MAINTAIN, Until::NEVER)?;
        self.is_durable(&server)?;
        if holds(&server, "select pg_try_advisory_lock(?1)")? { Ok(server) } else { Err(StoreError::InUse) }
    }

    /// Whether the server keeps what it acknowledges.
    fn is_durable(&self, server: &PostgresConnection) -> Result<(), StoreError> {
        let asked: Vec<&str> =
            DURABLE.into_iter().filter(|name| !self.may_be_off.iter().any(|off| off == name)).collect();
        match server.query_native(TURNED_OFF, &[&asked])?.first() {
            Some(row) => Err(StoreError::NotDurable { setting: row.get(0) }),
            None => Ok(()),
        }
    }

    /// The same, where connections find the tables of a book.
    pub(in crate::store) fn of_book(&self, place: BookPlace) -> Self {
        PostgresAddress { book: Some(place), ..self.clone() }
    }

    /// Where its book is.
    fn of_node(&self) -> Config {
        let node = self.book.as_ref().and_then(|place| place.node.as_deref());
        node.map_or_else(|| self.config.as_ref().clone(), |node| at_node(&self.config, node))
    }

    /// The book that it is of.
    pub(in crate::store) fn book(&self) -> Option<&BookPlace> {
        self.book.as_ref()
    }

    /// Connects to the first of the hosts that lets us in. One by one: a host that answers nothing must not keep us from the
    /// others.
    fn connect(&self, to: &Config, settings: &str, until: Until) -> Result<PostgresConnection, StoreError> {
        let tls = match to.get_ssl_mode() {
            SslMode::Disable => None,
            _ => Some(self.tls()?),
        };
        let open = |host: &Config| match &tls {
            None => PostgresConnection::open(host, tokio_postgres::NoTls, settings, until),
            Some(tls) => PostgresConnection::open(host, tls.clone(), settings, until),
        };
        let mut hosts = each_host(to);
        let last = hosts.pop().unwrap_or_default();
        let server = match hosts.iter().find_map(|host| open(host).ok()) {
            Some(server) => server,
            None => open(&last)?,
        };
        if let Some(place) = &self.book {
            server.enter(place.number, &place.schemas())?;
        }
        Ok(server)
    }

    fn tls(&self) -> Result<MakeRustlsConnect, StoreError> {
        let mut roots = RootCertStore::empty();
        match &self.root_certificates {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(path) => {
                let refused = |why: &dyn fmt::Display| {
                    StoreError::NoServer(format!("sslrootcert {}: {why}", path.display()))
                };
                for certificate in CertificateDer::pem_file_iter(path).map_err(|error| refused(&error))? {
                    let certificate = certificate.map_err(|error| refused(&error))?;
                    roots.add(certificate).map_err(|error| refused(&error))?;
                }
            }
        }
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring speaks the default versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }
}

/// How the server of a book is reached: as that of the ledger, at another place.
fn at_node(ledger: &Config, node: &str) -> Config {
    let (host, port) = match node.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()),
        None => (node, None),
    };
    at_host(ledger, &Host::Tcp(host.to_owned()), port.unwrap_or(DEFAULT_PORT))
}

/// The hosts of an address, each as an address of its own.
fn each_host(config: &Config) -> Vec<Config> {
    let ports = config.get_ports();
    let port = |place: usize| ports.get(place).or(ports.first()).copied().unwrap_or(DEFAULT_PORT);
    let hosts = config.get_hosts().iter().enumerate();
    hosts
        .map(|(place, host)| {
            let mut one = at_host(config, host, port(place));
            config.get_hostaddrs().get(place).map(|address| one.hostaddr(*address));
            one
        })
        .collect()
}

/// The same at one host.
fn at_host(ledger: &Config, host: &Host, port: u16) -> Config {
    let mut config = Config::new();
    match host {
        Host::Tcp(name) => config.host(name),
        Host::Unix(path) => config.host_path(path),
    };
    config.port(port).ssl_mode(ledger.get_ssl_mode());
    config.ssl_negotiation(ledger.get_ssl_negotiation()).channel_binding(ledger.get_channel_binding());
    config.target_session_attrs(ledger.get_target_session_attrs());
    ledger.get_user().map(|user| config.user(user));
    ledger.get_password().map(|password| config.password(password));
    ledger.get_dbname().map(|name| config.dbname(name));
    ledger.get_options().map(|options| config.options(options));
    ledger.get_application_name().map(|name| config.application_name(name));
    ledger.get_connect_timeout().map(|timeout| config.connect_timeout(*timeout));
    ledger.get_tcp_user_timeout().map(|timeout| config.tcp_user_timeout(*timeout));
    config.keepalives(ledger.get_keepalives()).keepalives_idle(ledger.get_keepalives_idle());
    ledger.get_keepalives_interval().map(|interval| config.keepalives_interval(interval));
    ledger.get_keepalives_retries().map(|retries| config.keepalives_retries(retries));
    config
}

/// Of PostgreSQL, where a node says none.
const DEFAULT_PORT: u16 = 5432;

/// Whether a lock on the ledger's writers was had; it goes with the connection.
fn holds(server: &PostgresConnection, take: &str) -> Result<bool, StoreError> {
    Ok(server.query_native(take, &[&WRITERS])?.first().is_some_and(|row| row.get(0)))
}

impl FromStr for PostgresAddress {
    type Err = NotAServer;

    fn from_str(url: &str) -> Result<Self, NotAServer> {
        // A question mark in a password is part of it.
        let host = url.find('@').unwrap_or(0);
        let (base, query) = match url[host..].find('?') {
            Some(place) => (&url[..host + place], &url[host + place + 1..]),
            None => (url, ""),
        };
        let mut root_certificates = None;
        let (mut settings, mut may_be_off) = (Vec::new(), Vec::new());
        // As libpq names them; the client reads the others.
        for setting in query.split('&').filter(|setting| !setting.is_empty()) {
            match setting.split_once('=') {
                Some(("sslrootcert", path)) => {
                    let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
                    root_certificates = Some(PathBuf::from(path.into_owned()));
                }
                Some((allow, "true")) if allowed_off(allow).is_some() => {
                    may_be_off.extend(allowed_off(allow));
                }
                // The server's certificate and name are always verified.
                Some(("sslmode", "verify-full" | "verify-ca")) => settings.push("sslmode=require"),
                _ => settings.push(setting),
            }
        }
        let read = format!("{base}?{}", settings.join("&"));
        let mut config: Config = read.parse().map_err(|error: tokio_postgres::Error| {
            // Not the URL: it holds a password.
            NotAServer(
                std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string),
            )
        })?;
        if config.get_hosts().is_empty() {
            return Err(NotAServer("it names no host".to_owned()));
        }
        if config.get_dbname().is_none() {
            return Err(NotAServer("it names no database".to_owned()));
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_MAX);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE_MAX);
        }
        config.keepalives_idle(SILENCE_MAX);
        // A ledger is read where it is written: a standby may not have heard of what was acknowledged.
        if config.get_hosts().len() > 1 && config.get_target_session_attrs() == TargetSessionAttrs::Any {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        if config.get_application_name().is_none() {
            config.application_name("carbon-server");
        }
        Ok(PostgresAddress {
            shown: without_password(&config),
            url: url.to_owned(),
            config: Box::new(config),
            root_certificates,
            may_be_off,
            book: None,
        })
    }
}

/// The setting that `allow_NAME_off` is about.
fn allowed_off(allow: &str) -> Option<String> {
    let name = allow.strip_prefix("allow_")?.strip_suffix("_off")?;
    DURABLE.contains(&name).then(|| name.to_owned())
}

/// The URL as it may be shown.
fn without_password(config: &Config) -> String {
    let ports = config.get_ports();
    let places = config.get_hosts().iter().enumerate().map(|(place, host)| {
        let host = match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        };
        match ports.get(place).or(ports.first()) {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }
    });
    let user = config.get_user().map_or_else(String::new, |user| format!("{user}@"));
    let places: Vec<String> = places.collect();
    format!("postgres://{user}{}/{}", places.join(","), config.get_dbname().unwrap_or_default())
}

impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({self})")
    }
}

impl PartialEq for PostgresAddress {
    fn eq(&self, other: &Self) -> bool {
        self.url == other.url && self.book == other.book
    }
}

impl Eq for PostgresAddress {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_and_shown_without_its_password() {
        let url =
            "postgres://carbon:s3cret@db.example:5433/ledger?sslmode=verify-full&sslrootcert=/etc/ca%20x.pem";
        let server: PostgresAddress = url.parse().unwrap();
        assert_eq!(server.to_string(), "postgres://carbon@db.example:5433/ledger");
        assert_eq!(server.config.get_ssl_mode(), SslMode::Require);
        assert_eq!(server.root_certificates.as_deref(), Some(std::path::Path::new("/etc/ca x.pem")));
        let careless: PostgresAddress =
            "postgres://carbon@db.example/d?allow_fsync_off=true&sslmode=require".parse().unwrap();
        assert_eq!((careless.may_be_off, server.may_be_off), (vec!["fsync".to_owned()], vec![]));
        let odd: PostgresAddress = "postgres://carbon:p?ss@127.0.0.1:1/d".parse().unwrap();
        assert_eq!(odd.to_string(), "postgres://carbon@127.0.0.1:1/d");
        let several: PostgresAddress =
            "postgres://carbon:s3cret@a:1,b:2/d?connect_timeout=3".parse().unwrap();
        let hosts = each_host(&several.config);
        let [first, second] = hosts.as_slice() else { panic!("{hosts:?}") };
        assert_eq!(first.get_hosts(), [Host::Tcp("a".to_owned())]);
        assert_eq!((first.get_ports(), second.get_ports()), (&[1][..], &[2][..]));
        for host in &hosts {
            assert_eq!(host.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
            assert_eq!(host.get_password(), several.config.get_password());
            assert_eq!(host.get_connect_timeout(), several.config.get_connect_timeout());
        }
        for (url, why) in [
            ("postgres://carbon:s3cret@db.example", "it names no database"),
            ("postgres:///ledger", "it names no host"),
            ("postgres://carbon:s3cret@db.example/ledger?sslmod=require", "unknown option `sslmod`"),
        ] {
            assert_eq!(url.parse::<PostgresAddress>().unwrap_err().to_string(), why);
        }
    }
}
