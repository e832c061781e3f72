//! The names in a directory.
//!
//! Whatever has a name is listed, also what is not a regular file and can only fail to be read: who
//! puts a link or a FIFO in an object's place must not make the object look absent.

use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use rustix::fs::{Dir, DirEntry};
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

/// The key of an entry: not hidden, and UTF-8.
fn key_of(entry: &DirEntry, prefix: &str) -> Option<Key> {
    let name = entry.file_name().to_str().ok()?;
    if !name.starts_with(prefix) {
        return None;
    }
    Key::new(name).ok()
}

fn describe(directory: &Directory, key: Key) -> Result<Option<ObjectMeta>> {
    match directory.stat(key.as_str()) {
        Ok(stat) => Ok(Some(meta(key, &stat))),
        // Deleted since its name was read.
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(failed(directory.subject(Action::LookUp, &key), errno)),
    }
}
