//! One zstd frame (RFC 8878), and nothing before or after it.

mod header;
mod input;
mod reader;
mod writer;

pub(crate) use reader::FrameReader;
pub(crate) use writer::FrameWriter;
