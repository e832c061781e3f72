//! A store that is written to while a backup is restored from it.

use std::{
    fs,
    os::unix::fs::FileExt,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use crate::{
    support::{Place, Run, SEALED, random_file, set_mtime},
    tree::{self, Tree},
};

/// A backup of so many MiB, and the tree that it holds.
fn stored(mebibytes: u64, settings: &str) -> (Place, String, Tree) {
    let place = Place::sealed();
    place.configure(settings);
    random_file(&place.path("data/large"), mebibytes);
    set_mtime(&place.path("data/large"), 1_000_000_000, 1);
    let name = place.backup();
    let tree = tree::read(&place.path("data"));
    (place, name, tree)
}

fn damage(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ 0x55).collect()
}

#[test]
fn a_writer_in_a_loop_gets_the_verified_bytes_restored_or_nothing() {
    for settings in [SEALED, "compression.algorithm = \"off\""] {
        let (place, name, expected) = stored(8, settings);
        let path = place.path("store").join(&name);
        let good = fs::read(&path).unwrap();
        let bad = damage(&good);
        let stop = AtomicBool::new(false);
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                // Mostly good, so that what is verified may be; then bad, in a part or as a whole.
                for part in [1, 7, 3].into_iter().cycle() {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let from = good.len() / part / 2;
                    file.write_all_at(&bad[from..], from as u64).unwrap();
                    file.write_all_at(&good[from..], from as u64).unwrap();
                    thread::sleep(Duration::from_millis(15 * part as u64));
                }
            });
            let (mut restored, mut refused) = (0, 0);
            for _ in 0..25 {
                let run = place.run(&format!("restore {name} --to out"));
                if run.status() == 0 {
                    restored += 1;
                    tree::assert_same(&expected, &tree::read(&place.path("out/data")));
                    fs::remove_dir_all(place.path("out")).unwrap();
                } else {
                    refused += 1;
                    let run = run.exits(4);
                    assert!(!place.path("out").exists(), "{run}");
                }
            }
            stop.store(true, Ordering::Relaxed);
            assert!(refused > 0, "the writer met none of {restored} restores");
        });
        file.write_all_at(&good, 0).unwrap();
        place.run(&format!("restore {name} --to out")).exits(0);
    }
}

/// Stops a restore once it has verified everything and begins to extract, and does something to
/// the stored file.
#[track_caller]
fn while_extracting(act: impl Fn(&Path), settings: &str) -> (Place, Run, Tree) {
    let (place, name, expected) = stored(96, settings);
    let path = place.path("store").join(&name);
    let mut restore = place.start(&format!("restore {name} --to out"));
    restore.pause_at(|| place.path("out").exists(), || act(&path));
    let run = restore.wait();
    (place, run, expected)
}

#[test]
fn bytes_that_differ_from_the_verified_ones_are_never_used() {
    let rewrite = |path: &Path| {
        let bad = damage(&fs::read(path).unwrap());
        let file = fs::OpenOptions::new().write(true).open(path).unwrap();
        file.write_all_at(&bad, 0).unwrap();
    };
    let cut = |path: &Path| {
        let file = fs::OpenOptions::new().write(true).open(path).unwrap();
        file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    };
    let acts: [&dyn Fn(&Path); 2] = [&rewrite, &cut];
    for settings in [SEALED, "compression.algorithm = \"off\""] {
        for act in acts {
            let (place, run, _) = while_extracting(act, settings);
            let run = run.exits(4).says("changed after they were verified");
            assert!(!place.path("out").exists(), "{run}");
        }
    }
}

#[test]
fn another_file_under_the_same_name_is_not_looked_at() {
    let replace = |path: &Path| {
        fs::remove_file(path).unwrap();
        fs::write(path, "other").unwrap();
    };
    let (place, run, expected) = while_extracting(replace, SEALED);
    run.exits(0);
    tree::assert_same(&expected, &tree::read(&place.path("out/data")));
}
