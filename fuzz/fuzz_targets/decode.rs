//! Whatever claims to be a zstd frame, no more comes out than the limits allow; and a frame that
//! decodes does not with a byte less or a byte more.

#![no_main]

use libfuzzer_sys::fuzz_target;
use prose_backup_codec::{Error, Limits, RatioLimit, decode};
use prose_backup_naming::Compression;

const LIMITS: Limits = Limits {
    max_bytes: 1 << 20,
    max_ratio: Some(RatioLimit {
        ratio: 1000,
        above_bytes: 1 << 16,
    }),
    window_log_max: 20,
};

fuzz_target!(|stored: &[u8]| {
    if decoded(stored).is_ok() {
        assert!(decoded(&stored[..stored.len() - 1]).is_err());
        assert!(decoded(&[stored, &[0]].concat()).is_err());
        assert!(decoded(&[stored, stored].concat()).is_err());
    }
});

/// Reads at most half of it, so that the layer has to deal with the rest.
fn decoded(stored: &[u8]) -> Result<(), Error> {
    decode(Compression::Zstd, &LIMITS, &mut { stored }, |source| {
        let mut piece = [0; 4096];
        let mut produced = 0;
        while produced < LIMITS.max_bytes / 2 {
            match source.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => produced += count as u64,
                // The layer returns its own error in place of this one.
                Err(_) => return Ok(()),
            }
        }
        assert!(produced <= LIMITS.max_bytes);
        Ok(())
    })
}
