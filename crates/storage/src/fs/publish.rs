//! Giving a finished file its name, in one step that replaces nothing.

use rustix::fs::{AtFlags, RenameFlags};
use rustix::io::Errno;

use super::directory::{Directory, Inode};
use super::errno::failed;
use crate::error::{Error, Publish};
use crate::key::Key;
use crate::subject::Action;

/// Names the file `partial`, which is `inode`, as `key`, unless that name is taken.
///
/// A call that failed may still have happened (a network file system repeats requests whose answer
/// was lost, and then meets its own file). So the inode that has the name decides.
pub(super) fn publish(
    directory: &Directory,
    partial: &str,
    key: &Key,
    inode: Inode,
) -> Result<(), Publish> {
    let name = key.as_str();
    let renamed =
        rustix::fs::renameat_with(directory, partial, directory, name, RenameFlags::NOREPLACE);
    conclude(renamed, directory, partial, key, inode)
}

fn conclude(
    renamed: rustix::io::Result<()>,
    directory: &Directory,
    partial: &str,
    key: &Key,
    inode: Inode,
) -> Result<(), Publish> {
    match renamed {
        Ok(()) => return Ok(()),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => link(directory, partial, key, inode)?,
        Err(errno) => settle(directory, key, inode, errno)?,
    }
    // The object is published, whatever becomes of its second name: a hidden one that anyone may
    // delete.
    let _ = directory.unlink(partial);
    Ok(())
}

/// The way for a file system without a no-replace rename: a hard link does not replace either.
fn link(directory: &Directory, partial: &str, key: &Key, inode: Inode) -> Result<(), Publish> {
    match rustix::fs::linkat(
        directory,
        partial,
        directory,
        key.as_str(),
        AtFlags::empty(),
    ) {
        Ok(()) => Ok(()),
        Err(Errno::PERM | Errno::NOSYS | Errno::NOTSUP) => {
            Err(Publish::Rejected(Error::Unsupported {
                subject: directory.subject(Action::Publish, key),
                what: "way to publish without overwriting; use a file system with hard links",
            }))
        }
        Err(errno) => settle(directory, key, inode, errno),
    }
}

/// After a failed call: looks at which file has the name.
fn settle(directory: &Directory, key: &Key, inode: Inode, errno: Errno) -> Result<(), Publish> {
    let subject = directory.subject(Action::Publish, key);
    match directory.stat(key.as_str()) {
        Ok(stat) if Inode::of(&stat) == inode => Ok(()),
        Ok(_) => Err(Publish::Conflict(subject)),
        Err(Errno::NOENT) => Err(Publish::Rejected(failed(subject, errno))),
        Err(_) => Err(Publish::Unknown(failed(subject, errno))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::fs::FsOptions;
    use crate::nonce::Nonce;

    struct Fixture {
        top: tempfile::TempDir,
        directory: Directory,
        key: Key,
        inode: Inode,
    }

    /// A directory with a finished file `partial`.
    fn fixture() -> Fixture {
        let top = tempfile::tempdir().unwrap();
        let directory = Directory::open(top.path(), FsOptions::default()).unwrap();
        std::fs::write(top.path().join("partial"), "ours").unwrap();
        let inode = Inode::of(&directory.stat("partial").unwrap());
        let key = Key::new("object").unwrap();
        Fixture {
            top,
            directory,
            key,
            inode,
        }
    }

    impl Fixture {
        fn names(&self) -> Vec<String> {
            let entries = self.top.path().read_dir().unwrap();
            let mut names: Vec<String> = entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        }

        fn path(&self) -> &Path {
            self.top.path()
        }
    }

    type Way = fn(&Directory, &str, &Key, Inode) -> Result<(), Publish>;
    const WAYS: [Way; 2] = [publish, without_rename];

    /// As on a file system that has no no-replace rename.
    fn without_rename(
        directory: &Directory,
        partial: &str,
        key: &Key,
        inode: Inode,
    ) -> Result<(), Publish> {
        conclude(Err(Errno::INVAL), directory, partial, key, inode)
    }

    #[test]
    fn a_rename_and_a_link_publish_alike() {
        for way in WAYS {
            let fixture = fixture();
            way(&fixture.directory, "partial", &fixture.key, fixture.inode).unwrap();
            assert_eq!(fixture.names(), ["object"]);
            assert_eq!(
                std::fs::read(fixture.path().join("object")).unwrap(),
                b"ours"
            );
        }
    }

    #[test]
    fn neither_a_rename_nor_a_link_replaces_anything() {
        for way in WAYS {
            let fixture = fixture();
            std::fs::write(fixture.path().join("object"), "theirs").unwrap();
            let published = way(&fixture.directory, "partial", &fixture.key, fixture.inode);
            assert!(
                matches!(published, Err(Publish::Conflict(_))),
                "{published:?}"
            );
            assert_eq!(fixture.names(), ["object", "partial"]);
            assert_eq!(
                std::fs::read(fixture.path().join("object")).unwrap(),
                b"theirs"
            );
        }
    }

    #[test]
    fn a_call_that_failed_and_yet_happened_is_a_success() {
        // As on a network file system that repeats a request whose answer was lost.
        for way in WAYS {
            let fixture = fixture();
            std::fs::hard_link(
                fixture.path().join("partial"),
                fixture.path().join("object"),
            )
            .unwrap();
            for _ in 0..2 {
                way(&fixture.directory, "partial", &fixture.key, fixture.inode).unwrap();
                assert_eq!(fixture.names(), ["object"]);
            }
        }
    }

    #[test]
    fn a_call_that_failed_and_did_not_happen_is_a_rejection() {
        for way in WAYS {
            let fixture = fixture();
            std::fs::remove_file(fixture.path().join("partial")).unwrap();
            let published = way(&fixture.directory, "partial", &fixture.key, fixture.inode);
            assert!(
                matches!(published, Err(Publish::Rejected(_))),
                "{published:?}"
            );
        }
    }

    #[test]
    fn a_call_that_failed_where_the_name_cannot_be_looked_at_is_unknown() {
        // A name too long for the file system stands in for a share that stopped answering.
        let fixture = fixture();
        let key = Key::new(&"x".repeat(300)).unwrap();
        let published = conclude(
            Err(Errno::IO),
            &fixture.directory,
            "partial",
            &key,
            fixture.inode,
        );
        assert!(
            matches!(published, Err(Publish::Unknown(_))),
            "{published:?}"
        );
        assert_eq!(fixture.names(), ["partial"]);
    }

    #[test]
    fn a_file_whose_publication_was_uncertain_is_known_by_its_nonce() {
        let fixture = fixture();
        let nonce = Nonce::random().unwrap();
        let file = Arc::new(File::open(fixture.path().join("partial")).unwrap());
        fixture.directory.remember(file, fixture.inode, nonce);
        publish(&fixture.directory, "partial", &fixture.key, fixture.inode).unwrap();
        assert_eq!(
            fixture.directory.look_up(&fixture.key).unwrap().nonce,
            Some(nonce)
        );

        let other = Key::new("other").unwrap();
        std::fs::write(fixture.path().join("other"), "theirs").unwrap();
        assert_eq!(fixture.directory.look_up(&other).unwrap().nonce, None);
    }
}
