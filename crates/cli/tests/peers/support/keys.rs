//! Keys from every maker, with and without a passphrase.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    Place, Run, set_mode,
    shell::{bare, shell, sq},
};

/// With what a shell, a file or a variable might stumble over.
pub(crate) const PASSPHRASE: &str = "0123 it's \"$HOME\" # \u{e9}=%";

/// A key ring of `gpg`, whose agent ends with it.
#[derive(Debug)]
pub(crate) struct Gnupg {
    pub(crate) home: PathBuf,
}

impl Gnupg {
    /// In a directory of its own: its path must be short, since the agent's socket lies in it.
    pub(crate) fn new(place: &Place, name: &str) -> Self {
        let home = place.path(name);
        fs::create_dir(&home).unwrap();
        set_mode(&home, 0o700);
        // Else the agent finds out at length how slow it can be with a passphrase.
        fs::write(home.join("gpg-agent.conf"), "s2k-count 65536\n").unwrap();
        Self { home }
    }

    /// Runs `gpg` with a line of shell words.
    #[track_caller]
    pub(crate) fn gpg(&self, words: &str) -> Run {
        shell(
            &self.home,
            &format!("{}; gpg --batch --quiet {words}", self.export()),
        )
    }

    /// The line of shell that has `gpg` use this key ring.
    pub(crate) fn export(&self) -> String {
        format!("export GNUPGHOME='{}'", self.home.display())
    }
}

impl Drop for Gnupg {
    fn drop(&mut self) {
        let _ = Run::of(
            bare("gpgconf")
                .env("GNUPGHOME", &self.home)
                .args(["--kill", "all"]),
        );
    }
}

/// A secret key in a file, and what one has to know about it.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) secret: PathBuf,
    pub(crate) certificate: PathBuf,
    /// The file that holds the passphrase and nothing else.
    pub(crate) passphrase: Option<PathBuf>,
    /// Of the certificate.
    pub(crate) fingerprint: String,
    pub(crate) subkeys: Vec<String>,
}

impl Key {
    /// Made by `gpg` from its parameters for key generation; binary or armored.
    pub(crate) fn of_gpg(place: &Place, parameters: &str, protected: bool, armor: &str) -> Self {
        let gnupg = Gnupg::new(place, "maker");
        let passphrase = protected.then(|| passphrase_file(place));
        let protection = if protected {
            format!("Passphrase: {PASSPHRASE}")
        } else {
            "%no-protection".to_owned()
        };
        let parameters = format!("{parameters}\nName-Real: Pod\nExpire-Date: 0\n{protection}\n");
        let parameters = place.write("parameters", parameters);
        gnupg.gpg(&format!("--generate-key '{}'", parameters.display()));
        let unlock = passphrase.iter().map(|file| {
            format!(
                "--pinentry-mode loopback --passphrase-file '{}'",
                file.display()
            )
        });
        let unlock: String = unlock.collect();
        let (secret, certificate) = (place.path("key"), place.path("certificate"));
        gnupg.gpg(&format!(
            "{armor} {unlock} --output '{}' --export-secret-keys",
            secret.display()
        ));
        gnupg.gpg(&format!(
            "{armor} --output '{}' --export",
            certificate.display()
        ));
        Self::read(place, secret, certificate, passphrase)
    }

    /// Made by `sq` 1.x.
    pub(crate) fn of_sq(place: &Place, profile: &str, protected: bool) -> Self {
        let passphrase = protected.then(|| passphrase_file(place));
        let protection = match &passphrase {
            Some(file) => format!("--new-password-file '{}'", file.display()),
            None => "--without-password".to_owned(),
        };
        sq_shell(
            place,
            &format!(
                "$sq key generate --own-key --name Pod --profile {profile} {protection} \
                 --output key --rev-cert revocation\n\
                 $sq key delete --cert-file key --output certificate"
            ),
        );
        Self::read(
            place,
            place.path("key"),
            place.path("certificate"),
            passphrase,
        )
    }

    /// Made by this program.
    pub(crate) fn of_ours(place: &Place, options: &str, protected: bool) -> Self {
        let passphrase = protected.then(|| passphrase_file(place));
        let protection = if protected {
            "--passphrase-file passphrase"
        } else {
            ""
        };
        place
            .run(&format!("keygen -o key {options} {protection}"))
            .exits(0);
        Self::read(place, place.path("key"), place.path("key.pub"), passphrase)
    }

    fn read(
        place: &Place,
        secret: PathBuf,
        certificate: PathBuf,
        passphrase: Option<PathBuf>,
    ) -> Self {
        let told = sq_shell(place, &format!("$sq inspect '{}'", certificate.display())).stdout;
        let values = |label: &str| -> Vec<String> {
            let lines = told
                .lines()
                .filter_map(|line| line.trim().strip_prefix(label));
            lines.map(|value| value.trim().to_owned()).collect()
        };
        Self {
            secret,
            certificate,
            passphrase,
            fingerprint: values("Fingerprint:").remove(0),
            subkeys: values("Subkey:"),
        }
    }
}

fn passphrase_file(place: &Place) -> PathBuf {
    place.write("passphrase", PASSPHRASE)
}

/// Runs lines of shell in which `$sq` is `sq` 1.x with a home of its own.
#[track_caller]
pub(crate) fn sq_shell(place: &Place, script: &str) -> Run {
    let home = place.path("sq-home");
    let sq = format!(
        "sq=\"{} --quiet --home {}\"",
        sq().display(),
        home.display()
    );
    shell(
        place.path(Path::new("")).as_path(),
        &format!("{sq}\n{script}"),
    )
}
