//! A destination that runs full.

use std::{error::Error as _, fs, io, path::PathBuf, process::Command};

use prose_backup_archive::Error;
use tempfile::tempdir;

use crate::{
    support::{directory, extract, is_root, names, pack_directory},
    tree,
};

/// Where the second half of the test finds a file system of 2 MiB, when this program runs itself.
const SMALL_DISK: &str = "ARCHIVE_TEST_SMALL_DISK";

#[test]
fn disk_full_while_restoring() {
    if let Some(disk) = std::env::var_os(SMALL_DISK) {
        return on_the_small_disk(&PathBuf::from(disk));
    }
    let root = tempdir().unwrap();
    let mount = directory(root.path(), "mount");
    let test = std::env::current_exe().unwrap();
    // An ordinary user may mount in a user namespace of their own.
    let namespaces: &[&str] = if is_root() { &["-m"] } else { &["-r", "-m"] };
    let output = Command::new("unshare")
        .args(namespaces)
        .args(["sh", "-ec"])
        .arg(r#"mount -t tmpfs -o size=2m none "$1"; exec "$2" --exact disk_full::disk_full_while_restoring --nocapture"#)
        .arg("sh")
        .args([&mount, &test])
        .env(SMALL_DISK, &mount)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(said.contains("the disk was full"), "{said}");
}

fn on_the_small_disk(disk: &std::path::Path) {
    let live = directory(disk, "live");
    fs::write(live.join("data"), "untouched").unwrap();
    let before = tree::read(&live);
    let source = tempdir().unwrap();
    for index in 0..30 {
        fs::write(source.path().join(format!("{index}")), vec![7; 100_000]).unwrap();
    }
    let archive = pack_directory(source.path());

    let error = extract(&archive, &live).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Io {
                action: "write",
                ..
            }
        ),
        "{error}"
    );
    assert!(!error.is_refusal());
    let reason = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(reason.kind(), io::ErrorKind::StorageFull);
    let mut after = tree::read(&live);
    after.get_mut(&[][..]).unwrap().mtime = before[&[][..]].mtime;
    tree::assert_same(&before, &after);
    assert_eq!(names(disk), ["live"]);
    println!("the disk was full");
}
