//! A tracker to be measured: on a thread and a runtime of its own, with a real file.

use carbon_server::{Config, Database, Server};
use clap::{Args, FromArgMatches};
use std::{net::SocketAddr, path::Path, sync::mpsc};
use tokio::runtime::{Builder, Runtime};

pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Runs `serve` on a thread and runtime of its own; it tells its address through the channel.
pub(crate) fn start<F: Future<Output = ()>>(
    serve: impl FnOnce(mpsc::Sender<SocketAddr>) -> F + Send + 'static,
) -> SocketAddr {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || runtime().block_on(serve(tell)));
    told.recv().expect("the server starts")
}

pub(crate) fn start_tracker(folder: &Path) -> SocketAddr {
    start_with(config(folder), std::future::pending())
}

pub(crate) fn config(folder: &Path) -> Config {
    let arguments = Config::augment_args(clap::Command::new("bench")).get_matches_from(["bench"]);
    let mut config = Config::from_arg_matches(&arguments).expect("defaults");
    config.listen = ([127, 0, 0, 1], 0).into();
    config.database = Database::Sqlite { path: folder.join("carbon.db") };
    // The bench is one key that does all the work of a large vendor.
    config.limits.key_requests_per_s_max = std::num::NonZeroU32::MAX;
    config
}

/// With another task on the runtime of the server.
pub(crate) fn start_with(config: Config, other: impl Future<Output = ()> + Send + 'static) -> SocketAddr {
    start(async move |tell: mpsc::Sender<SocketAddr>| {
        tokio::spawn(other);
        let server = Server::bind(&config).await.expect("the server starts");
        tell.send(server.address()).expect("someone waits");
        server.run(std::future::pending()).await.expect("it never ends");
    })
}

pub(crate) fn sign_up(tracker: SocketAddr) -> String {
    let body = r#"{"email":"bench@example.com","password":"correct horse","organisation":"Bench"}"#;
    let mut reply =
        ureq::post(format!("http://{tracker}/api/v1/accounts")).send(body).expect("sign-up works");
    let account: serde_json::Value = reply.body_mut().read_json().expect("JSON");
    account["api_keys"]["live"].as_str().expect("a key").to_owned()
}
