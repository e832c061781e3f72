//! Volumes from the command line.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use prose_backup::naming::{ParseError, VolumeName};

use crate::{escape, exit::Failure};

/// A volume with a name that the operator chose: `NAME=PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedVolume {
    name: VolumeName,
    path: PathBuf,
}

/// Reads `NAME=PATH`; the path may be any bytes.
pub(crate) fn parse_named(text: &OsStr) -> Result<NamedVolume, String> {
    let bytes = text.as_bytes();
    let equals = bytes
        .iter()
        .position(|byte| *byte == b'=')
        .ok_or("it must have the form NAME=PATH")?;
    let (name, path) = (&bytes[..equals], &bytes[equals + 1..]);
    if path.is_empty() {
        return Err("the path is empty".to_owned());
    }
    let name = String::from_utf8_lossy(name)
        .parse::<VolumeName>()
        .map_err(|error| format!("the name is not one for a volume: {}", error.why()))?;
    Ok(NamedVolume {
        name,
        path: OsStr::from_bytes(path).into(),
    })
}

/// All volumes of a command line, the bare paths first.
pub(crate) fn collect(
    paths: &[PathBuf],
    named: &[NamedVolume],
) -> Result<Vec<(VolumeName, PathBuf)>, Failure> {
    let mut volumes = Vec::new();
    for path in paths {
        volumes.push((name_of(path)?, path.clone()));
    }
    volumes.extend(
        named
            .iter()
            .map(|volume| (volume.name.clone(), volume.path.clone())),
    );
    refuse_equal_names(&volumes)?;
    Ok(volumes)
}

fn refuse_equal_names(volumes: &[(VolumeName, PathBuf)]) -> Result<(), Failure> {
    let mut seen = BTreeMap::new();
    for (name, path) in volumes {
        if let Some(other) = seen.insert(name, path) {
            return Err(Failure::usage(format!(
                "{} and {} would both be the volume {name}; give one of them another name with \
                 --volume NAME=PATH",
                shown(other),
                shown(path)
            )));
        }
    }
    Ok(())
}

/// The name of a volume that comes without one: the last component of its path.
fn name_of(path: &Path) -> Result<VolumeName, Failure> {
    let last = last_component(path)?;
    let refuse = |why: &str| {
        Failure::usage(format!(
            "{} does not make a name for a volume: {why}; choose one with --volume NAME=PATH",
            shown(path)
        ))
    };
    let last = last.ok_or_else(|| refuse("it is the root directory"))?;
    let name: String = last
        .to_string_lossy()
        .chars()
        .map(|character| match character.to_ascii_lowercase() {
            kept @ ('a'..='z' | '0'..='9' | '.' | '_' | '-') => kept,
            _ => '-',
        })
        .collect();
    // A volume's name begins with a letter or a digit: `.config` becomes `config`.
    name.trim_start_matches(['.', '_', '-'])
        .parse()
        .map_err(|error: ParseError| refuse(error.why()))
}

/// The last component of a path. One that ends in `.` or `..` is looked up; the root has none.
fn last_component(path: &Path) -> Result<Option<OsString>, Failure> {
    if let Some(name) = path.file_name() {
        return Ok(Some(name.to_owned()));
    }
    let canonical = fs::canonicalize(path)
        .map_err(|error| Failure::usage(format!("cannot find volume {}: {error}", shown(path))))?;
    Ok(canonical.file_name().map(OsStr::to_owned))
}

fn shown(path: &Path) -> String {
    escape::path(path.as_os_str().as_bytes())
}

#[cfg(test)]
mod tests {
    use std::{env, ffi::OsStr, os::unix::ffi::OsStrExt, path::Path};

    use super::{NamedVolume, collect, name_of, parse_named};

    fn name(path: &str) -> String {
        match name_of(Path::new(path)) {
            Ok(name) => name.to_string(),
            Err(failure) => format!("({}) {}", failure.status(), failure.message()),
        }
    }

    #[test]
    fn a_path_gives_its_volume_the_last_component_as_name() {
        assert_eq!(name("/srv/Photos 2026/"), "photos-2026");
        assert_eq!(name("data/."), "data");
        assert_eq!(name("/home/.config"), "config");
        assert_eq!(name("/srv/Äpfel"), "pfel");
        let here = env::current_dir().unwrap();
        let here = here.file_name().unwrap().to_str().unwrap();
        assert_eq!(name("."), here);
        assert_eq!(name(&format!("../{here}/src/..")), here);
    }

    #[test]
    fn a_path_that_makes_no_name_is_refused() {
        insta::assert_snapshot!(name("/"), @"(2) / does not make a name for a volume: it is the root directory; choose one with --volume NAME=PATH");
        insta::assert_snapshot!(name("/usr/.."), @"(2) /usr/.. does not make a name for a volume: it is the root directory; choose one with --volume NAME=PATH");
        insta::assert_snapshot!(name("/srv/\u{e9}\n"), @r"(2) /srv/é\n does not make a name for a volume: it is empty; choose one with --volume NAME=PATH");
        insta::assert_snapshot!(name("/nowhere/.."), @"(2) cannot find volume /nowhere/..: No such file or directory (os error 2)");
        insta::assert_snapshot!(name("prose-backup.json"), @"(2) prose-backup.json does not make a name for a volume: the archive format uses that name itself; choose one with --volume NAME=PATH");
        insta::assert_snapshot!(name(&"x".repeat(65)), @"(2) xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx does not make a name for a volume: it is longer than 64 characters; choose one with --volume NAME=PATH");
    }

    #[test]
    fn two_volumes_alike_are_refused() {
        let named = parse_named(OsStr::new("data=/srv/c")).unwrap();
        let clash = |paths: &[&str], named: &[NamedVolume]| {
            let paths: Vec<_> = paths.iter().map(Into::into).collect();
            collect(&paths, named).unwrap_err().message().to_owned()
        };
        insta::assert_snapshot!(clash(&["/a/Data", "/b/data"], &[]), @"/a/Data and /b/data would both be the volume data; give one of them another name with --volume NAME=PATH");
        insta::assert_snapshot!(clash(&["/a/data"], &[named]), @"/a/data and /srv/c would both be the volume data; give one of them another name with --volume NAME=PATH");
    }

    #[test]
    fn a_named_volume_may_have_any_path() {
        let volume = parse_named(OsStr::from_bytes(b"a=/x=y\xff")).unwrap();
        assert_eq!(volume.name.as_str(), "a");
        assert_eq!(volume.path.as_os_str().as_bytes(), b"/x=y\xff");
        let refused = |text: &str| parse_named(OsStr::new(text)).unwrap_err();
        insta::assert_snapshot!(refused("/srv/data"), @"it must have the form NAME=PATH");
        insta::assert_snapshot!(refused("a="), @"the path is empty");
        insta::assert_snapshot!(refused("../a=/x"), @"the name is not one for a volume: it must begin with a-z or 0-9");
    }
}
