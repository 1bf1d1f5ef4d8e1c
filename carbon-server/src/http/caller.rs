//! Who is calling.

use crate::{
    base::api_key::{KeyHash, KeyKind},
    http::{problem::Problem, route::Access},
    store::{AccountKey, Side},
};

/// An account that showed a valid key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) account: AccountKey,
    pub(crate) kind: KeyKind,
    /// The key that was shown; `None` for somebody who is logged in.
    pub(crate) key: Option<KeyHash>,
}

impl Caller {
    /// The book that the key opens.
    pub(crate) fn side(self) -> Side {
        Side { account: self.account, is_test: self.kind == KeyKind::Test }
    }

    /// Whether what it shows is enough for a route.
    pub(crate) fn may(self, access: Access) -> Result<(), Problem> {
        let refused = match (access, self.kind) {
            (_, KeyKind::Live) | (Access::Public | Access::Open | Access::Recipient | Access::Read, _) => {
                return Ok(());
            }
            (Access::ReadLive, KeyKind::Read) | (Access::Write, KeyKind::Test) => return Ok(()),
            (Access::Owner | Access::Session, _) => "Use the account's live key, or log in.",
            (_, KeyKind::Read) => "This key only reads. Use one that writes.",
            (_, KeyKind::Test) => {
                "This is about live events only: reports, closed months, bills. Use the account's live key."
            }
        };
        Err(Problem::Forbidden { detail: refused })
    }
}

/// How much more a key may be used now: for the `RateLimit-*` headers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// Seconds after which all of it is there again.
    pub(crate) reset_s: u64,
}
