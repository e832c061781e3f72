//! Removing a tree without following links, and without running out of descriptors, stack or memory.

use std::ffi::{CStr, CString};

use rustix::{
    fd::{AsFd, BorrowedFd, OwnedFd},
    fs::{AtFlags, FileType, Mode, SeekFrom, chmodat, fchmod, seek, unlinkat},
    io::{Errno, Result},
};

use crate::os::{facts::Facts, ladder::Ladder, listing::Listing, open_directory};

/// A directory that is being emptied.
struct Level {
    /// Some of the names in it, since there may be any number.
    part: Listing,
    /// Its name in the one above.
    name: CString,
}

/// Removes everything in a directory, but not the directory.
pub(super) fn empty_directory(directory: impl AsFd) -> Result<()> {
    let root = open_directory(directory, c".")?;
    let id = Facts::of(&root)?.id;
    let level = Level {
        part: Listing::read_part(&root)?,
        name: CString::default(),
    };
    let mut ladder = Ladder::new(root, id, level);
    loop {
        let Some((name, file_type)) = ladder.data.part.next() else {
            ladder.data.part = next_part(&ladder.directory)?;
            if ladder.data.part.len() == 0 {
                match ladder.climb()? {
                    None => return Ok(()),
                    Some((_, left)) => unlinkat(&ladder.directory, &left.name, AtFlags::REMOVEDIR)?,
                }
            }
            continue;
        };
        let above = ladder.directory.as_fd();
        let file_type = match file_type {
            FileType::Unknown => Facts::at(above, name)?.file_type,
            known => known,
        };
        if file_type != FileType::Directory {
            unlinkat(above, name, AtFlags::empty())?;
            continue;
        }
        let directory = open_for_removal(above, name)?;
        let id = Facts::of(&directory)?.id;
        let level = Level {
            part: Listing::read_part(&directory)?,
            name: name.to_owned(),
        };
        ladder.descend(directory, id, level);
    }
}

/// Further names of a directory; none when it is empty. File systems may pass over some while others
/// are removed, so that the end is believed only right after the beginning.
fn next_part(directory: &OwnedFd) -> Result<Listing> {
    let part = Listing::read_part(directory)?;
    if part.len() > 0 {
        return Ok(part);
    }
    seek(directory, SeekFrom::Start(0))?;
    Listing::read_part(directory)
}

/// Opens a directory, and gives its owner the rights to empty it.
fn open_for_removal(above: BorrowedFd<'_>, name: &CStr) -> Result<OwnedFd> {
    let directory = match open_directory(above, name) {
        Err(Errno::ACCESS) => {
            chmodat(above, name, Mode::RWXU, AtFlags::empty())?;
            open_directory(above, name)?
        }
        other => other?,
    };
    fchmod(&directory, Mode::RWXU)?;
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use rustix::fs::{CWD, Mode, mkdirat};

    use super::{empty_directory, open_directory};

    #[test]
    fn a_link_is_removed_and_what_it_points_to_stays() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("kept"), "").unwrap();
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/b")).unwrap();
        std::os::unix::fs::symlink(outside.path(), root.path().join("a/link")).unwrap();
        fs::set_permissions(root.path().join("a/b"), fs::Permissions::from_mode(0o000)).unwrap();

        empty_directory(open_directory(CWD, root.path()).unwrap()).unwrap();
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
        assert!(outside.path().join("kept").exists());
    }

    #[test]
    fn a_directory_of_more_names_than_are_read_at_once_is_removed() {
        let root = tempfile::tempdir().unwrap();
        for directory in ["", "a", "a/b"] {
            fs::create_dir_all(root.path().join(directory)).unwrap();
            for index in 0..2000 {
                fs::write(root.path().join(directory).join(index.to_string()), "").unwrap();
            }
        }
        empty_directory(open_directory(CWD, root.path()).unwrap()).unwrap();
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_tree_of_a_thousand_levels_is_removed() {
        let root = tempfile::tempdir().unwrap();
        let mut directory = open_directory(CWD, root.path()).unwrap();
        for _ in 0..1000 {
            mkdirat(&directory, "a directory", Mode::RWXU).unwrap();
            directory = open_directory(&directory, "a directory").unwrap();
        }
        empty_directory(open_directory(CWD, root.path()).unwrap()).unwrap();
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }
}
