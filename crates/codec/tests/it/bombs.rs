//! A small file that unpacks to a very large one.

use std::{
    io,
    time::{Duration, Instant},
};

use prose_backup_codec::{Error, Limits, RatioLimit, decode};

use crate::{
    common::{Failure, PLENTY},
    frames::{frame, raw_block, rle_block},
};

const MIB: u64 = 1 << 20;

/// 25 kB that unpack to 800 MiB.
fn bomb() -> Vec<u8> {
    let mut blocks = vec![rle_block(128 * 1024, false); 6399];
    blocks.push(rle_block(128 * 1024, true));
    let bomb = frame(0x58, &blocks);
    assert_eq!(bomb.len(), 25_606);
    bomb
}

fn soon<T>(step: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let value = step();
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "took {:?}",
        begun.elapsed()
    );
    value
}

/// Reads to the end without keeping anything.
fn read_away(stored: &[u8], limits: &Limits) -> Error {
    let layer = prose_backup_naming::Compression::Zstd;
    decode(layer, limits, &mut { stored }, |source| {
        io::copy(source, &mut io::sink())?;
        Ok::<_, Failure>(())
    })
    .unwrap_err()
    .codec()
}

#[test]
fn zstd_bomb() {
    let bomb = bomb();
    let refusal = soon(|| read_away(&bomb, &Limits::new(16 * MIB)));
    insta::assert_snapshot!(refusal, @"the decoded data exceeds the limit of 16777216 bytes");

    let limits = Limits {
        max_ratio: Some(RatioLimit {
            ratio: 1000,
            above_bytes: 8 * MIB,
        }),
        ..Limits::new(PLENTY)
    };
    let refusal = soon(|| read_away(&bomb, &limits));
    assert!(matches!(
        refusal,
        Error::RatioTooHigh { produced, .. } if produced <= 9 * MIB
    ));
}

#[test]
fn a_bomb_that_nobody_reads_is_refused_too() {
    let bomb = bomb();
    let layer = prose_backup_naming::Compression::Zstd;
    let limits = Limits::new(16 * MIB);
    let outcome = soon(|| decode(layer, &limits, &mut bomb.as_slice(), |_| Ok::<_, Error>(())));
    assert!(matches!(outcome, Err(Error::TooLarge { .. })));
}

#[test]
fn a_window_of_two_gibibytes_is_refused() {
    // Exponent 21.
    let stored = frame(21 << 3, &[raw_block(b"small", true)]);
    insta::assert_snapshot!(
        soon(|| read_away(&stored, &Limits::new(PLENTY))),
        @"the zstd frame asks for a window of 2147483648 bytes of memory, and the limit is 134217728"
    );
}
