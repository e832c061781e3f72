//! `cargo xtask quickstart`: the whole way once, with the real program, so that it can be watched
//! and gone again by hand.

mod config;
mod place;
mod sample;

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use config::Volume;

use crate::error::{Error, Result};
use crate::process::{self, cargo};
use crate::setup::{self, Group};
use crate::terminal::{complain, say};
use crate::{shell, tree, wants_help, workspace};

const HELP: &str = "\
Usage: cargo xtask quickstart [DIR]

Installs what the build needs, builds the release binary, makes a key, backs DIR up to a local
directory, signed and encrypted, lists and verifies the backup, restores it elsewhere and compares
the trees. Without DIR, a sample Pod is made and backed up. DIR itself is only read.

Every command is shown as it is run. All files are made in a new directory, quickstart-1 and so on,
beside the binaries that cargo builds. The exit status is 0 only when nothing differs.";

/// The names of what is made in the new directory.
const CONFIG: &str = "prose.toml";
const KEY: &str = "key.pgp";
const POD: &str = "pod";
const RESTORED: &str = "restored";
const STORE: &str = "store";

pub(crate) fn run(args: &[OsString]) -> Result<ExitCode> {
    if wants_help(args) {
        say!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    let source = match args {
        [] => None,
        [directory] => Some(existing_directory(Path::new(directory))?),
        _ => return Err(Error::Usage(format!("more than one directory\n\n{HELP}"))),
    };
    let root = workspace::root()?;
    heading("Build the program");
    setup::ensure(&[Group::Build])?;
    process::run(cargo(&root).args([
        "build",
        "--release",
        "--locked",
        "--package",
        "prose-backup-cli",
    ]))?;
    let build = workspace::build_directory()?;
    let place = place::fresh(&build, source.as_deref())?;
    let program = place::program(&build, &place);
    // From here on the paths in commands are as short as a person would type them.
    env::set_current_dir(&place).map_err(Error::io(format!("go to {}", place.display())))?;
    say!("\n$ cd {}", shell::quoted(place.as_os_str()));
    walk(&program, &place, source)
}

/// What is to be backed up, as the system names it.
fn existing_directory(path: &Path) -> Result<PathBuf> {
    let absolute = fs::canonicalize(path).map_err(Error::io(format!("find {}", path.display())))?;
    if absolute.is_dir() {
        return Ok(absolute);
    }
    Err(Error::Usage(format!(
        "{} is not a directory\n\n{HELP}",
        path.display()
    )))
}

/// Makes a key, backs up, lists, verifies, restores and compares.
fn walk(program: &Path, place: &Path, source: Option<PathBuf>) -> Result<ExitCode> {
    let volumes = if let Some(directory) = source {
        vec![Volume::of_directory(directory)]
    } else {
        heading("Make a sample Pod");
        sample::make(&place.join(POD))?
    };
    heading("Write the configuration");
    let text = config::text(place, &volumes)?;
    fs::write(CONFIG, &text).map_err(Error::io(format!("write {CONFIG}")))?;
    say!("$ cat {CONFIG}\n{}", text.trim_end());

    let run = |words: &[&str]| process::run(process::program(program).args(words));
    heading("Make a key");
    run(&["keygen", "-o", KEY])?;
    heading("Back up");
    run(&["--config", CONFIG, "create"])?;
    heading("List");
    run(&["--config", CONFIG, "list"])?;
    heading("Verify");
    run(&["--config", CONFIG, "verify", "latest"])?;
    heading("Restore elsewhere");
    run(&["--config", CONFIG, "restore", "latest", "--to", RESTORED])?;
    heading("Compare");
    let same = compare(&volumes, place)?;
    if same {
        advise(program, place, &backup_in(Path::new(STORE))?);
        return Ok(ExitCode::SUCCESS);
    }
    Err(Error::Failed(
        "what was restored is not what was backed up".to_owned(),
    ))
}

fn heading(text: &str) {
    say!("\n== {text}");
}

/// Whether every volume came back as it was.
fn compare(volumes: &[Volume], place: &Path) -> Result<bool> {
    // Only root can give files to others.
    let owners = fs::metadata(place)
        .map_err(Error::io(format!("look at {}", place.display())))?
        .uid()
        == 0;
    let mut same = true;
    for volume in volumes {
        let copy = place.join(RESTORED).join(&volume.name);
        let found = tree::compare(&volume.path, &copy, owners)?;
        let verdict = if found.differences.is_empty() {
            "identical"
        } else {
            "NOT identical"
        };
        say!(
            "{}: {} entries, {} bytes: {verdict}",
            volume.name,
            found.entries,
            found.bytes
        );
        for path in &found.skipped {
            say!(
                "  {}: a socket, FIFO or device, which no backup holds",
                shell::quoted(path.as_os_str())
            );
        }
        for difference in &found.differences {
            complain(format_args!("  {difference}"));
        }
        same &= found.differences.is_empty();
    }
    let owner = if owners { "owner, " } else { "" };
    say!(
        "Compared were names, kinds, content, mode, {owner}modification time, link targets and hard links."
    );
    Ok(same)
}

/// The one backup in the store.
fn backup_in(store: &Path) -> Result<OsString> {
    let entries = fs::read_dir(store)
        .map_err(Error::io(format!("read the directory {}", store.display())))?;
    entries
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .find(|name| {
            Path::new(name)
                .extension()
                .is_some_and(|extension| extension == "gpg")
        })
        .ok_or_else(|| {
            Error::Failed(format!(
                "there is no encrypted backup in {}",
                store.display()
            ))
        })
}

/// Says how to go on by hand.
fn advise(program: &Path, place: &Path, backup: &OsStr) {
    let (place, program) = (
        shell::quoted(place.as_os_str()),
        shell::quoted(program.as_os_str()),
    );
    let backup = shell::quoted(backup);
    say!(
        "
== Go on by hand

$ cd {place}
$ {program} --config {CONFIG} list
$ {program} --config {CONFIG} show latest
$ {program} --config {CONFIG} contents latest

Restore without this program, with b3sum, sq (1.0 or newer), zstd and tar:

$ cd {place}/{STORE}
$ b3sum --check {backup}.blake3
$ sq verify --signer-file ../{KEY}.pub --signature-file {backup}.sig {backup}
$ mkdir ../by-hand
$ sq decrypt --recipient-file ../{KEY} {backup} | zstd --decompress | tar --extract --directory ../by-hand

GnuPG 2.2 does not know this fast format. What is encrypted with a key of `keygen --gpg` it can
restore: gpg --import KEY; gpg --verify FILE.sig FILE; gpg --decrypt FILE in place of sq decrypt.

All of it may be deleted: rm -r {place}"
    );
}
