//! Cut and changed bytes.

use proptest::prelude::*;
use prose_backup_codec::{Error, Limits};

use crate::{
    common::{PLENTY, decoded, encoded, mixed, refusal, zstd},
    frames::{frame, raw_block, rle_block},
};

#[test]
fn a_short_frame_cut_anywhere_is_refused() {
    let stored = encoded(zstd(3, 1), &mixed(3000));
    for length in 0..stored.len() {
        match refusal(&stored[..length]) {
            Error::Empty => assert_eq!(length, 0),
            Error::Truncated { after } => assert_eq!(after, length as u64),
            other => panic!("cut to {length}: {other}"),
        }
    }
}

#[test]
fn a_frame_without_checksum_cut_anywhere_is_refused() {
    let stored = frame(
        0x58,
        &[
            raw_block(b"left ", false),
            rle_block(500, false),
            raw_block(b"", true),
        ],
    );
    decoded(&stored, &Limits::new(PLENTY)).unwrap();
    for length in 1..stored.len() {
        assert!(matches!(
            refusal(&stored[..length]),
            Error::Truncated { after } if after == length as u64
        ));
    }
}

#[test]
fn a_cut_frame_is_called_cut() {
    let stored = encoded(zstd(3, 1), b"some content");
    insta::assert_snapshot!(
        refusal(&stored[..stored.len() - 1]),
        @"the compressed data is cut short: it stops after 24 bytes, within the zstd frame"
    );
}

#[test]
fn a_changed_checksum_is_refused() {
    let stored = encoded(zstd(3, 2), &mixed(100_000));
    for back in 1..=4 {
        let mut changed = stored.clone();
        let at = changed.len() - back;
        changed[at] ^= 0x10;
        assert!(matches!(refusal(&changed), Error::Damaged { .. }));
    }
    let mut changed = encoded(zstd(3, 1), b"some content");
    *changed.last_mut().unwrap() ^= 1;
    insta::assert_snapshot!(
        refusal(&changed),
        @"the compressed data is damaged at or after byte 0: Restored data doesn't match checksum"
    );
}

#[test]
fn any_changed_byte_of_a_short_frame_is_refused_or_changes_nothing() {
    let content = mixed(700);
    let stored = encoded(zstd(3, 1), &content);
    for at in 0..stored.len() {
        for value in 0..=255 {
            let mut changed = stored.clone();
            changed[at] = value;
            // Some bits of the header mean nothing for what is decoded.
            if let Ok(other) = decoded(&changed, &Limits::new(PLENTY)) {
                assert!(other == content, "byte {at} changed to {value}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_long_frame_cut_anywhere_is_refused(position in any::<prop::sample::Index>()) {
        let stored = long_frame();
        let length = position.index(stored.len());
        match refusal(&stored[..length]) {
            Error::Empty => prop_assert_eq!(length, 0),
            Error::Truncated { after } => prop_assert_eq!(after, length as u64),
            other => prop_assert!(false, "cut to {}: {}", length, other),
        }
    }

    #[test]
    fn a_changed_byte_of_a_long_frame_is_refused_or_changes_nothing(
        position in any::<prop::sample::Index>(),
        bits in 1..=255u8,
    ) {
        let mut stored = long_frame().to_vec();
        let at = position.index(stored.len());
        stored[at] ^= bits;
        if let Ok(content) = decoded(&stored, &Limits::new(PLENTY)) {
            prop_assert!(content == mixed(LONG));
        }
    }

    #[test]
    fn garbage_never_panics(garbage in prop::collection::vec(any::<u8>(), 0..300)) {
        let behind_a_magic = [&[0x28, 0xB5, 0x2F, 0xFD], &garbage[..]].concat();
        for stored in [garbage, behind_a_magic] {
            if let Ok(content) = decoded(&stored, &Limits::new(10_000)) {
                prop_assert!(content.len() <= 10_000);
            }
        }
    }
}

const LONG: usize = 1 << 20;

/// Several buffers' worth, made once.
fn long_frame() -> &'static [u8] {
    static FRAME: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    FRAME.get_or_init(|| encoded(zstd(1, 2), &mixed(LONG)))
}
