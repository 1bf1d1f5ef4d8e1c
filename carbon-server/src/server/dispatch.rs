//! From a route to its handler.

use crate::{
    api::*,
    app::App,
    http::{answer::Answer, problem::Problem, request::Input, route::Route},
    openapi, pages,
};
use std::sync::Arc;

/// Answers a request.
pub(crate) async fn answer(app: &Arc<App>, route: Route, input: Input) -> Result<Answer, Problem> {
    match route {
        Route::Estimate => estimate::create(&input),
        Route::Track => track::create(app, &input).await,
        Route::TrackBatch => batch::create(app, input).await,
        Route::Traces => traces::create(app, input).await,
        Route::LiteLlm => litellm::create(app, input).await,
        Route::Sources => sources::show(app, &input).await,
        Route::SetSources => sources::set(app, &input).await,
        Route::CreateAccount => accounts::create(app, &input).await,
        Route::LogIn => session::begin(app, &input).await,
        Route::Session => session::show(app, &input).await,
        Route::LogOut => session::end(app, &input).await,
        Route::Keys => keys::list(app, &input).await,
        Route::CreateKey => keys::create(app, &input).await,
        Route::RevokeKey { key_id } => keys::revoke(app, &input, key_id).await,
        Route::Tenants => tenants::list(app, &input).await,
        Route::Tenant { tenant_id } => tenants::show(app, &input, tenant_id).await,
        Route::SetTenant { tenant_id } => tenants::set(app, &input, tenant_id).await,
        Route::EraseTenant { tenant_id } => tenants::erase(app, &input, tenant_id).await,
        Route::TenantExport { tenant_id } => tenant_export::create(app, &input, tenant_id).await,
        Route::CreateDashboardLink { tenant_id } => dashboard_links::create(app, &input, tenant_id).await,
        Route::DashboardLinks { tenant_id } => dashboard_links::list(app, &input, tenant_id).await,
        Route::RevokeDashboardLink { tenant_id, link_id } => {
            dashboard_links::revoke(app, &input, tenant_id, link_id).await
        }
        Route::CreatePactClient { tenant_id } => pact_clients::create(app, &input, tenant_id).await,
        Route::PactClients { tenant_id } => pact_clients::list(app, &input, tenant_id).await,
        Route::RevokePactClient { tenant_id, client_id } => {
            pact_clients::revoke(app, &input, tenant_id, client_id).await
        }
        Route::CarbonTxt => carbon_txt::show(app, &input).await,
        Route::PactToken => pact::token(app, &input).await,
        Route::PactDiscovery => pact::discovery(app, &input),
        Route::Footprints => pact::list(app, &input).await,
        Route::Footprint { id } => pact::show(app, &input, id).await,
        Route::PactEvent => pact::take_event(app, &input).await,
        Route::Taxonomy { file } => taxonomy::show(&file),
        Route::Ready => health::ready(app).await,
        Route::Metrics => health::metrics(app, &input),
        Route::OpenApi => Answer::ok(&openapi::document(&app.limits)),
        Route::Page(page) => pages::answer(app, page, input).await,
        Route::Bill { month } => billing::show(app, &input, &month).await,
        Route::BillLines { month } => billing::lines(app, &input, &month).await,
        Route::Webhook => webhook::show(app, &input).await,
        Route::SetWebhook => webhook::set(app, &input).await,
        Route::RemoveWebhook => webhook::remove(app, &input).await,
        Route::Reversal { event_id } => reversals::create(app, &input, event_id).await,
        Route::Usage => usage::show(app, &input).await,
        Route::Month { month } => months::show(app, &input, &month).await,
        Route::CloseMonth { month } => months::close(app, &input, &month).await,
        Route::CreateRestatement => restatements::create(app, &input).await,
        Route::Restatement { restatement_id } => restatements::show(app, &input, restatement_id).await,
        Route::CreateReport => reports::create(app, &input).await,
        Route::ReportPdf { report_id } => reports::show(app, &input, report_id, "report.pdf").await,
        Route::ReportForm { report_id, form } => reports::show(app, &input, report_id, form.name()).await,
        Route::ReportEvidence { report_id } => reports::show(app, &input, report_id, "evidence.zip").await,
        Route::ReportBatch { batch_id } => report_batches::show(app, &input, &batch_id),
        Route::ReportBatchZip { batch_id } => report_batches::zip(app, &input, batch_id).await,
        Route::Branding => branding::show(app, &input).await,
        Route::SetBranding => branding::set(app, &input).await,
        Route::Models => models::list(&input),
        Route::Model { name } => models::show(&input, &name),
        Route::Health => health::show(app),
    }
}
