use std::fmt;

use prose_backup_naming::{BackupName, CheckKind, DigestAlgorithm};

use crate::{Digest, Error, digest::HEX_DIGITS, error::excerpt};

/// The content of a digest file: one line, as `b3sum` and `sha256sum` print and check it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestFile {
    /// Of the stored bytes of the backup.
    pub digest: Digest,
    /// The backup.
    pub name: BackupName,
}

/// The digest in lower-case hexadecimal, two spaces, the full name of the backup, a line feed.
impl fmt::Display for DigestFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}  {}", self.digest.to_hex(), self.name)
    }
}

impl DigestFile {
    /// No digest file is longer. Nobody needs to read more of one than a byte beyond this.
    pub const MAX_BYTES: u64 = 1024;

    /// Reads a digest file that was found as the check of backup `expected`.
    ///
    /// Takes exactly what [`Display`](fmt::Display) prints. The tools take more: several lines,
    /// upper case, a `*` before the name, names of other files. None of that is ours, and a file
    /// that was copied or edited is better refused than understood.
    pub fn parse(
        bytes: &[u8],
        algorithm: DigestAlgorithm,
        expected: &BackupName,
    ) -> Result<Digest, Error> {
        parse(bytes, algorithm, expected).map_err(|problem| Error::DigestFile {
            check: Box::new(expected.check(CheckKind::Digest(algorithm))),
            problem,
        })
    }
}

fn parse(
    bytes: &[u8],
    algorithm: DigestAlgorithm,
    expected: &BackupName,
) -> Result<Digest, DigestFileProblem> {
    let line = only_line(bytes)?;
    let end = line.iter().position(|&b| b == b' ').unwrap_or(line.len());
    let (hex, rest) = line.split_at(end);
    let digest = digest(hex, algorithm)?;
    let name = after_separator(rest)?;
    if name == expected.to_string().as_bytes() {
        Ok(digest)
    } else if name.ends_with(b" ") {
        Err(DigestFileProblem::SpaceAtEnd)
    } else {
        Err(DigestFileProblem::OtherName {
            found: excerpt(&String::from_utf8_lossy(name)),
        })
    }
}

/// The line, without its end.
fn only_line(bytes: &[u8]) -> Result<&[u8], DigestFileProblem> {
    if bytes.is_empty() {
        return Err(DigestFileProblem::Empty);
    }
    if bytes.len() as u64 > DigestFile::MAX_BYTES {
        return Err(DigestFileProblem::TooLong);
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return Err(DigestFileProblem::ByteOrderMark);
    }
    if bytes.contains(&b'\r') {
        return Err(DigestFileProblem::CarriageReturn);
    }
    match bytes.iter().position(|&b| b == b'\n') {
        None => Err(DigestFileProblem::NoLineFeed),
        Some(end) if end + 1 < bytes.len() => Err(DigestFileProblem::SeveralLines),
        Some(end) => Ok(&bytes[..end]),
    }
}

fn digest(hex: &[u8], algorithm: DigestAlgorithm) -> Result<Digest, DigestFileProblem> {
    if !hex.iter().all(u8::is_ascii_hexdigit) {
        return Err(DigestFileProblem::NotHexadecimal);
    }
    if hex.iter().any(u8::is_ascii_uppercase) {
        return Err(DigestFileProblem::UpperCase);
    }
    Digest::from_hex(algorithm, hex).ok_or(DigestFileProblem::DigestLength { found: hex.len() })
}

/// The name in `rest`, which starts where the digest ends.
fn after_separator(rest: &[u8]) -> Result<&[u8], DigestFileProblem> {
    match rest {
        [b' ', b'*', ..] => Err(DigestFileProblem::BinaryMarker),
        [b' ', b' ', b' ', ..] => Err(DigestFileProblem::Separator),
        [b' ', b' ', name @ ..] => Ok(name),
        _ => Err(DigestFileProblem::Separator),
    }
}

/// What is wrong with a digest file. The messages continue a sentence about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DigestFileProblem {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is longer than any digest file.
    #[error("it is longer than {} bytes", DigestFile::MAX_BYTES)]
    TooLong,
    /// An editor put an invisible mark in front.
    #[error("it starts with a byte order mark")]
    ByteOrderMark,
    /// Its line ends as on Windows, or there is a stray carriage return.
    #[error("it contains a carriage return, and its line must end with a line feed alone")]
    CarriageReturn,
    /// It was cut short, or edited.
    #[error("it does not end with a line feed")]
    NoLineFeed,
    /// It lists several files, or there is an empty line.
    #[error("it has more than one line")]
    SeveralLines,
    /// It does not start with a digest.
    #[error("its digest is not hexadecimal")]
    NotHexadecimal,
    /// Its digest is not in lower case.
    #[error("its digest has upper-case digits, and lower case is required")]
    UpperCase,
    /// It starts with hexadecimal digits, but not as many as there must be.
    #[error("its digest has {found} digits in place of {HEX_DIGITS}")]
    DigestLength {
        /// How many there are.
        found: usize,
    },
    /// It was made with an option of the tools for other systems.
    #[error("it has the mark for binary files (*) before the name, where a second space must be")]
    BinaryMarker,
    /// One space, or three.
    #[error("there are not exactly two spaces between its digest and the name")]
    Separator,
    /// There is a space after the name.
    #[error("there is a space at the end of its line")]
    SpaceAtEnd,
    /// The name in it is not the name of the backup that it was found beside.
    #[error("it is about {found:?}, which is another file")]
    OtherName {
        /// What it names, cut if it is long.
        found: String,
    },
}
