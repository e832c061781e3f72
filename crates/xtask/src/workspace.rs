//! Where the workspace is and what it consists of.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::process;

/// The directory of the workspace's manifest.
///
/// `cargo run` says where this package is; without it (the program was started by hand), the
/// current directory and those above are searched.
pub(crate) fn root() -> Result<PathBuf> {
    let start = match env::var_os("CARGO_MANIFEST_DIR") {
        Some(package) => PathBuf::from(package),
        None => env::current_dir().map_err(Error::io("tell the current directory"))?,
    };
    start
        .ancestors()
        .find(|directory| {
            directory.join("Cargo.lock").is_file() && directory.join("crates").is_dir()
        })
        .map(Path::to_path_buf)
        .ok_or_else(|| Error::Usage(format!("{} is not inside the workspace", start.display())))
}

/// The directory that cargo builds into, derived from where this program was built: it may be
/// configured in several places, and this covers them all.
pub(crate) fn build_directory() -> Result<PathBuf> {
    let own = env::current_exe().map_err(Error::io("tell where this program is"))?;
    own.ancestors()
        .nth(2)
        .map(Path::to_path_buf)
        .ok_or_else(|| Error::Failed(format!("{} is not in a build directory", own.display())))
}

/// A package of the workspace.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) directory: PathBuf,
}

/// The packages of the workspace, in cargo's order.
pub(crate) fn members(root: &Path) -> Result<Vec<Member>> {
    let mut tree = process::cargo(root);
    tree.args([
        "tree",
        "--locked",
        "--workspace",
        "--depth",
        "0",
        "--prefix",
        "none",
    ]);
    process::output(&mut tree)?
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            parse_member(line).ok_or_else(|| {
                Error::Failed(format!(
                    "`cargo tree` said {line:?}, which is not a package of a directory"
                ))
            })
        })
        .collect()
}

/// Reads `name v1.2.3 (/directory)`.
fn parse_member(line: &str) -> Option<Member> {
    let (name, rest) = line.split_once(' ')?;
    let (_version, place) = rest.split_once(" (")?;
    let directory = place.strip_suffix(')')?;
    Some(Member {
        name: name.to_owned(),
        directory: PathBuf::from(directory),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_cargo_tree_gives_name_and_directory() {
        let expected = Member {
            name: "prose-backup".into(),
            directory: "/a b (c)/crates/x".into(),
        };
        assert_eq!(
            parse_member("prose-backup v0.1.0 (/a b (c)/crates/x)"),
            Some(expected)
        );
        assert_eq!(parse_member("serde v1.0.0"), None);
    }
}
