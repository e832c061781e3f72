//! Disks that fail: a whole backup, or nothing.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    full_disk::{all_or_nothing, place},
    support::{Place, Run, Running, bare},
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

/// Who watches the threads of a process; none if one of them is watched by nobody.
fn tracer(id: u32) -> Option<Pid> {
    let tasks = fs::read_dir(format!("/proc/{id}/task")).unwrap().flatten();
    let tracers = tasks.map(|task| {
        let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("TracerPid:"));
        Pid::from_raw(line?.trim().parse().ok()?)
    });
    tracers.collect::<Option<Vec<Pid>>>()?.pop()
}

/// Has the disk fail from the moment on when the checks are there and the backup is not.
#[test]
fn a_disk_that_fails_at_the_commit_leaves_nothing() {
    let place = place();
    // Until then each flush takes so long that the moment is met.
    let slow = ["strace", "-D", "-f", "-qq", "-o/dev/null", "-etrace=fsync"];
    let slow = [&slow[..], &["-einject=fsync:delay_enter=300000"]].concat();
    let mut create = Running::start(&mut place.wrapped(&slow, "create data"));
    let id = create.id();
    create.await_moment(|| place.has_check("sig"));
    // A process has one tracer at a time. The first one would end its delays before it goes, so it
    // is killed, which leaves the program stopped until the second one is there.
    create.signal(Signal::STOP);
    kill_process(tracer(id).unwrap(), Signal::KILL).unwrap();
    create.await_moment(|| tracer(id).is_none());
    let failing = [
        "-f",
        "-qq",
        "-o/dev/null",
        "-etrace=fsync",
        "-einject=fsync:error=EIO",
    ];
    let disk = Running::start(bare("strace").args(failing).args(["-p", &id.to_string()]));
    create.await_moment(|| tracer(id).is_some());
    create.signal(Signal::CONT);
    let run = create.wait();
    drop(disk);
    let left = place.names("store");
    assert!(!all_or_nothing(&run, &left), "{run}");
    run.exits(6).says("the store failed");
}
