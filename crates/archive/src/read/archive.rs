//! A whole archive: manifest, entries, end record, nothing after it.

use std::io::Read;

use super::{audit::Audit, frames::Frames};
use crate::{
    EntryPath, Error, Limits, Result,
    end_record::{self, EndRecord, Tally},
    entry::{Entry, EntryKind, ModificationTime},
    manifest::{self, Manifest},
    tar::{Block, Header, ZERO_BLOCK, has_checksum},
};

/// Hands out the entries of an archive that keep all rules.
///
/// What they amount to is for the caller to count, in a [`Tally`], and for
/// [`finish`](Self::finish) to compare.
pub(crate) struct ArchiveReader<'s> {
    frames: Frames<'s>,
    audit: Audit,
    manifest: Manifest,
    end_record: Option<EndRecord>,
}

impl<'s> ArchiveReader<'s> {
    /// Reads the manifest, and begins the tally of what follows.
    pub(crate) fn open(source: &'s mut dyn Read, limits: &Limits) -> Result<(Self, Tally)> {
        let mut frames = Frames::new(source, limits.max_extended_header_bytes);
        match frames.peek()? {
            Some(block) => recognise(block)?,
            None => return Err(frames.truncated()),
        }
        let entry = frames.next()?.ok_or(Error::NotOurs)?;
        let text = read_record(&mut frames, &entry, Manifest::MAX_BYTES)?;
        let manifest = Manifest::decode(&text).map_err(|refusal| match refusal {
            manifest::Refusal::Newer(format) => Error::NewerFormat { format },
            manifest::Refusal::Malformed(why) => Error::Malformed { offset: 0, why },
        })?;
        let reader = Self {
            frames,
            audit: Audit::new(limits.clone(), &manifest.volumes),
            manifest,
            end_record: None,
        };
        Ok((reader, Tally::new(&text)))
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The next entry; `None` once the end record was read.
    pub(crate) fn next(&mut self) -> Result<Option<Entry>> {
        let Some(entry) = self.frames.next()? else {
            return Err(self
                .frames
                .malformed("the archive ends without an end record"));
        };
        if entry.path.as_bytes() != end_record::NAME.as_bytes() {
            self.audit.admit(&entry)?;
            return Ok(Some(entry));
        }
        if let Some(volume) = self.audit.missing() {
            let why = format!("the volume {} is missing", volume.name);
            return Err(self.frames.malformed(why));
        }
        let text = read_record(&mut self.frames, &entry, EndRecord::MAX_BYTES)?;
        let record = EndRecord::decode(&text).map_err(|why| self.frames.malformed(why))?;
        self.end_record = Some(record);
        Ok(None)
    }

    /// The next piece of the current entry's content; empty at its end.
    pub(crate) fn content(&mut self) -> Result<&[u8]> {
        self.frames.content()
    }

    /// After [`next`](Self::next) answered `None`: requires the stream to end, and the tally to be
    /// what the end record says.
    pub(crate) fn finish(mut self, tally: &Tally) -> Result<()> {
        if self.frames.next()?.is_some() {
            return Err(self
                .frames
                .malformed("another entry follows the end record"));
        }
        self.frames.finish()?;
        match self.end_record {
            Some(record) => record.check(&tally.end_record()),
            None => Err(self.frames.malformed("the end record was not read")),
        }
    }
}

/// Tells our archives from other tars, and tars from anything else, by the first block.
fn recognise(block: &Block) -> Result<()> {
    if Header::name_of(block) == manifest::NAME.as_bytes() {
        Ok(())
    } else if has_checksum(block) || *block == ZERO_BLOCK {
        Err(Error::NotOurs)
    } else {
        Err(Error::NotATar)
    }
}

/// The content of a manifest or an end record, whose entry must be the one that we write.
fn read_record(frames: &mut Frames<'_>, entry: &Entry, max_bytes: u64) -> Result<Vec<u8>> {
    let expected = record_entry(&entry.path, entry.size());
    if *entry != expected {
        return Err(frames.malformed("the entry of a record is malformed"));
    }
    if entry.size() > max_bytes {
        return Err(frames.malformed("a record is too large"));
    }
    frames.whole_content()
}

/// The entry of a manifest or an end record: for root alone, and without a time.
pub(crate) fn record_entry(path: &EntryPath, size: u64) -> Entry {
    Entry {
        path: path.clone(),
        kind: EntryKind::File { size },
        mode: 0o600,
        uid: 0,
        gid: 0,
        modified: ModificationTime::default(),
        xattrs: Vec::new(),
    }
}
