//! What a key's value can be: how it is read, shown, and described to an editor.

mod choice;
mod number;
mod path;
mod text;
mod time;

use schemars::Schema;
use serde_json::Value as Json;

use crate::raw::{Raw, Refusal};

pub(crate) use choice::{Provider, Switch};
pub(crate) use number::{Concurrency, Count, Level, Mode, PartSize, Size};
pub(crate) use text::{Bucket, Endpoint, Prefix, Text, fingerprint};
pub(crate) use time::Ttl;

/// The type of a key's value.
pub(crate) trait Value: Sized {
    /// Reads what a source wrote.
    fn read(raw: &Raw) -> Result<Self, Refusal>;

    /// The value for `config show`, in its usual spelling; never a secret.
    fn show(&self) -> Json;

    /// What a file may hold here.
    fn schema() -> Schema;
}
