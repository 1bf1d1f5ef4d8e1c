//! Media types that more than one place writes or reads.

/// Protocol buffers, as OTLP sends them.
pub(crate) const PROTOBUF: &str = "application/x-protobuf";
/// A CloudEvent in JSON.
pub(crate) const CLOUD_EVENT: &str = "application/cloudevents+json";
