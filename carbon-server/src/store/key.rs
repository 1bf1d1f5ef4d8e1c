//! Internal numbers: proof that an id was looked up.

/// Internal number of an account: proof that a key was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct AccountKey(pub(in crate::store) i64);

/// Internal number of a tenant that was found within its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TenantKey(pub(in crate::store) i64);

#[cfg(any(test, fuzzing))]
impl AccountKey {
    /// Of an account that no ledger has.
    pub(crate) const NONE: Self = AccountKey(0);
}

/// One of an account's two books: what came with live keys, and what came with test keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Side {
    pub(crate) account: AccountKey,
    pub(crate) is_test: bool,
}
