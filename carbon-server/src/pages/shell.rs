//! The frame of every page.

use crate::{
    api::session,
    app::App,
    config::SignUps,
    http::{problem::Problem, request::Input},
    pages::assets,
};
use carbon_core::FactorSet;

/// Head, navigation and footer of a page.
pub(super) struct Shell {
    pub(super) language: &'static str,
    /// Whether search engines must not index it.
    pub(super) is_private: bool,
    pub(super) is_logged_in: bool,
    pub(super) is_signup_open: bool,
    pub(super) version: &'static str,
    /// The set that values calls.
    pub(super) factor_set: String,
    /// Whether an account's own entries are on top of it.
    pub(super) has_own_entries: bool,
    pub(super) path: String,
}

impl Shell {
    /// For a public page at `path`.
    pub(super) async fn public(app: &App, input: &Input, path: &str) -> Self {
        let token = input.headers.session.as_deref();
        let is_logged_in = token.is_some() && session::admit(app, token, true).await.is_ok();
        let is_signup_open = app.terms.signup == SignUps::Open;
        Shell {
            is_private: false,
            is_logged_in,
            is_signup_open,
            ..Shell::private(app.registry.default_set(), path)
        }
    }

    /// For a page of the console: under the set with the account's own entries.
    pub(super) fn console(app: &App, input: &Input, path: &str) -> Result<Self, Problem> {
        let account = input.caller()?.account;
        let has_own_entries = app.registry.own(account).revision() > 0;
        Ok(Shell { has_own_entries, ..Shell::private(&app.registry.current(account), path) })
    }

    /// For a private page.
    pub(super) fn private(set: &FactorSet, path: &str) -> Self {
        Shell {
            language: "en",
            is_private: true,
            is_logged_in: false,
            is_signup_open: false,
            version: env!("CARGO_PKG_VERSION"),
            factor_set: set.as_str().to_owned(),
            has_own_entries: false,
            path: path.to_owned(),
        }
    }

    /// Address of an asset; it changes with the version of the assets.
    pub(super) fn asset(&self, file: &str) -> String {
        format!("/assets/{file}?v={}", assets::version())
    }

    pub(super) fn is_at(&self, path: &str) -> bool {
        self.path == path
    }
}
