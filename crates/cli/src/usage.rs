//! What clap says of a command line that it does not take.

use std::{env, ffi::OsString, process::ExitCode};

use clap::error::ErrorKind;
use prose_backup::ErrorCode;

use crate::{exit::Failure, output};

/// Prints help, the version, or what is wrong, the last as JSON when that was asked for.
pub(crate) fn report(error: &clap::Error) -> ExitCode {
    let asked_for = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if !asked_for && wants_json(env::args_os().skip(1)) {
        output::print_error_document(&Failure::usage(gist(&error.render().to_string())));
    } else {
        // Nobody is left to tell when this cannot be written.
        let _ = error.print();
    }
    if asked_for {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(ErrorCode::Usage.exit_status())
    }
}

/// Whether `--json` is among the options. Since the command line as a whole could not be
/// understood, this looks at the words alone.
fn wants_json(words: impl Iterator<Item = OsString>) -> bool {
    words
        .take_while(|word| word != "--")
        .any(|word| word == "--json")
}

/// The message in one line, without the help that clap adds for people.
fn gist(rendered: &str) -> String {
    let end = ["\n\nUsage:", "\n\nFor more information"]
        .iter()
        .filter_map(|mark| rendered.find(mark))
        .min()
        .unwrap_or(rendered.len());
    let words: Vec<&str> = rendered[..end].split_whitespace().collect();
    let text = words.join(" ");
    text.strip_prefix("error: ").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{gist, wants_json};

    #[test]
    fn the_gist_is_one_line() {
        assert_eq!(
            gist(
                "error: unexpected argument '--al' found\n\n  tip: a similar argument exists: \
                 '--all'\n\nUsage: prose-backup verify --all\n\nFor more information, try '--help'.\n"
            ),
            "unexpected argument '--al' found tip: a similar argument exists: '--all'"
        );
    }

    #[test]
    fn json_after_the_end_of_options_is_a_path() {
        let words = |text: &str| wants_json(text.split(' ').map(Into::into));
        assert!(words("list --json --bad"));
        assert!(!words("create --bad -- --json"));
    }
}
