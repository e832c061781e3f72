use std::io::Read;

use zstd::stream::raw::{DParameter, Decoder as ZstdDecoder, Operation};

use super::{
    header::{self, FrameHeader, Start},
    input::Input,
};
use crate::{
    Error, Limits,
    guard::{Decoder, Stop},
    limits::Meter,
};

/// Decompresses one frame, within limits, and requires it to be all there is.
pub(crate) struct FrameReader<'a> {
    input: Input<'a>,
    zstd: ZstdDecoder<'static>,
    meter: Meter,
    /// The frame's last byte was consumed, and its content handed out.
    complete: bool,
}

impl<'a> FrameReader<'a> {
    /// Reads the frame's header and judges it.
    pub(crate) fn open(src: &'a mut (dyn Read + Send), limits: &Limits) -> Result<Self, Error> {
        let mut input = Input::new(src);
        input
            .fill(header::MAX_BYTES)
            .map_err(|source| Error::Read { source })?;
        admit(&FrameHeader::parse(input.unread())?, limits)?;
        Ok(Self {
            input,
            zstd: new_decoder(limits).map_err(|source| Error::Setup { source })?,
            meter: Meter::new(limits),
            complete: false,
        })
    }

    fn require_end(&mut self) -> Result<(), Stop> {
        self.input.fill(4)?;
        let rest = self.input.unread();
        if rest.is_empty() {
            return Ok(());
        }
        let at = self.input.consumed();
        Err(Stop::Refused(match Start::of(rest) {
            Start::Frame => Error::SecondFrame { at },
            Start::SkippableFrame => Error::SkippableFrame { at },
            Start::Other => Error::TrailingData { at },
        }))
    }
}

impl Decoder for FrameReader<'_> {
    fn decode(&mut self, out: &mut [u8]) -> Result<usize, Stop> {
        while !self.complete {
            self.input.fill(1)?;
            let available = self.input.unread();
            let exhausted = available.is_empty();
            let status = self
                .zstd
                .run_on_buffers(available, self.meter.allowance(out))
                .map_err(|e| Error::Damaged {
                    at: self.input.consumed(),
                    reason: e.to_string(),
                })?;
            self.input.consume(status.bytes_read);
            self.complete = status.remaining == 0;
            if status.bytes_written > 0 {
                self.meter.add(status.bytes_written)?;
                self.meter.check_ratio(self.input.consumed())?;
                return Ok(status.bytes_written);
            }
            if exhausted && !self.complete {
                return Err(Stop::Refused(Error::Truncated {
                    after: self.input.consumed(),
                }));
            }
        }
        self.require_end()?;
        Ok(0)
    }
}

fn admit(header: &FrameHeader, limits: &Limits) -> Result<(), Error> {
    if header.dictionary != 0 {
        return Err(Error::Dictionary {
            id: header.dictionary,
        });
    }
    if header.content.is_some_and(|size| size > limits.max_bytes) {
        return Err(Error::TooLarge {
            max_bytes: limits.max_bytes,
        });
    }
    if header.window > limits.max_window() {
        return Err(Error::WindowTooLarge {
            window: header.window,
            max_window: limits.max_window(),
        });
    }
    Ok(())
}

fn new_decoder(limits: &Limits) -> std::io::Result<ZstdDecoder<'static>> {
    // What zstd accepts on a machine of 64 bits; the limit itself was applied to the header.
    let window_log = limits.window_log_max.clamp(10, 31);
    let mut decoder = ZstdDecoder::new()?;
    decoder.set_parameter(DParameter::WindowLogMax(window_log))?;
    Ok(decoder)
}
