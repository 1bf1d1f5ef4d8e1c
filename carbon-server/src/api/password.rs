//! Changing the password of an account.

use crate::{
    api::{
        accounts::new_password,
        session::{self, Begun},
    },
    app::App,
    http::{
        answer::Answer,
        faults::{Faults, unnoticed},
        problem::Problem,
        request::Input,
    },
    store::PasswordState,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordRequest {
    pub(crate) current_password: Option<String>,
    pub(crate) new_password: Option<String>,
}

/// `PUT /api/v1/password`
pub(crate) async fn change(app: &App, input: &Input) -> Result<Answer, Problem> {
    Ok(Answer::no_content().with_cookie(replace(app, input, input.json()?).await?))
}

/// Sets another password, ends every session of the account, and returns the cookie of a new one: what may have been stolen
/// together with the password opens nothing any more.
pub(crate) async fn replace(
    app: &App,
    input: &Input,
    PasswordRequest { current_password, new_password: wanted }: PasswordRequest,
) -> Result<String, Problem> {
    const CURRENT: &str = "/current_password";
    let mut faults = Faults::default();
    let current = session::any_password(&mut faults, CURRENT, current_password);
    let wanted = new_password(&mut faults, "/new_password", wanted);
    faults.none()?;
    let (current, wanted) = current.zip(wanted).ok_or_else(unnoticed)?;
    let wrong = || Problem::invalid(CURRENT, "is not the password of this account");
    let email = app.store.profile(input.caller()?.account).await?.email;
    let shown = session::prove(app, email, current, input.peer).await.map_err(|problem| match problem {
        Problem::WrongPassword => wrong(),
        other => other,
    })?;
    let hash = app.passwords.run(input.peer, move |hasher| hasher.hash(&wanted)).await??;
    let begun = Begun::new(input.peer)?;
    match app.store.change_password(shown, hash, begun.session.clone()).await? {
        PasswordState::AsShown => Ok(begun.cookie(app)),
        PasswordState::Changed => Err(wrong()),
    }
}
