//! The configuration that quickstart writes.

use std::path::{Path, PathBuf};

use super::{KEY, STORE};
use crate::error::{Error, Result};

/// What a backup holds under one name.
#[derive(Debug)]
pub(super) struct Volume {
    pub(super) name: String,
    pub(super) path: PathBuf,
}

impl Volume {
    /// A directory under its own name, as far as a volume may have it.
    pub(super) fn of_directory(path: PathBuf) -> Self {
        let own = path
            .file_name()
            .map(|name| name.to_string_lossy().to_lowercase())
            .unwrap_or_default();
        let name: String = own
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || "._-".contains(c) {
                    c
                } else {
                    '-'
                }
            })
            .skip_while(|c| !c.is_ascii_alphanumeric())
            .take(64)
            .collect();
        Self {
            name: if name.is_empty() {
                "data".to_owned()
            } else {
                name
            },
            path,
        }
    }
}

/// A configuration with all files in `place`.
pub(super) fn text(place: &Path, volumes: &[Volume]) -> Result<String> {
    let (store, key) = (quoted(&place.join(STORE))?, quoted(&place.join(KEY))?);
    let volumes = volumes.iter().map(line).collect::<Result<Vec<_>>>()?;
    Ok(format!(
        "[backups.storage]\n\
         provider = \"fs\"\n\
         fs.directory = {store}\n\n\
         [backups.signing]\n\
         pgp.enabled = true\n\
         pgp.tsk = {key}\n\n\
         [backups.encryption]\n\
         mode = \"pgp\"\n\
         pgp.tsk = {key}\n\n\
         [backups.volumes]\n{}",
        volumes.concat()
    ))
}

fn line(volume: &Volume) -> Result<String> {
    Ok(format!("\"{}\" = {}\n", volume.name, quoted(&volume.path)?))
}

/// A path as a TOML string.
fn quoted(path: &Path) -> Result<String> {
    let text = path.to_str().ok_or_else(|| {
        Error::Usage(format!(
            "{} is not UTF-8, as a configuration must be",
            path.display()
        ))
    })?;
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '"' | '\\' => format!("\\{c}"),
            c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    Ok(format!("\"{escaped}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(path: &str) -> String {
        Volume::of_directory(path.into()).name
    }

    #[test]
    fn a_directory_gives_the_volume_its_name() {
        assert_eq!(name("/srv/Photos 2026"), "photos-2026");
        assert_eq!(name("/home/.config"), "config");
        assert_eq!(name("/srv/é"), "data");
        assert_eq!(name("/"), "data");
        assert_eq!(name(&format!("/{}", "x".repeat(100))).len(), 64);
    }

    #[test]
    fn paths_become_strings_that_toml_reads_back() {
        assert_eq!(quoted(Path::new("/a b/é")).expect("text"), "\"/a b/é\"");
        assert_eq!(
            quoted(Path::new("/\"\\\n")).expect("text"),
            r#""/\"\\\u000A""#
        );
    }

    #[test]
    fn the_configuration_names_every_volume() {
        let volume = Volume {
            name: "photos".into(),
            path: "/srv/photos".into(),
        };
        let text = text(Path::new("/q"), &[volume]).expect("text");
        assert!(text.contains("fs.directory = \"/q/store\"\n"), "{text}");
        assert!(
            text.ends_with("[backups.volumes]\n\"photos\" = \"/srv/photos\"\n"),
            "{text}"
        );
    }
}
