//! Commands as a person would type them.

use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

/// A word that a POSIX shell reads back as exactly these bytes.
///
/// Bytes that are not UTF-8 and control characters become `$'…'`, which bash, zsh and busybox
/// understand; every other word uses only what POSIX has.
pub(crate) fn quoted(word: &OsStr) -> String {
    match word.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(is_plain) => text.to_owned(),
        Some(text) if !text.chars().any(char::is_control) => {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
        _ => escaped(word.as_bytes()),
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-./:=,@%+".contains(c)
}

fn escaped(bytes: &[u8]) -> String {
    let mut out = String::from("$'");
    for &byte in bytes {
        match byte {
            b'\'' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..=b'~' => out.push(char::from(byte)),
            // Writing to a string cannot fail. Three octal digits end by themselves, so that a
            // digit that follows is not taken for a part of the escape.
            _ => _ = write!(out, "\\{byte:03o}"),
        }
    }
    out.push('\'');
    out
}

/// The words of a command line, quoted and joined.
pub(crate) fn joined<'a>(words: impl IntoIterator<Item = &'a OsStr>) -> String {
    words.into_iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// A command as a person would type it: the variables it sets, the program, the arguments.
pub(crate) fn shown(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| {
        let value = value?;
        Some(format!("{}={} ", name.to_string_lossy(), quoted(value)))
    });
    let mut line: String = variables.collect();
    line.push_str(&joined(
        std::iter::once(command.get_program()).chain(command.get_args()),
    ));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn q(text: &str) -> String {
        quoted(OsStr::new(text))
    }

    #[test]
    fn a_plain_word_stays_as_it_is() {
        assert_eq!(q("/var/lib/a-b_c.d:1=2"), "/var/lib/a-b_c.d:1=2");
    }

    #[test]
    fn what_the_shell_would_read_otherwise_is_quoted() {
        assert_eq!(q(""), "''");
        assert_eq!(q("a b"), "'a b'");
        assert_eq!(q("$HOME;*"), "'$HOME;*'");
        assert_eq!(q("~"), "'~'");
        assert_eq!(q("it's"), r"'it'\''s'");
        assert_eq!(q("é"), "'é'");
    }

    #[test]
    fn control_characters_and_stray_bytes_are_escaped() {
        assert_eq!(q("a\nb"), r"$'a\012b'");
        assert_eq!(quoted(OsStr::from_bytes(b"\xff1'\\")), r"$'\3771\'\\'");
    }

    #[test]
    fn bash_reads_every_byte_back() {
        let word: Vec<u8> = (1..=255).collect();
        let script = format!("printf %s {}", quoted(OsStr::from_bytes(&word)));
        let output = Command::new("bash")
            .args(["-c", &script])
            .output()
            .expect("bash");
        assert_eq!(output.stdout, word);
    }

    #[test]
    fn a_command_is_shown_with_its_variables() {
        let mut command = Command::new("cargo");
        command
            .args(["doc", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings")
            .env_remove("CARGO");
        assert_eq!(
            shown(&command),
            "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps"
        );
    }
}
