use std::io;

/// What can go wrong in this layer. Positions count bytes of the compressed data, from 0.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This kind of compression was not compiled in.
    #[error(
        "zstd compression is not supported by this build: it was compiled without the feature \
         {feature}"
    )]
    Unsupported {
        /// The cargo feature that brings it.
        feature: &'static str,
    },

    /// The zstd library refused to start.
    #[error("cannot set up zstd")]
    Setup {
        /// What the library says.
        source: io::Error,
    },

    /// The body succeeded, but the end of the frame could not be written.
    #[error("cannot finish the compressed data")]
    Finish {
        /// What the sink or the zstd library says.
        source: io::Error,
    },

    /// The source failed, outside of any read of the body's.
    #[error("cannot read the data to decode")]
    Read {
        /// What the source says.
        source: io::Error,
    },

    /// There is nothing at all.
    #[error("the compressed data is empty, where a zstd frame should be")]
    Empty,

    /// The data starts with something else than a frame.
    #[error("the compressed data is not a zstd frame: it starts with the bytes {start}")]
    NotZstd {
        /// The first four bytes, in hexadecimal.
        start: String,
    },

    /// The frame can only be decompressed with a dictionary, which backups never use.
    #[error("the zstd frame asks for dictionary {id}, and backups are made without one")]
    Dictionary {
        /// The dictionary's number.
        id: u32,
    },

    /// The frame stops before its end.
    #[error(
        "the compressed data is cut short: it stops after {after} bytes, within the zstd frame"
    )]
    Truncated {
        /// How many bytes there are.
        after: u64,
    },

    /// The frame breaks the format, or its content does not match its checksum.
    #[error("the compressed data is damaged at or after byte {at}: {reason}")]
    Damaged {
        /// How far the frame was read without trouble.
        at: u64,
        /// What the zstd library says.
        reason: String,
    },

    /// There is a second frame.
    #[error("a second zstd frame follows at byte {at}, where the compressed data should end")]
    SecondFrame {
        /// Where it starts.
        at: u64,
    },

    /// There is a frame that holds no content, in which anything could hide.
    #[error(
        "there is a skippable zstd frame at byte {at}: a backup is one data frame and nothing else"
    )]
    SkippableFrame {
        /// Where it starts.
        at: u64,
    },

    /// Something else follows the frame.
    #[error("other data follows at byte {at}, where the compressed data should end")]
    TrailingData {
        /// Where it starts.
        at: u64,
    },

    /// The frame would make the decoder hold too much in memory.
    #[error(
        "the zstd frame asks for a window of {window} bytes of memory, and the limit is {max_window}"
    )]
    WindowTooLarge {
        /// In bytes.
        window: u64,
        /// In bytes.
        max_window: u64,
    },

    /// More comes out than may.
    #[error("the decoded data exceeds the limit of {max_bytes} bytes")]
    TooLarge {
        /// The limit.
        max_bytes: u64,
    },

    /// Much more comes out than went in.
    #[error(
        "the compressed data grows too much: {consumed} bytes became {produced}, and the limit is \
         {ratio} times as many"
    )]
    RatioTooHigh {
        /// Bytes that came out so far.
        produced: u64,
        /// Bytes that went in so far.
        consumed: u64,
        /// The limit.
        ratio: u64,
    },
}

/// This crate's result.
pub type Result<T> = std::result::Result<T, Error>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_does_not_start_is_named() {
        let source = io::ErrorKind::OutOfMemory.into();
        insta::assert_snapshot!(Error::Setup { source }, @"cannot set up zstd");
    }
}
