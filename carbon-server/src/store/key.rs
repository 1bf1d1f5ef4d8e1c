//! Internal numbers: proof that an id was looked up. A number says of which book it is.

use sha2::{Digest, Sha256};
use std::fmt;
use uuid::Uuid;

/// Internal number of an account: proof that a key was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct AccountKey(pub(in crate::store) i64);

/// A book: one chain with its own turn, and the accounts that belong to it. A file is one; on a server there may be many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::store) struct BookNumber(u32);

/// Numbers that a book may give, of whatever.
const NUMBERS_OF_BOOK: i64 = 1 << 40;

/// The bits of an id that say a book: as many as there may be.
const IN_ID: u128 = BookNumber::MAX as u128 - 1;

impl BookNumber {
    /// The only one of a file; on a server the one that seals what books share.
    pub(in crate::store) const FIRST: Self = BookNumber(1);
    /// As many as a ledger may have.
    pub(in crate::store) const MAX: u32 = 4_096;

    /// The book with this number; `None` past [`Self::MAX`].
    pub(in crate::store) fn new(number: i64) -> Option<Self> {
        let number = u32::try_from(number).ok()?;
        (1..=Self::MAX).contains(&number).then_some(BookNumber(number))
    }

    /// The book that gave a number, of an account or of anything else but events and seals.
    pub(in crate::store) fn of(key: i64) -> Self {
        Self::new(key.div_euclid(NUMBERS_OF_BOOK) + 1).unwrap_or(Self::FIRST)
    }

    /// Its number, from 1.
    pub(in crate::store) fn number(self) -> i64 {
        self.0.into()
    }

    /// An id that says of which book it is, and is as good as the one that was given.
    pub(in crate::store) fn mark(self, id: Uuid) -> Uuid {
        Uuid::from_u128((id.as_u128() & !IN_ID) | self.place() as u128)
    }

    /// The book that an id says.
    pub(in crate::store) fn of_id(id: Uuid) -> Self {
        i64::try_from(id.as_u128() & IN_ID).ok().and_then(|place| Self::new(place + 1)).unwrap_or(Self::FIRST)
    }

    /// Its place among the books, from 0.
    pub(in crate::store) fn place(self) -> usize {
        self.0 as usize - 1
    }

    /// Its numbers are behind this one, which is 0 for the first.
    pub(in crate::store) fn base(self) -> i64 {
        (self.number() - 1) * NUMBERS_OF_BOOK
    }

    /// The last of its numbers.
    pub(in crate::store) fn last(self) -> i64 {
        self.base() + NUMBERS_OF_BOOK - 1
    }

    /// The book of an account to be, of so many: any id is as likely in each.
    pub(in crate::store) fn of_new(account_id: &str, books: usize) -> Self {
        let digest = Sha256::digest(account_id);
        let [start, ..] = digest.as_chunks().0 else { return Self::FIRST };
        let books = u64::try_from(books).unwrap_or(1).max(1);
        let place = u64::from_be_bytes(*start) % books;
        i64::try_from(place).ok().and_then(|place| Self::new(place + 1)).unwrap_or(Self::FIRST)
    }
}

impl fmt::Display for BookNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Internal number of a tenant that was found within its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TenantKey(pub(in crate::store) i64);

impl AccountKey {
    /// The book that it belongs to, from its sign-up on.
    pub(in crate::store) fn book(self) -> BookNumber {
        BookNumber::of(self.0)
    }
}

#[cfg(any(test, fuzzing))]
impl AccountKey {
    /// Of an account that no ledger has.
    pub(crate) const NONE: Self = AccountKey(0);
}

/// One of an account's two sides: what came with live keys, and what came with test keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Side {
    pub(crate) account: AccountKey,
    pub(crate) is_test: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_says_its_book() {
        for number in [1, 2, 3, 16, i64::from(BookNumber::MAX)] {
            let book = BookNumber::new(number).unwrap();
            assert_eq!(book.number(), number);
            let id = book.mark(Uuid::now_v7());
            assert_eq!((BookNumber::of_id(id), id.get_version_num()), (book, 7), "{id}");
            for key in [book.base() + 1, book.base() + 77, book.last()] {
                assert_eq!(BookNumber::of(key), book, "{key}");
            }
        }
        assert_eq!((BookNumber::FIRST.base(), BookNumber::of(1)), (0, BookNumber::FIRST));
        assert_eq!([0, -1, 4_097].map(BookNumber::new), [None; 3]);
    }

    #[test]
    fn accounts_are_spread_over_all_books() {
        let mut accounts = [0; 16];
        for account in 0..16_000 {
            accounts[BookNumber::of_new(&format!("acc_{account}"), 16).place()] += 1;
        }
        assert!(accounts.iter().all(|found| (800..1_200).contains(found)), "{accounts:?}");
        assert_eq!(BookNumber::of_new("acc_1", 1), BookNumber::FIRST);
    }
}
