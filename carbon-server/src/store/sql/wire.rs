//! Values as PostgreSQL's protocol has them.

use crate::store::sql::{
    error::{Error, Result},
    value::{Value, ValueRef},
};
use std::error::Error as StdError;
use tokio_postgres::{
    Row,
    types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};

/// A parameter as it is sent; `None` is null.
#[derive(Debug)]
pub(super) struct Encoded(Option<BytesMut>);

impl Encoded {
    /// As a parameter of that type.
    pub(super) fn of(value: &(dyn ToSql + Sync), kind: &Type) -> Result<Self> {
        let mut bytes = BytesMut::new();
        Ok(match value.to_sql_checked(kind, &mut bytes).map_err(Error::Unreadable)? {
            IsNull::Yes => Encoded(None),
            IsNull::No => Encoded(Some(bytes)),
        })
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match (self, kind) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(kind, out),
            (Value::Integer(number), &Type::BOOL) => (*number != 0).to_sql(kind, out),
            (Value::Integer(number), _) => number.to_sql(kind, out),
            (Value::Bool(holds), &Type::BOOL) => holds.to_sql(kind, out),
            (Value::Bool(holds), _) => i64::from(*holds).to_sql(kind, out),
            // A null character is in no text that was ever taken, and the server refuses even to look for one.
            (Value::Text(text), _) if text.contains('\0') => text.replace('\0', "\u{FFFD}").to_sql(kind, out),
            (Value::Text(text), _) => text.to_sql(kind, out),
            (Value::Blob(bytes), _) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT4, Type::INT8, Type::BOOL, Type::TEXT, Type::VARCHAR, Type::BYTEA].contains(kind)
    }

    to_sql_checked!();
}

impl ToSql for Encoded {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn StdError + Sync + Send>> {
        Ok(match &self.0 {
            None => IsNull::Yes,
            Some(bytes) => {
                out.extend_from_slice(bytes);
                IsNull::No
            }
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The value in a column of a row.
pub(super) fn value_in(row: &Row, column: usize) -> Result<ValueRef<'_>> {
    Ok(row.try_get::<_, Option<OwnedByRow<'_>>>(column)?.map_or(ValueRef::Null, |found| found.0))
}

struct OwnedByRow<'r>(ValueRef<'r>);

impl<'r> FromSql<'r> for OwnedByRow<'r> {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> std::result::Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(OwnedByRow(match *kind {
            Type::INT4 => ValueRef::Integer(i32::from_sql(kind, raw)?.into()),
            Type::INT8 => ValueRef::Integer(i64::from_sql(kind, raw)?),
            Type::BOOL => ValueRef::Integer(bool::from_sql(kind, raw)?.into()),
            Type::BYTEA => ValueRef::Blob(raw),
            _ => ValueRef::Text(<&str>::from_sql(kind, raw)?),
        }))
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT4, Type::INT8, Type::BOOL, Type::TEXT, Type::VARCHAR, Type::BYTEA].contains(kind)
    }
}
