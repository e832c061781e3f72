//! The directory, held by descriptor, and what is done with the names in it.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::FsOptions;
use super::errno::failed;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::meta::ObjectMeta;
use crate::nonce::Nonce;
use crate::store::Deletion;
use crate::subject::{Action, FileKind, Subject};

#[derive(Debug)]
pub(super) struct Directory {
    descriptor: OwnedFd,
    path: PathBuf,
    place: Arc<str>,
    mode: Mode,
    uncertain: Mutex<Vec<Uncertain>>,
}

/// A file of which it is not known whether it got its name. Holding it open keeps its inode from
/// being used again.
#[derive(Debug)]
struct Uncertain {
    _file: Arc<File>,
    inode: Inode,
    nonce: Nonce,
}

/// Device and number: which file a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inode {
    device: u64,
    number: u64,
}

impl Inode {
    pub(super) fn of(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev,
            number: stat.st_ino,
        }
    }
}

impl Directory {
    pub(super) fn open(path: &Path, options: FsOptions) -> Result<Self> {
        let place: Arc<str> = format!("directory {}", path.display()).into();
        let subject = Subject::store(Action::Open, &place);
        if options.mode > 0o777 {
            return Err(Error::InvalidMode {
                subject,
                mode: options.mode,
            });
        }
        let opened =
            if options.create { create(path) } else { Ok(()) }.and_then(|()| open_directory(path));
        let descriptor = opened.map_err(|errno| match errno {
            Errno::NOENT => Error::NoSuchDirectory { subject },
            // With `create`, a file in the directory's place shows as "exists".
            Errno::NOTDIR | Errno::EXIST => Error::NotADirectory { subject },
            errno => failed(subject, errno),
        })?;
        Ok(Self {
            descriptor,
            path: path.to_owned(),
            place,
            mode: Mode::from_raw_mode(options.mode),
            uncertain: Mutex::default(),
        })
    }

    /// As it was named when it was opened.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    pub(super) fn subject(&self, action: Action, key: &Key) -> Subject {
        Subject::object(action, key, &self.place)
    }

    pub(super) fn whole(&self, action: Action) -> Subject {
        Subject::store(action, &self.place)
    }

    /// What a name stands for; a symbolic link stands for itself.
    pub(super) fn stat(&self, name: &str) -> rustix::io::Result<Stat> {
        rustix::fs::statat(self, name, AtFlags::SYMLINK_NOFOLLOW)
    }

    pub(super) fn look_up(&self, key: &Key) -> Result<ObjectMeta> {
        let stat = self.stat_object(key, &self.subject(Action::LookUp, key))?;
        let mut meta = meta(key.clone(), &stat);
        meta.nonce = self.nonce_of(Inode::of(&stat));
        Ok(meta)
    }

    fn stat_object(&self, key: &Key, subject: &Subject) -> Result<Stat> {
        let stat = self
            .stat(key.as_str())
            .map_err(|errno| absent_or_failed(subject, errno))?;
        require_regular(&stat, subject)?;
        Ok(stat)
    }

    /// Opens an object. What is no regular file is not opened: that alone can have effects on a
    /// FIFO or a device.
    pub(super) fn open_object(&self, key: &Key) -> Result<(File, ObjectMeta)> {
        let subject = self.subject(Action::Read, key);
        self.stat_object(key, &subject)?;
        // The name may have come to stand for something else since, so the flags and a second look
        // are needed as well.
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(self, key.as_str(), flags, Mode::empty());
        let file = opened.map_err(|errno| absent_or_failed(&subject, errno))?;
        let stat = rustix::fs::fstat(&file).map_err(|errno| failed(subject.clone(), errno))?;
        require_regular(&stat, &subject)?;
        Ok((file.into(), meta(key.clone(), &stat)))
    }

    pub(super) fn delete(&self, key: &Key) -> Result<Deletion> {
        let subject = self.subject(Action::Delete, key);
        match self.stat_object(key, &subject) {
            Ok(_) => {}
            Err(Error::NotFound { .. }) => return Ok(Deletion::NotFound),
            Err(error) => return Err(error),
        }
        match self.unlink(key.as_str()) {
            Ok(()) => {}
            Err(Errno::NOENT) => return Ok(Deletion::NotFound),
            Err(errno) => return Err(failed(subject, errno)),
        }
        self.flush().map_err(|errno| failed(subject, errno))?;
        Ok(Deletion::Deleted)
    }

    pub(super) fn unlink(&self, name: &str) -> rustix::io::Result<()> {
        rustix::fs::unlinkat(self, name, AtFlags::empty())
    }

    /// Makes the names in the directory durable.
    pub(super) fn flush(&self) -> rustix::io::Result<()> {
        flush(&self.descriptor)
    }

    /// Remembers a file whose publication is uncertain, so that [`look_up`](Self::look_up) can tell
    /// its nonce.
    pub(super) fn remember(&self, file: Arc<File>, inode: Inode, nonce: Nonce) {
        self.lock().push(Uncertain {
            _file: file,
            inode,
            nonce,
        });
    }

    fn nonce_of(&self, inode: Inode) -> Option<Nonce> {
        let uncertain = self.lock();
        let found = uncertain.iter().find(|file| file.inode == inode);
        found.map(|file| file.nonce)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Uncertain>> {
        self.uncertain
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

pub(super) fn meta(key: Key, stat: &Stat) -> ObjectMeta {
    // The kernel gives no negative size.
    let size = u64::try_from(stat.st_size).unwrap_or(0);
    ObjectMeta::new(key, size, modified(stat))
}

fn modified(stat: &Stat) -> SystemTime {
    let seconds = Duration::from_secs(stat.st_mtime.unsigned_abs());
    let whole = if stat.st_mtime < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(seconds)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(seconds)
    };
    let time = whole.and_then(|time| time.checked_add(Duration::from_nanos(stat.st_mtime_nsec)));
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}

fn absent_or_failed(subject: &Subject, errno: Errno) -> Error {
    let subject = subject.clone();
    match errno {
        Errno::NOENT => Error::NotFound { subject },
        errno => failed(subject, errno),
    }
}

fn require_regular(stat: &Stat, subject: &Subject) -> Result<()> {
    let found = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => return Ok(()),
        FileType::Directory => FileKind::Directory,
        FileType::Symlink => FileKind::SymbolicLink,
        FileType::Fifo => FileKind::Fifo,
        FileType::Socket => FileKind::Socket,
        FileType::CharacterDevice | FileType::BlockDevice => FileKind::Device,
        FileType::Unknown => FileKind::Unknown,
    };
    Err(Error::NotAnObject {
        subject: subject.clone(),
        found,
    })
}

fn open_directory(path: &Path) -> rustix::io::Result<OwnedFd> {
    // The operator named this path, so a link in it is followed; what is inside is another matter.
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty())
}

/// Creates a directory and what is missing above it, mode 0700, and makes their names durable.
fn create(path: &Path) -> rustix::io::Result<()> {
    match make(path) {
        Ok(()) => {}
        Err(Errno::EXIST) => return Ok(()),
        Err(Errno::NOENT) => {
            create(parent(path).ok_or(Errno::NOENT)?)?;
            match make(path) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(errno) => return Err(errno),
            }
        }
        Err(errno) => return Err(errno),
    }
    match parent(path) {
        Some(parent) => flush(&open_directory(parent)?),
        None => Ok(()),
    }
}

fn make(path: &Path) -> rustix::io::Result<()> {
    let made = DirBuilder::new().mode(0o700).create(path);
    made.map_err(|error: io::Error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

fn parent(path: &Path) -> Option<&Path> {
    let parent = path.parent()?;
    Some(if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    })
}

/// Flushes a directory. Some network file systems cannot, and say so; then their names are as
/// durable as they get.
fn flush(directory: &OwnedFd) -> rustix::io::Result<()> {
    match rustix::fs::fsync(directory) {
        Err(Errno::INVAL | Errno::NOTSUP | Errno::NOSYS) => Ok(()),
        result => result,
    }
}
