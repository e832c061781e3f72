//! The file itself: what is read of it, and what happens when it cannot be.

use std::fs;
use std::path::Path;

use prose_backup_config::{DEFAULT_FILE, Error, load};

use super::{config, refusal};

#[test]
fn a_file_is_read_and_named_in_messages() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("prose.toml");
    fs::write(&path, "[backups]\nspool_dir = \"/spool\"\n").unwrap();
    let loaded = load(Some(&path), []).unwrap();
    assert_eq!(loaded.config.spool_dir, Path::new("/spool"));
    let line = format!("backups.spool_dir = \"/spool\"  # {}:2\n", path.display());
    assert!(loaded.effective.to_string().contains(&line));
}

#[test]
fn a_file_that_is_named_must_exist() {
    let error = load(Some(Path::new("/nonexistent/prose.toml")), []).unwrap_err();
    insta::assert_snapshot!(error, @"cannot read configuration file /nonexistent/prose.toml");
    assert!(
        matches!(error, Error::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
    );
}

#[test]
fn the_usual_file_may_be_missing() {
    assert!(
        !Path::new(DEFAULT_FILE).exists(),
        "this test needs a machine without a Pod"
    );
    let loaded = load(None, [("PROSE_BACKUPS__SPOOL_DIR".into(), "/spool".into())]).unwrap();
    assert_eq!(loaded.config.spool_dir, Path::new("/spool"));
    assert!(loaded.config.storage.is_none());
}

#[test]
fn a_file_that_is_too_large_or_not_text_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("prose.toml");
    let message = |content: &[u8]| {
        fs::write(&path, content).unwrap();
        let error = load(Some(&path), []).unwrap_err().to_string();
        error.replace(&dir.path().display().to_string(), "DIR")
    };
    insta::assert_snapshot!(
        message(&vec![b'#'; (1 << 20) + 1]),
        @"configuration file DIR/prose.toml is larger than 1 MiB"
    );
    insta::assert_snapshot!(message(b"[backups]\n# \xff\n"), @"DIR/prose.toml:2: not UTF-8 text");
    fs::write(&path, vec![b'#'; 1 << 20]).unwrap();
    load(Some(&path), []).unwrap();
}

#[test]
fn other_tables_are_ignored_whatever_they_hold() {
    let config = config(
        r#"
backup = 5
[[server]]
backups = { storage = "x" }
[pod.backups]
unknown = 1979-05-27
[backups]
spool_dir = "/spool"
"#,
    );
    assert_eq!(config.spool_dir, Path::new("/spool"));
}

#[test]
fn line_breaks_of_other_systems_and_a_byte_order_mark_do_no_harm() {
    insta::assert_snapshot!(
        refusal("\u{feff}# x\r\n[backups]\r\n\r\nspool_dir = 5\r\n"),
        @"prose.toml:4: backups.spool_dir: expected an absolute path, found a number"
    );
}

#[test]
fn a_file_that_is_not_toml_is_refused_with_line_and_column() {
    insta::assert_snapshot!(
        refusal("[backups]\nspool_dir = \n"),
        @"prose.toml:2:13: not valid TOML: string values must be quoted, expected literal string"
    );
    insta::assert_snapshot!(
        refusal("# é\n[backups]\nspool_dir = \"/a\"\nspool_dir = \"/b\"\n"),
        @"prose.toml:4:1: not valid TOML: duplicate key"
    );
    insta::assert_snapshot!(
        refusal("[backups]\n\"é\" = 0600\n"),
        @"prose.toml:2:7: not valid TOML: unexpected leading zero"
    );
}
