use crate::Error;

/// What decoding may cost. Reaching a limit is allowed, exceeding it is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many bytes may come out.
    pub max_bytes: u64,
    /// How many times larger than what went in they may be. Does not concern uncompressed data.
    pub max_ratio: Option<RatioLimit>,
    /// The base-2 logarithm of the largest window, in bytes, that a frame may ask the decoder to
    /// hold in memory. Below 10 is of no use and above 31 has no effect: zstd ends there.
    pub window_log_max: u32,
}

/// The most that data may grow when decompressed, once there is much of it.
///
/// It is judged while decompressing, on what went in and came out so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RatioLimit {
    /// Bytes out per byte in.
    pub ratio: u64,
    /// As long as no more bytes than this have come out, any ratio will do.
    pub above_bytes: u64,
}

impl Limits {
    /// 27: a window of 128 MiB, which is what zstd's highest level uses, and the most that its own
    /// command line takes unasked.
    pub const DEFAULT_WINDOW_LOG_MAX: u32 = 27;

    /// At most `max_bytes` decoded bytes, the default window, any ratio.
    pub fn new(max_bytes: u64) -> Self {
        Self {
            max_bytes,
            max_ratio: None,
            window_log_max: Self::DEFAULT_WINDOW_LOG_MAX,
        }
    }

    /// In bytes.
    #[cfg(feature = "compression-zstd")]
    pub(crate) fn max_window(&self) -> u64 {
        1u64.checked_shl(self.window_log_max).unwrap_or(u64::MAX)
    }
}

/// Counts what comes out of a layer.
pub(crate) struct Meter {
    limits: Limits,
    produced: u64,
}

impl Meter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limits: *limits,
            produced: 0,
        }
    }

    /// The part of `out` that may be filled: one byte more than is left of the limit, so that
    /// exceeding it shows.
    pub(crate) fn allowance<'b>(&self, out: &'b mut [u8]) -> &'b mut [u8] {
        let room = (self.limits.max_bytes - self.produced).saturating_add(1);
        let length = usize::try_from(room).map_or(out.len(), |room| room.min(out.len()));
        &mut out[..length]
    }

    /// `count` more bytes came out.
    pub(crate) fn add(&mut self, count: usize) -> Result<(), Error> {
        let produced = self.produced.saturating_add(count as u64);
        if produced > self.limits.max_bytes {
            return Err(Error::TooLarge {
                max_bytes: self.limits.max_bytes,
            });
        }
        self.produced = produced;
        Ok(())
    }

    /// Checks the ratio, when `consumed` bytes went in so far.
    #[cfg(feature = "compression-zstd")]
    pub(crate) fn check_ratio(&self, consumed: u64) -> Result<(), Error> {
        match self.limits.max_ratio {
            Some(RatioLimit { ratio, above_bytes })
                if self.produced > above_bytes
                    && self.produced > ratio.saturating_mul(consumed) =>
            {
                Err(Error::RatioTooHigh {
                    produced: self.produced,
                    consumed,
                    ratio,
                })
            }
            _ => Ok(()),
        }
    }
}
