//! One entry as header blocks, and back.

use std::borrow::Cow;

use super::{
    header::{Block, Header, padding},
    pax,
};
use crate::{
    EntryPath, Xattr,
    entry::{Entry, EntryKind, ModificationTime},
};

/// The type flag of a pax extended header.
pub(crate) const EXTENDED: u8 = b'x';

const FILE: u8 = b'0';
const HARD_LINK: u8 = b'1';
const SYMLINK: u8 = b'2';
const DIRECTORY: u8 = b'5';

/// The name of every extended header, and its mode: programs that do not know pax see a small file.
const EXTENDED_NAME: &[u8] = b"PaxHeader";
const EXTENDED_MODE: u64 = 0o600;

/// Why a header is no entry of ours.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A device node or a named pipe of this path.
    SpecialFile(EntryPath),
    /// Anything else.
    Malformed(Cow<'static, str>),
}

impl<T: Into<Cow<'static, str>>> From<T> for Refusal {
    fn from(why: T) -> Self {
        Self::Malformed(why.into())
    }
}

/// The type flag of a kind of entry.
pub(crate) fn typeflag(kind: &EntryKind) -> u8 {
    match kind {
        EntryKind::File { .. } => FILE,
        EntryKind::HardLink { .. } => HARD_LINK,
        EntryKind::Symlink { .. } => SYMLINK,
        EntryKind::Directory => DIRECTORY,
    }
}

/// Appends all header blocks of an entry, and answers how many bytes its extended header holds (0
/// without one).
pub(crate) fn encode(entry: &Entry, out: &mut Vec<u8>) -> usize {
    let records = extended_records(entry);
    if !records.is_empty() {
        let header = Header {
            name: EXTENDED_NAME,
            mode: EXTENDED_MODE,
            size: records.len() as u64,
            typeflag: EXTENDED,
            ..Header::default()
        };
        out.extend_from_slice(&header.encode());
        out.extend_from_slice(&records);
        out.resize(out.len() + padding(records.len() as u64), 0);
    }

    let path = stored_path(entry);
    let (prefix, name) = split(&path).unwrap_or((&[], cut(&path)));
    let target = link_target(entry);
    let header = Header {
        name,
        prefix,
        mode: entry.mode.into(),
        uid: entry.uid.into(),
        gid: entry.gid.into(),
        size: entry.size(),
        mtime: u64::try_from(entry.modified.seconds()).unwrap_or(0),
        typeflag: typeflag(&entry.kind),
        link_name: if fits_link_name(target) {
            target
        } else {
            cut(target)
        },
    };
    out.extend_from_slice(&header.encode());
    records.len()
}

/// The pax records of what a header block cannot say, in their one order.
fn extended_records(entry: &Entry) -> Vec<u8> {
    let mut records = Vec::new();
    let path = stored_path(entry);
    let path = split(&path).is_none().then_some(path);
    let target = link_target(entry);
    let target = (!fits_link_name(target)).then_some(target);

    let is_text = |bytes: &[u8]| std::str::from_utf8(bytes).is_ok();
    if !path.as_deref().is_none_or(is_text) || !target.is_none_or(is_text) {
        pax::put(&mut records, b"hdrcharset", b"BINARY");
    }
    if let Some(path) = path {
        pax::put(&mut records, b"path", &path);
    }
    if let Some(target) = target {
        pax::put(&mut records, b"linkpath", target);
    }
    let mut number = |key: &[u8], value: u64, end: u64| {
        if value >= end {
            pax::put(&mut records, key, value.to_string().as_bytes());
        }
    };
    number(b"size", entry.size(), Header::LONG_END);
    number(b"uid", entry.uid.into(), Header::ID_END);
    number(b"gid", entry.gid.into(), Header::ID_END);
    if !fits_mtime(entry.modified) {
        let text = pax::format_time(entry.modified);
        pax::put(&mut records, b"mtime", text.as_bytes());
    }
    for xattr in &entry.xattrs {
        pax::put_xattr(&mut records, xattr);
    }
    records
}

/// Whether the field of whole seconds says all of a time.
fn fits_mtime(time: ModificationTime) -> bool {
    let seconds = u64::try_from(time.seconds());
    time.nanoseconds() == 0 && seconds.is_ok_and(|seconds| seconds < Header::LONG_END)
}

/// The path as it stands in the archive: a directory's ends in a slash.
fn stored_path(entry: &Entry) -> Vec<u8> {
    let mut path = entry.path.as_bytes().to_vec();
    if entry.kind == EntryKind::Directory {
        path.push(b'/');
    }
    path
}

fn link_target(entry: &Entry) -> &[u8] {
    entry
        .kind
        .link_target()
        .map_or(&[], |target| target.as_bytes())
}

fn fits_link_name(target: &[u8]) -> bool {
    target.len() <= Header::MAX_NAME && !target.contains(&0)
}

/// Splits a path into prefix and name, at the last slash that the prefix has room for; `None` when
/// the fields have no room for it.
fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    if path.contains(&0) {
        return None;
    }
    if path.len() <= Header::MAX_NAME {
        return Some((&[], path));
    }
    // A slash at the very end belongs to the name, which must not be empty.
    let candidates = &path[..path.len().min(Header::MAX_PREFIX + 2) - 1];
    let slash = candidates.iter().rposition(|&byte| byte == b'/')?;
    let (prefix, name) = (&path[..slash], &path[slash + 1..]);
    let fits = !prefix.is_empty() && !name.is_empty() && name.len() <= Header::MAX_NAME;
    fits.then_some((prefix, name))
}

/// What a field shows of a path that it has no room for: the first 100 bytes, up to a zero byte,
/// without slashes at the end, by which some programs would take a file for a directory.
fn cut(path: &[u8]) -> &[u8] {
    let mut shown = &path[..path.len().min(Header::MAX_NAME)];
    shown = shown.split(|&byte| byte == 0).next().unwrap_or_default();
    while let Some(shorter) = shown.strip_suffix(b"/") {
        shown = shorter;
    }
    shown
}

/// Reads an entry from its header block and the body of its extended header, if it has one.
///
/// The caller must encode the entry again and compare.
pub(crate) fn decode(extended: Option<&[u8]>, block: &Block) -> Result<Entry, Refusal> {
    let header = Header::decode(block)?;
    let records = pax::Records::decode(extended.unwrap_or_default())?;
    let mut path = records.path.unwrap_or_else(|| joined(&header));
    let target = EntryPath::from(
        records
            .link_path
            .unwrap_or_else(|| header.link_name.to_vec()),
    );

    let kind = match header.typeflag {
        FILE => EntryKind::File {
            size: records.size.unwrap_or(header.size),
        },
        HARD_LINK => EntryKind::HardLink { target },
        SYMLINK => EntryKind::Symlink { target },
        DIRECTORY => {
            if path.pop() != Some(b'/') {
                return Err("the path of a directory does not end in a slash".into());
            }
            EntryKind::Directory
        }
        b'3' | b'4' | b'6' => return Err(Refusal::SpecialFile(path.into())),
        other => {
            return Err(format!(
                "entries of type '{}' are not used in this format",
                other.escape_ascii()
            )
            .into());
        }
    };
    if path.ends_with(b"/") {
        return Err("a path ends in a slash too many".into());
    }
    let small = |number: u64| u32::try_from(number).map_err(|_| "a number is too large");
    let mode = small(header.mode)?;
    let is_symlink = matches!(kind, EntryKind::Symlink { .. });
    if mode > 0o7777 || (is_symlink && mode != 0o777) {
        return Err("the mode of an entry is malformed".into());
    }
    check_xattrs(&kind, &records.xattrs)?;
    Ok(Entry {
        path: path.into(),
        kind,
        mode,
        uid: small(records.uid.unwrap_or(header.uid))?,
        gid: small(records.gid.unwrap_or(header.gid))?,
        modified: match records.modified {
            Some(time) => time,
            None => i64::try_from(header.mtime)
                .ok()
                .and_then(|seconds| ModificationTime::new(seconds, 0))
                .ok_or("a time is too large")?,
        },
        xattrs: records.xattrs,
    })
}

/// The path that prefix and name make together.
fn joined(header: &Header<'_>) -> Vec<u8> {
    if header.prefix.is_empty() {
        return header.name.to_vec();
    }
    [header.prefix, b"/", header.name].concat()
}

fn check_xattrs(kind: &EntryKind, xattrs: &[Xattr]) -> Result<(), &'static str> {
    if !xattrs.is_empty() && matches!(kind, EntryKind::HardLink { .. }) {
        return Err("a hard link has extended attributes");
    }
    if !xattrs.is_sorted_by(|a, b| a.name < b.name) {
        return Err("extended attributes are not sorted");
    }
    if xattrs
        .iter()
        .any(|xattr| xattr.name.is_empty() || xattr.name.contains(&0))
    {
        return Err("the name of an extended attribute is malformed");
    }
    // The list of names has a zero byte after each.
    let list: usize = xattrs.iter().map(|xattr| xattr.name.len() + 1).sum();
    if list > Xattr::MAX_VALUE
        || xattrs
            .iter()
            .any(|xattr| xattr.name.len() > Xattr::MAX_NAME || xattr.value.len() > Xattr::MAX_VALUE)
    {
        return Err("the extended attributes are larger than any file can have");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
