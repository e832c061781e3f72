//! From a download's stream to a blocking reader.

use std::future::Future;
use std::io::{self, Read};
use std::pin::pin;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use futures::StreamExt;
use futures::future::{Either, select};
use futures::stream::BoxStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::error::{Error, Result};

/// How many bytes the driver may be ahead of the reader; a larger chunk goes alone.
pub const READ_AHEAD: usize = 4 << 20;

/// Makes a pipe from which a blocking reader reads `body`.
///
/// The future drives it and **must be polled**. It ends when all has been handed over, or with the
/// error that ended the body; the reader gets the same error, as the inner error of an
/// [`io::Error`] of kind [`Other`](io::ErrorKind::Other). The reader sees an end of file only when
/// the body came to its proper end. Dropping the future makes the reader fail; dropping the reader
/// ends the future at once, without an error.
pub fn download_pipe(
    body: BoxStream<'static, Result<Bytes>>,
) -> (
    PipeReader,
    impl Future<Output = Result<()>> + Send + 'static,
) {
    let (sender, messages) = mpsc::unbounded_channel();
    let reader = PipeReader {
        messages,
        chunk: Bytes::new(),
        permit: None,
        state: State::Open,
    };
    (reader, drive(body, sender))
}

#[derive(Debug)]
enum Message {
    /// The permit is the chunk's share of [`READ_AHEAD`]; the reader drops it once it is done with
    /// the chunk.
    Chunk(Bytes, OwnedSemaphorePermit),
    Failed(Error),
    End,
}

async fn drive(
    body: BoxStream<'static, Result<Bytes>>,
    sender: mpsc::UnboundedSender<Message>,
) -> Result<()> {
    let fed = match select(pin!(feed(body, &sender)), pin!(sender.closed())).await {
        Either::Left((fed, _)) => fed,
        Either::Right(((), _)) => return Ok(()),
    };
    let last = match &fed {
        Ok(()) => Message::End,
        Err(error) => Message::Failed(error.clone()),
    };
    // A reader that is gone by now asked for no more.
    let _ = sender.send(last);
    fed
}

async fn feed(
    mut body: BoxStream<'static, Result<Bytes>>,
    sender: &mpsc::UnboundedSender<Message>,
) -> Result<()> {
    let budget = Arc::new(Semaphore::new(READ_AHEAD));
    while let Some(chunk) = body.next().await {
        let chunk = chunk?;
        let share = u32::try_from(chunk.len().min(READ_AHEAD)).unwrap_or(u32::MAX);
        let permit = Arc::clone(&budget).acquire_many_owned(share).await;
        let sent = permit.is_ok_and(|permit| sender.send(Message::Chunk(chunk, permit)).is_ok());
        if !sent {
            break;
        }
    }
    Ok(())
}

/// The blocking end. It gives the body's bytes, then an end of file; or an error, which then stays.
#[derive(Debug)]
pub struct PipeReader {
    messages: mpsc::UnboundedReceiver<Message>,
    chunk: Bytes,
    permit: Option<OwnedSemaphorePermit>,
    state: State,
}

#[derive(Debug)]
enum State {
    Open,
    Ended,
    Failed(Error),
}

impl PipeReader {
    fn receive(&mut self) {
        self.permit = None;
        match self.messages.blocking_recv() {
            Some(Message::Chunk(chunk, permit)) => {
                self.chunk = chunk;
                self.permit = Some(permit);
            }
            Some(Message::Failed(error)) => self.state = State::Failed(error),
            Some(Message::End) => self.state = State::Ended,
            None => self.state = State::Failed(Error::Aborted),
        }
    }
}

impl Read for PipeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() && !buffer.is_empty() {
            match &self.state {
                State::Open => self.receive(),
                State::Ended => return Ok(0),
                // Of no telling kind: a layer must not take a cut connection for the end of its own
                // format.
                State::Failed(error) => return Err(io::Error::other(error.clone())),
            }
        }
        let taken = buffer.len().min(self.chunk.len());
        self.chunk.copy_to_slice(&mut buffer[..taken]);
        Ok(taken)
    }
}
