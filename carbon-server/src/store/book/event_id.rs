//! An event id as the ledger keeps it.

use crate::store::sql::{self, ValueRef};
use rusqlite::{
    ToSql,
    types::{self, ToSqlOutput},
};

/// An event id, a UUID in its usual writing as its 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum StoredId<'a> {
    Uuid(uuid::Uuid),
    Text(&'a str),
}

impl<'a> From<&'a str> for StoredId<'a> {
    fn from(text: &'a str) -> Self {
        // No other writing of a UUID has this length.
        let is_usual = |text: &str| {
            text.len() == uuid::fmt::Hyphenated::LENGTH && !text.bytes().any(|byte| byte.is_ascii_uppercase())
        };
        match uuid::Uuid::try_parse(text) {
            Ok(uuid) if is_usual(text) => StoredId::Uuid(uuid),
            _ => StoredId::Text(text),
        }
    }
}

impl<'a> StoredId<'a> {
    /// The id in a column: on a server it stands as it was sent.
    pub(in crate::store) fn of(value: ValueRef<'a>) -> sql::Result<Self> {
        match value {
            ValueRef::Blob(bytes) => {
                uuid::Uuid::from_slice(bytes).map(StoredId::Uuid).map_err(sql::Error::unreadable)
            }
            text => text.as_str().map(StoredId::from),
        }
    }

    /// As it was sent.
    pub(in crate::store) fn to_text(self) -> String {
        match self {
            StoredId::Uuid(uuid) => uuid.hyphenated().to_string(),
            StoredId::Text(text) => text.to_owned(),
        }
    }

    /// Writes it as it was sent.
    pub(in crate::store) fn write_text(&self, out: &mut Vec<u8>) {
        let mut usual = [0; uuid::fmt::Hyphenated::LENGTH];
        out.extend_from_slice(match self {
            StoredId::Uuid(uuid) => uuid.hyphenated().encode_lower(&mut usual).as_bytes(),
            StoredId::Text(text) => text.as_bytes(),
        });
    }
}

impl ToSql for StoredId<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            StoredId::Uuid(uuid) => ToSqlOutput::Borrowed(types::ValueRef::Blob(uuid.as_bytes())),
            StoredId::Text(text) => ToSqlOutput::from(*text),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn uuids_read_as_they_were_sent(uuid: u128, upper: u64, form in 0..4) {
            let uuid = uuid::Uuid::from_u128(uuid);
            let text = match form {
                0 | 1 => uuid.hyphenated().to_string(),
                2 => uuid.simple().to_string(),
                _ => uuid.braced().to_string(),
            };
            let letters = text.chars().enumerate().map(|(place, letter)| {
                if form > 0 && upper >> (place % 64) & 1 == 1 { letter.to_ascii_uppercase() } else { letter }
            });
            let text: String = letters.collect();
            let mut read = Vec::new();
            StoredId::from(text.as_str()).write_text(&mut read);
            prop_assert_eq!(&String::from_utf8(read).unwrap(), &text);
            prop_assert_eq!(&StoredId::from(text.as_str()).to_text(), &text);
            prop_assert_eq!(matches!(StoredId::from(text.as_str()), StoredId::Uuid(_)), text == uuid.to_string());
        }
    }

    #[test]
    fn ids_read_as_they_were_sent() {
        for id in ["e-1", "01a20abd-28b2-761c-af30-e523aaa1ccfe", "01A20ABD-28B2-761C-AF30-E523AAA1CCFE", "é"]
        {
            let mut text = Vec::new();
            StoredId::from(id).write_text(&mut text);
            assert_eq!(text, id.as_bytes());
        }
        assert!(matches!(StoredId::from("01a20abd-28b2-761c-af30-e523aaa1ccfe"), StoredId::Uuid(_)));
        assert!(matches!(StoredId::from("01a20abd28b2761caf30e523aaa1ccfe"), StoredId::Text(_)));
    }
}
