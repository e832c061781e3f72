//! Disks that fail: a whole backup, or nothing.

use std::fs;

use crate::{
    full_disk::{all_or_nothing, place},
    support::{Place, Run},
};

/// Backs up while a system call fails, from its `n`th time in a thread on, or then only.
fn create_failing(place: &Place, call: &str, error: &str, when: &str) -> Run {
    let inject = format!("-einject={call}:error={error}:when={when}");
    let trace = format!("-etrace={call}");
    let strace = ["strace", "-D", "-f", "-qq", "-o/dev/null", &trace, &inject];
    Run::of(&mut place.wrapped(&strace, "create data"))
}

#[test]
fn a_disk_that_fails_in_any_call_leaves_a_whole_backup_or_nothing() {
    let place = place();
    let mut failed = 0;
    for (call, error) in [
        ("pwrite64", "EIO"),
        ("pwrite64", "ENOSPC"),
        ("fsync", "EIO"),
        ("fchmod", "EPERM"),
        ("renameat2", "EIO"),
        ("renameat2", "EXDEV"),
        // Then a hard link does.
        ("renameat2", "EINVAL"),
        ("getdents64", "EIO"),
        ("fadvise64", "EINVAL"),
    ] {
        for when in ["1", "2", "1+", "3+"] {
            let run = create_failing(&place, call, error, when);
            let left = place.names("store");
            if all_or_nothing(&run, &left) {
                place.is_whole(&left[0]);
                fs::remove_dir_all(place.path("store")).unwrap();
            } else {
                failed += 1;
                assert!(
                    [1, 6].contains(&run.status()),
                    "{call} {error} {when}: {run}"
                );
                assert!(run.stderr.contains("error: "), "{run}");
            }
        }
    }
    assert!(failed >= 14, "only {failed} backups met a failure");
}

/// With the clock stopped the names are known, and the very call can be made to fail that gives an
/// object its name.
#[test]
fn a_disk_that_fails_when_an_object_is_to_appear_leaves_nothing() {
    let place = place();
    let name = "prose_2027-01-02T03:04:05Z.tar.zst.gpg";
    for (extension, error) in [("", "EIO"), (".blake3", "ENOSPC"), (".sig", "EDQUOT")] {
        let object = format!("{name}{extension}");
        let inject = format!("-einject=renameat2:error={error}");
        let strace = [
            "strace",
            "-D",
            "-f",
            "-qq",
            "-o/dev/null",
            &inject,
            "-P",
            &object,
        ];
        let wrapper = [&strace[..], &["faketime", "2027-01-02 03:04:05"]].concat();
        let run = Run::of(&mut place.wrapped(&wrapper, "create data"));
        let left = place.names("store");
        assert!(!all_or_nothing(&run, &left), "{run}");
        run.says(&format!("cannot store {object}: "));
    }
}
