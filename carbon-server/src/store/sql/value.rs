//! Values that go into statements and come out of rows, the same for every engine.

use crate::store::sql::error::{Error, Result};

/// A value for a statement's parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Value<'a> {
    Null,
    Integer(i64),
    Bool(bool),
    Text(&'a str),
    Blob(&'a [u8]),
}

/// What can be a statement's parameter.
pub(in crate::store) trait ToValue {
    fn to_value(&self) -> Result<Value<'_>>;
}

impl ToValue for i64 {
    fn to_value(&self) -> Result<Value<'_>> {
        Ok(Value::Integer(*self))
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl ToValue for $integer {
            fn to_value(&self) -> Result<Value<'_>> {
                i64::try_from(*self).map(Value::Integer).map_err(Error::unreadable)
            }
        }

        impl FromValue for $integer {
            fn from_value(value: ValueRef<'_>) -> Result<Self> {
                i64::from_value(value)?.try_into().map_err(Error::unreadable)
            }
        }
    )*};
}

integers!(u32, u64, usize);

impl ToValue for bool {
    fn to_value(&self) -> Result<Value<'_>> {
        Ok(Value::Bool(*self))
    }
}

impl ToValue for str {
    fn to_value(&self) -> Result<Value<'_>> {
        Ok(Value::Text(self))
    }
}

impl ToValue for String {
    fn to_value(&self) -> Result<Value<'_>> {
        Ok(Value::Text(self))
    }
}

impl ToValue for [u8] {
    fn to_value(&self) -> Result<Value<'_>> {
        Ok(Value::Blob(self))
    }
}

impl ToValue for Vec<u8> {
    fn to_value(&self) -> Result<Value<'_>> {
        Ok(Value::Blob(self))
    }
}

impl<const N: usize> ToValue for [u8; N] {
    fn to_value(&self) -> Result<Value<'_>> {
        Ok(Value::Blob(self))
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Result<Value<'_>> {
        self.as_ref().map_or(Ok(Value::Null), ToValue::to_value)
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Result<Value<'_>> {
        (**self).to_value()
    }
}

/// The parameters of a statement, in their order.
pub(in crate::store) trait Params {
    fn values(&self) -> Result<Vec<Value<'_>>>;
}

impl Params for &[&dyn ToValue] {
    fn values(&self) -> Result<Vec<Value<'_>>> {
        self.iter().map(|value| value.to_value()).collect()
    }
}

impl<T: ToValue, const N: usize> Params for [T; N] {
    fn values(&self) -> Result<Vec<Value<'_>>> {
        self.iter().map(ToValue::to_value).collect()
    }
}

/// No parameters.
pub(in crate::store) const NONE: [i64; 0] = [];

/// Parameters of different types, for [`Params`].
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$(&$value as &dyn $crate::store::sql::ToValue),*] as &[&dyn $crate::store::sql::ToValue]
    };
}
pub(in crate::store) use params;

/// A value in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum ValueRef<'r> {
    Null,
    Integer(i64),
    Text(&'r str),
    Blob(&'r [u8]),
}

impl<'r> ValueRef<'r> {
    /// A text.
    pub(in crate::store) fn as_str(self) -> Result<&'r str> {
        match self {
            ValueRef::Text(text) => Ok(text),
            other => Err(other.is_no("text")),
        }
    }

    /// Bytes.
    pub(in crate::store) fn as_blob(self) -> Result<&'r [u8]> {
        match self {
            ValueRef::Blob(bytes) => Ok(bytes),
            other => Err(other.is_no("bytes")),
        }
    }

    /// What `read` makes of it, unless it is null.
    pub(in crate::store) fn unless_null<T>(self, read: impl FnOnce(Self) -> Result<T>) -> Result<Option<T>> {
        if self == ValueRef::Null { Ok(None) } else { read(self).map(Some) }
    }

    fn is_no(self, kind: &str) -> Error {
        let is = match self {
            ValueRef::Null => "nothing",
            ValueRef::Integer(_) => "a number",
            ValueRef::Text(_) => "a text",
            ValueRef::Blob(_) => "bytes",
        };
        Error::unreadable(format!("{kind} should stand there, and {is} does"))
    }
}

/// What can be read from a row.
pub(in crate::store) trait FromValue: Sized {
    fn from_value(value: ValueRef<'_>) -> Result<Self>;
}

impl FromValue for i64 {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Integer(number) => Ok(number),
            other => Err(other.is_no("a number")),
        }
    }
}

impl FromValue for bool {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        i64::from_value(value).map(|number| number != 0)
    }
}

impl FromValue for String {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        value.as_blob().map(<[u8]>::to_vec)
    }
}

impl<const N: usize> FromValue for [u8; N] {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        value.as_blob()?.try_into().map_err(Error::unreadable)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        value.unless_null(T::from_value)
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match *self {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(number),
            Value::Bool(holds) => ValueRef::Integer(holds.into()),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
