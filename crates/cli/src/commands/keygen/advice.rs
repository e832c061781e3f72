//! What was made, and what to do with it.

use std::{
    fmt::Write,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use super::files::KeyFiles;
use crate::escape;

/// What there is to say about a new key.
pub(super) struct Advice<'a> {
    pub(super) fingerprint: String,
    pub(super) files: &'a KeyFiles,
    /// Absolute.
    pub(super) passphrase_file: Option<PathBuf>,
}

impl Advice<'_> {
    pub(super) fn facts(&self) -> String {
        format!(
            "fingerprint: {}\nsecret key: {}\ncertificate: {}\nrevocation: {}\n",
            self.fingerprint,
            shown(&self.files.secret),
            shown(&self.files.certificate),
            shown(&self.files.revocation),
        )
    }

    /// Lines for the configuration, and what nobody may forget.
    pub(super) fn next(&self) -> String {
        let how = self.configuration().map_or_else(
            || {
                "A configuration can only name files whose paths are UTF-8: move these to sign and \
                 encrypt with them.\n"
                    .to_owned()
            },
            |lines| {
                format!(
                    "To sign and encrypt backups with it, add this to the configuration:\n\n{lines}"
                )
            },
        );
        format!(
            "\n{how}\nKeep copies of the secret key and of the revocation away from this machine:\n\
             without the secret key, nobody can read what is encrypted for it.\n"
        )
    }

    fn configuration(&self) -> Option<String> {
        let key = toml_string(&self.files.secret)?;
        let mut lines = format!(
            "[backups.signing]\npgp.enabled = true\npgp.tsk = {key}\n\n\
             [backups.encryption]\nmode = \"pgp\"\npgp.tsk = {key}\n"
        );
        if let Some(file) = &self.passphrase_file {
            let _ = write!(
                lines,
                "\n[backups.pgp.passphrase_files]\n{} = {}\n",
                self.fingerprint,
                toml_string(file)?
            );
        }
        Some(lines)
    }
}

fn shown(path: &Path) -> String {
    escape::path(path.as_os_str().as_bytes())
}

/// A path as a basic string of TOML.
fn toml_string(path: &Path) -> Option<String> {
    let mut text = "\"".to_owned();
    for character in path.to_str()?.chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            character if escape::is_harmful(character) => {
                let _ = write!(text, "\\U{:08X}", u32::from(character));
            }
            character => text.push(character),
        }
    }
    text.push('"');
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, path::Path};

    use prose_backup_config::{SourceFile, Sources, resolve};

    use super::{Advice, KeyFiles};

    const FINGERPRINT: &str = "0123456789ABCDEF0123456789ABCDEF01234567";

    #[test]
    fn the_lines_for_the_configuration_mean_what_they_say() {
        let directory = tempfile::tempdir().unwrap();
        let secret = directory.path().join("a \"b\"\\\n\u{202e}é.key");
        let passphrase = directory.path().join("pass phrase");
        fs::write(&passphrase, "secret\n").unwrap();
        let advice = Advice {
            fingerprint: FINGERPRINT.to_owned(),
            files: &KeyFiles::of(secret.clone()),
            passphrase_file: Some(passphrase),
        };
        let sources = Sources {
            file: Some(SourceFile {
                path: "prose.toml".into(),
                text: advice.configuration().unwrap(),
            }),
            environment: Vec::new(),
        };
        let config = resolve(&sources).unwrap().config;
        assert!(config.signing.enabled);
        assert_eq!(config.signing.tsk.as_ref(), Some(&secret));
        assert_eq!(config.encryption.tsk.as_ref(), Some(&secret));
        assert!(config.passphrases.contains_key(FINGERPRINT));
    }

    #[test]
    fn a_path_that_a_configuration_cannot_name_is_told() {
        let path = Path::new(OsStr::from_bytes(b"/keys/\xff"));
        let advice = Advice {
            fingerprint: FINGERPRINT.to_owned(),
            files: &KeyFiles::of(path.to_owned()),
            passphrase_file: None,
        };
        assert!(advice.next().contains("move these"));
        assert!(advice.facts().contains(r"revocation: /keys/\377.rev"));
    }
}
