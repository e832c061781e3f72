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
