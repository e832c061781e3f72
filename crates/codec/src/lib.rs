//! Compress and decompress streams within limits.
//!
//! [`encode`] and [`decode`] are layers: each runs a closure, the body, between itself and the
//! next stream. `encode` finishes its output only when the body succeeded, so that what a failed
//! backup leaves behind can never be read as a whole one. `decode` reads its source to the very
//! end, and fails unless exactly one complete zstd frame (RFC 8878) is all there is: whatever its
//! body has written somewhere counts for nothing until `decode` has returned `Ok`.
//!
//! Memory does not grow with the length of the stream. Decoding takes little more than the
//! frame's window, which [`Limits::window_log_max`] bounds.
//!
//! ```
//! use std::{io::{Read, Write}, num::NonZeroU32};
//! use prose_backup_codec::{Compression, Error, Limits, decode, encode};
//!
//! # #[cfg(feature = "compression-zstd")]
//! # fn main() -> Result<(), Failure> {
//! let compression = Compression::Zstd { level: 3, workers: NonZeroU32::MIN };
//! let mut stored = Vec::new();
//! encode(&compression, &mut stored, |sink| {
//!     sink.write_all(b"a tree, packed")?;
//!     Ok::<_, Failure>(())
//! })?;
//!
//! let limits = Limits::new(1024);
//! let text = decode(compression.layer(), &limits, &mut stored.as_slice(), |source| {
//!     let mut text = String::new();
//!     source.read_to_string(&mut text)?;
//!     Ok::<_, Failure>(text)
//! })?;
//! assert_eq!(text, "a tree, packed");
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "compression-zstd"))]
//! # fn main() {}
//!
//! /// The body has failures of its own, and so has the layer.
//! #[derive(Debug)]
//! enum Failure {
//!     Codec(Error),
//!     Io(std::io::Error),
//! }
//! # impl From<Error> for Failure { fn from(error: Error) -> Self { Self::Codec(error) } }
//! # impl From<std::io::Error> for Failure { fn from(error: std::io::Error) -> Self { Self::Io(error) } }
//! ```
//!
//! Without the feature `compression-zstd`, [`Compression::Zstd`] still exists and ends in
//! [`Error::Unsupported`]; [`Compression::Off`] works as ever.

mod compression;
mod decode;
mod encode;
mod error;
#[cfg(feature = "compression-zstd")]
mod frame;
mod guard;
mod limits;
mod plain;

pub use compression::{Compression, is_supported};
pub use decode::decode;
pub use encode::{Sink, encode};
pub use error::{Error, Result};
pub use limits::{Limits, RatioLimit};
