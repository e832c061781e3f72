//! Which volumes a backup holds, and the checks before anything is written.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use prose_backup_naming::VolumeName;
use rustix::{fd::OwnedFd, fs::OFlags};

use crate::{
    Error, Result,
    manifest::{DeclaredVolume, Manifest, VolumeKind, duplicate},
    os::facts::{Facts, FileId},
};

/// A named directory or file of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// What it is called in the archive.
    pub name: VolumeName,
    /// Where it lies. A symbolic link here is followed, since the operator named it; below it, none
    /// is.
    pub path: PathBuf,
}

/// A numbered, ordered list of volumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blueprint {
    number: u32,
    volumes: Vec<Volume>,
}

impl Blueprint {
    /// Refuses an empty list, two volumes of one name, and more volumes than a manifest holds.
    pub fn new(number: u32, volumes: Vec<Volume>) -> Result<Self> {
        if volumes.is_empty() {
            return Err(Error::NoVolumes);
        }
        if let Some(name) = duplicate(volumes.iter().map(|volume| &volume.name)) {
            return Err(Error::DuplicateVolume(name.clone()));
        }
        let manifest = Manifest {
            blueprint: number,
            volumes: volumes
                .iter()
                .map(|volume| DeclaredVolume {
                    name: volume.name.clone(),
                    kind: VolumeKind::Directory,
                })
                .collect(),
        };
        if manifest.encode().len() as u64 > Manifest::MAX_BYTES {
            return Err(Error::TooManyVolumes(volumes.len()));
        }
        Ok(Self { number, volumes })
    }

    /// Its number.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Its volumes, in the order in which they are packed.
    pub fn volumes(&self) -> &[Volume] {
        &self.volumes
    }

    /// Opens every volume, and checks that each is a directory or a regular file and that none lies
    /// inside another.
    pub fn open(&self) -> Result<OpenBlueprint> {
        let volumes: Vec<OpenVolume> = self
            .volumes
            .iter()
            .map(OpenVolume::open)
            .collect::<Result<_>>()?;
        let open = OpenBlueprint {
            number: self.number,
            volumes,
            forbidden: Vec::new(),
        };
        open.check_overlaps()?;
        Ok(open)
    }
}

/// A blueprint whose volumes are open and known to be fit for packing.
#[derive(Debug)]
pub struct OpenBlueprint {
    number: u32,
    volumes: Vec<OpenVolume>,
    forbidden: Vec<Forbidden>,
}

/// A directory that must not be packed.
#[derive(Debug)]
struct Forbidden {
    path: PathBuf,
    id: FileId,
    /// Keeps the inode from being given to another directory.
    _directory: OwnedFd,
}

impl OpenBlueprint {
    /// Forbids to pack an existing directory, like that of the store to which the archive goes.
    ///
    /// Fails with [`Error::StoreInsideVolume`] when it lies in a volume by its path. What a path does
    /// not show, [`pack`](crate::pack) finds out: a directory of a volume that is mounted elsewhere
    /// too, and was named by that other place. It then fails likewise, before anything of that
    /// directory is read.
    pub fn forbid(&mut self, path: &Path) -> Result<()> {
        if let Some(volume) = self.holding(path)? {
            return Err(Error::StoreInsideVolume {
                volume: volume.clone(),
                directory: path.to_owned(),
                place: fs::canonicalize(path).map_err(|error| not_found(path, error))?,
            });
        }
        let directory = open_root(path)?;
        let id = Facts::of(&directory)
            .map_err(|errno| Error::io("look at", path, errno))?
            .id;
        self.forbidden.push(Forbidden {
            path: path.to_owned(),
            id,
            _directory: directory,
        });
        Ok(())
    }

    /// The forbidden directory that has this identity.
    pub(crate) fn forbidden(&self, id: FileId) -> Option<&Path> {
        let forbidden = self.forbidden.iter().find(|forbidden| forbidden.id == id)?;
        Some(&forbidden.path)
    }

    /// The volume whose path contains that of an existing directory, or is it; symbolic links are
    /// followed. A directory that is mounted at two places is not found by the other one: see
    /// [`forbid`](Self::forbid).
    pub fn holding(&self, path: &Path) -> Result<Option<&VolumeName>> {
        let canonical = fs::canonicalize(path).map_err(|error| not_found(path, error))?;
        for ancestor in canonical.ancestors() {
            let metadata = fs::metadata(ancestor).map_err(|error| not_found(ancestor, error))?;
            if let Some(volume) = self.volumes.iter().find(|volume| volume.is(&metadata)) {
                return Ok(Some(&volume.name));
            }
        }
        Ok(None)
    }

    /// What the archive says about itself.
    pub(crate) fn manifest(&self) -> Manifest {
        Manifest {
            blueprint: self.number,
            volumes: self
                .volumes
                .iter()
                .map(|volume| DeclaredVolume {
                    name: volume.name.clone(),
                    kind: volume.kind,
                })
                .collect(),
        }
    }

    pub(crate) fn volumes(&self) -> &[OpenVolume] {
        &self.volumes
    }

    fn check_overlaps(&self) -> Result<()> {
        for (index, inner) in self.volumes.iter().enumerate() {
            for ancestor in inner.canonical.ancestors() {
                let metadata =
                    fs::metadata(ancestor).map_err(|error| not_found(ancestor, error))?;
                let mut others = self.volumes.iter().enumerate();
                let outer = others.find(|(other, volume)| *other != index && volume.is(&metadata));
                if let Some((_, outer)) = outer {
                    return Err(Error::VolumesOverlap {
                        inner: inner.name.clone(),
                        inner_path: inner.path.clone(),
                        outer: outer.name.clone(),
                        outer_path: outer.path.clone(),
                    });
                }
            }
        }
        Ok(())
    }
}

/// A volume that was found fit for packing.
#[derive(Debug)]
pub(crate) struct OpenVolume {
    pub(crate) name: VolumeName,
    pub(crate) path: PathBuf,
    pub(crate) kind: VolumeKind,
    canonical: PathBuf,
    id: (u64, u64),
    /// Keeps the volume's inode from being given to another file until the backup is done.
    root: OwnedFd,
}

impl OpenVolume {
    fn open(volume: &Volume) -> Result<Self> {
        let missing = |error: io::Error| {
            if error.kind() != io::ErrorKind::NotFound {
                return not_found(&volume.path, error);
            }
            Error::VolumeMissing {
                volume: volume.name.clone(),
                path: volume.path.clone(),
            }
        };
        let canonical = fs::canonicalize(&volume.path).map_err(missing)?;
        // Looked at before it is opened: opening a device can set it in motion.
        let metadata = fs::metadata(&canonical).map_err(missing)?;
        let kind = if metadata.is_dir() {
            VolumeKind::Directory
        } else if metadata.is_file() {
            VolumeKind::File
        } else {
            return Err(Error::VolumeKind {
                volume: volume.name.clone(),
                path: volume.path.clone(),
            });
        };
        Ok(Self {
            name: volume.name.clone(),
            path: volume.path.clone(),
            kind,
            root: open_root(&canonical)?,
            id: (metadata.dev(), metadata.ino()),
            canonical,
        })
    }

    /// Opens the root once more, for one reading from its beginning.
    ///
    /// A directory must still be the one that was checked. A file may have been replaced since by
    /// another one, as editors and services do when they save.
    pub(crate) fn reopen(&self) -> Result<OwnedFd> {
        let root = open_root(&self.path)?;
        let changed = |_| Error::Changed {
            path: self.path.clone(),
        };
        let now = Facts::of(&root).map_err(changed)?;
        let checked = Facts::of(&self.root).map_err(changed)?;
        let same: fn(&Facts) -> FileId = |facts| facts.id;
        if now.file_type != checked.file_type
            || (self.kind == VolumeKind::Directory && same(&now) != same(&checked))
        {
            return Err(changed(rustix::io::Errno::STALE));
        }
        Ok(root)
    }

    fn is(&self, metadata: &fs::Metadata) -> bool {
        self.id == (metadata.dev(), metadata.ino())
    }
}

fn open_root(path: &Path) -> Result<OwnedFd> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or(0);
    fs::OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)
        .map(OwnedFd::from)
        .map_err(|source| Error::Io {
            action: "open",
            path: path.to_owned(),
            source,
        })
}

fn not_found(path: &Path, source: io::Error) -> Error {
    Error::Io {
        action: "find",
        path: path.to_owned(),
        source,
    }
}
