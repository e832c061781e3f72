use std::io::Write;

use crate::{Compression, Error};

/// What a layer writes to.
pub type Sink<'a> = &'a mut (dyn Write + Send + Sync);

/// Runs `body` with a sink, and writes to `sink` what `body` writes to its own, compressed.
///
/// The frame is finished only when `body` succeeded. Otherwise its error is returned, and what
/// `sink` holds is a beginning that [`decode`](crate::decode()) refuses. With [`Compression::Off`]
/// nothing marks the end: the layers around have to.
///
/// `sink` is not flushed. A write that failed makes every later one fail, and `encode` too.
pub fn encode<T, E: From<Error>>(
    compression: &Compression,
    sink: Sink<'_>,
    body: impl FnOnce(Sink<'_>) -> Result<T, E>,
) -> Result<T, E> {
    match *compression {
        Compression::Off => body(sink),
        #[cfg(feature = "compression-zstd")]
        Compression::Zstd { level, workers } => {
            let mut frame = crate::frame::FrameWriter::new(sink, level, workers)?;
            let value = body(&mut frame)?;
            frame.finish()?;
            Ok(value)
        }
        #[cfg(not(feature = "compression-zstd"))]
        Compression::Zstd { .. } => Err(Error::Unsupported {
            feature: "compression-zstd",
        }
        .into()),
    }
}
