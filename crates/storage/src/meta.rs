//! What a store knows of an object.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::key::Key;
use crate::nonce::Nonce;

/// What a store knows of an object without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectMeta {
    /// Its exact name.
    pub key: Key,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written, by the store's clock.
    pub modified: SystemTime,
    /// Which of all the objects that ever had this name it is; `None` where the store does not tell
    /// them apart.
    pub version: Option<Version>,
    /// The nonce that it was published with; `None` where the store did not keep it, and in
    /// listings.
    pub nonce: Option<Nonce>,
}

impl ObjectMeta {
    /// An object of which no more is known.
    pub fn new(key: Key, size: u64, modified: SystemTime) -> Self {
        Self {
            key,
            size,
            modified,
            version: None,
            nonce: None,
        }
    }
}

/// A store's own text for one version of an object.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Version(Arc<str>);

impl Version {
    /// Takes the store's text as it is.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The store's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
