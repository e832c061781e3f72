use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use super::*;

/// Two equal trees, which are removed at the end.
struct Pair(PathBuf);

impl Pair {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let pair =
            Self(env::temp_dir().join(format!("xtask-tree-{}-{number}", std::process::id())));
        for root in [pair.old(), pair.new_()] {
            fs::create_dir_all(root.join("d/empty")).expect("directory");
            fs::write(root.join("d/a"), "content").expect("file");
            fs::hard_link(root.join("d/a"), root.join("d/b")).expect("hard link");
            fs::write(root.join("c"), vec![7; 200_000]).expect("file");
            symlink("nowhere", root.join("link")).expect("link");
        }
        pair.same_times();
        pair
    }

    fn old(&self) -> PathBuf {
        self.0.join("old")
    }

    fn new_(&self) -> PathBuf {
        self.0.join("new")
    }

    fn same_times(&self) {
        for root in [self.old(), self.new_()] {
            for path in ["d/a", "c", "d/empty", "d", "."] {
                if let Ok(file) = File::open(root.join(path)) {
                    file.set_modified(SystemTime::UNIX_EPOCH + Duration::new(1, 5))
                        .expect("time");
                }
            }
        }
    }

    /// What is found, but for the time of the symbolic link, which the standard library cannot set.
    fn found(&self) -> Vec<String> {
        let comparison = compare(&self.old(), &self.new_(), true).expect("comparison");
        let lines = comparison.differences.iter().map(ToString::to_string);
        lines
            .filter(|line| !line.starts_with("link: modification time"))
            .collect()
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("removed");
    }
}

#[test]
fn equal_trees_are_equal() {
    let pair = Pair::new();
    assert_eq!(pair.found(), [""; 0]);
    let comparison = compare(&pair.old(), &pair.new_(), true).expect("comparison");
    assert_eq!((comparison.entries, comparison.bytes), (7, 200_014));
}

#[test]
fn one_changed_byte_is_found() {
    let pair = Pair::new();
    let mut content = vec![7; 200_000];
    content[150_000] = 8;
    fs::write(pair.new_().join("c"), content).expect("file");
    pair.same_times();
    assert_eq!(pair.found(), ["c: the content differs from byte 150000 on"]);
}

#[test]
fn size_mode_and_time_are_compared() {
    let pair = Pair::new();
    let path = pair.new_().join("c");
    fs::write(&path, "short").expect("file");
    fs::set_permissions(&path, Permissions::from_mode(0o4755)).expect("mode");
    fs::set_permissions(pair.old().join("c"), Permissions::from_mode(0o400)).expect("mode");
    let before_1970 = SystemTime::UNIX_EPOCH - Duration::from_millis(1500);
    File::open(&path)
        .and_then(|file| file.set_modified(before_1970))
        .expect("time");
    assert_eq!(
        pair.found(),
        [
            "c: mode was 0400, is now 4755",
            "c: modification time was 1 s + 5 ns, is now -2 s + 500000000 ns",
            "c: size was 200000, is now 5",
        ]
    );
}

#[test]
fn missing_extra_and_other_kinds_are_named() {
    let pair = Pair::new();
    fs::remove_dir(pair.new_().join("d/empty")).expect("removed");
    fs::remove_file(pair.new_().join("c")).expect("removed");
    fs::create_dir(pair.new_().join("c")).expect("directory");
    fs::write(pair.new_().join("more\n"), "").expect("file");
    pair.same_times();
    assert_eq!(
        pair.found(),
        [
            "c: the file is now a directory",
            "d/empty: the directory is missing",
            "$'more\\012': there is a file that the original does not have",
        ]
    );
}

#[test]
fn a_link_that_points_elsewhere_is_found() {
    let pair = Pair::new();
    fs::remove_file(pair.new_().join("link")).expect("removed");
    symlink("no where", pair.new_().join("link")).expect("link");
    pair.same_times();
    assert_eq!(
        pair.found(),
        ["link: target was nowhere, is now 'no where'"]
    );
}

#[test]
fn a_hard_link_that_became_a_copy_is_found() {
    let pair = Pair::new();
    fs::remove_file(pair.new_().join("d/b")).expect("removed");
    fs::copy(pair.new_().join("d/a"), pair.new_().join("d/b")).expect("copied");
    File::open(pair.new_().join("d/b"))
        .and_then(|file| file.set_modified(SystemTime::UNIX_EPOCH + Duration::new(1, 5)))
        .expect("time");
    pair.same_times();
    assert_eq!(
        pair.found(),
        [
            "d/a: first hard link was d/a, is now none",
            "d/b: first hard link was d/a, is now none",
        ]
    );
}

#[test]
fn a_socket_is_not_expected_in_the_copy() {
    let pair = Pair::new();
    let _socket = UnixListener::bind(pair.old().join("s")).expect("socket");
    pair.same_times();
    assert_eq!(pair.found(), [""; 0]);
    let comparison = compare(&pair.old(), &pair.new_(), true).expect("comparison");
    assert_eq!(comparison.skipped, [PathBuf::from("s")]);
}

#[test]
fn the_owner_is_compared_where_asked() {
    let pair = Pair::new();
    let (old, mut new) = (Tree::read(&pair.old()), Tree::read(&pair.old()));
    let path = Path::new("c");
    let old = old.as_ref().ok().and_then(|tree| tree.nodes.get(path));
    let new = new.as_mut().ok().and_then(|tree| tree.nodes.get_mut(path));
    let (old, new) = old.zip(new).expect("two nodes");
    (new.owner.0, new.owner.1) = (old.owner.0 + 1, old.owner.1 + 2);
    let line = format!(
        "owner was {}:{}, is now {}:{}",
        old.owner.0, old.owner.1, new.owner.0, new.owner.1
    );
    assert_eq!(differences(old, new, true), [line]);
    assert_eq!(differences(old, new, false), [""; 0]);
}

#[test]
fn a_single_file_is_a_tree() {
    let pair = Pair::new();
    let comparison =
        compare(&pair.old().join("c"), &pair.new_().join("d/a"), true).expect("comparison");
    let lines: Vec<_> = comparison
        .differences
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(lines, [".: size was 200000, is now 7"]);
}
