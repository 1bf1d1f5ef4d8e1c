//! Media types that more than one place writes or reads.

/// Protocol buffers, as OTLP sends them.
pub(crate) const PROTOBUF: &str = "application/x-protobuf";
/// Messages of gRPC, in protocol buffers where nothing else is said behind it.
pub(crate) const GRPC: &str = "application/grpc";
/// A CloudEvent in JSON.
pub(crate) const CLOUD_EVENT: &str = "application/cloudevents+json";
