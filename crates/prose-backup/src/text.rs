//! Names in reports: serialized as they are printed.

use std::{fmt::Display, path::Path};

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

/// For paths: what is not UTF-8 in them is replaced, for JSON cannot say it.
pub(crate) fn as_path<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}
