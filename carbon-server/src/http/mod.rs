//! The vocabulary of HTTP: what a request asks, what a handler answers, what can be wrong.

pub(crate) mod answer;
pub(crate) mod caller;
pub(crate) mod encoding;
pub(crate) mod faults;
pub(crate) mod grpc;
pub(crate) mod media_type;
pub(crate) mod object_writer;
pub(crate) mod problem;
pub(crate) mod request;
pub(crate) mod route;
pub(crate) mod rows;
pub(crate) mod tls;
pub(crate) mod webhook;
