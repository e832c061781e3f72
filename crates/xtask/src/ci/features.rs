//! Each crate must build alone, whatever features are chosen.

use std::fs;

use super::{Bench, DENY_WARNINGS};
use crate::error::{Error, Result};
use crate::process::{self, cargo};
use crate::{manifest, workspace};

pub(super) fn check(bench: &Bench<'_>) -> Result<()> {
    let mut failed = Vec::new();
    for member in workspace::members(bench.root)? {
        let path = member.directory.join("Cargo.toml");
        let text =
            fs::read_to_string(&path).map_err(Error::io(format!("read {}", path.display())))?;
        for choice in choices(&manifest::features(&text)) {
            let mut check = cargo(bench.root);
            // Clippy is `cargo check` with more lints, and takes the flag for warnings. Those of other
            // packages of the workspace show when it is their turn.
            check
                .args(["clippy", "--quiet", "--locked", "--no-deps"])
                .args(["--package", &member.name])
                .args(&choice);
            if !process::status(check.args(DENY_WARNINGS))?.success() {
                failed.push(format!("{} {}", member.name, choice.join(" ")));
            }
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Error::Failed(format!(
        "these do not build without a warning:\n  {}",
        failed.join("\n  ")
    )))
}

/// The choices of features to build a package with: none, each alone, all.
fn choices(features: &[String]) -> Vec<Vec<String>> {
    let none = vec!["--no-default-features".to_owned()];
    let each = features.iter().map(|feature| {
        vec![
            "--no-default-features".to_owned(),
            "--features".to_owned(),
            feature.clone(),
        ]
    });
    let all = (features.len() > 1).then(|| vec!["--all-features".to_owned()]);
    std::iter::once(none).chain(each).chain(all).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(features: &[&str]) -> Vec<String> {
        let features: Vec<String> = features.iter().map(ToString::to_string).collect();
        choices(&features)
            .into_iter()
            .map(|choice| choice.join(" "))
            .collect()
    }

    #[test]
    fn no_feature_each_feature_and_all_of_them_are_tried() {
        assert_eq!(lines(&[]), ["--no-default-features"]);
        assert_eq!(
            lines(&["a"]),
            [
                "--no-default-features",
                "--no-default-features --features a"
            ]
        );
        assert_eq!(
            lines(&["a", "b"]),
            [
                "--no-default-features",
                "--no-default-features --features a",
                "--no-default-features --features b",
                "--all-features",
            ]
        );
    }
}
