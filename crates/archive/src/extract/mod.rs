//! Reading an archive into a directory: all of it or nothing.

mod attributes;
mod commit;
mod content;
mod destination;
mod losses;
mod remove;
mod room;
mod staging;
mod tree;

use std::{fmt, io::Read, path::Path};

use prose_backup_naming::VolumeName;

use crate::{Error, Limits, Observer, Result, read::ArchiveReader};
use destination::Destination;
use room::Room;
use staging::Staging;
use tree::{RootMode, Tree};

/// Extracts an archive below a directory: each volume becomes `<directory>/<volume>`.
///
/// Nothing appears under these names before the whole archive was read and found complete; see
/// [`Staged::commit`]. Dropping an `Extractor`, or an error, leaves the directory as it was.
pub struct Extractor<'o> {
    destination: Destination,
    limits: Limits,
    observer: &'o dyn Observer,
}

impl<'o> Extractor<'o> {
    /// Opens the directory, or creates it with mode 0700, and what is missing above it.
    pub fn into_directory(
        directory: &Path,
        limits: Limits,
        observer: &'o dyn Observer,
    ) -> Result<Self> {
        Ok(Self {
            destination: Destination::open(directory)?,
            limits,
            observer,
        })
    }

    /// Reads `src` to its very end, and extracts it into a directory that nobody else can enter.
    ///
    /// Fails when anything is wrong with the archive, when anything follows it, when its end record
    /// does not match what was extracted, and when a volume's place is taken already.
    ///
    /// As root the owner of everything comes back; otherwise only what the system lets this user
    /// have, with a warning. Extended attributes that cannot be set are warned about too.
    ///
    /// Room is left on the file system: see [`Limits::min_free_bytes`]. When it runs short,
    /// [`Error::NoRoom`] comes; the error of a disk that is full, or a quota that is used up, is
    /// [`Error::Io`].
    pub fn stage(self, src: &mut dyn Read) -> Result<Staged<'o>> {
        let (mut reader, mut tally) = ArchiveReader::open(src, &self.limits)?;
        self.destination.check_free(reader.manifest())?;
        let mut room = Room::new(self.limits.min_free_bytes);
        room.claim(&self.destination, Room::OF_AN_ENTRY)?;
        let staging = Staging::create(self.destination, self.observer)?;
        let mut tree = Tree::new(&staging, room, self.limits.max_nested_xattr_bytes)?;
        while let Some(entry) = reader.next()? {
            if self.observer.is_cancelled() {
                return Err(Error::Cancelled);
            }
            let digest = tree.place(&entry, &mut reader, &tally)?;
            tally.add(&entry, digest.as_ref());
            self.observer.advanced(tally.entries(), tally.bytes());
        }
        let root_modes = tree.finish()?;
        let manifest = reader.manifest().clone();
        reader.finish(&tally)?;
        Ok(Staged {
            staging,
            root_modes,
            report: ExtractReport {
                blueprint: manifest.blueprint,
                volumes: manifest.volumes.into_iter().map(|v| v.name).collect(),
                entries: tally.entries(),
                bytes: tally.bytes(),
            },
        })
    }
}

impl fmt::Debug for Extractor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extractor")
            .field("destination", &self.destination.path)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// A whole archive, extracted and found complete, that nobody sees yet.
///
/// [`commit`](Self::commit) makes it visible; dropping it removes it, and tells the observer when
/// that fails.
#[derive(Debug)]
#[must_use = "dropping what was staged removes it"]
pub struct Staged<'o> {
    staging: Staging<'o>,
    root_modes: Vec<RootMode>,
    report: ExtractReport,
}

impl Staged<'_> {
    /// What will be committed.
    pub fn report(&self) -> &ExtractReport {
        &self.report
    }
}

/// What was extracted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractReport {
    /// The number of the blueprint that the archive follows.
    pub blueprint: u32,
    /// The volumes, each in the directory under its own name.
    pub volumes: Vec<VolumeName>,
    /// How many entries.
    pub entries: u64,
    /// How many bytes in files.
    pub bytes: u64,
}
