use std::{fmt, str::FromStr};

use crate::ParseError;

const WHAT: &str = "label";

/// The first part of a backup's name: who it belongs to, `prose` unless chosen otherwise.
///
/// Grammar: `[a-z0-9-]{1,64}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(String);

impl Label {
    /// The longest label, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// A label that a caller chose for a new backup.
    ///
    /// Beyond the grammar, an ending `-r<digits>` is refused: it marks a backup that was encrypted
    /// anew and stands for the one without it.
    pub fn choose(text: &str) -> Result<Self, ParseError> {
        let label: Self = text.parse()?;
        if label.is_reserved() {
            return Err(ParseError::new(
                WHAT,
                text,
                "an ending -r<digits> is reserved for backups that were encrypted anew",
            ));
        }
        Ok(label)
    }

    /// The label as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the label ends in `-r<digits>`.
    fn is_reserved(&self) -> bool {
        self.0.rsplit_once("-r").is_some_and(|(_, digits)| {
            !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
        })
    }
}

impl Default for Label {
    fn default() -> Self {
        Self("prose".to_owned())
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Label {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text.is_empty() {
            return Err(ParseError::new(WHAT, text, "it is empty"));
        }
        if text.len() > Self::MAX_BYTES {
            return Err(ParseError::new(
                WHAT,
                text,
                "it is longer than 64 characters",
            ));
        }
        if !text
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        {
            return Err(ParseError::new(
                WHAT,
                text,
                "only a-z, 0-9 and - are allowed",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}
