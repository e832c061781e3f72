//! Paths inside an archive: raw bytes, shown without harm.

use std::{
    ffi::OsStr,
    fmt,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// A path inside an archive, or the target of a link: raw bytes, UTF-8 or not.
///
/// [`Display`](fmt::Display) prints control characters, invisible characters, backslashes and
/// bytes that are not UTF-8 escaped, so that a name can neither break a line nor steer a terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryPath(Vec<u8>);

impl EntryPath {
    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The components between slashes; of a hostile path some may be empty.
    pub(crate) fn components(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|&byte| byte == b'/')
    }

    /// The path up to the last slash, and the name after it. The parent of a volume's root is empty.
    pub(crate) fn split_last(&self) -> (&[u8], &[u8]) {
        split_last(&self.0)
    }

    /// This path below `directory`, for messages.
    pub(crate) fn below(&self, directory: &Path) -> PathBuf {
        directory.join(OsStr::from_bytes(&self.0))
    }
}

/// See [`EntryPath::split_last`].
pub(crate) fn split_last(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (&[], path),
    }
}

/// Whether `directory` is `path` or contains it. The empty path contains all.
pub(crate) fn contains(directory: &[u8], path: &[u8]) -> bool {
    directory.is_empty()
        || path
            .strip_prefix(directory)
            .is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
}

impl From<Vec<u8>> for EntryPath {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for EntryPath {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl From<&str> for EntryPath {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_escaped(&self.0, f)
    }
}

/// A path on this machine, printed like an [`EntryPath`].
pub(crate) struct Shown<'a>(pub(crate) &'a Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_escaped(self.0.as_os_str().as_bytes(), f)
    }
}

fn write_escaped(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    use fmt::Write;
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character == '\\' || character.is_control() || is_invisible(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        for byte in chunk.invalid() {
            write!(f, "\\x{byte:02x}")?;
        }
    }
    Ok(())
}

/// Zero-width and text-direction characters, with which one name can pose as another.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::EntryPath;

    #[test]
    fn a_name_can_neither_break_a_line_nor_steer_a_terminal() {
        let path = EntryPath::from(&b"a/\xc3\xa9\n\x1b[2J\\\xff\xe2\x80\xae"[..]);
        assert_eq!(path.to_string(), r"a/é\n\u{1b}[2J\\\xff\u{202e}");
    }

    #[test]
    fn the_parent_of_a_volume_root_is_empty() {
        assert_eq!(EntryPath::from("v").split_last(), (&b""[..], &b"v"[..]));
        assert_eq!(
            EntryPath::from("v/a/b").split_last(),
            (&b"v/a"[..], &b"b"[..])
        );
    }
}
