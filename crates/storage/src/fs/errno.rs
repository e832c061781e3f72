//! What the kernel's answers mean to an operator.

use rustix::io::Errno;

use crate::error::{Cause, Error};
use crate::subject::{Action, FileKind, Subject};

/// The error for a system call that failed while doing what `subject` says.
///
/// `ENOENT` is no absence here: only the caller knows whether it asked for an object by its name.
pub(super) fn failed(subject: Subject, errno: Errno) -> Error {
    let source = Cause::from(std::io::Error::from(errno));
    match errno {
        Errno::ACCESS | Errno::PERM => Error::AccessDenied {
            remedy: permission_needed(subject.action).into(),
            subject,
            source,
        },
        Errno::ROFS => Error::AccessDenied {
            remedy: "mount the file system writable, or use another directory".into(),
            subject,
            source,
        },
        Errno::NOSPC => Error::Full {
            remedy: "free some space, or use another directory".into(),
            subject,
            source,
        },
        Errno::DQUOT => Error::Full {
            remedy: "raise this user's quota, or free some of it".into(),
            subject,
            source,
        },
        Errno::FBIG => Error::Full {
            remedy: "use a file system that takes larger files, or raise the limit on a process's files (ulimit -f)".into(),
            subject,
            source,
        },
        Errno::LOOP => Error::NotAnObject {
            subject,
            found: FileKind::SymbolicLink,
        },
        Errno::ISDIR => Error::NotAnObject {
            subject,
            found: FileKind::Directory,
        },
        Errno::NAMETOOLONG => Error::InvalidKey {
            key: subject.key.map_or_else(|| subject.place.to_string(), |key| key.to_string()),
            rule: "it is too long for this file system",
        },
        _ => Error::Unavailable {
            remedy: remedy(errno).into(),
            subject,
            source,
        },
    }
}

fn permission_needed(action: Action) -> &'static str {
    match action {
        Action::Open | Action::List => "give this user read and search permission on the directory",
        Action::LookUp => "give this user search permission on the directory",
        Action::Read => {
            "give this user read permission on the file and search permission on the directory"
        }
        Action::Write | Action::Publish | Action::Abort | Action::Delete => {
            "give this user write and search permission on the directory"
        }
    }
}

fn remedy(errno: Errno) -> &'static str {
    match errno {
        Errno::STALE
        | Errno::TIMEDOUT
        | Errno::HOSTDOWN
        | Errno::HOSTUNREACH
        | Errno::NETUNREACH
        | Errno::NOTCONN => {
            "check that the share is mounted and its server answers, then try again"
        }
        Errno::MFILE | Errno::NFILE => "raise the limit on open files (ulimit -n), then try again",
        Errno::NOENT => {
            "the directory, or the partial file in it, was removed meanwhile: find out by whom, then try again"
        }
        _ => "check the disk and the system's log, then try again",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::key::Key;

    fn say(action: Action, errno: Errno) -> String {
        let key = Key::new("prose_2026-11-20T00:00:00Z.tar.zst.gpg").unwrap();
        let place: Arc<str> = "directory /backups".into();
        failed(Subject::object(action, &key, &place), errno).to_string()
    }

    #[test]
    fn a_refusal_names_the_permission_that_is_missing() {
        insta::assert_snapshot!(say(Action::Read, Errno::ACCESS), @"cannot read prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: access denied; give this user read permission on the file and search permission on the directory");
        insta::assert_snapshot!(say(Action::LookUp, Errno::ACCESS), @"cannot look up prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: access denied; give this user search permission on the directory");
        insta::assert_snapshot!(say(Action::Write, Errno::ACCESS), @"cannot write prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: access denied; give this user write and search permission on the directory");
        insta::assert_snapshot!(say(Action::Publish, Errno::PERM), @"cannot publish prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: access denied; give this user write and search permission on the directory");
        insta::assert_snapshot!(say(Action::Delete, Errno::ROFS), @"cannot delete prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: access denied; mount the file system writable, or use another directory");
        let place: Arc<str> = "directory /backups".into();
        let listing = failed(Subject::store(Action::List, &place), Errno::ACCESS);
        insta::assert_snapshot!(listing, @"cannot list directory /backups: access denied; give this user read and search permission on the directory");
    }

    #[test]
    fn no_room_says_what_there_is_no_room_in() {
        insta::assert_snapshot!(say(Action::Write, Errno::NOSPC), @"cannot write prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: there is no room for it; free some space, or use another directory");
        insta::assert_snapshot!(say(Action::Publish, Errno::DQUOT), @"cannot publish prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: there is no room for it; raise this user's quota, or free some of it");
        insta::assert_snapshot!(say(Action::Write, Errno::FBIG), @"cannot write prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: there is no room for it; use a file system that takes larger files, or raise the limit on a process's files (ulimit -f)");
    }

    #[test]
    fn a_broken_store_is_never_an_absent_object() {
        insta::assert_snapshot!(say(Action::Read, Errno::IO), @"cannot read prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: the store failed; check the disk and the system's log, then try again");
        insta::assert_snapshot!(say(Action::LookUp, Errno::STALE), @"cannot look up prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: the store failed; check that the share is mounted and its server answers, then try again");
        insta::assert_snapshot!(say(Action::Write, Errno::NOENT), @"cannot write prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: the store failed; the directory, or the partial file in it, was removed meanwhile: find out by whom, then try again");
        insta::assert_snapshot!(say(Action::Write, Errno::MFILE), @"cannot write prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: the store failed; raise the limit on open files (ulimit -n), then try again");
    }

    #[test]
    fn what_is_no_file_is_named() {
        insta::assert_snapshot!(say(Action::Read, Errno::LOOP), @"cannot read prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: it is a symbolic link, and only regular files are objects; move it out of the store");
        insta::assert_snapshot!(say(Action::Delete, Errno::ISDIR), @"cannot delete prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: it is a directory, and only regular files are objects; move it out of the store");
        insta::assert_snapshot!(say(Action::Write, Errno::NAMETOOLONG), @r#"the name "prose_2026-11-20T00:00:00Z.tar.zst.gpg" cannot be used: it is too long for this file system"#);
    }

    #[test]
    fn only_what_may_pass_is_retried() {
        let place: Arc<str> = "directory /backups".into();
        let retried = |errno| failed(Subject::store(Action::Write, &place), errno).is_retryable();
        for errno in [
            Errno::IO,
            Errno::STALE,
            Errno::TIMEDOUT,
            Errno::MFILE,
            Errno::NOENT,
        ] {
            assert!(retried(errno), "{errno}");
        }
        for errno in [
            Errno::ACCESS,
            Errno::PERM,
            Errno::ROFS,
            Errno::NOSPC,
            Errno::DQUOT,
            Errno::LOOP,
        ] {
            assert!(!retried(errno), "{errno}");
        }
    }
}
