use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use bytes::Bytes;
use futures::TryStreamExt;
use prose_backup_storage::{FsOptions, FsStore, Key, Nonce, ObjectStore, PutOptions};

pub(crate) fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

pub(crate) fn options() -> PutOptions {
    PutOptions::new(Nonce::random().unwrap())
}

pub(crate) fn open(directory: &Path) -> FsStore {
    FsStore::open(directory, FsOptions::default()).unwrap()
}

pub(crate) async fn put(store: &dyn ObjectStore, name: &str, body: &'static str) {
    store
        .put(&key(name), body.into(), &options())
        .await
        .unwrap();
}

/// Bytes that differ from place to place.
pub(crate) fn pattern(length: usize) -> Bytes {
    let mut bytes = Vec::with_capacity(length + 8);
    for n in 0_u64.. {
        if bytes.len() >= length {
            break;
        }
        bytes.extend_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    }
    bytes.truncate(length);
    bytes.into()
}

pub(crate) async fn listed(store: &dyn ObjectStore) -> Vec<String> {
    let mut names: Vec<String> = store
        .list("")
        .map_ok(|meta| meta.key.to_string())
        .try_collect()
        .await
        .unwrap();
    names.sort();
    names
}

/// All names in a directory, hidden ones included, sorted.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = directory.read_dir().unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

pub(crate) fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

/// The text of an error and of all that lies beneath it, as a program prints it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut beneath = error.source();
    while let Some(cause) = beneath {
        text = format!("{text}: {cause}");
        beneath = cause.source();
    }
    text
}
