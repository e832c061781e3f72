//! Full disks, killed processes, and processes that want the same name.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use crate::child::{command, run, start};
use crate::support::{listed, mode, names, open, pattern};

#[test]
fn a_full_disk_leaves_nothing_and_says_so() {
    let top = tempfile::tempdir().unwrap();
    run(command(
        "fill",
        top.path(),
        Some("mount -t tmpfs -o size=4m tmpfs \"$1\""),
    ));
}

#[test]
fn a_read_only_file_system_refuses_and_can_be_listed() {
    let top = tempfile::tempdir().unwrap();
    let prepare =
        "mount -t tmpfs tmpfs \"$1\"; touch \"$1/there\"; mount -o remount,bind,ro \"$1\"";
    run(command("read-only", top.path(), Some(prepare)));
}

#[test]
fn missing_permissions_are_access_denied_and_not_absence() {
    let top = tempfile::tempdir().unwrap();
    let object = top.path().join("object");
    std::fs::write(&object, "secret").unwrap();
    std::fs::set_permissions(&object, Permissions::from_mode(0o000)).unwrap();
    std::fs::set_permissions(top.path(), Permissions::from_mode(0o500)).unwrap();
    // In a user namespace that maps nobody, root is only the owner of its files, as everybody else
    // is.
    let task = command("denied", top.path(), None);
    let mut unprivileged = Command::new("unshare");
    unprivileged
        .arg("-U")
        .arg(task.get_program())
        .args(task.get_args());
    unprivileged.envs(
        task.get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    run(unprivileged);
    std::fs::set_permissions(top.path(), Permissions::from_mode(0o700)).unwrap();
}

#[tokio::test]
async fn a_process_killed_while_it_uploads_leaves_only_a_hidden_private_file() {
    let top = tempfile::tempdir().unwrap();
    let mut running = start(command("hang", top.path(), None));
    running.ready();
    running.child.kill().unwrap();
    running.child.wait().unwrap();
    let [partial] = &names(top.path())[..] else {
        panic!("{:?}", names(top.path()));
    };
    assert!(
        partial.starts_with(".prose-backup-") && partial.ends_with(".partial"),
        "{partial}"
    );
    assert_eq!(mode(&top.path().join(partial)), 0o600);
    assert!(listed(&open(top.path())).await.is_empty());
}

#[tokio::test]
async fn whatever_a_killed_process_has_published_is_whole() {
    let whole = [pattern(100_000), pattern(100_000), pattern(100_000)].concat();
    for after in [5, 20, 35, 50] {
        let top = tempfile::tempdir().unwrap();
        let mut running = start(command("publish", top.path(), None));
        running.ready();
        std::thread::sleep(Duration::from_millis(after));
        running.child.kill().unwrap();
        running.child.wait().unwrap();
        for name in listed(&open(top.path())).await {
            assert!(std::fs::read(top.path().join(name)).unwrap() == whole);
        }
    }
}

#[test]
fn of_two_processes_that_publish_one_name_exactly_one_wins() {
    let top = tempfile::tempdir().unwrap();
    let mut racers = [(); 2].map(|()| start(command("race", top.path(), None)));
    for racer in &mut racers {
        racer.ready();
    }
    for racer in &mut racers {
        racer.go();
    }
    let mut winners = BTreeMap::new();
    for racer in &mut racers {
        let id = racer.child.id().to_string();
        let lines: Vec<String> = racer.lines().collect();
        assert!(racer.child.wait().unwrap().success(), "{lines:?}");
        for name in lines.iter().filter_map(|line| line.strip_prefix("won ")) {
            let other = winners.insert(name.to_owned(), id.clone());
            assert!(other.is_none(), "{name} was won twice");
        }
    }
    assert_eq!(winners.len(), 100);
    assert_eq!(names(top.path()).len(), 100);
    for (name, id) in winners {
        assert_eq!(std::fs::read_to_string(top.path().join(&name)).unwrap(), id);
    }
}
