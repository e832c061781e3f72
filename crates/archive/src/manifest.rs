//! The first entry of an archive: which volumes it holds.

use std::{borrow::Cow, fmt};

use prose_backup_naming::VolumeName;
use serde::{Deserialize, Serialize};

/// Its name; no volume can have it.
pub(crate) const NAME: &str = VolumeName::RESERVED[0];

/// The format that this crate writes, and the only one it reads.
const FORMAT: u64 = 1;

/// What an archive says about itself at its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The number of the blueprint that the volumes follow.
    pub blueprint: u32,
    /// The volumes, in the order in which they come.
    pub volumes: Vec<DeclaredVolume>,
}

/// A volume that an archive holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredVolume {
    /// Its name, which is the first component of all its paths.
    pub name: VolumeName,
    /// Whether it is a directory or a single file.
    pub kind: VolumeKind,
}

/// Whether a volume is a directory or a single file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VolumeKind {
    /// A directory with all below it.
    Directory,
    /// One regular file.
    File,
}

impl fmt::Display for VolumeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Directory => "directory",
            Self::File => "file",
        })
    }
}

/// Why a text is not a manifest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It has another format number.
    Newer(u64),
    /// Anything else.
    Malformed(Cow<'static, str>),
}

/// The part of the text that every format has.
#[derive(Deserialize)]
struct Probe {
    format: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text<'a> {
    format: u64,
    blueprint: u32,
    #[serde(borrow)]
    volumes: Vec<VolumeText<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VolumeText<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    kind: VolumeKind,
}

impl Manifest {
    /// A larger manifest is neither written nor read; this has room for 2,500 volumes.
    pub(crate) const MAX_BYTES: u64 = 256 << 10;

    /// The text, in its one form: JSON without blanks, and a line feed.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let text = Text {
            format: FORMAT,
            blueprint: self.blueprint,
            volumes: self
                .volumes
                .iter()
                .map(|volume| VolumeText {
                    name: volume.name.as_str().into(),
                    kind: volume.kind,
                })
                .collect(),
        };
        json_line(&text)
    }

    /// Reads a text, and refuses any that [`encode`](Self::encode) would have written otherwise.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let malformed = |why: String| Refusal::Malformed(why.into());
        let json =
            |error: serde_json::Error| malformed(format!("the manifest is malformed: {error}"));
        let probe: Probe = serde_json::from_slice(bytes).map_err(json)?;
        if probe.format != FORMAT {
            return Err(Refusal::Newer(probe.format));
        }
        let text: Text<'_> = serde_json::from_slice(bytes).map_err(json)?;
        let mut volumes: Vec<DeclaredVolume> = Vec::with_capacity(text.volumes.len());
        for VolumeText { name, kind } in text.volumes {
            let name: VolumeName = name
                .parse()
                .map_err(|error| malformed(format!("the manifest is malformed: {error}")))?;
            volumes.push(DeclaredVolume { name, kind });
        }
        let manifest = Self {
            blueprint: text.blueprint,
            volumes,
        };
        if manifest.volumes.is_empty() {
            return Err(Refusal::Malformed("the manifest declares no volume".into()));
        }
        if let Some(name) = duplicate(manifest.volumes.iter().map(|volume| &volume.name)) {
            return Err(malformed(format!("the manifest declares {name} twice")));
        }
        if manifest.encode() != bytes {
            return Err(Refusal::Malformed(
                "the manifest is not in its canonical form".into(),
            ));
        }
        Ok(manifest)
    }
}

/// A name that comes twice, if there is one.
pub(crate) fn duplicate<'a>(
    names: impl IntoIterator<Item = &'a VolumeName>,
) -> Option<&'a VolumeName> {
    let mut seen = std::collections::BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}

/// JSON and a line feed. Serialising plain structures of texts and numbers cannot fail.
pub(crate) fn json_line(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::{DeclaredVolume, Manifest, Refusal, VolumeKind};

    fn manifest() -> Manifest {
        Manifest {
            blueprint: 7,
            volumes: vec![
                DeclaredVolume {
                    name: "data".parse().unwrap(),
                    kind: VolumeKind::Directory,
                },
                DeclaredVolume {
                    name: "prose.toml".parse().unwrap(),
                    kind: VolumeKind::File,
                },
            ],
        }
    }

    fn refusal(text: &str) -> String {
        match Manifest::decode(text.as_bytes()).unwrap_err() {
            Refusal::Newer(format) => format!("newer: {format}"),
            Refusal::Malformed(why) => why.into_owned(),
        }
    }

    #[test]
    fn a_manifest_is_one_line_of_json() {
        let bytes = manifest().encode();
        insta::assert_snapshot!(
            String::from_utf8(bytes.clone()).unwrap(),
            @r#"{"format":1,"blueprint":7,"volumes":[{"name":"data","kind":"directory"},{"name":"prose.toml","kind":"file"}]}"#
        );
        assert_eq!(bytes.last(), Some(&b'\n'));
        assert_eq!(Manifest::decode(&bytes).unwrap(), manifest());
    }

    #[test]
    fn another_format_is_told_from_a_malformed_manifest() {
        insta::assert_snapshot!(refusal(r#"{"format":2,"parts":[]}"#), @"newer: 2");
        insta::assert_snapshot!(refusal("[]"), @"the manifest is malformed: invalid length 0, expected struct Probe with 1 element at line 1 column 2");
        insta::assert_snapshot!(refusal(r#"{"format":1,"blueprint":1,"volumes":[]}"#), @"the manifest declares no volume");
    }

    #[test]
    fn a_manifest_that_we_would_have_written_otherwise_is_refused() {
        let volume = r#"{"name":"a","kind":"file"}"#;
        for text in [
            format!(r#"{{"format":1,"blueprint":1,"volumes":[{volume}]}}"#),
            format!(
                r#"{{"format":1, "blueprint":1,"volumes":[{volume}]}}{}"#,
                "\n"
            ),
            format!(
                r#"{{"format":1,"blueprint":1,"volumes":[{volume},{volume}]}}{}"#,
                "\n"
            ),
            format!(
                r#"{{"format":1,"blueprint":1,"volumes":[{volume}],"x":0}}{}"#,
                "\n"
            ),
            format!(
                r#"{{"format":1,"format":1,"blueprint":1,"volumes":[{volume}]}}{}"#,
                "\n"
            ),
            "{\"format\":1,\"blueprint\":1,\"volumes\":[{\"name\":\"../a\",\"kind\":\"file\"}]}\n"
                .to_owned(),
            "{\"format\":1,\"blueprint\":1,\"volumes\":[{\"name\":\"a\",\"kind\":\"fifo\"}]}\n"
                .to_owned(),
        ] {
            assert!(Manifest::decode(text.as_bytes()).is_err(), "{text}");
        }
    }
}
