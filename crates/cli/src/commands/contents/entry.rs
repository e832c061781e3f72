//! One entry, as a line and as a JSON object.

use std::{borrow::Cow, fmt::Write, io};

use prose_backup::{
    archive::{Entry, EntryKind, EntryPath, ModificationTime},
    naming::Timestamp,
};
use serde::Serialize;

use crate::escape;

/// How wide GNU tar makes owner and size together.
const OWNER_AND_SIZE: usize = 19;

/// A line as `tar -tv --numeric-owner` prints it, with the time in UTC to the second.
pub(super) fn line(entry: &Entry) -> String {
    let (letter, link) = match &entry.kind {
        EntryKind::File { .. } => ('-', String::new()),
        EntryKind::Directory => ('d', "/".to_owned()),
        EntryKind::Symlink { target } => ('l', format!(" -> {}", shown(target))),
        EntryKind::HardLink { target } => ('h', format!(" link to {}", shown(target))),
    };
    let owner = format!("{}/{}", entry.uid, entry.gid);
    let size = entry.size().to_string();
    let width = OWNER_AND_SIZE.saturating_sub(owner.len() + 1);
    format!(
        "{letter}{} {owner} {size:>width$} {} {}{link}\n",
        permissions(entry.mode),
        time(entry.modified),
        shown(&entry.path)
    )
}

fn shown(path: &EntryPath) -> String {
    escape::path(path.as_bytes())
}

/// `rwxr-xr-x`, with `s`, `S`, `t` and `T` for the set-id and sticky bits.
fn permissions(mode: u32) -> String {
    let mut text = String::with_capacity(9);
    for (shift, special, with, without) in [
        (6, 0o4000, 's', 'S'),
        (3, 0o2000, 's', 'S'),
        (0, 0o1000, 't', 'T'),
    ] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => with,
            (true, false) => without,
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    text
}

/// `YYYY-MM-DD HH:MM:SS`, or `@<seconds>` of a year that four digits cannot say.
fn time(modified: ModificationTime) -> String {
    match Timestamp::from_unix_seconds(modified.seconds()) {
        Ok(time) => time.to_string().replace('T', " ").replace('Z', ""),
        Err(_) => format!("@{}", modified.seconds()),
    }
}

/// A JSON object on one line.
pub(super) fn json(entry: &Entry) -> io::Result<String> {
    Ok(escape::json(&serde_json::to_string(&Document::of(entry))?))
}

/// See the help of the subcommand for what the fields mean.
#[derive(Serialize)]
struct Document<'a> {
    path: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
    kind: &'static str,
    mode: String,
    uid: u32,
    gid: u32,
    size_bytes: u64,
    modified_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_hex: Option<String>,
}

impl<'a> Document<'a> {
    fn of(entry: &'a Entry) -> Self {
        let (kind, target) = match &entry.kind {
            EntryKind::File { .. } => ("file", None),
            EntryKind::Directory => ("directory", None),
            EntryKind::Symlink { target } => ("symlink", Some(target)),
            EntryKind::HardLink { target } => ("hard_link", Some(target)),
        };
        Self {
            path: String::from_utf8_lossy(entry.path.as_bytes()),
            path_hex: hex_unless_text(&entry.path),
            kind,
            mode: format!("{:04o}", entry.mode),
            uid: entry.uid,
            gid: entry.gid,
            size_bytes: entry.size(),
            modified_at: rfc3339(entry.modified),
            target: target.map(|target| String::from_utf8_lossy(target.as_bytes())),
            target_hex: target.and_then(hex_unless_text),
        }
    }
}

/// The exact bytes of what JSON cannot say.
fn hex_unless_text(path: &EntryPath) -> Option<String> {
    let bytes = path.as_bytes();
    str::from_utf8(bytes).is_err().then(|| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    })
}

/// `YYYY-MM-DDTHH:MM:SS.nnnnnnnnnZ`, in a year that four digits can say.
fn rfc3339(modified: ModificationTime) -> Option<String> {
    let time = Timestamp::from_unix_seconds(modified.seconds()).ok()?;
    let time = time.to_string();
    let whole = time.trim_end_matches('Z');
    Some(format!("{whole}.{:09}Z", modified.nanoseconds()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &[u8], kind: EntryKind, mode: u32) -> Entry {
        Entry {
            path: path.into(),
            kind,
            mode,
            uid: 1000,
            gid: 33,
            modified: ModificationTime::new(-1, 5).unwrap(),
            xattrs: Vec::new(),
        }
    }

    fn samples() -> [Entry; 4] {
        [
            entry(b"v", EntryKind::Directory, 0o2775),
            entry(b"v/a\n\x1b[2J\xff", EntryKind::File { size: 7 }, 0o4640),
            entry(
                b"v/l",
                EntryKind::Symlink {
                    target: (&b"../\r\xfe"[..]).into(),
                },
                0o777,
            ),
            entry(
                b"v/h",
                EntryKind::HardLink {
                    target: "v/a b".into(),
                },
                0o1644,
            ),
        ]
    }

    #[test]
    fn lines_are_those_of_tar() {
        insta::assert_snapshot!(samples().each_ref().map(line).concat(), @r"
            drwxrwsr-x 1000/33           0 1969-12-31 23:59:59 v/
            -rwSr----- 1000/33           7 1969-12-31 23:59:59 v/a\n\033[2J\377
            lrwxrwxrwx 1000/33           0 1969-12-31 23:59:59 v/l -> ../\r\376
            hrw-r--r-T 1000/33           0 1969-12-31 23:59:59 v/h link to v/a b
            ");
    }

    #[test]
    fn objects_name_the_exact_bytes() {
        let objects = samples().each_ref().map(|entry| json(entry).unwrap());
        insta::assert_snapshot!(objects.join("\n"), @r#"
            {"path":"v","kind":"directory","mode":"2775","uid":1000,"gid":33,"size_bytes":0,"modified_at":"1969-12-31T23:59:59.000000005Z"}
            {"path":"v/a\n\u001b[2J�","path_hex":"762f610a1b5b324aff","kind":"file","mode":"4640","uid":1000,"gid":33,"size_bytes":7,"modified_at":"1969-12-31T23:59:59.000000005Z"}
            {"path":"v/l","kind":"symlink","mode":"0777","uid":1000,"gid":33,"size_bytes":0,"modified_at":"1969-12-31T23:59:59.000000005Z","target":"../\r�","target_hex":"2e2e2f0dfe"}
            {"path":"v/h","kind":"hard_link","mode":"1644","uid":1000,"gid":33,"size_bytes":0,"modified_at":"1969-12-31T23:59:59.000000005Z","target":"v/a b"}
            "#);
    }

    #[test]
    fn a_year_beyond_9999_has_no_date() {
        let mut entry = entry(b"v/a", EntryKind::File { size: 1 << 40 }, 0o644);
        entry.modified = ModificationTime::new(i64::MAX, 0).unwrap();
        insta::assert_snapshot!(line(&entry), @"-rw-r--r-- 1000/33 1099511627776 @9223372036854775807 v/a");
        assert!(json(&entry).unwrap().contains(r#""modified_at":null"#));
    }
}
