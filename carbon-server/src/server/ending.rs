//! How a connection is told to end, whatever is spoken on it.

use crate::server::seldom::Seldom;
use hyper_util::server::graceful::GracefulConnection;
use std::{future::Future, pin::pin};

/// A connection to its end, which it is told to come to when `stop` is ready.
pub(super) async fn until<C: GracefulConnection>(
    connection: C,
    stop: impl Future<Output = ()>,
) -> Result<(), C::Error> {
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        served = connection.as_mut() => return served,
        () = Seldom::new(stop) => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}
