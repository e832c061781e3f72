//! A tree like the one that a Pod's backup holds, the same each time, with everything odd in it.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{BufWriter, Write},
    os::unix::{
        ffi::OsStrExt,
        fs::{chown, lchown, symlink},
    },
    path::{Path, PathBuf},
};

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, Timespec, Timestamps, UTIME_OMIT, XattrFlags, chmod, lsetxattr,
    mknodat, utimensat,
};

use super::{
    content::{Content, Random},
    is_root, odd,
};

/// Whom things belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owners {
    /// To many users and groups. Only root can make such a tree.
    Many,
    /// To one user and their group.
    One(u32),
}

impl Owners {
    /// As many as this user can give things to.
    pub(crate) fn possible() -> Self {
        if is_root() {
            Self::Many
        } else {
            Self::One(rustix::process::geteuid().as_raw())
        }
    }
}

/// How much there is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Regular files, odd ones included.
    pub(crate) files: u32,
    /// Bytes in them; half of them compress.
    pub(crate) bytes: u64,
}

/// Makes the tree.
pub(crate) fn build(root: &Path, size: Size, owners: Owners) {
    let mut builder = Builder::new(root, owners);
    odd::add(&mut builder);
    let odd_files = builder.files;
    assert!(odd_files < size.files);
    ordinary(&mut builder, size.files - odd_files, size.bytes);
    builder.finish();
}

/// Where a Pod's data lies, roughly: many small files that compress, a few large ones that do not.
fn ordinary(builder: &mut Builder<'_>, files: u32, bytes: u64) {
    const PER_DIRECTORY: u32 = 200;
    const STORES: [&str; 6] = ["accounts", "archive", "offline", "pep", "roster", "uploads"];
    // One file in fifty is large, and these have half of the bytes.
    let large = files / 50;
    let mut left = bytes;
    for number in 0..files {
        let directory = number / PER_DIRECTORY;
        let store = STORES[directory as usize % STORES.len()];
        let parent = format!("prosody/example%2e{directory:02}/{store}");
        let name = format!("{parent}/correspondent%2e{number:05}%40example%2eorg.dat");
        let (content, mean) = if number % 50 == 0 {
            (Content::Incompressible, bytes / 2 / u64::from(large.max(1)))
        } else {
            (Content::Text, bytes / 2 / u64::from(files - large))
        };
        let size = if number + 1 == files {
            left
        } else {
            // Some are empty, none is more than twice as large as the mean.
            builder.random.below(2 * mean + 1).min(left)
        };
        left -= size;
        builder.directories(&parent);
        builder.content(name, size, content);
    }
}

/// Adds things to a tree, each with a mode, a time and an owner of its own.
pub(crate) struct Builder<'r> {
    root: &'r Path,
    owners: Owners,
    random: Random,
    /// Every directory, parents first: they get their times once all is in them.
    directories: Vec<(PathBuf, u32)>,
    files: u32,
    things: u32,
}

/// Without the sticky and set-id bits; those come to files of their own.
const MODES: [u32; 5] = [0o600, 0o640, 0o644, 0o660, 0o400];
const DIRECTORY_MODES: [u32; 3] = [0o700, 0o750, 0o755];

impl<'r> Builder<'r> {
    fn new(root: &'r Path, owners: Owners) -> Self {
        fs::create_dir_all(root).unwrap();
        Self {
            root,
            owners,
            random: Random::new(7),
            directories: vec![(root.to_owned(), 0o750)],
            files: 0,
            things: 0,
        }
    }

    /// A directory of this mode, whose parent is there.
    pub(crate) fn directory(&mut self, path: impl AsRef<OsStr>, mode: u32) {
        let full = self.full(path);
        fs::create_dir(&full).unwrap();
        self.directories.push((full, mode));
    }

    /// Directories as far as they are not there.
    pub(crate) fn directories(&mut self, path: &str) {
        for (end, _) in path.match_indices('/').chain([(path.len(), "")]) {
            if !self.full(&path[..end]).exists() {
                let mode = DIRECTORY_MODES[self.directories.len() % DIRECTORY_MODES.len()];
                self.directory(&path[..end], mode);
            }
        }
    }

    /// A file of this mode with these bytes.
    pub(crate) fn file(&mut self, path: impl AsRef<OsStr>, bytes: &[u8], mode: u32) -> PathBuf {
        let full = self.full(path);
        fs::write(&full, bytes).unwrap();
        self.dress_file(&full, mode);
        full
    }

    /// A file of this size.
    pub(crate) fn content(&mut self, path: impl AsRef<OsStr>, size: u64, content: Content) {
        let full = self.full(path);
        let mut file = BufWriter::new(File::create_new(&full).unwrap());
        content.write(size, &mut self.random, &mut file).unwrap();
        file.flush().unwrap();
        drop(file);
        self.dress_file(&full, MODES[self.files as usize % MODES.len()]);
    }

    /// A symbolic link.
    pub(crate) fn link(&mut self, path: impl AsRef<OsStr>, target: impl AsRef<OsStr>) {
        let full = self.full(path);
        symlink(target.as_ref(), &full).unwrap();
        self.own(&full);
        self.date(&full);
    }

    /// A further name of a file.
    pub(crate) fn name(&mut self, path: impl AsRef<OsStr>, existing: impl AsRef<OsStr>) {
        fs::hard_link(self.full(existing), self.full(path)).unwrap();
    }

    /// A socket or a FIFO.
    pub(crate) fn special(&mut self, path: &str, kind: FileType) {
        mknodat(CWD, self.full(path), kind, Mode::RWXU, 0).unwrap();
    }

    /// Where a thing of the tree lies.
    pub(crate) fn full(&self, path: impl AsRef<OsStr>) -> PathBuf {
        self.root.join(path.as_ref())
    }

    pub(crate) fn owners(&self) -> Owners {
        self.owners
    }

    fn dress_file(&mut self, full: &Path, mode: u32) {
        self.files += 1;
        self.own(full);
        set_mode(full, mode);
        self.date(full);
    }

    /// Gives a thing to its owner; thereby it loses its set-id bits and capabilities.
    fn own(&mut self, full: &Path) {
        let (user, group) = match self.owners {
            Owners::Many => (1000 + self.things % 7, 2_000_000 + self.things % 5),
            Owners::One(user) => (user, user),
        };
        if is_root() {
            lchown(full, Some(user), Some(group)).unwrap();
        }
    }

    /// A time to the nanosecond, since 1970.
    fn date(&mut self, full: &Path) {
        self.things += 1;
        let seconds = 1_300_000_000 + i64::from(self.things) * 40_009;
        let nanoseconds = i64::from(self.things) * 99_991 % 1_000_000_000;
        set_time(full, seconds, nanoseconds);
    }

    /// Making something in a directory moves its time, and a closed one takes no more.
    fn finish(mut self) {
        for (path, mode) in std::mem::take(&mut self.directories).into_iter().rev() {
            self.own(&path);
            set_mode(&path, mode);
            self.date(&path);
        }
    }
}

/// Sets the time of modification, of a link itself.
pub(crate) fn set_time(path: &Path, seconds: i64, nanoseconds: i64) {
    let times = Timestamps {
        last_access: Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
        last_modification: Timespec {
            tv_sec: seconds,
            tv_nsec: nanoseconds,
        },
    };
    utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    chmod(path, Mode::from_raw_mode(mode)).unwrap();
}

pub(crate) fn set_owner(path: &Path, user: u32, group: u32) {
    chown(path, Some(user), Some(group)).unwrap();
}

pub(crate) fn set_xattr(path: &Path, name: &str, value: &[u8]) {
    lsetxattr(path, name, value, XattrFlags::empty())
        .unwrap_or_else(|error| panic!("{name} of {}: {error}", path.display()));
}

/// A name of any bytes.
pub(crate) fn bytes(name: &[u8]) -> &OsStr {
    OsStr::from_bytes(name)
}
