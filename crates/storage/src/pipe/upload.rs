//! From a blocking producer to an upload's parts.

use std::io::{self, Write};
use std::pin::pin;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::future::{Either, select};
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;

use crate::error::{Error, Result};
use crate::store::Upload;

/// How many full parts wait between the two ends.
const QUEUE: usize = 2;

/// Makes a pipe that cuts what is written into parts of exactly `part_size` bytes, the last one
/// excepted.
///
/// It holds at most `part_size` × (2 waiting + those in flight + the one that is being filled)
/// bytes. A `part_size` of 0 counts as 1.
pub fn upload_pipe(part_size: usize) -> (PipeWriter, PipeUpload) {
    let (parts, queue) = mpsc::channel(QUEUE);
    let (returned, spare) = mpsc::unbounded_channel();
    let writer = PipeWriter {
        parts,
        spare,
        part: BytesMut::new(),
        part_size: part_size.max(1),
        written: 0,
    };
    (writer, PipeUpload { queue, returned })
}

enum Message {
    Part(Bytes),
    End,
}

/// The blocking end. **[`finish`](Self::finish) must be called after the last write**, or else the
/// upload is given up.
///
/// Once the other end is gone, each write fails with [`io::ErrorKind::BrokenPipe`]; what went wrong
/// is for the other end to say. Flushing does nothing, since all parts but the last must be of one
/// size.
#[derive(Debug)]
pub struct PipeWriter {
    parts: mpsc::Sender<Message>,
    /// Buffers whose bytes have been sent. Fresh memory costs a page fault per page, which is
    /// slower than the copy.
    spare: mpsc::UnboundedReceiver<BytesMut>,
    part: BytesMut,
    part_size: usize,
    written: u64,
}

impl PipeWriter {
    /// Hands over the last part and says that all is there. Returns how many bytes were written in
    /// all.
    pub fn finish(mut self) -> io::Result<u64> {
        if !self.part.is_empty() {
            self.send_part()?;
        }
        self.send(Message::End)?;
        Ok(self.written)
    }

    fn send_part(&mut self) -> io::Result<()> {
        let part = std::mem::take(&mut self.part).freeze();
        self.send(Message::Part(part))
    }

    fn send(&self, message: Message) -> io::Result<()> {
        self.parts.blocking_send(message).map_err(|_| broken_pipe())
    }

    fn buffer(&mut self) -> BytesMut {
        let spare = self.spare.try_recv();
        spare.unwrap_or_else(|_| BytesMut::with_capacity(self.part_size))
    }
}

fn broken_pipe() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the upload has ended")
}

impl Write for PipeWriter {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.parts.is_closed() {
            return Err(broken_pipe());
        }
        if self.part.capacity() == 0 {
            self.part = self.buffer();
        }
        let taken = data.len().min(self.part_size - self.part.len());
        self.part.extend_from_slice(&data[..taken]);
        self.written += taken as u64;
        if self.part.len() == self.part_size {
            self.send_part()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The asynchronous end: feeds an upload. Dropping it makes the writer's next write fail.
#[derive(Debug)]
pub struct PipeUpload {
    queue: mpsc::Receiver<Message>,
    returned: mpsc::UnboundedSender<BytesMut>,
}

impl PipeUpload {
    /// Puts all parts, at most `max_in_flight` (at least 1) at a time, and returns how many bytes
    /// there were.
    ///
    /// Neither completes nor aborts the upload: that is for the caller, who has to hear from the
    /// producer as well. The first part that fails ends it, and the writer. A writer that is
    /// dropped without [`finish`](PipeWriter::finish) is [`Error::Aborted`].
    pub async fn drive(mut self, upload: &mut dyn Upload, max_in_flight: usize) -> Result<u64> {
        let mut in_flight = FuturesUnordered::new();
        let mut bytes = 0;
        loop {
            let event = if in_flight.is_empty() {
                Either::Left(self.queue.recv().await)
            } else if in_flight.len() >= max_in_flight {
                Either::Right(in_flight.next().await)
            } else {
                match select(pin!(self.queue.recv()), in_flight.next()).await {
                    Either::Left((message, _)) => Either::Left(message),
                    Either::Right((sent, _)) => Either::Right(sent),
                }
            };
            match event {
                Either::Left(Some(Message::Part(part))) => {
                    bytes += part.len() as u64;
                    let copy = part.clone();
                    let put = upload.put_part(part);
                    in_flight.push(async move { put.await.map(|()| copy) });
                }
                Either::Left(Some(Message::End)) => break,
                Either::Left(None) => return Err(Error::Aborted),
                Either::Right(sent) => self.give_back(sent.transpose()?),
            }
        }
        while let Some(sent) = in_flight.next().await {
            sent?;
        }
        Ok(bytes)
    }

    /// Returns a part's memory to the writer, unless the store still holds it.
    fn give_back(&self, part: Option<Bytes>) {
        if let Some(Ok(mut buffer)) = part.map(Bytes::try_into_mut) {
            buffer.clear();
            // A writer that is gone needs no buffer.
            let _ = self.returned.send(buffer);
        }
    }
}
