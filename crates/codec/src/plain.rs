use std::io::Read;

use crate::{
    Limits,
    guard::{Decoder, Stop},
    limits::Meter,
};

/// The size of the buffers of this crate.
pub(crate) const BUFFER_BYTES: usize = 128 * 1024;

/// No compression: passes on what it reads, up to the limit.
pub(crate) struct Plain<'a> {
    src: &'a mut (dyn Read + Send),
    meter: Meter,
}

impl<'a> Plain<'a> {
    pub(crate) fn new(src: &'a mut (dyn Read + Send), limits: &Limits) -> Self {
        Self {
            src,
            meter: Meter::new(limits),
        }
    }
}

impl Decoder for Plain<'_> {
    fn decode(&mut self, out: &mut [u8]) -> Result<usize, Stop> {
        let count = self.src.read(self.meter.allowance(out))?;
        self.meter.add(count)?;
        Ok(count)
    }
}
