//! The regular files of a directory.

use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use rustix::fs::{Dir, DirEntry, FileType};
use rustix::io::Errno;

use super::blocking;
use super::directory::{Directory, meta};
use super::errno::failed;
use crate::error::Result;
use crate::key::Key;
use crate::meta::ObjectMeta;
use crate::subject::Action;

/// How many objects one trip to a blocking thread brings.
const PAGE: usize = 1024;

/// Lists in pages, so that neither memory nor a thread is held for the whole of a large directory.
pub(super) fn objects<'a>(
    directory: &Arc<Directory>,
    prefix: &str,
) -> BoxStream<'a, Result<ObjectMeta>> {
    let listing = Listing {
        directory: Arc::clone(directory),
        prefix: prefix.into(),
        entries: None,
    };
    let pages = stream::try_unfold(listing, |mut listing| async {
        let subject = listing.directory.whole(Action::List);
        let (page, listing) = blocking(&subject, move || {
            let page = listing.next_page()?;
            Ok::<_, crate::Error>((page, listing))
        })
        .await?;
        Ok((!page.is_empty()).then_some((stream::iter(page).map(Ok), listing)))
    });
    pages.try_flatten().boxed()
}

struct Listing {
    directory: Arc<Directory>,
    prefix: String,
    entries: Option<Dir>,
}

impl Listing {
    /// The next objects; none at the end.
    fn next_page(&mut self) -> Result<Vec<ObjectMeta>> {
        let Self {
            directory,
            prefix,
            entries,
        } = self;
        let unreadable = |errno| failed(directory.whole(Action::List), errno);
        let entries = match entries {
            Some(entries) => entries,
            None => entries.insert(Dir::read_from(&**directory).map_err(unreadable)?),
        };
        let mut page = Vec::new();
        while page.len() < PAGE {
            let Some(entry) = entries.read() else { break };
            let entry = entry.map_err(unreadable)?;
            if let Some(key) = key_of(&entry, prefix) {
                page.extend(describe(directory, key)?);
            }
        }
        Ok(page)
    }
}

/// The key of an entry that may be an object: not hidden, UTF-8, and not known to be of another
/// kind.
fn key_of(entry: &DirEntry, prefix: &str) -> Option<Key> {
    if !matches!(entry.file_type(), FileType::RegularFile | FileType::Unknown) {
        return None;
    }
    let name = entry.file_name().to_str().ok()?;
    if !name.starts_with(prefix) {
        return None;
    }
    Key::new(name).ok()
}

fn describe(directory: &Directory, key: Key) -> Result<Option<ObjectMeta>> {
    match directory.stat(key.as_str()) {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode).is_file() => Ok(Some(meta(key, &stat))),
        // Of another kind, or deleted since its name was read.
        Ok(_) | Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(failed(directory.subject(Action::LookUp, &key), errno)),
    }
}
