//! The name of an object.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::error::{Error, Result};

/// The exact name of one object in a store. Cheap to clone.
///
/// A key is UTF-8, 1 to [`Key::MAX_BYTES`] bytes long, holds neither `/` nor NUL and does not begin
/// with a dot. So it is one component of a path: it cannot leave a directory, and it cannot name
/// the hidden files that a store keeps for itself. Everything else is allowed, line breaks and
/// other control characters included, since a listing has to be able to name what others left in a
/// store. Messages show such characters escaped.
///
/// [`FromStr`] and [`Display`](fmt::Display) are inverses.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Arc<str>);

impl Key {
    /// The longest key, in bytes; S3 takes no longer ones.
    pub const MAX_BYTES: usize = 1024;

    /// Checks and takes a name.
    pub fn new(text: &str) -> Result<Self> {
        match broken_rule(text) {
            None => Ok(Self(text.into())),
            Some(rule) => Err(Error::InvalidKey {
                key: text.into(),
                rule,
            }),
        }
    }

    /// The name as it is.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn broken_rule(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("a key cannot be empty")
    } else if text.len() > Key::MAX_BYTES {
        Some("a key has at most 1024 bytes")
    } else if text.starts_with('.') {
        Some("a key cannot begin with a dot")
    } else if text.contains('/') {
        Some("a key cannot hold a slash")
    } else if text.contains('\0') {
        Some("a key cannot hold a NUL")
    } else {
        None
    }
}

impl FromStr for Key {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::new(text)
    }
}

impl AsRef<str> for Key {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Shows a name that others may have chosen on one line of bounded length, so that it can neither
/// steer a terminal nor fill a log.
pub(crate) struct Shown<'a>(pub(crate) &'a str);

impl Shown<'_> {
    const MAX_CHARS: usize = 300;
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (count, c) in self.0.chars().enumerate() {
            if count == Self::MAX_CHARS {
                return f.write_str("…");
            }
            if c.is_control()
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            {
                write!(f, "{}", c.escape_unicode())?;
            } else {
                write!(f, "{c}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_that_could_leave_or_hide_in_a_directory_are_refused() {
        for text in [
            "",
            ".",
            "..",
            ".hidden",
            "a/b",
            "/a",
            "a\0b",
            &"x".repeat(1025),
        ] {
            assert!(Key::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn odd_names_are_keys() {
        for text in [
            "a",
            "a.",
            "a..b",
            "-rf",
            "a b",
            "ä\n\u{1b}[31m",
            "%2e%2e",
            &"x".repeat(1024),
        ] {
            assert_eq!(Key::new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn control_and_direction_characters_are_shown_escaped() {
        assert_eq!(
            Shown("a\n\u{1b}[31mä\u{202e}").to_string(),
            "a\\u{a}\\u{1b}[31mä\\u{202e}"
        );
        assert_eq!(Shown(&"x".repeat(1000)).to_string().chars().count(), 301);
    }

    proptest! {
        #[test]
        fn printing_a_key_and_parsing_it_gives_it_back(text in ".{0,40}") {
            if let Ok(key) = Key::new(&text) {
                prop_assert_eq!(key.to_string().parse::<Key>().unwrap(), key);
            }
        }
    }
}
