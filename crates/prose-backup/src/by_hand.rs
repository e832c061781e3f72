//! The way to what is inside a backup without this program.

use prose_backup_naming::{BackupName, Compression, Encryption};

/// How to open a backup with the plain tools, as far as its name promises layers.
pub(crate) fn instructions(name: &BackupName) -> String {
    let layers = name.layers();
    // A name with colons is one on another host to `tar`, so it is never given one.
    let command = match (layers.encryption, layers.compression) {
        (Encryption::Off, Compression::Off) => format!("tar -xf - < {name}"),
        (Encryption::Off, Compression::Zstd) => format!("zstd -dc {name} | tar -xf -"),
        (Encryption::OpenPgp, Compression::Off) => format!("gpg -d {name} | tar -xf -"),
        (Encryption::OpenPgp, Compression::Zstd) => {
            format!("gpg -d {name} | zstd -d | tar -xf -")
        }
    };
    let other = match layers.encryption {
        Encryption::Off => "",
        Encryption::OpenPgp => " (or with `sq decrypt --recipient-file KEY` for `gpg -d`)",
    };
    format!("in an empty directory, with `{command}`{other}")
}

#[cfg(test)]
mod tests {
    use super::instructions;

    #[test]
    fn the_command_follows_the_layers_of_the_name() {
        let of = |extensions: &str| {
            let name = format!("prose_2026-11-21T08:00:00Z.{extensions}");
            instructions(&name.parse().unwrap())
        };
        insta::assert_snapshot!(of("tar"), @"in an empty directory, with `tar -xf - < prose_2026-11-21T08:00:00Z.tar`");
        insta::assert_snapshot!(of("tar.zst"), @"in an empty directory, with `zstd -dc prose_2026-11-21T08:00:00Z.tar.zst | tar -xf -`");
        insta::assert_snapshot!(of("tar.gpg"), @"in an empty directory, with `gpg -d prose_2026-11-21T08:00:00Z.tar.gpg | tar -xf -` (or with `sq decrypt --recipient-file KEY` for `gpg -d`)");
        insta::assert_snapshot!(of("tar.zst.gpg"), @"in an empty directory, with `gpg -d prose_2026-11-21T08:00:00Z.tar.zst.gpg | zstd -d | tar -xf -` (or with `sq decrypt --recipient-file KEY` for `gpg -d`)");
    }
}
