//! The last entry of an archive: how many entries it holds, and a hash over all of them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{Error, Result, Xattr, entry::Entry, error::Mismatch, manifest::json_line, tar::frame};

/// Its name; no volume can have it.
pub(crate) const NAME: &str = prose_backup_naming::VolumeName::RESERVED[1];

/// What came between the manifest and the end record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndRecord {
    entries: u64,
    bytes: u64,
    content: String,
}

impl EndRecord {
    /// A larger end record is not read.
    pub(crate) const MAX_BYTES: u64 = 1024;

    /// The text, in its one form: JSON without blanks, and a line feed.
    pub(crate) fn encode(&self) -> Vec<u8> {
        json_line(self)
    }

    /// Reads a text, and refuses any that [`encode`](Self::encode) would have written otherwise.
    pub(crate) fn decode(bytes: &[u8]) -> std::result::Result<Self, Cow<'static, str>> {
        let record: Self = serde_json::from_slice(bytes)
            .map_err(|error| format!("the end record is malformed: {error}"))?;
        if record.encode() != bytes {
            return Err("the end record is not in its canonical form".into());
        }
        Ok(record)
    }

    /// Compares what was recorded with what was found.
    pub(crate) fn check(&self, found: &Self) -> Result<()> {
        let mismatch = if self.entries != found.entries {
            Mismatch::Entries {
                recorded: self.entries,
                found: found.entries,
            }
        } else if self.bytes != found.bytes {
            Mismatch::Bytes {
                recorded: self.bytes,
                found: found.bytes,
            }
        } else if self.content != found.content {
            Mismatch::Content
        } else {
            return Ok(());
        };
        Err(Error::EndRecordMismatch(mismatch))
    }
}

/// Collects an end record while entries are written, extracted or listed.
///
/// Each side feeds it what it has **done**, so that an entry that was dropped on the way is missed.
#[derive(Debug)]
pub(crate) struct Tally {
    entries: u64,
    bytes: u64,
    content: blake3::Hasher,
    record: Vec<u8>,
}

impl Tally {
    /// Begins with the text of the manifest, which is hashed like the content of a file, so that
    /// the end record vouches for it too.
    pub(crate) fn new(manifest: &[u8]) -> Self {
        let mut content = blake3::Hasher::new();
        content.update(blake3::hash(manifest).as_bytes());
        Self {
            entries: 0,
            bytes: 0,
            content,
            record: Vec::new(),
        }
    }

    /// Adds an entry; `digest` is the BLAKE3 of the file's bytes, for a file only.
    pub(crate) fn add(&mut self, entry: &Entry, digest: Option<&blake3::Hash>) {
        self.entries += 1;
        self.bytes = self.bytes.saturating_add(entry.size());
        self.record.clear();
        put_record(entry, &mut self.record);
        if let Some(digest) = digest {
            self.record.extend_from_slice(digest.as_bytes());
        }
        self.content.update(&self.record);
    }

    /// How many entries were added.
    pub(crate) fn entries(&self) -> u64 {
        self.entries
    }

    /// How many bytes their files hold.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The end record of all that was added.
    pub(crate) fn end_record(&self) -> EndRecord {
        EndRecord {
            entries: self.entries,
            bytes: self.bytes,
            content: self.content.finalize().to_hex().to_string(),
        }
    }
}

/// The canonical record of an entry, which `docs/format.md` lays out byte by byte.
fn put_record(entry: &Entry, out: &mut Vec<u8>) {
    out.push(frame::typeflag(&entry.kind));
    put_bytes(entry.path.as_bytes(), out);
    out.extend_from_slice(&entry.mode.to_le_bytes());
    out.extend_from_slice(&entry.uid.to_le_bytes());
    out.extend_from_slice(&entry.gid.to_le_bytes());
    out.extend_from_slice(&entry.modified.seconds().to_le_bytes());
    out.extend_from_slice(&entry.modified.nanoseconds().to_le_bytes());
    out.extend_from_slice(&entry.size().to_le_bytes());
    let target = entry.kind.link_target();
    put_bytes(target.map_or(&[], |target| target.as_bytes()), out);
    out.extend_from_slice(&(entry.xattrs.len() as u64).to_le_bytes());
    for Xattr { name, value } in &entry.xattrs {
        put_bytes(name, out);
        put_bytes(value, out);
    }
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    out.extend_from_slice(bytes);
}
