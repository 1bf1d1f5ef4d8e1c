//! Where names lead that a thread has read by rule before: calls come under few names.

use crate::{
    memo::{Identity, Memo},
    model::ResolvedBy,
};
use jiff::civil::Date;
use std::cell::RefCell;

/// What a name leads to in a set.
#[derive(Clone, Debug)]
pub(super) struct Led {
    /// The place of its model.
    pub(super) place: usize,
    pub(super) resolved_by: ResolvedBy,
    pub(super) region_hint: Option<String>,
    pub(super) checked: Option<Date>,
}

/// A name, and all that decides where it leads.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct NameKey<'a> {
    set: u64,
    name: &'a str,
    provider: Option<&'a str>,
    day: Option<Date>,
}

struct KnownName {
    set: u64,
    name: Box<str>,
    provider: Option<Box<str>>,
    day: Option<Date>,
}

impl<'a> NameKey<'a> {
    /// Longer ones are no names, and are not kept.
    const BYTES_MAX: usize = 200;

    pub(super) fn new(
        set: Identity,
        name: &'a str,
        day: Option<Date>,
        provider: Option<&'a str>,
    ) -> Option<Self> {
        let bytes = name.len() + provider.map_or(0, str::len);
        (bytes <= Self::BYTES_MAX).then_some(NameKey { set: set.number(), name, provider, day })
    }

    /// Where it leads, read unless this thread has read it.
    pub(super) fn led(&self, read: impl FnOnce() -> Option<Led>) -> Option<Led> {
        thread_local! {
            static NAMES: RefCell<Memo<KnownName, Option<Led>>> = const { RefCell::new(Memo::new()) };
        }
        NAMES.with_borrow_mut(|memo| memo.answer(self, read))
    }
}

impl PartialEq<KnownName> for NameKey<'_> {
    fn eq(&self, known: &KnownName) -> bool {
        self.set == known.set
            && *self.name == *known.name
            && self.provider == known.provider.as_deref()
            && self.day == known.day
    }
}

impl From<&NameKey<'_>> for KnownName {
    fn from(key: &NameKey<'_>) -> Self {
        let NameKey { set, name, provider, day } = *key;
        KnownName { set, name: name.into(), provider: provider.map(Box::from), day }
    }
}
