//! The walk through a volume: depth first, siblings in the order of their bytes, no link followed.

use std::{
    ffi::CStr,
    path::{Path, PathBuf},
};

use rustix::{
    fd::{AsFd, BorrowedFd, OwnedFd},
    fs::{self, FileType, Mode, OFlags},
    io::{Errno, retry_on_intr},
};

use super::{
    Packer,
    links::{Links, Name},
};
use crate::{
    EntryPath, Error, Limit, Omission, Result, Warning, Xattr,
    blueprint::OpenVolume,
    budget::within,
    entry::{Entry, EntryKind},
    manifest::VolumeKind,
    os::{facts::Facts, ladder::Ladder, listing::Listing, xattr::Target},
    tar::frame,
};

/// A walk through one volume.
struct Walk<'p, 'a> {
    packer: &'p mut Packer<'a>,
    volume: &'p OpenVolume,
    links: Links,
    /// The path of the current entry in the archive.
    path: Vec<u8>,
}

/// A directory that is being walked through.
struct Level {
    listing: Listing,
    /// The length of the directory's own path.
    path_length: usize,
}

impl Packer<'_> {
    /// Writes a volume with all below it.
    pub(super) fn pack_volume(&mut self, volume: &OpenVolume) -> Result<()> {
        let mut walk = Walk {
            packer: self,
            volume,
            links: Links::default(),
            path: volume.name.as_str().as_bytes().to_vec(),
        };
        let root = volume.reopen()?;
        match volume.kind {
            VolumeKind::File => walk.file(&root),
            VolumeKind::Directory => walk.tree(root),
        }
    }
}

impl Walk<'_, '_> {
    fn tree(&mut self, root: OwnedFd) -> Result<()> {
        let (facts, level) = self.directory(&root)?;
        let mut ladder = Ladder::new(root, facts.id, level);
        loop {
            let Some((name, file_type)) = ladder.data.listing.next() else {
                self.path.truncate(ladder.data.path_length);
                match ladder.climb() {
                    Ok(Some(_)) => continue,
                    Ok(None) => return Ok(()),
                    Err(errno) => return Err(self.failed("leave", errno)),
                }
            };
            self.path.truncate(ladder.data.path_length);
            self.path.push(b'/');
            self.path.extend_from_slice(name.to_bytes());
            self.packer.check_cancelled()?;
            let directory = ladder.directory.as_fd();
            if let Some(child) = self.child(directory, name, file_type)? {
                let (facts, level) = self.directory(&child)?;
                ladder.descend(child, facts.id, level);
            }
        }
    }

    /// Writes what lies under a name, or opens it for the caller when it is a directory.
    fn child(
        &mut self,
        directory: BorrowedFd<'_>,
        name: &CStr,
        file_type: FileType,
    ) -> Result<Option<OwnedFd>> {
        let file_type = match file_type {
            FileType::Unknown => self.facts_at(directory, name)?.file_type,
            known => known,
        };
        match file_type {
            FileType::Directory => self.open(directory, name, OFlags::DIRECTORY).map(Some),
            FileType::RegularFile => {
                let file = self.open(directory, name, OFlags::empty())?;
                self.file(&file).map(|()| None)
            }
            FileType::Symlink => self.symlink(directory, name).map(|()| None),
            special => {
                self.skip(special);
                Ok(None)
            }
        }
    }

    /// Writes the entry of a directory, and reads its names.
    fn directory(&mut self, directory: &OwnedFd) -> Result<(Facts, Level)> {
        let facts = Facts::of(directory).map_err(|errno| self.failed("look at", errno))?;
        if facts.file_type != FileType::Directory {
            return Err(self.changed());
        }
        if let Some(forbidden) = self.packer.blueprint.forbidden(facts.id) {
            return Err(Error::StoreInsideVolume {
                volume: self.volume.name.clone(),
                directory: forbidden.to_owned(),
                place: self.here(),
            });
        }
        let xattrs = self.xattrs(&Target::open(directory))?;
        self.emit(&facts, EntryKind::Directory, xattrs, None)?;

        let mut listing = Listing::read(directory).map_err(|errno| self.failed("list", errno))?;
        let limits = self.packer.budget.limits();
        let names = listing.len() as u64;
        within(
            Limit::Entries,
            limits.max_entries,
            names,
            &EntryPath::from(&self.path[..]),
        )?;
        let after = Facts::of(directory).map_err(|errno| self.failed("look at", errno))?;
        if after != facts {
            return Err(self.changed());
        }
        listing.sort();
        let path_length = self.path.len();
        Ok((
            facts,
            Level {
                listing,
                path_length,
            },
        ))
    }

    /// Writes a regular file, or a hard link to an earlier name of it.
    fn file(&mut self, file: &OwnedFd) -> Result<()> {
        let facts = Facts::of(file).map_err(|errno| self.failed("look at", errno))?;
        if facts.file_type != FileType::RegularFile {
            return Err(self.changed());
        }
        match self.links.take(&facts, &self.path) {
            Name::First => {
                let xattrs = self.xattrs(&Target::open(file))?;
                let kind = EntryKind::File { size: facts.size };
                self.emit(&facts, kind, xattrs, Some(file))
            }
            Name::Further(target) => {
                self.emit(&facts, EntryKind::HardLink { target }, Vec::new(), None)
            }
            Name::Changed => Err(self.changed()),
        }
    }

    fn symlink(&mut self, directory: BorrowedFd<'_>, name: &CStr) -> Result<()> {
        let facts = self.facts_at(directory, name)?;
        if facts.file_type != FileType::Symlink {
            return Err(self.changed());
        }
        let target = retry_on_intr(|| fs::readlinkat(directory, name, Vec::new()))
            .map_err(|errno| self.failed("read the link", errno))?;
        let xattrs = self.xattrs(&Target::link(directory, name))?;
        let kind = EntryKind::Symlink {
            target: target.into_bytes().into(),
        };
        self.emit(&facts, kind, xattrs, None)
    }

    fn skip(&mut self, special: FileType) {
        let omission = match special {
            FileType::Socket => Omission::Socket,
            FileType::Fifo => Omission::Fifo,
            _ => Omission::Device,
        };
        let (volume, path) = (self.volume, &self.path);
        self.packer.omissions.add(omission, || {
            let path = host_path(volume, path);
            match special {
                FileType::Socket => Warning::SkippedSocket { path },
                FileType::Fifo => Warning::SkippedFifo { path },
                _ => Warning::SkippedDevice { path },
            }
        });
    }

    /// Writes an entry with its content, if it has one.
    fn emit(
        &mut self,
        facts: &Facts,
        kind: EntryKind,
        xattrs: Vec<Xattr>,
        content: Option<&OwnedFd>,
    ) -> Result<()> {
        let entry = Entry {
            path: EntryPath::from(&self.path[..]),
            mode: match kind {
                EntryKind::Symlink { .. } => 0o777,
                _ => facts.mode,
            },
            kind,
            uid: facts.uid,
            gid: facts.gid,
            modified: facts.modified,
            xattrs,
        };
        let packer = &mut *self.packer;
        packer.budget.admit(&entry)?;
        packer.header.clear();
        let extended = frame::encode(&entry, &mut packer.header);
        let max = packer.budget.limits().max_extended_header_bytes;
        within(
            Limit::ExtendedHeaderBytes,
            max as u64,
            extended as u64,
            &entry.path,
        )?;
        packer.output.put(&packer.header)?;
        let digest = match content {
            None => None,
            Some(file) => {
                let host = || host_path(self.volume, &self.path);
                Some(packer.put_content(file, facts, host)?)
            }
        };
        packer.tally.add(&entry, digest.as_ref());
        let (entries, bytes) = (packer.tally.entries(), packer.tally.bytes());
        packer.observer.advanced(entries, bytes);
        Ok(())
    }

    fn xattrs(&mut self, target: &Target<'_>) -> Result<Vec<Xattr>> {
        let (volume, path) = (self.volume, &self.path);
        let packer = &mut *self.packer;
        let omissions = &mut packer.omissions;
        let unreadable = |name: &CStr, errno: Errno| {
            omissions.add(Omission::Xattr, || Warning::XattrNotRead {
                path: host_path(volume, path),
                name: name.to_bytes().into(),
                reason: std::io::Error::from(errno).to_string(),
            });
        };
        packer.xattrs.read(target, unreadable).map_err(|errno| {
            let action = "list the extended attributes of";
            Error::io(action, host_path(volume, path), errno)
        })
    }

    /// Opens a name for reading. Never follows a link, and never waits for a named pipe.
    fn open(&self, directory: BorrowedFd<'_>, name: &CStr, kind: OFlags) -> Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | kind;
        retry_on_intr(|| fs::openat(directory, name, flags, Mode::empty()))
            .map_err(|errno| self.failed("open", errno))
    }

    fn facts_at(&self, directory: BorrowedFd<'_>, name: &CStr) -> Result<Facts> {
        Facts::at(directory, name).map_err(|errno| self.failed("look at", errno))
    }

    /// Where the current entry lies on this machine.
    fn here(&self) -> PathBuf {
        host_path(self.volume, &self.path)
    }

    fn changed(&self) -> Error {
        Error::Changed { path: self.here() }
    }

    /// What a failed system call means for the current entry. It was there, and of its kind, when
    /// its directory was listed.
    fn failed(&self, action: &'static str, errno: Errno) -> Error {
        match errno {
            Errno::NOENT => Error::Vanished { path: self.here() },
            Errno::LOOP | Errno::NOTDIR | Errno::NXIO | Errno::STALE => self.changed(),
            _ => Error::io(action, self.here(), errno),
        }
    }
}

/// Where an entry of a volume lies on this machine.
fn host_path(volume: &OpenVolume, path: &[u8]) -> PathBuf {
    let name = volume.name.as_str().len() + 1;
    match path.get(name..) {
        Some(below) => EntryPath::from(below).below(&volume.path),
        None => Path::to_owned(&volume.path),
    }
}
