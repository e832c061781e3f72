//! The program, the tools of others, and a place to use them in.

pub(crate) mod forge;
pub(crate) mod keys;
mod place;
mod process;
mod shell;

use std::{
    fs,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use rustix::{
    fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_OMIT, XattrFlags, lsetxattr, utimensat},
    process::geteuid,
};

pub(crate) use self::{
    place::{PROGRAM, Place, SEALED, is_check},
    process::{Run, Running},
    shell::{bare, debian_sq, shell, try_shell},
};

/// Whether owners can be set, and another user be taken on.
pub(crate) fn is_root() -> bool {
    geteuid().is_root()
}

/// Sets the time of modification, of a link itself.
pub(crate) fn set_mtime(path: &Path, seconds: i64, nanoseconds: i64) {
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
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub(crate) fn set_xattr(path: &Path, name: &str, value: &[u8]) {
    lsetxattr(path, name, value, XattrFlags::empty()).unwrap();
}

/// Writes a file of so many MiB that nothing compresses.
pub(crate) fn random_file(path: &Path, mebibytes: u64) {
    let random = fs::File::open("/dev/urandom").unwrap();
    let mut file = fs::File::create(path).unwrap();
    io::copy(&mut random.take(mebibytes << 20), &mut file).unwrap();
}
