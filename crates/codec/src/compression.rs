use std::num::NonZeroU32;

use prose_backup_naming as naming;

/// How to compress.
///
/// For one input, one level and one release of zstd, the compressed bytes are always the same:
/// neither the number of workers nor the sizes of the writes show in them. (Flushing does: it
/// ends a block.) The zstd library guarantees that for one worker and more, and gives other bytes
/// for none, which is why `workers` cannot be zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Pass the bytes on as they are.
    Off,
    /// One Zstandard frame with a checksum of its content.
    Zstd {
        /// Passed on to zstd, which takes 0 as its default (3) and a number outside of its range
        /// as the nearest one inside. Higher is smaller and slower; negative is faster still.
        level: i32,
        /// How many threads compress, besides the one that writes. More than 256 is 256. At level 3 the
        /// first takes some 25 MiB and each further one some 12 MiB.
        workers: NonZeroU32,
    },
}

/// Whether a compression was compiled in.
pub fn is_supported(layer: naming::Compression) -> bool {
    match layer {
        naming::Compression::Off => true,
        naming::Compression::Zstd => cfg!(feature = "compression-zstd"),
    }
}

impl Compression {
    /// What the backup's name says about it.
    pub fn layer(&self) -> naming::Compression {
        match self {
            Self::Off => naming::Compression::Off,
            Self::Zstd { .. } => naming::Compression::Zstd,
        }
    }
}
