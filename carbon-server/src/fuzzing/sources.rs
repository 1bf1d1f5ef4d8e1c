//! What other tools send: spans by OTLP, and LiteLLM's log.

use super::call;
use crate::{
    api::{litellm, traces},
    http::problem::Problem,
    ingest::sources::{SourceRecord, same_call::Counted},
    store::SourceSetting,
};

pub(super) fn check_otlp_json(body: &[u8]) {
    check_otlp(body, false);
}

pub(super) fn check_otlp_protobuf(body: &[u8]) {
    check_otlp(body, true);
}

/// The same export gives the same calls, each of them one of `/track`, and no call without its span.
fn check_otlp(body: &[u8], is_protobuf: bool) {
    const CALLS_MAX: usize = 10_000;

    let setting = SourceSetting::default();
    let read = || traces::export(body, is_protobuf, &setting, CALLS_MAX);
    let (Ok(first), Ok(second)) = (read(), read()) else { return };
    let calls = first.calls();
    let [first, second] = [first, second].map(|export| export.each_call_once());
    assert!(first.len() == calls && second.len() == calls);
    for (first, second) in first.into_iter().zip(second) {
        let is_shown_elsewhere = first.is_shown_elsewhere;
        let said = said(first, &setting);
        assert!(!is_shown_elsewhere || said.is_none(), "a call that another span shows counts too: {said:?}");
        assert_eq!(said, self::said(second, &setting), "the same export, read twice");
    }
}

fn said(counted: Counted, setting: &SourceSetting) -> Option<String> {
    check_record(counted.record, setting)
}

/// Every logged call is one of `/track`, or is refused with a reason.
pub(super) fn check_litellm(body: &[u8]) {
    let setting = SourceSetting::default();
    let read = litellm::each_record(body, &setting.litellm_fields, &mut |record| {
        check_record(record, &setting);
        Ok(())
    });
    if let Err(problem) = read {
        assert!(matches!(problem, Problem::Invalid { .. }), "{problem:?}");
    }
}

/// The outcome of a record, where it is one of a call.
pub(super) fn check_record(record: SourceRecord, setting: &SourceSetting) -> Option<String> {
    match record {
        SourceRecord::Nothing => None,
        SourceRecord::Uncountable(reason) => {
            assert!(!reason.is_empty());
            Some(reason.to_owned())
        }
        SourceRecord::Call(mut call) | SourceRecord::Row(mut call, _) => {
            call.tenant_id = call.tenant_id.or_else(|| setting.default_tenant_id.clone());
            call.event_id = crate::ingest::sources::event_id(call.event_id);
            Some(call::check(&call).map_or_else(|fault| fault, |checked| call::said(&checked)))
        }
    }
}
