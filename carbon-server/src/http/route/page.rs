//! The pages, and what their forms send.

use crate::http::route::{
    Access::{Public, Session},
    Operation, Route,
};

/// A page, a file of one, or a form that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    Landing,
    Methodology,
    Registry,
    Docs,
    Asset { file: String },
    SignUp,
    SendSignUp,
    LogIn,
    SendLogIn,
    SendLogOut,
    Overview,
    FirstEvent,
    Logo,
    Clients,
    Client { tenant_id: String },
    SetClient { tenant_id: String },
    EraseClient { tenant_id: String },
    ExportClient { tenant_id: String },
    CreateLink { tenant_id: String },
    RevokeLink { tenant_id: String, link_id: String },
    Preview { tenant_id: String },
    Reports,
    CreateReport,
    Report { report_id: String, form: String },
    ReportBatch { batch_id: String },
    ReportBatchZip { batch_id: String },
    CloseMonth { month: String },
    Keys,
    CreateKey,
    RevokeKey { key_id: String },
    Billing,
    BillLines { month: String },
    Dashboard { token: String },
    DashboardLogo { token: String },
    DashboardReport { token: String, report_id: String, form: String },
}

macro_rules! page {
    ($name:ident) => {
        |_| Some(Route::Page(Page::$name))
    };
    ($name:ident { $($parameter:ident),+ }) => {
        |parameters| Some(Route::Page(Page::$name { $($parameter: parameters.next()?),+ }))
    };
}

/// All of them; forms are sent by `POST`, whatever they do.
#[rustfmt::skip]
pub(crate) const PAGES: &[Operation] = &[
    ("GET",  "/",                                                    Public,  page!(Landing)),
    ("GET",  "/methodology",                                         Public,  page!(Methodology)),
    ("GET",  "/methodology/registry",                                Public,  page!(Registry)),
    ("GET",  "/docs",                                                Public,  page!(Docs)),
    ("GET",  "/assets/{file}",                                       Public,  page!(Asset { file })),
    ("GET",  "/signup",                                              Public,  page!(SignUp)),
    ("POST", "/signup",                                              Public,  page!(SendSignUp)),
    ("GET",  "/login",                                               Public,  page!(LogIn)),
    ("POST", "/login",                                               Public,  page!(SendLogIn)),
    ("POST", "/logout",                                              Public,  page!(SendLogOut)),
    ("GET",  "/app",                                                 Session, page!(Overview)),
    ("GET",  "/app/first-event",                                     Session, page!(FirstEvent)),
    ("GET",  "/app/logo.png",                                        Session, page!(Logo)),
    ("GET",  "/app/tenants",                                         Session, page!(Clients)),
    ("GET",  "/app/tenants/{tenant_id}",                             Session, page!(Client { tenant_id })),
    ("POST", "/app/tenants/{tenant_id}",                             Session, page!(SetClient { tenant_id })),
    ("POST", "/app/tenants/{tenant_id}/erase",                       Session, page!(EraseClient { tenant_id })),
    ("GET",  "/app/tenants/{tenant_id}/export.zip",                  Session, page!(ExportClient { tenant_id })),
    ("POST", "/app/tenants/{tenant_id}/links",                       Session, page!(CreateLink { tenant_id })),
    ("POST", "/app/tenants/{tenant_id}/links/{link_id}/revoke",      Session, page!(RevokeLink { tenant_id, link_id })),
    ("GET",  "/app/tenants/{tenant_id}/dashboard",                   Session, page!(Preview { tenant_id })),
    ("GET",  "/app/reports",                                         Session, page!(Reports)),
    ("POST", "/app/reports",                                         Session, page!(CreateReport)),
    ("GET",  "/app/reports/{report_id}/{form}",                      Session, page!(Report { report_id, form })),
    ("GET",  "/app/report-batches/{batch_id}",                       Session, page!(ReportBatch { batch_id })),
    ("GET",  "/app/report-batches/{batch_id}/reports.zip",           Session, page!(ReportBatchZip { batch_id })),
    ("POST", "/app/months/{month}/close",                            Session, page!(CloseMonth { month })),
    ("GET",  "/app/keys",                                            Session, page!(Keys)),
    ("POST", "/app/keys",                                            Session, page!(CreateKey)),
    ("POST", "/app/keys/{key_id}/revoke",                            Session, page!(RevokeKey { key_id })),
    ("GET",  "/app/billing",                                         Session, page!(Billing)),
    ("GET",  "/app/billing/{month}/lines.csv",                       Session, page!(BillLines { month })),
    ("GET",  "/d/{token}",                                           Public,  page!(Dashboard { token })),
    ("GET",  "/d/{token}/logo.png",                                  Public,  page!(DashboardLogo { token })),
    ("GET",  "/d/{token}/reports/{report_id}/{form}",                Public,  page!(DashboardReport { token, report_id, form })),
];
