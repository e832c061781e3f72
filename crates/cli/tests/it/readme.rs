//! What the README tells to type works as it stands there.

use std::{fs, process::Command};

const README: &str = include_str!("../../../../README.md");

#[test]
fn the_way_without_any_configuration_works_word_for_word() {
    let block = README
        .split("## Back up without any configuration")
        .nth(1)
        .and_then(|rest| rest.split("```sh\n").nth(1))
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let root = tempfile::tempdir().unwrap();
    let at = |path: &str| root.path().join(path).display().to_string();
    for volume in ["var/lib/prosody", "etc/prosody"] {
        fs::create_dir_all(root.path().join(volume)).unwrap();
        fs::write(root.path().join(volume).join("file"), volume).unwrap();
    }
    // Only where things are is ours.
    let mut script = block.to_owned();
    for path in [
        "mnt/backups",
        "var/lib/prosody",
        "etc/prosody",
        "tmp/restored",
    ] {
        assert!(script.contains(&format!("/{path}")), "{path}");
        script = script.replace(&format!("/{path}"), &at(path));
    }
    let script = script.replace("prose-backup ", "\"$program\" ");
    let run = Command::new("bash")
        .args(["-euc", &script])
        .env("program", env!("CARGO_BIN_EXE_prose-backup"))
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    for (volume, path) in [("data", "var/lib/prosody"), ("config", "etc/prosody")] {
        let restored = fs::read_to_string(at(&format!("tmp/restored/{volume}/file")));
        assert_eq!(restored.unwrap(), path);
    }
}
