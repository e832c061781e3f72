//! Trees come back identical, whatever a backup is wrapped in.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    os::unix::fs::{FileExt, MetadataExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::support::{
    GIB, MIB, SCALE, is_root,
    pod::{self, Owners, Size},
    program::{Hashing, Program, Settings},
    scratch::{Scratch, remove},
    succeed,
    tree::Tree,
    turn,
};

/// Who else there is on every system: `nobody`.
const ORDINARY_USER: u32 = 65534;

#[test]
fn a_pod_of_a_gibibyte_comes_back_identical_from_all_sixteen_combinations() {
    let _turn = turn();
    let scratch = Scratch::quick(4 * GIB, 50_000);
    let source = scratch.path("pod");
    let size = Size {
        files: 10_000,
        bytes: GIB / u64::from(SCALE),
    };
    pod::build(&source, size, Owners::possible());
    let tree = Tree::read(&source).without_special_files();
    assert!(tree.files() >= 10_000);
    assert!(tree.bytes() >= size.bytes);

    let program = Program::new(scratch.path("place"));
    let mut cycle = Cycle::new(&program, scratch.path("restored"), &tree);
    for settings in Settings::combinations() {
        cycle.go(&source, settings);
    }
    cycle.assert_the_same_bytes_each_time();
    cycle.assert_compression_compresses();

    // Nor does it matter where the tree lies, or when it got there.
    let copy = scratch.path("copy");
    succeed(Command::new("cp").arg("-a").args([&source, &copy]));
    remove(&source);
    for settings in Settings::combinations().filter(|made| !made.encrypted && !made.signed) {
        let name = cycle.create(&copy, settings);
        cycle.delete(&name);
    }
    cycle.assert_the_same_bytes_each_time();
}

#[test]
fn a_sparse_file_of_nine_gibibytes_comes_back_as_sparse_as_it_was() {
    let _turn = turn();
    let scratch = Scratch::large();
    let source = scratch.path("image");
    let file = File::create_new(&source).unwrap();
    let length = 9 * GIB / u64::from(SCALE) + 1;
    file.set_len(length).unwrap();
    // One piece lies behind the 8 GiB that a number in a plain tar header can say.
    for offset in [0, length / 3, length * 19 / 20, length - 5] {
        file.write_all_at(b"data!", offset).unwrap();
    }
    drop(file);
    let tree = Tree::read(&source);

    let program = Program::new(scratch.path("place"));
    let to = scratch.path("restored");
    program.configure(Settings::FULL);
    let created = program.create("sparse", &[("image", &source)]);
    let name = created.name();
    let verified = program.configured(["verify", &name]);
    let restored = program.restore(&name, &to);
    println!(
        "9 GiB sparse: create {:.1?}, verify {:.1?}, restore {:.1?}",
        created.elapsed, verified.elapsed, restored.elapsed
    );

    assert_eq!(restored.answer()["bytes"], length);
    let image = to.join("image");
    let allocated = fs::metadata(&image).unwrap().blocks() * 512;
    assert!(allocated < 16 * MIB, "{allocated} bytes are not holes");
    tree.assert_same(&Tree::read(&image));
}

#[test]
fn an_ordinary_user_gets_all_that_is_theirs_back() {
    let _turn = turn();
    let scratch = Scratch::shared();
    let source = scratch.path("pod");
    let size = Size {
        files: 1_000,
        bytes: 32 * MIB,
    };
    let place = scratch.path("place");
    let program = if is_root() {
        pod::build(&source, size, Owners::One(ORDINARY_USER));
        Program::as_user(place.clone(), ORDINARY_USER)
    } else {
        pod::build(&source, size, Owners::possible());
        Program::new(place.clone())
    };
    let tree = Tree::read(&source).without_special_files();

    let mut cycle = Cycle::new(&program, place.join("restored"), &tree);
    cycle.go(&source, Settings::FULL);
    cycle.go(
        &source,
        Settings {
            compressed: false,
            encrypted: false,
            signed: false,
            hashing: Hashing::Sha256,
        },
    );
}

/// Otherwise the other tests would prove little.
#[test]
fn the_comparison_notices_every_kind_of_difference() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 9] = [
        ("content", |root| write(&root.join("file"), "texT")),
        ("mode", |root| pod::set_mode(&root.join("file"), 0o4755)),
        ("a nanosecond", |root| {
            pod::set_time(&root.join("directory"), -5, 6);
        }),
        ("the time of a link", |root| {
            pod::set_time(&root.join("link"), 1, 1);
        }),
        ("the target of a link", |root| {
            fs::remove_file(root.join("link")).unwrap();
            symlink("elsewhere", root.join("link")).unwrap();
        }),
        ("a hard link", |root| {
            fs::remove_file(root.join("second name")).unwrap();
            fs::copy(root.join("file"), root.join("second name")).unwrap();
        }),
        ("an attribute", |root| {
            pod::set_xattr(&root.join("file"), "user.a", b"c");
        }),
        ("a missing thing", |root| {
            fs::remove_dir(root.join("directory/empty")).unwrap();
        }),
        ("another thing", |root| {
            write(&root.join("directory/new"), "");
        }),
    ];
    let scratch = Scratch::large();
    let root = scratch.path("tree");
    for (what, change) in changes {
        fs::create_dir_all(root.join("directory/empty")).unwrap();
        write(&root.join("file"), "text");
        fs::hard_link(root.join("file"), root.join("second name")).unwrap();
        symlink("nowhere", root.join("link")).unwrap();
        pod::set_xattr(&root.join("file"), "user.a", b"b");
        let dress = || {
            for (name, nanoseconds) in [("file", 1), ("second name", 1), ("link", 2)] {
                pod::set_time(&root.join(name), -5, nanoseconds);
            }
            for name in ["directory", ""] {
                pod::set_time(&root.join(name), -5, 5);
            }
        };
        dress();
        let before = Tree::read(&root);
        assert_eq!(before, Tree::read(&root));
        // What the change does to times must not be what gives it away.
        change(&root);
        if !what.contains("time") && !what.contains("nanosecond") {
            dress();
        }
        assert_ne!(before, Tree::read(&root), "{what}");
        remove(&root);
    }
}

fn write(file: &Path, text: &str) {
    fs::write(file, text).unwrap();
}

/// A tree that goes through the program again and again.
struct Cycle<'a> {
    program: &'a Program,
    restored: PathBuf,
    /// What must come back.
    tree: &'a Tree,
    made: Vec<Made>,
}

/// A backup that was made.
struct Made {
    settings: Settings,
    size: u64,
    digest: String,
}

impl<'a> Cycle<'a> {
    fn new(program: &'a Program, restored: PathBuf, tree: &'a Tree) -> Self {
        Self {
            program,
            restored,
            tree,
            made: Vec::new(),
        }
    }

    /// Creates, verifies, restores and compares; leaves nothing of it.
    fn go(&mut self, source: &Path, settings: Settings) {
        let name = self.create(source, settings);
        self.verify(settings, &name);
        self.restore(settings, &name);
        self.delete(&name);
    }

    /// Makes a backup of the tree, wherever it is, and remembers it; answers its name.
    fn create(&mut self, source: &Path, settings: Settings) -> String {
        self.program.configure(settings);
        let label = format!("number-{}", self.made.len());
        let run = self.program.create(&label, &[("pod", source)]);
        let created = run.answer();
        let name = run.name();
        assert!(name.starts_with(&format!("{label}_")), "{name}");
        assert!(
            name.ends_with(&format!("Z{}", settings.extensions())),
            "{name}"
        );
        assert_eq!(created["signed"], settings.signed);
        assert_eq!(created["encrypted"], settings.encrypted);
        assert_eq!(created["digest"]["algorithm"], settings.hashing.name());
        assert_warnings(&created);
        let size = created["size_bytes"].as_u64().unwrap();
        assert_eq!(self.stored(&name), expected_objects(settings, &name, size));
        println!(
            "{settings:?}: {} MiB, create {:.1?} {}",
            size / MIB,
            run.elapsed,
            run.peak
        );
        self.made.push(Made {
            settings,
            size,
            digest: created["digest"]["hex"].as_str().unwrap().to_owned(),
        });
        name
    }

    fn verify(&self, settings: Settings, name: &str) {
        let run = self.program.configured(["verify", name]);
        let details = run.answer();
        assert_eq!(details["name"], name);
        assert_eq!(details["is_intact"], true);
        assert_eq!(details["is_authentic"], settings.signed);
        assert_eq!(details["is_signed"], settings.signed);
        assert_eq!(details["is_encrypted"], settings.encrypted);
        assert_eq!(
            details["can_be_decrypted"],
            json!(settings.encrypted.then_some(true))
        );
        assert_eq!(details["verdict"], verdict(settings));
        println!("  verify {:.1?} {}", run.elapsed, run.peak);
    }

    fn restore(&self, settings: Settings, name: &str) {
        let run = self.program.restore(name, &self.restored);
        let restored = run.answer();
        println!("  restore {:.1?} {}", run.elapsed, run.peak);
        assert_eq!(restored["verdict"], verdict(settings));
        assert_eq!(restored["volumes"], json!(["pod"]));
        assert_eq!(restored["entries"], self.tree.entries());
        assert_eq!(restored["bytes"], self.tree.bytes());
        let names: Vec<_> = fs::read_dir(&self.restored)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["pod"], "only the volume is there");
        self.tree
            .assert_same(&Tree::read(&self.restored.join("pod")));
        remove(&self.restored);
    }

    fn delete(&self, name: &str) {
        self.program.configured(["delete", "--yes", name]);
        assert_eq!(self.stored(name), BTreeMap::new());
    }

    /// What the store holds of a backup: names, sizes of the backups, modes.
    fn stored(&self, name: &str) -> BTreeMap<String, Object> {
        fs::read_dir(self.program.store())
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let metadata = entry.metadata().unwrap();
                let object = entry.file_name().into_string().unwrap();
                let size = (object == name).then_some(metadata.len());
                let mode = metadata.mode() & 0o7777;
                (object, Object { size, mode })
            })
            .filter(|(object, _)| object.starts_with(name))
            .collect()
    }

    /// Without encryption the bytes depend on nothing but the tree and the compression; whether
    /// they are signed does not show in them.
    fn assert_the_same_bytes_each_time(&self) {
        let mut digests: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for made in self.made.iter().filter(|made| !made.settings.encrypted) {
            let key = (made.settings.compressed, made.settings.hashing.name());
            digests
                .entry(key)
                .or_default()
                .push((&made.digest, made.size));
        }
        assert_eq!(digests.len(), 4);
        for (key, same) in digests {
            assert!(same.len() >= 2);
            assert!(
                same.windows(2).all(|pair| pair[0] == pair[1]),
                "{key:?}: {same:?}"
            );
        }
    }

    fn assert_compression_compresses(&self) {
        let size = |compressed| {
            let alike = |made: &&Made| made.settings.compressed == compressed;
            let made = self.made.iter().find(alike);
            made.unwrap().size
        };
        // Half of the tree compresses to less than half.
        assert!(size(true) < size(false) / 4 * 3);
    }
}

/// A stored object.
#[derive(Debug, PartialEq, Eq)]
struct Object {
    /// Of the backup itself, not of its checks.
    size: Option<u64>,
    mode: u32,
}

fn expected_objects(settings: Settings, name: &str, size: u64) -> BTreeMap<String, Object> {
    let backup = Object {
        size: Some(size),
        mode: 0o600,
    };
    let mut objects = BTreeMap::from([(name.to_owned(), backup)]);
    let signature = settings.signed.then_some(".sig");
    for extension in [settings.hashing.extension()].into_iter().chain(signature) {
        let check = Object {
            size: None,
            mode: 0o600,
        };
        objects.insert(format!("{name}{extension}"), check);
    }
    objects
}

fn verdict(settings: Settings) -> &'static str {
    if settings.signed {
        "authentic"
    } else {
        "intact"
    }
}

/// What cannot be archived is said, and nothing else.
fn assert_warnings(created: &Value) {
    let warnings: Vec<_> = created["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| warning.as_str().unwrap())
        .collect();
    for kind in ["socket", "fifo"] {
        let path = format!("/odd/{kind}");
        assert!(
            warnings.iter().any(|warning| warning.contains(&path)),
            "{kind} is not mentioned: {warnings:?}"
        );
    }
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}
