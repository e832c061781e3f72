//! The three files of a key.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::{ffi::OsStrExt, fs::OpenOptionsExt},
    path::{Path, PathBuf},
};

use prose_backup::{ErrorCode, crypto::GeneratedKey};

use crate::{escape, exit::Failure};

/// For its owner alone.
const PRIVATE: u32 = 0o600;
/// For everybody, as far as the umask allows.
const PUBLIC: u32 = 0o666;

/// Where the parts of a key go.
#[derive(Debug)]
pub(super) struct KeyFiles {
    pub(super) secret: PathBuf,
    pub(super) certificate: PathBuf,
    pub(super) revocation: PathBuf,
}

impl KeyFiles {
    /// Beside the secret key, whose path is absolute.
    pub(super) fn of(secret: PathBuf) -> Self {
        let beside = |extension: &str| {
            let mut name = OsString::from(&secret);
            name.push(extension);
            PathBuf::from(name)
        };
        Self {
            certificate: beside(".pub"),
            revocation: beside(".rev"),
            secret,
        }
    }

    /// Writes all three, or none: what was written before something failed is removed.
    pub(super) fn write(&self, key: &GeneratedKey) -> Result<(), Failure> {
        let mut made = Made(Vec::new());
        // The secret key comes last: where it is, the others are.
        made.add(&self.revocation, PRIVATE, &key.revocation)?;
        made.add(&self.certificate, PUBLIC, &key.public)?;
        made.add(&self.secret, PRIVATE, &key.secret)?;
        let directory = self.secret.parent().unwrap_or(Path::new("/"));
        File::open(directory)
            .and_then(|directory| directory.sync_all())
            .map_err(|error| failed(directory, &error))?;
        made.keep();
        Ok(())
    }
}

/// Files that are removed again unless they are kept.
struct Made<'a>(Vec<&'a Path>);

impl<'a> Made<'a> {
    fn add(&mut self, path: &'a Path, mode: u32, content: &[u8]) -> Result<(), Failure> {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(path)
            .map_err(|error| failed(path, &error))?;
        self.0.push(path);
        file.write_all(content)
            .and_then(|()| file.sync_all())
            .map_err(|error| failed(path, &error))
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        for path in &self.0 {
            // The failure that led here is told; this one would only follow from it.
            let _ = fs::remove_file(path);
        }
    }
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    let path = escape::path(path.as_os_str().as_bytes());
    if error.kind() == ErrorKind::AlreadyExists {
        return Failure::coded(
            ErrorCode::Conflict,
            format!("{path} exists, and is not overwritten; no key was made"),
        );
    }
    Failure::io(format!("cannot write {path}"), error)
}
