//! The operations of market-based accounting: instruments, residual mixes, clouds' own reports.

use crate::{
    api::{
        instruments::{self, allocations},
        residual_mixes, supplier_reports,
    },
    app::operation::{Operation, handler},
    http::route::{
        Access::{ReadLive, WriteLive},
        BodyLimit,
        RequestHeader::{ContentEncoding, ContentType},
    },
    openapi::{self, described::plain, schema::month},
};
use serde_json::json;

/// They are part of the API's table.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::get("/api/v1/instruments", ReadLive, handler!(|app, input| instruments::list(app, &input).await))
        .described(|_| plain("market", "List contractual instruments").answers(200, "Instruments")),
    Operation::get("/api/v1/instruments/{instrument_id}", ReadLive, handler!(|app, input, instrument_id| instruments::show(app, &input, instrument_id).await))
        .described(|_| plain("market", "Show an instrument and its allocations").answers(200, "Instrument").can_miss()),
    Operation::put("/api/v1/instruments/{instrument_id}", WriteLive, handler!(|app, input, instrument_id| instruments::enter(app, &input, instrument_id).await))
        .described(|_| plain("market", "Enter an instrument")
            .describe("Guarantees of origin, certificates, a purchase agreement or a supplier's mix. The id is a UUID of yours. Certificates and documents are not sent, only their digests. Safe to repeat; an instrument never changes.")
            .takes("InstrumentRequest", openapi::market::instrument())
            .answers(200, "Instrument")
            .problem(409, "The id or the certificates are used, or the account has as many instruments as it may have.")),
    Operation::delete("/api/v1/instruments/{instrument_id}", WriteLive, handler!(|app, input, instrument_id| instruments::withdraw(app, &input, instrument_id).await))
        .described(|_| plain("market", "Withdraw an instrument")
            .describe("It counts for no open month from now on. Closed months stay as they are until they are restated.")
            .answers_nothing().can_miss()),
    Operation::put("/api/v1/instruments/{instrument_id}/allocations/{tenant_id}/{month}", WriteLive, handler!(|app, input, instrument_id, tenant_id, month| allocations::allocate(app, &input, [instrument_id, tenant_id, month]).await))
        .described(|_| plain("market", "Allocate a part of an instrument to a client's month")
            .describe("In place of what was allocated to it before. All allocations of an instrument together are never more than it has.")
            .takes("AllocationRequest", json!({"mwh": 0.06}))
            .answers(200, "Instrument")
            .can_miss().problem(409, "The instrument was withdrawn, or the month is closed.")),
    Operation::delete("/api/v1/instruments/{instrument_id}/allocations/{tenant_id}/{month}", WriteLive, handler!(|app, input, instrument_id, tenant_id, month| allocations::withdraw(app, &input, [instrument_id, tenant_id, month]).await))
        .described(|_| plain("market", "Withdraw an allocation")
            .answers_nothing().can_miss().problem(409, "The month is closed.")),
    Operation::get("/api/v1/residual-mixes", ReadLive, handler!(|app, input| residual_mixes::list(app, &input).await))
        .described(|_| plain("market", "List residual mixes").answers(200, "ResidualMixes")),
    Operation::put("/api/v1/residual-mixes/{zone}/{year}", WriteLive, handler!(|app, input, zone, year| residual_mixes::enter(app, &input, &zone, &year).await))
        .described(|_| plain("market", "Enter a residual mix")
            .describe("What is left of a grid's electricity once what is claimed by contract is taken out. A later entry stands for the earlier one in open months.")
            .takes("ResidualMixRequest", openapi::market::residual_mix())
            .answers(200, "ResidualMix")),
    Operation::delete("/api/v1/residual-mixes/{zone}/{year}", WriteLive, handler!(|app, input, zone, year| residual_mixes::remove(app, &input, &zone, &year).await))
        .described(|_| plain("market", "Remove a residual mix").answers_nothing().can_miss()),
    Operation::post("/api/v1/supplier-reports", WriteLive, handler!(|app, input| supplier_reports::create(app, input).await))
        .reads(&[ContentType, ContentEncoding])
        .takes(BodyLimit::Batch)
        .described(|_| plain("market", "Record what a cloud reports of your services")
            .describe("As `carbon-server import` reads it from an export. A file is recorded once, by its digest; for a month of an account at a provider, the newest file counts.")
            .takes("SupplierReportRequest", openapi::market::supplier_report())
            .answers(200, "SupplierReportTaken")),
    Operation::get("/api/v1/reconciliations", ReadLive, handler!(|app, input| supplier_reports::reconciliations(app, &input).await))
        .described(|_| plain("market", "Compare what clouds report of a month with your calls")
            .describe("By provider and region. Nothing is corrected, and the two are never added.")
            .query("month", month(), "The month, by default the current one.")
            .answers(200, "Reconciliations")),
];
