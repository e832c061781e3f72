//! What the tests share.

use std::{
    io::{self, ErrorKind, Read},
    num::NonZeroU32,
};

use prose_backup_codec::{Compression, Error, Limits, decode};
use prose_backup_naming as naming;

/// More than any test decodes.
pub(crate) const PLENTY: u64 = 1 << 30;

/// What a body fails with: its own errors, and the layer's.
#[derive(Debug)]
pub(crate) enum Failure {
    Codec(Error),
    Io(io::Error),
    Body(&'static str),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Codec(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Failure {
    pub(crate) fn codec(self) -> Error {
        match self {
            Self::Codec(error) => error,
            other => panic!("not an error of the layer: {other:?}"),
        }
    }
}

pub(crate) fn zstd(level: i32, workers: u32) -> Compression {
    Compression::Zstd {
        level,
        workers: NonZeroU32::new(workers).unwrap(),
    }
}

/// Text with long and short repetitions and bytes without any, from a seed.
pub(crate) fn mixed(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut data = Vec::with_capacity(length + 64);
    while data.len() < length {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        if state & 1 == 0 {
            data.extend_from_slice(b"<message type='chat' to='juliet@example.org'>");
            data.extend_from_slice((state >> 48).to_string().as_bytes());
        } else {
            data.extend_from_slice(&state.to_le_bytes());
        }
    }
    data.truncate(length);
    data
}

/// `content`, compressed.
#[cfg(feature = "compression-zstd")]
pub(crate) fn encoded(compression: Compression, content: &[u8]) -> Vec<u8> {
    let mut stored = Vec::new();
    prose_backup_codec::encode(&compression, &mut stored, |sink| {
        sink.write_all(content)?;
        Ok::<_, Failure>(())
    })
    .unwrap();
    stored
}

pub(crate) fn decoded(stored: &[u8], limits: &Limits) -> Result<Vec<u8>, Error> {
    decode(
        naming::Compression::Zstd,
        limits,
        &mut { stored },
        |source| {
            let mut content = Vec::new();
            source.read_to_end(&mut content)?;
            Ok(content)
        },
    )
    .map_err(Failure::codec)
}

/// The error that decoding `stored` ends in, with limits that matter to nobody.
#[cfg(feature = "compression-zstd")]
pub(crate) fn refusal(stored: &[u8]) -> Error {
    decoded(stored, &Limits::new(PLENTY)).unwrap_err()
}

/// Gives `bytes`, interrupted before each, then fails.
pub(crate) struct BrokenSource<'a> {
    bytes: &'a [u8],
    interrupted: bool,
}

impl<'a> BrokenSource<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let interrupted = false;
        Self { bytes, interrupted }
    }
}

impl Read for BrokenSource<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(ErrorKind::Interrupted.into());
        }
        match self.bytes.read(&mut out[..1])? {
            0 => Err(io::Error::new(ErrorKind::TimedOut, "the store is gone")),
            count => Ok(count),
        }
    }
}

/// What caused `error`, in words.
pub(crate) fn source_of(error: &Error) -> String {
    std::error::Error::source(error).unwrap().to_string()
}
