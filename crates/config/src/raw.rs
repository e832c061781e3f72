//! A value before its key's type is known.

use std::ops::RangeInclusive;

use toml::de::{DeInteger, DeValue};

/// A value as a source wrote it.
///
/// There is no `Debug` on purpose: the value may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Raw {
    /// The text of an environment variable or of a default, whose type is that of its key.
    Untyped(String),
    /// A TOML string.
    Text(String),
    /// A TOML integer.
    Integer {
        /// The digits, with a sign.
        digits: String,
        /// What they count in: 2, 8, 10 or 16.
        radix: u32,
    },
    /// A TOML boolean.
    Boolean(bool),
    /// A TOML array.
    List(Vec<Raw>),
    /// Another kind of TOML value, which no key takes.
    Other(&'static str),
}

/// Why a value cannot be what its key needs: a fragment for `<key>: <fragment>`, without the
/// value wherever that may be a secret.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) String);

impl Refusal {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl Raw {
    pub(crate) fn from_toml(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Integer(integer) => Self::from_integer(integer),
            DeValue::Boolean(value) => Self::Boolean(*value),
            DeValue::Array(items) => Self::List(
                items
                    .iter()
                    .map(|item| Self::from_toml(item.get_ref()))
                    .collect(),
            ),
            DeValue::Float(_) => Self::Other("a floating-point number"),
            DeValue::Datetime(_) => Self::Other("a date or time"),
            DeValue::Table(_) => Self::Other("a table"),
        }
    }

    fn from_integer(integer: &DeInteger<'_>) -> Self {
        Self::Integer {
            digits: integer.as_str().to_owned(),
            radix: integer.radix(),
        }
    }

    /// The text, where `expected` is text.
    pub(crate) fn text(&self, expected: &str) -> Result<&str, Refusal> {
        match self {
            Self::Untyped(text) | Self::Text(text) => Ok(text),
            other => Err(other.unlike(expected)),
        }
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&self) -> Result<bool, Refusal> {
        let expected = "true or false";
        match self {
            Self::Boolean(value) => Ok(*value),
            Self::Untyped(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Self::Untyped(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Self::Untyped(text) => Err(Refusal(format!("expected {expected}, found {text:?}"))),
            other => Err(other.unlike(expected)),
        }
    }

    /// A whole number within a range, which `expected` describes.
    pub(crate) fn integer<T>(&self, expected: &str, range: &RangeInclusive<T>) -> Result<T, Refusal>
    where
        T: TryFrom<i128> + PartialOrd,
    {
        let number = match self {
            Self::Integer { digits, radix } => i128::from_str_radix(digits, *radix),
            Self::Untyped(text) => text.trim().parse(),
            other => return Err(other.unlike(expected)),
        };
        number
            .ok()
            .and_then(|number| T::try_from(number).ok())
            .filter(|number| range.contains(number))
            .ok_or_else(|| Refusal(format!("expected {expected}")))
    }

    /// That another type was expected than this value has; nothing of the value itself.
    pub(crate) fn unlike(&self, expected: &str) -> Refusal {
        let found = match self {
            Self::Untyped(_) => "other text",
            Self::Text(_) => "a string",
            Self::Integer { .. } => "a number",
            Self::Boolean(_) => "a boolean",
            Self::List(_) => "an array",
            Self::Other(kind) => kind,
        };
        Refusal(format!("expected {expected}, found {found}"))
    }
}
