//! An object on its way here.

use std::fmt;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use futures::stream::{BoxStream, StreamExt};

use crate::error::{Error, Result};
use crate::meta::ObjectMeta;
use crate::subject::Subject;

/// An object, or a range of one, that is being read.
#[non_exhaustive]
pub struct Download {
    /// What is known of the whole object.
    pub meta: ObjectMeta,
    /// Which of its bytes come, half-open.
    pub range: Range<u64>,
    /// The bytes. **It ends without an error only after exactly as many as `range` says.**
    pub body: BoxStream<'static, Result<Bytes>>,
    subject: Subject,
}

impl Download {
    /// Takes a store's stream and holds it to its announced length: a body that is cut or too long
    /// becomes [`Error::WrongLength`].
    pub fn new(
        subject: Subject,
        meta: ObjectMeta,
        range: Range<u64>,
        body: impl Stream<Item = Result<Bytes>> + Send + 'static,
    ) -> Self {
        let body = Measured {
            body: body.boxed(),
            subject: subject.clone(),
            expected: range.end.saturating_sub(range.start),
            seen: 0,
            ended: false,
        };
        Self {
            meta,
            range,
            body: body.boxed(),
            subject,
        }
    }

    /// What is being read and where, for messages.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("meta", &self.meta)
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}

/// The range that a caller asked for, or the whole object; an error where it is not within the
/// object.
pub(crate) fn within(
    subject: &Subject,
    asked: Option<Range<u64>>,
    size: u64,
) -> Result<Range<u64>> {
    match asked {
        None => Ok(0..size),
        Some(range) if range.start <= range.end && range.end <= size => Ok(range),
        Some(range) => Err(Error::OutOfRange {
            subject: subject.clone(),
            range,
            size,
        }),
    }
}

struct Measured {
    body: BoxStream<'static, Result<Bytes>>,
    subject: Subject,
    expected: u64,
    seen: u64,
    ended: bool,
}

impl Measured {
    fn wrong_length(&self) -> Error {
        Error::WrongLength {
            subject: self.subject.clone(),
            expected: self.expected,
            actual: self.seen,
        }
    }
}

impl Stream for Measured {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let item = match ready!(self.body.poll_next_unpin(cx)) {
            Some(Ok(bytes)) => {
                self.seen = self.seen.saturating_add(bytes.len() as u64);
                if self.seen <= self.expected {
                    return Poll::Ready(Some(Ok(bytes)));
                }
                Some(Err(self.wrong_length()))
            }
            Some(Err(error)) => Some(Err(error)),
            None if self.seen < self.expected => Some(Err(self.wrong_length())),
            None => None,
        };
        self.ended = true;
        Poll::Ready(item)
    }
}
