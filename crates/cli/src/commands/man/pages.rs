//! Manual pages from the definition of the command line.

use std::io;

use clap::Command;
use clap_mangen::{
    Man,
    roff::{Inline, Roff, bold, roman},
};

/// A page of section 1.
pub(super) struct Page {
    /// `prose-backup-create.1`
    pub(super) file_name: String,
    pub(super) roff: Vec<u8>,
}

/// What each exit status means.
const STATUSES: [(&str, &str); 8] = [
    ("0", "Done."),
    ("1", "Failed for another reason, which the message says."),
    ("2", "Wrong usage or configuration."),
    ("3", "There is no such backup."),
    (
        "4",
        "Refused: corrupt, tampered, replayed, not authentic, unsafe archive, cannot decrypt.",
    ),
    ("5", "Conflict: that name exists."),
    ("6", "The store is unreachable, or access was denied."),
    (
        "129, 130, 143",
        "Interrupted by SIGHUP, SIGINT or SIGTERM, after cleaning up. Further signals do not cut \
         the cleaning up short (where there is none, the second one ends the program); SIGKILL \
         does, and may leave unfinished files in a store.",
    ),
];

const FILES: [(&str, &str); 1] = [(
    "/etc/prose/prose.toml",
    "The configuration: its table [backups]. See `prose-backup config schema`.",
)];

const ENVIRONMENT: [(&str, &str); 2] = [
    (
        "PROSE_BACKUPS__*",
        "Keys of the configuration, with __ between their parts, in any case. They win over the file.",
    ),
    ("NO_COLOR", "When set, messages have no colours."),
];

const EXAMPLES: [(&str, &str); 3] = [
    (
        "prose-backup --store /mnt/backups create /var/lib/prosody",
        "Back a directory up without any configuration.",
    ),
    (
        "prose-backup verify --all",
        "Read every backup and check it.",
    ),
    (
        "prose-backup restore latest --to /root/restored",
        "Bring the newest backup back, beside what is live.",
    ),
];

/// The page of the program.
pub(super) fn main(mut command: Command) -> io::Result<Page> {
    command.build();
    render(command, |roff| {
        list(roff, "EXIT STATUS", &STATUSES);
        list(roff, "ENVIRONMENT", &ENVIRONMENT);
        list(roff, "FILES", &FILES);
        list(roff, "EXAMPLES", &EXAMPLES);
    })
}

/// The page of the program, and one for every subcommand.
pub(super) fn all(mut command: Command) -> io::Result<Vec<Page>> {
    command.build();
    let mut pages = vec![main(command.clone())?];
    add_subcommands(&command, &mut pages)?;
    Ok(pages)
}

fn add_subcommands(command: &Command, pages: &mut Vec<Page>) -> io::Result<()> {
    for subcommand in command.get_subcommands() {
        pages.push(render(subcommand.clone(), |roff| {
            roff.control("SH", ["SEE ALSO"]);
            roff.text([bold("prose-backup"), roman("(1)")]);
        })?);
        add_subcommands(subcommand, pages)?;
    }
    Ok(())
}

fn render(command: Command, rest: impl FnOnce(&mut Roff)) -> io::Result<Page> {
    let has_subcommands = command.has_subcommands();
    let source = format!("prose-backup {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command).source(source).manual("Prose");
    let mut roff = Vec::new();
    man.render_title(&mut roff)?;
    man.render_name_section(&mut roff)?;
    man.render_synopsis_section(&mut roff)?;
    man.render_description_section(&mut roff)?;
    man.render_options_section(&mut roff)?;
    if has_subcommands {
        man.render_subcommands_section(&mut roff)?;
    }
    let mut sections = Roff::default();
    rest(&mut sections);
    sections.to_writer(&mut roff)?;
    Ok(Page {
        file_name: man.get_filename(),
        roff,
    })
}

/// A section of terms, each with what it means.
fn list(roff: &mut Roff, heading: &str, items: &[(&str, &str)]) {
    roff.control("SH", [heading]);
    for (term, meaning) in items {
        roff.control("TP", []);
        roff.text([bold(*term)] as [Inline; 1]);
        roff.text([roman(*meaning)]);
    }
}
