//! stub
use super::App;
use crate::{problem::Problem, response::Answer};
pub(super) fn show(_app: &App) -> Result<Answer, Problem> {
    Err(Problem::not_found("document"))
}
