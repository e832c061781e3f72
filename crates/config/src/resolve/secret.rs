//! Secrets that are kept in files.

use std::path::Path;

use secrecy::SecretString;

use crate::raw::Refusal;
use crate::source::read_capped;

/// No key or passphrase is longer.
const MAX_BYTES: u64 = 64 << 10;

/// The content of a file, without one line break at its end. Never repeated in a refusal.
pub(super) fn read_file(path: &Path) -> Result<SecretString, Refusal> {
    let refuse = |why: &str| Refusal(format!("cannot use secret file {}: {why}", path.display()));
    let bytes = read_capped(path, MAX_BYTES)
        .map_err(|error| refuse(&error.to_string()))?
        .ok_or_else(|| refuse("larger than 64 KiB"))?;
    let text = String::from_utf8(bytes).map_err(|_| refuse("not UTF-8 text"))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    match line.strip_suffix('\r').unwrap_or(line) {
        "" => Err(refuse("it is empty")),
        secret => Ok(secret.into()),
    }
}
