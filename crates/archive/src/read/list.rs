//! Reading an archive without writing anything.

use std::io::Read;

use super::ArchiveReader;
use crate::{Entry, EntryKind, Limits, Manifest, Result};

/// What [`list`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListReport {
    /// Which blueprint and volumes the archive holds.
    pub manifest: Manifest,
    /// How many entries.
    pub entries: u64,
    /// How many bytes in files.
    pub bytes: u64,
}

/// Hands every entry of an archive to `visit`, in order, and checks all that an extraction would
/// check: framing, paths, limits, the end record, and that nothing follows it.
///
/// Entries are handed out before the end record is read. So what `visit` saw is worth nothing
/// unless this returns `Ok`.
pub fn list(
    src: &mut dyn Read,
    limits: &Limits,
    visit: &mut dyn FnMut(&Entry) -> Result<()>,
) -> Result<ListReport> {
    let (mut reader, mut tally) = ArchiveReader::open(src, limits)?;
    let mut hasher = blake3::Hasher::new();
    while let Some(entry) = reader.next()? {
        visit(&entry)?;
        let mut digest = None;
        if let EntryKind::File { .. } = entry.kind {
            hasher.reset();
            loop {
                match reader.content()? {
                    [] => break,
                    piece => hasher.update(piece),
                };
            }
            digest = Some(hasher.finalize());
        }
        tally.add(&entry, digest.as_ref());
    }
    let manifest = reader.manifest().clone();
    reader.finish(&tally)?;
    Ok(ListReport {
        manifest,
        entries: tally.entries(),
        bytes: tally.bytes(),
    })
}
