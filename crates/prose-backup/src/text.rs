//! Names in reports: serialized as they are printed.

use std::fmt::Display;

use serde::Serializer;

/// For `#[serde(serialize_with)]`.
pub(crate) fn as_text<T: Display, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// The same for a list.
pub(crate) fn as_texts<T: Display, S: Serializer>(
    values: &[T],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(ToString::to_string))
}
