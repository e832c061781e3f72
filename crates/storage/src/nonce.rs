//! What tells one run's objects from another's.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::error::{Cause, Error, Result};

/// 128 random bits that mark what one run published.
///
/// A store that can keep metadata keeps the nonce with the object, so that a run whose last answer
/// was lost can look ([`ObjectStore::head`](crate::ObjectStore::head)) and tell its own object from
/// another's. Its text is 32 lower-case hexadecimal digits; [`FromStr`] and
/// [`Display`](fmt::Display) are inverses. It is no secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nonce([u8; 16]);

impl Nonce {
    /// A new one from the system's generator.
    pub fn random() -> Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|e| Error::Random {
            source: Cause(Arc::new(e)),
        })?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Nonce {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let digits = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() != 32 || !text.bytes().all(digits) {
            return Err(Error::InvalidNonce { text: text.into() });
        }
        match u128::from_str_radix(text, 16) {
            Ok(bits) => Ok(Self(bits.to_be_bytes())),
            Err(_) => Err(Error::InvalidNonce { text: text.into() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_nonces_differ_and_their_text_gives_them_back() {
        let (a, b) = (Nonce::random().unwrap(), Nonce::random().unwrap());
        assert_ne!(a, b);
        assert_eq!(a.to_string().parse::<Nonce>().unwrap(), a);
        assert_eq!(Nonce([0; 16]).to_string(), "0".repeat(32));
    }

    #[test]
    fn other_spellings_of_a_nonce_are_refused() {
        for text in [
            "",
            "00",
            &"A".repeat(32),
            &format!("+{}", "0".repeat(31)),
            &"0".repeat(33),
        ] {
            assert!(text.parse::<Nonce>().is_err(), "{text:?}");
        }
    }
}
