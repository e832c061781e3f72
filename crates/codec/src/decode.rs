use std::io::{ErrorKind, Read};

use prose_backup_naming::Compression;

use crate::{
    Error, Limits,
    guard::{Decoder, Guard},
    plain::Plain,
};

/// Runs `body` with a reader of what `src` holds, decompressed, and makes sure of the rest.
///
/// Once `body` has succeeded, what it left unread is read too, so that the frame is known to be
/// whole, to match its checksum if it has one, and to be the last thing in `src`. The limits hold
/// from the first byte to the last.
///
/// What this layer refuses reaches `body` as an [`io::Error`](std::io::Error) of kind
/// `InvalidData` and is returned as the [`Error`] that it is, whatever `body` made of it. An error
/// of `src` itself reaches `body` as it is, and then `body`'s own error is returned. After either,
/// reading goes on failing, and so does `decode`, even if `body` returns `Ok`.
///
/// A frame that is refused for its first bytes, and a layer that is not compiled in, fail before
/// `body` is called.
pub fn decode<T, E: From<Error>>(
    layer: Compression,
    limits: &Limits,
    src: &mut (dyn Read + Send),
    body: impl FnOnce(&mut (dyn Read + Send)) -> Result<T, E>,
) -> Result<T, E> {
    match layer {
        Compression::Off => run(Plain::new(src, limits), body),
        #[cfg(feature = "compression-zstd")]
        Compression::Zstd => run(crate::frame::FrameReader::open(src, limits)?, body),
        #[cfg(not(feature = "compression-zstd"))]
        Compression::Zstd => Err(Error::Unsupported {
            feature: "compression-zstd",
        }
        .into()),
    }
}

fn run<T, E: From<Error>>(
    decoder: impl Decoder,
    body: impl FnOnce(&mut (dyn Read + Send)) -> Result<T, E>,
) -> Result<T, E> {
    let mut reader = Guard::new(decoder);
    let outcome = body(&mut reader);
    if let Some(refusal) = reader.take_refusal() {
        return Err(refusal.into());
    }
    let value = outcome?;
    drain(&mut reader)?;
    Ok(value)
}

fn drain(reader: &mut Guard<impl Decoder>) -> Result<(), Error> {
    let mut scrap = vec![0; crate::plain::BUFFER_BYTES];
    loop {
        match reader.read(&mut scrap) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(source) => {
                return Err(reader.take_refusal().unwrap_or(Error::Read { source }));
            }
        }
    }
}
