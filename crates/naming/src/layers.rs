use std::{fmt, str::FromStr};

use crate::ParseError;

/// How the archive is compressed, as its name says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compression {
    /// Not at all.
    Off,
    /// Zstandard (RFC 8878): `.zst`.
    Zstd,
}

/// How the compressed archive is encrypted, as its name says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encryption {
    /// Not at all.
    Off,
    /// OpenPGP (RFC 9580): `.gpg`.
    OpenPgp,
}

/// What lies around the archive. A layer is in the name only when it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Layers {
    /// The inner layer.
    pub compression: Compression,
    /// The outer layer.
    pub encryption: Encryption,
}

impl Layers {
    const ALL: [Self; 4] = {
        use Compression::{Off as Plain, Zstd};
        use Encryption::{Off as Clear, OpenPgp};
        const fn layers(compression: Compression, encryption: Encryption) -> Layers {
            Layers {
                compression,
                encryption,
            }
        }
        [
            layers(Plain, Clear),
            layers(Zstd, Clear),
            layers(Plain, OpenPgp),
            layers(Zstd, OpenPgp),
        ]
    };

    fn extensions(self) -> &'static str {
        match (self.compression, self.encryption) {
            (Compression::Off, Encryption::Off) => ".tar",
            (Compression::Zstd, Encryption::Off) => ".tar.zst",
            (Compression::Off, Encryption::OpenPgp) => ".tar.gpg",
            (Compression::Zstd, Encryption::OpenPgp) => ".tar.zst.gpg",
        }
    }
}

/// The extensions, with the leading dot: `.tar.zst.gpg`.
impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extensions())
    }
}

impl FromStr for Layers {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::ALL
            .into_iter()
            .find(|layers| layers.extensions() == text)
            .ok_or_else(|| {
                ParseError::new(
                    "list of extensions",
                    text,
                    "it must be one of .tar, .tar.zst, .tar.gpg, .tar.zst.gpg",
                )
            })
    }
}
