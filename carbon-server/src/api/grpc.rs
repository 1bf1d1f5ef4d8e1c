//! OTLP over gRPC: the same spans as over HTTP, in another frame.

use crate::{
    api::traces::{self, SentExport},
    app::App,
    http::{answer::Answer, grpc, problem::Problem, request::Input},
};
use prost::Message;

/// `opentelemetry.proto.collector.trace.v1.TraceService/Export`
pub(crate) async fn traces(app: &App, input: Input) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let Input { body, headers, permits, .. } = input;
    let grpc::Message { bytes, is_compressed } = grpc::message(body)?;
    let encoding = match headers.grpc_encoding.clone() {
        Some(encoding) if is_compressed && encoding != "identity" => Some(encoding),
        _ if is_compressed => return Err(Problem::invalid("grpc-encoding", "must name the compression")),
        // A message may go uncompressed whatever the stream has agreed on.
        Some(_) | None => None,
    };
    let sent = SentExport { caller, body: bytes, encoding, is_protobuf: true, permits };
    Ok(Answer::grpc(traces::record(app, sent).await?.encode_to_vec()))
}

/// `Export` of metrics and of logs: taken, and nothing of it is kept.
pub(crate) fn pass_over() -> Answer {
    Answer::grpc(Vec::new())
}
