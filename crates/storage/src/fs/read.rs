//! A file's bytes as a stream.

use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, Stream};
use rustix::fs::Advice;
use rustix::io::Errno;

use super::blocking;
use super::errno::failed;
use crate::error::Result;
use crate::subject::Subject;

/// How much is read at a time, in bytes.
const CHUNK: u64 = 1 << 20;

/// Reads a range of a file. It ends early where the file does; the caller watches the length.
pub(super) fn body(
    file: File,
    range: Range<u64>,
    subject: Subject,
) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
    let file = Arc::new(file);
    stream::try_unfold(range, move |range| {
        let (file, subject) = (Arc::clone(&file), subject.clone());
        async move {
            if range.is_empty() {
                return Ok(None);
            }
            let length = CHUNK.min(range.end - range.start);
            let offset = range.start;
            let about = subject.clone();
            let chunk = blocking(&subject, move || {
                read_at(&file, offset, length).map_err(|errno| failed(about, errno))
            })
            .await?;
            let rest = offset + chunk.len() as u64..range.end;
            Ok((!chunk.is_empty()).then_some((chunk, rest)))
        }
    })
}

fn read_at(file: &File, offset: u64, length: u64) -> rustix::io::Result<Bytes> {
    // At most a chunk, which fits any address space.
    let mut buffer = Vec::with_capacity(usize::try_from(length).map_err(|_| Errno::INVAL)?);
    if offset == 0 {
        // Only advice; a file system that takes none reads as it likes.
        let _ = rustix::fs::fadvise(file, 0, None, Advice::Sequential);
    }
    rustix::io::retry_on_intr(|| {
        rustix::io::pread(file, rustix::buffer::spare_capacity(&mut buffer), offset)
    })?;
    Ok(buffer.into())
}
