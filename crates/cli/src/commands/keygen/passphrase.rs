//! A passphrase from a file.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::ffi::OsStrExt,
    path::Path,
};

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::{escape, exit::Failure};

/// More than anybody types.
const MAX_BYTES: usize = 4096;

/// Reads a passphrase as `passphrase_files` in the configuration does, without the line break at
/// its end. A second line is refused, since nobody could say whether it belongs to it.
pub(super) fn read(path: &Path) -> Result<SecretString, Failure> {
    let shown = escape::path(path.as_os_str().as_bytes());
    let refuse = |why: &str| Err(Failure::usage(format!("the passphrase file {shown} {why}")));
    let bytes = read_capped(path)
        .map_err(|error| Failure::usage(format!("cannot read passphrase file {shown}: {error}")))?;
    let Ok(text) = str::from_utf8(&bytes) else {
        return refuse("is not UTF-8 text");
    };
    let line = text
        .strip_suffix("\r\n")
        .or_else(|| text.strip_suffix('\n'))
        .unwrap_or(text);
    if line.is_empty() {
        return refuse("is empty");
    }
    if bytes.len() > MAX_BYTES {
        return refuse("is longer than any passphrase");
    }
    if line.contains(['\n', '\r']) {
        return refuse("has more than one line");
    }
    Ok(line.into())
}

fn read_capped(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 1));
    File::open(path)?
        .take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
