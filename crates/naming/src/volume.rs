use std::{fmt, str::FromStr};

use crate::ParseError;

const WHAT: &str = "volume name";

/// The name of a directory or file that a backup holds; in the archive, its first path component.
///
/// Grammar: `[a-z0-9][a-z0-9._-]{0,63}`, but neither of the two names that the archive format
/// keeps for its own records.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VolumeName(String);

impl VolumeName {
    /// The longest volume name, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// Names that the archive format uses itself.
    pub const RESERVED: [&str; 2] = ["prose-backup.json", "prose-backup-end.json"];

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VolumeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for VolumeName {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let refuse = |why| Err(ParseError::new(WHAT, text, why));
        let Some(first) = text.bytes().next() else {
            return refuse("it is empty");
        };
        if text.len() > Self::MAX_BYTES {
            return refuse("it is longer than 64 characters");
        }
        if !matches!(first, b'a'..=b'z' | b'0'..=b'9') {
            return refuse("it must begin with a-z or 0-9");
        }
        if !text
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
        {
            return refuse("only a-z, 0-9, '.', '_' and '-' are allowed");
        }
        if Self::RESERVED.contains(&text) {
            return refuse("the archive format uses that name itself");
        }
        Ok(Self(text.to_owned()))
    }
}
