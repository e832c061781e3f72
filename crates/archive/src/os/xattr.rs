//! Extended attributes of files, directories and symbolic links.

use std::{
    ffi::{CStr, CString},
    path::PathBuf,
};

use rustix::{
    fd::{AsFd, AsRawFd, BorrowedFd},
    fs::{
        XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr, lgetxattr, llistxattr,
        lsetxattr,
    },
    io::{Errno, Result},
};

use super::is_unsupported;
use crate::Xattr;

/// The access control lists that a directory hands down to what is made in it.
pub(crate) const DEFAULT_ACL: &CStr = c"system.posix_acl_default";

/// The access control list of a file or directory itself.
pub(crate) const ACCESS_ACL: &CStr = c"system.posix_acl_access";

/// Whose attributes.
#[derive(Debug, Clone)]
pub(crate) enum Target<'a> {
    /// An open file or directory.
    Open(BorrowedFd<'a>),
    /// A symbolic link, by a path through its directory's descriptor: no system call takes a
    /// descriptor and a name here. Needs `/proc`.
    Link(PathBuf),
}

impl<'a> Target<'a> {
    pub(crate) fn open(fd: &'a impl AsFd) -> Self {
        Self::Open(fd.as_fd())
    }

    pub(crate) fn link(directory: impl AsFd, name: &CStr) -> Self {
        use std::os::unix::ffi::OsStrExt;
        let mut path = PathBuf::from("/proc/self/fd");
        path.push(directory.as_fd().as_raw_fd().to_string());
        path.push(std::ffi::OsStr::from_bytes(name.to_bytes()));
        Self::Link(path)
    }

    /// Sets an attribute.
    pub(crate) fn set(&self, xattr: &Xattr) -> Result<()> {
        let name = CString::new(xattr.name.as_slice()).map_err(|_| Errno::INVAL)?;
        match self {
            Self::Open(fd) => fsetxattr(fd, &name, &xattr.value, XattrFlags::empty()),
            Self::Link(path) => lsetxattr(path, &name, &xattr.value, XattrFlags::empty()),
        }
    }

    fn list(&self, buffer: &mut [u8]) -> Result<usize> {
        match self {
            Self::Open(fd) => flistxattr(fd, buffer),
            Self::Link(path) => llistxattr(path, buffer),
        }
    }

    fn get(&self, name: &CStr, buffer: &mut [u8]) -> Result<usize> {
        match self {
            Self::Open(fd) => fgetxattr(fd, name, buffer),
            Self::Link(path) => lgetxattr(path, name, buffer),
        }
    }
}

/// Reads attributes, with memory that it keeps.
#[derive(Debug)]
pub(crate) struct XattrReader {
    names: Vec<u8>,
    value: Vec<u8>,
}

impl XattrReader {
    pub(crate) fn new() -> Self {
        Self {
            names: vec![0; Xattr::MAX_VALUE],
            value: vec![0; Xattr::MAX_VALUE],
        }
    }

    /// All attributes, sorted by name. One that cannot be read goes to `unreadable` instead; a file
    /// system that knows none has none.
    pub(crate) fn read(
        &mut self,
        target: &Target<'_>,
        mut unreadable: impl FnMut(&CStr, Errno),
    ) -> Result<Vec<Xattr>> {
        let length = match target.list(&mut self.names) {
            Ok(length) => length,
            Err(errno) if is_unsupported(errno) => 0,
            // There is no `/proc`. Links have hardly ever any attributes: not worth a failure.
            Err(Errno::NOENT) if matches!(target, Target::Link(_)) => 0,
            Err(errno) => return Err(errno),
        };
        let mut xattrs = Vec::new();
        for name in self.names[..length].split_inclusive(|&byte| byte == 0) {
            let Ok(name) = CStr::from_bytes_with_nul(name) else {
                continue;
            };
            match target.get(name, &mut self.value) {
                Ok(length) => xattrs.push(Xattr {
                    name: name.to_bytes().to_vec(),
                    value: self.value[..length].to_vec(),
                }),
                // It was removed since.
                Err(Errno::NODATA) => {}
                Err(errno) => unreadable(name, errno),
            }
        }
        xattrs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(xattrs)
    }
}

/// One attribute of an open file, if it is there.
pub(crate) fn get(fd: impl AsFd, name: &CStr) -> Option<Xattr> {
    let mut value = vec![0; Xattr::MAX_VALUE];
    let length = fgetxattr(fd, name, &mut value[..]).ok()?;
    value.truncate(length);
    Some(Xattr {
        name: name.to_bytes().to_vec(),
        value,
    })
}

/// Takes an attribute away, if it is there.
pub(crate) fn remove(fd: impl AsFd, name: &CStr) -> Result<()> {
    match fremovexattr(fd, name) {
        Err(errno) if errno != Errno::NODATA && !is_unsupported(errno) => Err(errno),
        _ => Ok(()),
    }
}
