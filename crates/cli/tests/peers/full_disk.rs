//! Disks that are full, or go away: a whole backup, or nothing.

use std::fs;

use crate::support::{
    PROGRAM, Place, Run, SEALED, bare, is_root, random_file, set_mode, shell, try_shell,
};

/// A volume of one MiB that nothing compresses.
pub(crate) fn place() -> Place {
    let place = Place::sealed();
    random_file(&place.path("data/random"), 1);
    place
}

/// Runs lines of shell where file systems can be mounted that nobody else sees.
fn mounting(place: &Place, script: &str) -> Run {
    let mut command = bare("unshare");
    command.arg("--mount");
    if !is_root() {
        command.arg("--map-root-user");
    }
    command
        .args(["bash", "-euc", script])
        .env("program", PROGRAM)
        .current_dir(place.path(""));
    Run::of(&mut command)
}

/// Backs up to a store on a file system of its own. Answers what the program did and what is left.
fn create_on(place: &Place, options: &str) -> (Run, Vec<String>) {
    let script = format!(
        "mkdir -p store; mount -t tmpfs -o {options} tmpfs store; set +e\n\
         $program --config prose.toml create data > told; status=$?\n\
         ls -A store > left; exit $status"
    );
    let run = mounting(place, &script);
    let left = String::from_utf8(place.read("left")).unwrap();
    (run, left.lines().map(str::to_owned).collect())
}

/// Either the three objects of a backup are there, or nothing is. Whether they are.
#[track_caller]
pub(crate) fn all_or_nothing(run: &Run, left: &[String]) -> bool {
    if run.status() == 0 {
        let [backup, digest, signature] = left else {
            panic!("{left:?}: {run}");
        };
        assert_eq!(*digest, format!("{backup}.blake3"));
        assert_eq!(*signature, format!("{backup}.sig"));
        return true;
    }
    assert_eq!(*left, Vec::<String>::new(), "{run}");
    false
}

#[test]
fn a_disk_that_is_full_at_any_object_leaves_nothing() {
    let place = place();
    let size = fs::metadata(place.path("store").join(place.backup()))
        .unwrap()
        .len();
    let pages = size.div_ceil(4096);
    fs::remove_dir_all(place.path("store")).unwrap();
    let mut met = Vec::new();
    // A page less than the backup needs, as many, and one and two more for the checks; and then
    // some, since the size of an encrypted message varies by a few bytes.
    for kibibytes in [4, 64, 600]
        .into_iter()
        .chain((pages - 2..pages + 5).map(|pages| pages * 4))
    {
        let (run, left) = create_on(&place, &format!("size={kibibytes}k"));
        if !all_or_nothing(&run, &left) {
            met.push(run.exits(1).says("no room"));
        }
    }
    let full_at = |extension: &str| {
        let end = format!("{extension} in directory");
        met.iter().any(|run| run.stderr.contains(&end))
    };
    for extension in [".gpg", ".gpg.blake3", ".gpg.sig"] {
        assert!(full_at(extension), "{extension}: {met:?}");
    }
    assert!(met.len() <= 8, "{met:?}");
}

#[test]
fn a_disk_that_takes_no_more_files_leaves_nothing() {
    let place = place();
    // One is the directory's own.
    for (inodes, object) in [(1, ".gpg"), (2, ".gpg.blake3"), (3, ".gpg.sig")] {
        let (run, left) = create_on(&place, &format!("size=8m,nr_inodes={inodes}"));
        assert!(!all_or_nothing(&run, &left));
        run.exits(1)
            .says(&format!("{object} in directory"))
            .says("no room");
    }
    let (run, left) = create_on(&place, "size=8m,nr_inodes=4");
    assert!(all_or_nothing(&run, &left), "{run}");
}

#[test]
fn checks_that_find_no_room_in_a_store_of_their_own_leave_nothing_in_either() {
    let place = place();
    place.configure(&format!(
        "{SEALED}storage.provider = \"fs\"\nstorage.backups.fs.directory = \"[DIR]/kept\"\n\
         storage.checks.fs.directory = \"[DIR]/store\"\n"
    ));
    for (inodes, object) in [(1, ".gpg.blake3"), (2, ".gpg.sig")] {
        let (run, left) = create_on(&place, &format!("size=8m,nr_inodes={inodes}"));
        assert_eq!(left, Vec::<String>::new(), "{run}");
        assert_eq!(place.names("kept"), Vec::<String>::new(), "{run}");
        run.exits(1)
            .says(&format!("{object} in directory"))
            .says("no room");
    }
    let (run, left) = create_on(&place, "size=8m,nr_inodes=3");
    assert_eq!((left.len(), place.names("kept").len()), (2, 1), "{run}");
}

#[test]
fn a_limit_on_the_size_of_files_leaves_nothing() {
    let place = place();
    let script = format!("ulimit -f 512; exec {PROGRAM} --config prose.toml create data");
    let run = try_shell(&place.path(""), &script);
    assert_eq!(place.names("store"), Vec::<String>::new(), "{run}");
    run.exits(1).says("ulimit -f");
}

#[test]
fn a_store_that_cannot_be_written_to_is_left_as_it_was() {
    let place = place();
    let name = place.backup();
    let before = place.names("store");
    shell(
        &place.path(""),
        "chmod 777 .; chmod 644 key.pgp data/*; chmod 755 data",
    );
    set_mode(&place.path("store"), 0o555);
    place
        .run_as_nobody("create data --label x")
        .exits(6)
        .says("permission");
    set_mode(&place.path("store"), 0o700);
    let read_only = "mount --bind store store; mount -o remount,bind,ro store\n\
                     $program --config prose.toml create data --label x";
    mounting(&place, read_only)
        .exits(6)
        .says("mount the file system writable");
    assert_eq!(place.names("store"), before);
    place.is_whole(&name);
}

#[test]
fn a_store_that_is_removed_meanwhile_is_named() {
    let place = Place::sealed();
    random_file(&place.path("data/random"), 64);
    let mut create = place.start("create data");
    create.pause_at(
        || place.partial_size() > 4 << 20,
        || fs::remove_dir_all(place.path("store")).unwrap(),
    );
    create.wait().exits(6).says("removed meanwhile");
    assert!(!place.path("store").exists());
}

#[test]
fn disk_full_while_restoring() {
    let place = Place::sealed();
    random_file(&place.path("data/random"), 12);
    let name = place.backup();
    for options in ["size=10m", "size=10m,nr_inodes=3"] {
        let script = format!(
            "mkdir -p small; mount -t tmpfs -o {options} tmpfs small; set +e\n\
             mkdir small/there; echo kept > small/there/file\n\
             $program --config prose.toml restore {name} --to small/out; status=$?\n\
             find small > left; exit $status"
        );
        let run = mounting(&place, &script).exits(1);
        let left = String::from_utf8(place.read("left")).unwrap();
        assert_eq!(left, "small\nsmall/there\nsmall/there/file\n", "{run}");
    }
}
