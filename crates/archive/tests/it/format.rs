//! `docs/format.md` says what the program does.

use std::{fmt::Write, fs, path::PathBuf};

use tempfile::tempdir;

use crate::{
    craft::{Craft, Item},
    support::{contents, is_root, pack_volumes, set_mode, set_mtime},
};

/// What stands in the documentation's code blocks of type `text`.
fn documented() -> Vec<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/format.md");
    let text = fs::read_to_string(path).unwrap();
    let blocks = text.split("```text\n").skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

fn greeting() -> Item {
    Item {
        mode: 0o640,
        owner: (1000, 1000),
        mtime: (1_700_000_000, 500_000_000),
        ..Item::file("greeting", "hello\n")
    }
}

fn example() -> Vec<u8> {
    Craft::new(&[("greeting", "file")]).with(&greeting()).end()
}

/// The way `hexdump -C` prints bytes.
fn dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut last: Option<&[u8]> = None;
    let mut starred = false;
    for (index, line) in bytes.chunks(16).enumerate() {
        if last == Some(line) {
            if !starred {
                text.push_str("*\n");
            }
            starred = true;
            continue;
        }
        (last, starred) = (Some(line), false);
        write!(text, "{:08x} ", index * 16).unwrap();
        for (column, byte) in line.iter().enumerate() {
            let gap = if column == 8 { " " } else { "" };
            write!(text, "{gap} {byte:02x}").unwrap();
        }
        let shown: String = line
            .iter()
            .map(|&byte| match byte {
                b' '..=b'~' => char::from(byte),
                _ => '.',
            })
            .collect();
        writeln!(text, "  |{shown}|").unwrap();
    }
    writeln!(text, "{:08x}", bytes.len()).unwrap();
    text
}

#[test]
fn the_documented_record_is_what_the_end_record_hashes() {
    let hex: Vec<String> = greeting()
        .record()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let lines: Vec<String> = hex.chunks(16).map(|line| line.join(" ")).collect();
    pretty(&documented()[0], &(lines.join("\n") + "\n"));
}

#[test]
fn the_documented_archive_is_accepted() {
    pretty(&documented()[1], &dump(&example()));
    let entries = contents(&example()).unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].path.to_string(), "greeting");
    assert_eq!(entries[0].modified.nanoseconds(), 500_000_000);
}

#[test]
fn the_documented_archive_is_what_is_packed() {
    let root = tempdir().unwrap();
    let file = root.path().join("greeting");
    fs::write(&file, "hello\n").unwrap();
    set_mode(&file, 0o640);
    let mut expected = greeting();
    if is_root() {
        std::os::unix::fs::chown(&file, Some(1000), Some(1000)).unwrap();
    } else {
        // An ordinary user can only pack what is theirs.
        use std::os::unix::fs::MetadataExt;
        let metadata = fs::metadata(&file).unwrap();
        expected.owner = (metadata.uid(), metadata.gid());
    }
    set_mtime(&file, 1_700_000_000, 500_000_000);
    let crafted = Craft::new(&[("greeting", "file")]).with(&expected).end();
    assert!(pack_volumes(&[("greeting", &file)]) == crafted);
}

#[track_caller]
fn pretty(documented: &str, actual: &str) {
    assert!(
        documented == actual,
        "the documentation should say:\n{actual}"
    );
}
