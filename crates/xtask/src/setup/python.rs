//! Python packages from the Python Package Index, in an environment of their own.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::process::{self, program};
use crate::terminal::say;

/// What to install where no usable Python is found.
pub(super) const PACKAGES: [&str; 2] = ["python3", "python3-venv"];

/// An XMPP client and what it uploads files with.
const REQUIREMENTS: [(&str, &str); 2] = [("aiohttp", "3.14.5"), ("slixmpp", "1.17.0")];

pub(super) fn interpreter_in(tools: &Path) -> PathBuf {
    tools.join("venv/bin/python")
}

/// Whether this Python is new enough for the packages and can make environments (Debian ships
/// that part as a package of its own).
pub(super) fn is_usable(python: &Path) -> bool {
    let question = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))";
    process::probe(program(python).args(["-c", question])).is_some()
}

/// Makes the environment, unless it is there with exactly these packages.
pub(super) fn ensure(tools: &Path) -> Result<()> {
    let python = interpreter_in(tools);
    let wanted = REQUIREMENTS.map(|(name, version)| format!("{name}=={version}"));
    if has_packages(&python) {
        say!("setup: Python packages: {} are there", wanted.join(" "));
        return Ok(());
    }
    say!("setup: Python packages: installing {}", wanted.join(" "));
    // The one on the PATH may be another's and lack what Debian's has.
    let base = ["python3", "/usr/bin/python3"]
        .map(Path::new)
        .into_iter()
        .find(|python| is_usable(python))
        .ok_or_else(|| {
            Error::Missing(
                "no Python of at least 3.11 that can make environments (`python3 -m venv`)"
                    .to_owned(),
            )
        })?;
    process::run(
        program(base)
            .args(["-m", "venv", "--clear"])
            .arg(tools.join("venv")),
    )?;
    let mut pip = program(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
    ]);
    process::run(pip.args(&wanted))
}

fn has_packages(python: &Path) -> bool {
    let question = "import importlib.metadata as m, sys; print(*(n + ' ' + m.version(n) for n in sys.argv[1:]), sep='\\n')";
    let names = REQUIREMENTS.map(|(name, _)| name);
    let expected = REQUIREMENTS
        .map(|(name, version)| format!("{name} {version}\n"))
        .concat();
    process::probe(program(python).args(["-c", question]).args(names))
        .is_some_and(|answer| answer == expected)
}
