//! Fingerprints of certificates and keys.

use std::fmt;
use std::str::FromStr;

use sequoia_openpgp as openpgp;

use crate::{Error, Result};

/// The fingerprint of a certificate or of one of its (sub)keys: 20 bytes for version 4, 32 bytes
/// for version 6 (RFC 9580, section 5.5.4).
///
/// `Display` writes upper-case hexadecimal digits without spaces; `FromStr` reads any case, with or
/// without spaces and a leading `0x`.
///
/// ```
/// use prose_backup_crypto::Fingerprint;
///
/// let f: Fingerprint = "0x2f0b 6f65 0d2e 8c4e 1b0c 9d6a 7f3e 5a1c 4d8b 9e20".parse()?;
/// assert_eq!(f.to_string(), "2F0B6F650D2E8C4E1B0C9D6A7F3E5A1C4D8B9E20");
/// # Ok::<(), prose_backup_crypto::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(openpgp::Fingerprint);

impl From<openpgp::Fingerprint> for Fingerprint {
    fn from(inner: openpgp::Fingerprint) -> Self {
        Self(inner)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::NotAFingerprint {
            text: text.chars().take(80).collect(),
        };
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let digits = digits
            .strip_prefix("0x")
            .or_else(|| digits.strip_prefix("0X"))
            .unwrap_or(&digits);
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        match digits.len() {
            40 | 64 => digits.parse().map(Self).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: &str = "2F0B6F650D2E8C4E1B0C9D6A7F3E5A1C4D8B9E20";
    const V6: &str = "2F0B6F650D2E8C4E1B0C9D6A7F3E5A1C4D8B9E20AABBCCDDEEFF001122334455";

    #[test]
    fn any_case_spaces_and_a_0x_are_the_same_fingerprint() {
        for text in [
            V4.to_string(),
            V4.to_lowercase(),
            format!("0x{V4}"),
            format!(" 0X{} {}\n", &V4[..20], &V4[20..].to_lowercase()),
        ] {
            let parsed: Fingerprint = text.parse().unwrap();
            assert_eq!(parsed.to_string(), V4, "{text}");
        }
        assert_eq!(V6.parse::<Fingerprint>().unwrap().to_string(), V6);
    }

    #[test]
    fn key_ids_and_other_texts_are_refused() {
        for text in ["", "0x", &V4[24..], &V4[1..], &V6[1..], "2F0B6F65é"] {
            assert!(text.parse::<Fingerprint>().is_err(), "{text}");
        }
        let wrong = V4.replace('F', "G");
        assert!(wrong.parse::<Fingerprint>().is_err());
    }
}
