//! The framing of a tar archive, in the one form that this crate writes and reads.
//!
//! Several encodings of one entry are what makes two programs see two different archives in the
//! same bytes. So there is one encoding here, [`frame::encode`], and the reader accepts exactly
//! its output: it decodes a header, encodes the result again, and requires the same bytes.

pub(crate) mod frame;
mod header;
mod pax;

pub(crate) use header::{BLOCK, Block, Header, ZERO_BLOCK, has_checksum, padding};
