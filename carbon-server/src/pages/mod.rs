//! The pages: what people look at. They read what the API reads, and write it as HTML.
//!
//! Each works without JavaScript; scripts draw charts over tables, copy, and spare a click. Nothing comes from elsewhere.

mod assets;
mod console;
mod dashboard;
mod documents;
mod entry;
mod form;
pub(crate) mod html;
mod landing;
mod methodology;
mod month;
mod problem;
mod registry;
mod shell;
mod shown;

use crate::{
    app::App,
    http::{answer::Answer, problem::Problem, request::Input, route::Page},
};
use std::sync::Arc;

pub(crate) use crate::pages::problem::{Eyes, of_problem};

/// Answers with a page, or with what its form did.
pub(crate) async fn answer(app: &Arc<App>, page: Page, input: Input) -> Result<Answer, Problem> {
    match page {
        Page::Landing => landing::show(app, &input).await,
        Page::Methodology => methodology::show(app, &input).await,
        Page::Registry => documents::registry(app, &input).await,
        Page::Docs => documents::api(app, &input).await,
        Page::Asset { file } => assets::show(&file, input.query.is_some()),
        Page::SignUp => entry::sign_up(app, &input).await,
        Page::SendSignUp => entry::send_sign_up(app, &input).await,
        Page::LogIn => entry::log_in(app, &input).await,
        Page::SendLogIn => entry::send_log_in(app, &input).await,
        Page::SendLogOut => entry::send_log_out(app, &input).await,
        Page::Overview => console::overview::show(app, &input).await,
        Page::FirstEvent => console::overview::first_event(app, &input).await,
        Page::Logo => dashboard::logo(app, input.caller()?.account).await,
        Page::Clients => console::clients::list(app, &input).await,
        Page::Client { tenant_id } => console::client::show(app, &input, tenant_id).await,
        Page::SetClient { tenant_id } => console::client::set(app, &input, tenant_id).await,
        Page::EraseClient { tenant_id } => console::client::erase(app, &input, tenant_id).await,
        Page::ExportClient { tenant_id } => console::client::export(app, &input, tenant_id).await,
        Page::CreateLink { tenant_id } => console::client::create_link(app, &input, tenant_id).await,
        Page::RevokeLink { tenant_id, link_id } => {
            console::client::revoke_link(app, &input, tenant_id, link_id).await
        }
        Page::Preview { tenant_id } => dashboard::preview(app, &input, tenant_id).await,
        Page::Reports => console::reports::list(app, &input).await,
        Page::CreateReport => console::reports::create(app, &input).await,
        Page::Report { report_id, form } => console::reports::form_of(app, &input, report_id, &form).await,
        Page::ReportBatch { batch_id } => console::reports::batch(app, &input, &batch_id).await,
        Page::ReportBatchZip { batch_id } => console::reports::batch_zip(app, &input, batch_id).await,
        Page::CloseMonth { month } => console::reports::close_month(app, &input, &month).await,
        Page::Keys => console::keys::list(app, &input).await,
        Page::CreateKey => console::keys::create(app, &input).await,
        Page::RevokeKey { key_id } => console::keys::revoke(app, &input, key_id).await,
        Page::Billing => console::billing::show(app, &input).await,
        Page::BillLines { month } => console::billing::lines(app, &input, &month).await,
        Page::Dashboard { token } => dashboard::show(app, &input, &token).await,
        Page::DashboardLogo { token } => dashboard::logo_of(app, &token).await,
        Page::DashboardReport { token, report_id, form } => {
            dashboard::report(app, &token, report_id, &form).await
        }
    }
}
