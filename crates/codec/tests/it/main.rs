//! Behaviour of the layer as its neighbours see it.

// What the tests share is test code too, but clippy looks for `#[test]`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod plain;

#[cfg(feature = "compression-zstd")]
mod bodies;
#[cfg(feature = "compression-zstd")]
mod bombs;
#[cfg(feature = "compression-zstd")]
mod damage;
#[cfg(feature = "compression-zstd")]
mod frames;
#[cfg(feature = "compression-zstd")]
mod limits;
#[cfg(feature = "compression-zstd")]
mod memory;
#[cfg(feature = "compression-zstd")]
mod peers;
#[cfg(feature = "compression-zstd")]
mod round_trip;
#[cfg(not(feature = "compression-zstd"))]
mod unsupported;
