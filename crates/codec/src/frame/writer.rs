use std::{
    io::{self, ErrorKind, Write},
    num::NonZeroU32,
};

use zstd::stream::{
    raw::{CParameter, Encoder},
    zio,
};

use crate::{Error, Sink, plain::BUFFER_BYTES};

/// As many as zstd takes on a machine of 64 bits.
const MAX_WORKERS: u32 = 256;

/// How much of the stream one worker takes at a time, at the levels up to [`LAST_SMALL_LEVEL`].
///
/// By default it is four windows, 8 MiB at level 3, and as many of those are held as there are
/// workers and two more, on both sides: 110 MiB with two workers. One window compresses to 0.05 %
/// more, as fast, in 30 MiB.
const SMALL_JOB_BYTES: u32 = 2 << 20;

/// The last level whose window is no larger than such a part.
const LAST_SMALL_LEVEL: i32 = 8;

/// Compresses what is written to it into one frame, which only [`finish`](Self::finish) ends.
pub(crate) struct FrameWriter<'a> {
    zstd: zio::Writer<Sink<'a>, Encoder<'static>>,
    /// Something that was written is missing in the frame, or may be.
    failed: bool,
}

impl<'a> FrameWriter<'a> {
    pub(crate) fn new(sink: Sink<'a>, level: i32, workers: NonZeroU32) -> Result<Self, Error> {
        let encoder = new_encoder(level, workers).map_err(|source| Error::Setup { source })?;
        Ok(Self {
            zstd: zio::Writer::new_with_capacity(sink, encoder, BUFFER_BYTES),
            failed: false,
        })
    }

    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.guarded(zio::Writer::finish)
            .map_err(|source| Error::Finish { source })
    }

    /// After an error nobody knows how much of the data arrived: the frame must stay unfinished.
    fn guarded<T>(
        &mut self,
        step: impl FnOnce(&mut zio::Writer<Sink<'a>, Encoder<'static>>) -> io::Result<T>,
    ) -> io::Result<T> {
        if self.failed {
            return Err(io::Error::other("an earlier write failed"));
        }
        let result = step(&mut self.zstd);
        self.failed = matches!(&result, Err(e) if e.kind() != ErrorKind::Interrupted);
        result
    }
}

impl Write for FrameWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.guarded(|zstd| zstd.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.guarded(zio::Writer::flush)
    }
}

fn new_encoder(level: i32, workers: NonZeroU32) -> io::Result<Encoder<'static>> {
    let mut encoder = Encoder::new(level)?;
    encoder.set_parameter(CParameter::ChecksumFlag(true))?;
    encoder.set_parameter(CParameter::NbWorkers(workers.get().min(MAX_WORKERS)))?;
    // Level 0 is the default level, which is 3.
    if level <= LAST_SMALL_LEVEL {
        encoder.set_parameter(CParameter::JobSize(SMALL_JOB_BYTES))?;
    }
    Ok(encoder)
}
