//! Where the configuration comes from.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::file::line_ends;
use crate::{Error, Loaded, Result, resolve};

/// The file that is read unless another one is named.
pub const DEFAULT_FILE: &str = "/etc/prose/prose.toml";

/// No configuration is larger; what is, was named by mistake.
const MAX_BYTES: u64 = 1 << 20;

/// All that a configuration is made from.
///
/// `Debug` shows names and no values, which may be secrets.
#[derive(Clone, Default)]
pub struct Sources {
    /// The configuration file, if there is one.
    pub file: Option<SourceFile>,
    /// Environment variables; those of others are ignored.
    pub environment: Vec<(OsString, OsString)>,
}

/// A configuration file that was read.
#[derive(Clone)]
pub struct SourceFile {
    /// Its path, for messages.
    pub path: PathBuf,
    /// Its content.
    pub text: String,
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variables: Vec<_> = self.environment.iter().map(|(name, _)| name).collect();
        f.debug_struct("Sources")
            .field("file", &self.file)
            .field("environment", &variables)
            .finish()
    }
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceFile")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Reads the configuration from a file and the environment, which wins.
///
/// Without a path, [`DEFAULT_FILE`] is read if it exists; a path that is given must exist.
///
/// # Errors
///
/// As [`resolve`], and when the file cannot be read, is larger than 1 MiB or is not UTF-8 text.
pub fn load(
    path: Option<&Path>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Loaded> {
    let file = match path {
        Some(path) => Some(read_file(path)?),
        None => match read_file(Path::new(DEFAULT_FILE)) {
            Err(Error::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => None,
            file => Some(file?),
        },
    };
    resolve(&Sources {
        file,
        environment: environment.into_iter().collect(),
    })
}

fn read_file(path: &Path) -> Result<SourceFile> {
    let unreadable = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let bytes = read_capped(path, MAX_BYTES)
        .map_err(unreadable)?
        .ok_or_else(|| Error::TooLarge {
            path: path.to_owned(),
        })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        Error::NotUtf8 {
            path: path.to_owned(),
            line: line_ends(valid).len() + 1,
        }
    })?;
    Ok(SourceFile {
        path: path.to_owned(),
        text,
    })
}

/// The content of a file; `None` if it is larger than `maximum`.
pub(crate) fn read_capped(path: &Path, maximum: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(maximum + 1)
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= maximum).then_some(bytes))
}
