//! Placing entries below the staging directory.

use std::{
    collections::BTreeMap,
    ffi::{CStr, CString},
};

use rustix::{
    fd::{AsFd, OwnedFd},
    fs::{
        AtFlags, FileType, Mode, OFlags, ResolveFlags, chmodat, fchmod, linkat, mkdirat, openat,
        openat2, symlinkat,
    },
    io::{Errno, retry_on_intr},
    process::geteuid,
};

use super::{
    attributes::{Attributes, seal},
    content::SparseWriter,
    room::Room,
    staging::Staging,
};
use crate::{
    Entry, EntryKind, EntryPath, Error, Limit, ModificationTime, Result, Xattr,
    budget::within,
    end_record::Tally,
    os::{
        facts::Facts,
        ladder::Ladder,
        open_directory,
        xattr::{self, Target},
    },
    path::{contains, split_last},
    read::ArchiveReader,
};

/// Puts entries where they belong.
///
/// The reader has refused every path that leaves its volume, lies below anything but a directory or
/// appears twice. Here each step goes through the descriptor of a directory that was made here, and
/// none follows a link: what the reader might have missed, the system refuses.
pub(super) struct Tree<'s> {
    staging: &'s Staging<'s>,
    room: Room,
    attributes: Attributes<'s>,
    ladder: Ladder<Pending>,
    /// The path of the directory that the ladder stands in; empty in the staging directory.
    path: Vec<u8>,
    /// What the lists take of the directories on the ladder that were entered once more. What the
    /// attributes of the others take the reader has limited.
    again_bytes: usize,
    max_again_bytes: usize,
    /// Roots of volumes that an ordinary user could not move any more, with the mode they get at
    /// the end.
    closed_roots: BTreeMap<Vec<u8>, u32>,
    hasher: blake3::Hasher,
}

/// What a directory gets when it is left: until then it is ours, with mode 0700.
enum Pending {
    /// The staging directory itself.
    Staging,
    /// What the archive says; without the path, which is known when it is left.
    New(Box<Entry>),
    /// What it had before it was entered once more.
    Again {
        mode: u32,
        modified: ModificationTime,
        default_acl: Option<Xattr>,
    },
}

/// The root of a volume that gets its mode after it was moved to its place: an ordinary user cannot
/// move a directory that they cannot write to.
#[derive(Debug)]
pub(super) struct RootMode {
    pub(super) path: EntryPath,
    pub(super) directory: OwnedFd,
    pub(super) mode: u32,
}

/// The rights that an ordinary user needs in a directory to move it.
const OWN: u32 = 0o700;

impl<'s> Tree<'s> {
    pub(super) fn new(
        staging: &'s Staging<'s>,
        room: Room,
        max_again_bytes: usize,
    ) -> Result<Self> {
        let prepare = |errno| Error::io("open", &staging.destination.path, errno);
        let top = open_directory(&staging.directory, c".").map_err(prepare)?;
        let id = Facts::of(&top).map_err(prepare)?.id;
        Ok(Self {
            staging,
            room,
            attributes: Attributes::new(staging.observer, geteuid().as_raw()),
            ladder: Ladder::new(top, id, Pending::Staging),
            path: Vec::new(),
            again_bytes: 0,
            max_again_bytes,
            closed_roots: BTreeMap::new(),
            hasher: blake3::Hasher::new(),
        })
    }

    /// Extracts an entry with its content, and answers the hash of what was written, for a file.
    /// `done` is what was extracted before.
    pub(super) fn place(
        &mut self,
        entry: &Entry,
        reader: &mut ArchiveReader<'_>,
        done: &Tally,
    ) -> Result<Option<blake3::Hash>> {
        let (parent, name) = entry.path.split_last();
        self.enter(parent)?;
        self.claim(Room::OF_AN_ENTRY + entry.xattr_bytes() as u64)?;
        let name = CString::new(name)
            .map_err(|_| self.staging.failed("create", &entry.path, Errno::INVAL))?;
        match &entry.kind {
            EntryKind::Directory => self.directory(entry, &name)?,
            EntryKind::Symlink { target } => {
                symlinkat(target.as_bytes(), &self.ladder.directory, &name)
                    .map_err(|errno| self.staging.failed("create the link", &entry.path, errno))?;
                let directory = self.ladder.directory.as_fd();
                self.attributes
                    .restore_link(directory, &name, entry)
                    .map_err(|errno| self.staging.failed("restore", &entry.path, errno))?;
            }
            EntryKind::HardLink { target } => self.hard_link(target, entry, &name)?,
            EntryKind::File { .. } => return self.file(entry, &name, reader, done).map(Some),
        }
        Ok(None)
    }

    /// Gives every directory what it gets when it is left, and reports what could not be restored.
    pub(super) fn finish(mut self) -> Result<Vec<RootMode>> {
        self.enter(b"")?;
        self.attributes.finish();
        let staging = self.staging;
        let open = |(root, mode)| {
            let path = EntryPath::from(root);
            let directory = open_directory(&staging.directory, path.as_bytes())
                .map_err(|errno| staging.failed("open", &path, errno))?;
            Ok(RootMode {
                path,
                directory,
                mode,
            })
        };
        self.closed_roots.into_iter().map(open).collect()
    }

    fn claim(&mut self, bytes: u64) -> Result<()> {
        self.room.claim(&self.staging.destination, bytes)
    }

    /// Makes `path` the current directory: leaves what does not contain it, then enters what does.
    fn enter(&mut self, path: &[u8]) -> Result<()> {
        while !contains(&self.path, path) {
            self.leave()?;
        }
        while self.path.len() < path.len() {
            let start = self.path.len() + usize::from(!self.path.is_empty());
            let name = path[start..].split(|&byte| byte == b'/').next();
            let name = name.unwrap_or_default();
            let end = start + name.len();
            self.enter_again(&path[..end], name)?;
        }
        Ok(())
    }

    /// Enters a directory that was left already.
    fn enter_again(&mut self, path: &[u8], name: &[u8]) -> Result<()> {
        let (directory, facts) = reopen(&self.ladder.directory, name)
            .map_err(|errno| self.staging.failed("open", &path.into(), errno))?;
        let default_acl = xattr::get(&directory, xattr::DEFAULT_ACL);
        if let Some(xattr) = &default_acl {
            self.again_bytes += xattr.bytes();
            let (max, bytes) = (self.max_again_bytes as u64, self.again_bytes as u64);
            within(Limit::NestedXattrBytes, max, bytes, &path.into())?;
            xattr::remove(&directory, xattr::DEFAULT_ACL)
                .map_err(|errno| self.staging.failed("open", &path.into(), errno))?;
        }
        let pending = Pending::Again {
            mode: self.closed_roots.get(path).copied().unwrap_or(facts.mode),
            modified: facts.modified,
            default_acl,
        };
        self.ladder.descend(directory, facts.id, pending);
        self.path = path.to_vec();
        Ok(())
    }

    /// Leaves the current directory, which thereby becomes what the archive says.
    fn leave(&mut self) -> Result<()> {
        let path = EntryPath::from(std::mem::take(&mut self.path));
        let left = self
            .ladder
            .climb()
            .and_then(|left| left.map_or(Ok(()), |(fd, pending)| self.close(&fd, &path, pending)));
        left.map_err(|errno| self.staging.failed("restore", &path, errno))?;
        self.path = path.split_last().0.to_vec();
        Ok(())
    }

    fn close(
        &mut self,
        directory: &OwnedFd,
        path: &EntryPath,
        pending: Pending,
    ) -> rustix::io::Result<()> {
        let (mode, modified) = match pending {
            Pending::Staging => return Ok(()),
            Pending::New(mut entry) => {
                entry.path = path.clone();
                let mode = self.attributes.restore(directory.as_fd(), &entry)?;
                (mode, entry.modified)
            }
            Pending::Again {
                mode,
                modified,
                default_acl,
            } => {
                if let Some(xattr) = default_acl {
                    self.again_bytes -= xattr.bytes();
                    let target = Target::open(directory);
                    self.attributes.restore_xattr(&target, path, &xattr);
                }
                (mode, modified)
            }
        };
        let is_root_of_volume = path.split_last().0.is_empty();
        let must_wait = is_root_of_volume && !self.attributes.is_root() && mode & OWN != OWN;
        if must_wait {
            self.closed_roots.insert(path.as_bytes().to_vec(), mode);
        }
        let mode_now = if must_wait { mode | OWN } else { mode };
        seal(directory.as_fd(), mode_now, modified)
    }

    fn directory(&mut self, entry: &Entry, name: &CStr) -> Result<()> {
        let made = mkdirat(&self.ladder.directory, name, Mode::RWXU)
            .and_then(|()| open_directory(&self.ladder.directory, name))
            .and_then(|fd| Facts::of(&fd).map(|facts| (fd, facts.id)));
        let (directory, id) = made.map_err(|errno| {
            self.staging
                .failed("create the directory", &entry.path, errno)
        })?;
        let pending = Pending::New(Box::new(Entry {
            path: EntryPath::default(),
            ..entry.clone()
        }));
        self.ladder.descend(directory, id, pending);
        self.path = entry.path.as_bytes().to_vec();
        Ok(())
    }

    fn file(
        &mut self,
        entry: &Entry,
        name: &CStr,
        reader: &mut ArchiveReader<'_>,
        done: &Tally,
    ) -> Result<blake3::Hash> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = &self.ladder.directory;
        let mode = Mode::RUSR | Mode::WUSR;
        let file = retry_on_intr(|| openat(directory, name, flags, mode))
            .map_err(|errno| self.staging.failed("create", &entry.path, errno))?;

        let staging = self.staging;
        let write = |errno| staging.failed("write", &entry.path, errno);
        let mut writer = SparseWriter::new(file.as_fd());
        self.hasher.reset();
        let mut bytes = done.bytes();
        loop {
            let piece = reader.content()?;
            if piece.is_empty() {
                break;
            }
            self.room.claim(&staging.destination, piece.len() as u64)?;
            writer.write(piece).map_err(write)?;
            self.hasher.update(piece);
            bytes += piece.len() as u64;
            staging.observer.advanced(done.entries(), bytes);
            if staging.observer.is_cancelled() {
                return Err(Error::Cancelled);
            }
        }
        writer.finish().map_err(write)?;
        self.attributes
            .restore(file.as_fd(), entry)
            .and_then(|mode| seal(file.as_fd(), mode, entry.modified))
            .map_err(|errno| self.staging.failed("restore", &entry.path, errno))?;
        Ok(self.hasher.finalize())
    }

    /// Gives a file that was extracted before another name.
    fn hard_link(&mut self, target: &EntryPath, entry: &Entry, name: &CStr) -> Result<()> {
        let (parent, target_name) = target.split_last();
        let here = &self.ladder.directory;
        let linked = if parent == self.path {
            link(here, target_name, here, name)
        } else {
            self.resolve(parent)
                .and_then(|elsewhere| link(&elsewhere, target_name, here, name))
        };
        let failed = |errno| self.staging.failed("create the link", &entry.path, errno);
        match linked {
            Err(Errno::ACCESS) => {
                let elsewhere = self.visit(parent)?;
                let opened = opened(&elsewhere, || {
                    link(&elsewhere, target_name, &self.ladder.directory, name)
                });
                opened.map_err(failed)
            }
            linked => linked.map_err(failed),
        }
    }

    /// Goes to a directory and back, and brings its descriptor along: the way there, which cannot be
    /// gone at once, has a directory that an ordinary user has no rights in any more.
    fn visit(&mut self, path: &[u8]) -> Result<OwnedFd> {
        let here = self.path.clone();
        self.enter(path)?;
        let there = open_directory(&self.ladder.directory, c".")
            .map_err(|errno| self.staging.failed("open", &path.into(), errno))?;
        self.enter(&here)?;
        Ok(there)
    }

    /// Opens a directory by its path in the archive, from the staging directory down.
    fn resolve(&self, mut path: &[u8]) -> rustix::io::Result<OwnedFd> {
        /// The kernel takes paths of up to 4,095 bytes.
        const LONGEST: usize = 4095;
        let mut directory = None;
        loop {
            let from = directory.as_ref().unwrap_or(&self.staging.directory);
            if path.len() <= LONGEST {
                return open_beneath(from, path);
            }
            let (head, _) = split_last(&path[..LONGEST]);
            directory = Some(open_beneath(from, head)?);
            path = &path[head.len() + 1..];
        }
    }
}

/// Opens a directory that was left, with all rights for us, and answers what it was before.
fn reopen(above: &OwnedFd, name: &[u8]) -> rustix::io::Result<(OwnedFd, Facts)> {
    let facts = Facts::at(above, name)?;
    if facts.file_type != FileType::Directory {
        return Err(Errno::NOTDIR);
    }
    // First, since one that we may not read cannot be opened. Nobody else can put anything here.
    chmodat(above, name, Mode::RWXU, AtFlags::empty())?;
    let directory = open_beneath(above, name)?;
    Ok((directory, facts))
}

/// Does something while we have all rights in a directory.
fn opened(
    directory: &OwnedFd,
    work: impl FnOnce() -> rustix::io::Result<()>,
) -> rustix::io::Result<()> {
    let mode = Mode::from_raw_mode(Facts::of(directory)?.mode);
    fchmod(directory, Mode::RWXU)?;
    work()?;
    fchmod(directory, mode)
}

/// Gives a regular file another name.
fn link(from: &OwnedFd, target: &[u8], to: &OwnedFd, name: &CStr) -> rustix::io::Result<()> {
    if Facts::at(from, target)?.file_type != FileType::RegularFile {
        return Err(Errno::NOTSUP);
    }
    // Without `SYMLINK_FOLLOW` the target's last component is not followed.
    linkat(from, target, to, name, AtFlags::empty())
}

/// Opens a directory below another one. No link is followed and no file system left on the way.
fn open_beneath(directory: impl AsFd, path: &[u8]) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
    retry_on_intr(|| openat2(directory.as_fd(), path, flags, Mode::empty(), resolve))
}
