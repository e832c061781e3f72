//! The tar programs of others read our archives.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::{TempDir, tempdir};

use crate::{
    fixture::odd_tree,
    support::{directory, is_root, pack_directory, set_mtime},
    tree::{self, Tree},
};

/// An archive of the odd tree, and the tree itself.
struct Sample {
    root: TempDir,
    archive: PathBuf,
    tree: Tree,
}

impl Sample {
    fn new() -> Self {
        let root = tempdir().unwrap();
        let source = directory(root.path(), "source");
        odd_tree(&source);
        let archive = root.path().join("archive.tar");
        fs::write(&archive, pack_directory(&source)).unwrap();
        let tree = tree::read(&source);
        Self {
            root,
            archive,
            tree,
        }
    }

    /// Lets a program extract it, and reads what came out.
    fn extract_with(&self, program: &[&str]) -> (Tree, String) {
        let out = directory(self.root.path(), &program[0].replace('/', " "));
        let output = run(&out, program, &self.archive);
        let mut names = crate::support::names(&out);
        names.retain(|name| !name.starts_with("prose-backup"));
        assert_eq!(names, ["v"]);
        (
            tree::read(&out.join("v")),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }
}

fn run(directory: &Path, program: &[&str], archive: &Path) -> Output {
    let output = Command::new(program[0])
        .args(&program[1..])
        .arg(archive)
        .current_dir(directory)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    assert!(output.status.success(), "{program:?}: {output:?}");
    output
}

/// Makes two trees forget what a program cannot bring back.
fn forget(tree: &Tree, loss: impl Fn(&mut tree::Node)) -> Tree {
    let mut tree = tree.clone();
    tree.values_mut().for_each(loss);
    tree
}

#[test]
fn gnu_tar_brings_everything_back() {
    let sample = Sample::new();
    let program = ["tar", "--xattrs", "--xattrs-include=*", "-xpf"];
    let (found, messages) = sample.extract_with(&program);
    tree::assert_same(&sample.tree, &found);
    for line in messages.lines() {
        let known = [
            "implausibly old time stamp",
            "in the future",
            "'hdrcharset'",
        ];
        assert!(known.iter().any(|note| line.contains(note)), "{line}");
    }
}

#[test]
fn gnu_tar_lists_without_complaint() {
    let root = tempdir().unwrap();
    let source = directory(root.path(), "source");
    fs::write(source.join("file"), "x").unwrap();
    let archive = root.path().join("archive.tar");
    fs::write(&archive, pack_directory(&source)).unwrap();
    let output = run(root.path(), &["tar", "-tf"], &archive);
    let names = "prose-backup.json\nv/\nv/file\nprose-backup-end.json\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), names);
    assert!(output.stderr.is_empty());
}

#[test]
fn bsdtar_brings_all_but_some_attributes_and_old_times_back() {
    let sample = Sample::new();
    let (found, _) = sample.extract_with(&["bsdtar", "-xpf"]);
    // To a time before 1970 it adds the fraction that it should take away. Access control
    // lists and escaped names of attributes it reads in a way of its own.
    let loss = |node: &mut tree::Node| {
        node.xattrs.clear();
        if node.mtime.0 <= 0 {
            node.mtime = (0, 0);
        }
    };
    tree::assert_same(&forget(&sample.tree, loss), &forget(&found, loss));
}

#[test]
fn busybox_brings_names_contents_links_and_modes_back() {
    let sample = Sample::new();
    let (found, _) = sample.extract_with(&["busybox", "tar", "-xf"]);
    // It knows whole seconds of the header alone, no extended attributes, and no owners of links;
    // for an ordinary user it drops the set-id bits.
    let loss = |node: &mut tree::Node| {
        node.xattrs.clear();
        node.mtime = (0, 0);
        if node.kind == 'l' {
            node.owner = (0, 0);
        }
        if !is_root() {
            node.mode &= 0o1777;
        }
    };
    tree::assert_same(&forget(&sample.tree, loss), &forget(&found, loss));
}

#[test]
fn names_and_targets_that_just_fit_their_fields_are_read_by_all() {
    let root = tempdir().unwrap();
    let source = directory(root.path(), "source");
    // With `v/` in front: names of 99 to 101 bytes, prefixes of 154 to 156.
    for length in 97..=99 {
        fs::write(source.join("n".repeat(length)), "x").unwrap();
        let target = "t".repeat(length + 2);
        std::os::unix::fs::symlink(target, source.join(format!("link {length}"))).unwrap();
        let prefix = directory(&source, &"p".repeat(length + 55));
        fs::write(prefix.join("q".repeat(100)), "x").unwrap();
        fs::create_dir(prefix.join("q".repeat(99))).unwrap();
    }
    for path in fs::read_dir(&source).unwrap() {
        set_mtime(&path.unwrap().path(), 1_000_000_000, 0);
    }
    let archive = root.path().join("archive.tar");
    fs::write(&archive, pack_directory(&source)).unwrap();
    let loss = |node: &mut tree::Node| node.mtime = (0, 0);
    let expected = forget(&tree::read(&source), loss);
    for program in [
        &["tar", "-xpf"][..],
        &["bsdtar", "-xpf"],
        &["busybox", "tar", "-xf"],
    ] {
        let out = directory(root.path(), program[0]);
        run(&out, program, &archive);
        tree::assert_same(&expected, &forget(&tree::read(&out.join("v")), loss));
    }
}
