//! Every way to spell every key, and where its value goes.

use std::sync::LazyLock;

use crate::keys::{AnyKey, KEYS, STORE_KEYS};
use crate::suggest::nearest;

/// The places of a store's keys. The first is the default of the others.
pub(crate) const STORES: [&str; 4] = [
    "storage",
    "storage.backups",
    "storage.checks",
    "storage.checks.previous",
];

/// Short spellings, and what they stand for.
const ALIASES: [(&str, &str); 4] = [
    ("s3", "storage.s3"),
    ("fs", "storage.fs"),
    ("pgp", "signing.pgp"),
    ("pgp", "encryption.pgp"),
];

/// Keys that hold the file of a secret: their value takes the secret's place.
const SECRET_FILES: [(&str, &str); 3] = [
    ("secret_key_file", "secret_key"),
    ("session_token_file", "session_token"),
    ("passphrase_files", "passphrases"),
];

/// How paths end that people write who have not read the reference, and what they look for.
const MISTAKES: [(&str, &str); 7] = [
    ("gpg", "pgp"),
    ("s3.access_key_id", "s3.access_key"),
    ("s3.secret_access_key", "s3.secret_key"),
    ("encryption.enabled", "encryption.mode"),
    ("encryption.pgp.enabled", "encryption.mode"),
    ("signing.mode", "signing.pgp.enabled"),
    ("compression.level", "compression.zstd.compression_level"),
];

/// One spelling of one key.
pub(crate) struct Entry {
    /// The path below `backups`; a `*` matches any one segment.
    pub(crate) spelling: String,
    /// Where the value goes: one place, or two for a key that `pgp` sets at both.
    pub(crate) slots: Vec<String>,
    /// The key itself.
    pub(crate) key: &'static dyn AnyKey,
}

impl Entry {
    fn new(spelling: String, full_path: &str, key: &'static dyn AnyKey) -> Self {
        Self {
            spelling,
            slots: vec![slot(full_path)],
            key,
        }
    }

    fn segments(&self) -> impl Iterator<Item = &str> {
        self.spelling.split('.')
    }

    /// How many segments are left after `path`, if this spelling begins with it.
    fn left_after(&self, path: &[String]) -> Option<usize> {
        let mut segments = self.segments();
        for wanted in path {
            let segment = segments.next()?;
            if segment != "*" && segment != wanted {
                return None;
            }
        }
        Some(segments.count())
    }
}

/// What a path below `backups` is.
pub(crate) enum Found {
    /// A key.
    Key(&'static Entry),
    /// A table of keys.
    Table,
    /// Nothing there is.
    Unknown,
}

/// Every spelling there is, in the order of the table of keys.
pub(crate) static CATALOGUE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut entries = Vec::new();
    for store in STORES {
        for &key in STORE_KEYS {
            let path = format!("{store}.{}", key.path());
            entries.push(Entry::new(path.clone(), &path, key));
        }
    }
    for &key in KEYS {
        let path = key.path();
        entries.push(Entry::new(path.to_owned(), path, key));
        if path.starts_with("pgp.") {
            // Passphrases belong to a key, not to what it is used for.
            for parent in ["signing", "encryption"] {
                entries.push(Entry::new(format!("{parent}.{path}"), path, key));
            }
        }
    }
    with_aliases(entries)
});

fn with_aliases(mut entries: Vec<Entry>) -> Vec<Entry> {
    for (alias, target) in ALIASES {
        let prefix = format!("{target}.");
        let targets: Vec<_> = entries
            .iter()
            .filter_map(|entry| {
                let rest = entry.spelling.strip_prefix(&prefix)?;
                Some((format!("{alias}.{rest}"), entry.slots.clone(), entry.key))
            })
            .collect();
        for (spelling, slots, key) in targets {
            match entries.iter_mut().find(|entry| entry.spelling == spelling) {
                Some(entry) if entry.slots == slots => {}
                Some(entry) => entry.slots.extend(slots),
                None => entries.push(Entry {
                    spelling,
                    slots,
                    key,
                }),
            }
        }
    }
    entries
}

fn slot(path: &str) -> String {
    path.split('.')
        .map(|segment| {
            SECRET_FILES
                .into_iter()
                .find(|(file, _)| *file == segment)
                .map_or(segment, |(_, secret)| secret)
        })
        .collect::<Vec<_>>()
        .join(".")
}

/// Says what a path below `backups` is.
pub(crate) fn find(path: &[String]) -> Found {
    let mut found = Found::Unknown;
    for entry in CATALOGUE.iter() {
        match entry.left_after(path) {
            Some(0) => return Found::Key(entry),
            Some(_) => found = Found::Table,
            None => {}
        }
    }
    found
}

/// The segments that may follow `path`, in the order of the table of keys.
pub(crate) fn children(path: &[String]) -> Vec<&'static str> {
    let mut children = Vec::new();
    for entry in CATALOGUE.iter() {
        if entry.left_after(path).is_some()
            && let Some(child) = entry.segments().nth(path.len())
            && child != "*"
            && !children.contains(&child)
        {
            children.push(child);
        }
    }
    children
}

/// The path that an unknown one most likely stands for.
pub(crate) fn suggest(path: &[String]) -> Option<String> {
    let (last, parent) = path.split_last()?;
    let whole = path.join(".");
    if let Some(meant) = MISTAKES.into_iter().find_map(|(wrong, right)| {
        let start = whole.strip_suffix(wrong)?;
        (start.is_empty() || start.ends_with('.')).then(|| format!("{start}{right}"))
    }) {
        return Some(meant);
    }
    let siblings = children(parent);
    let sibling = nearest(last, siblings.iter().copied())
        .or_else(|| siblings.into_iter().find(|name| overlap(name, last)));
    if let Some(sibling) = sibling {
        return Some([parent, &[sibling.to_owned()]].concat().join("."));
    }
    CATALOGUE
        .iter()
        .filter_map(|entry| with_gaps(path, entry))
        .min_by_key(|spelling| spelling.len())
        .or_else(|| nearest_whole(path))
        .map(str::to_owned)
}

/// Whether one of two words is in the other: `bucket` in `bucket_name`.
fn overlap(a: &str, b: &str) -> bool {
    let shorter = a.len().min(b.len());
    shorter >= 3 && (a.contains(b) || b.contains(a))
}

/// The part of a spelling that a path means whose author left tables out: `signing.pgp.tsk` for
/// `signing.tsk`, `storage.checks.previous` for `storage.previous`.
fn with_gaps(path: &[String], entry: &'static Entry) -> Option<&'static str> {
    let mut end = 0;
    let mut segments = entry.spelling.split('.').map(|segment| {
        end += segment.len() + 1;
        (segment, end - 1)
    });
    let mut matched = 0;
    for wanted in path {
        (_, matched) = segments.find(|(segment, _)| segment == wanted)?;
    }
    entry.spelling.get(..matched)
}

/// The spelling that differs in a letter or two, in whichever segment.
fn nearest_whole(path: &[String]) -> Option<&'static str> {
    let (last, parent) = path.split_last()?;
    let same_length = CATALOGUE
        .iter()
        .filter(|entry| entry.segments().count() == path.len());
    for entry in same_length {
        let (entry_parent, entry_last) = entry.spelling.rsplit_once('.').unwrap_or_default();
        let last_fits = entry_last == "*" || entry_last == last;
        if last_fits && nearest(&parent.join("."), [entry_parent]).is_some() {
            return Some(&entry.spelling);
        }
    }
    None
}
