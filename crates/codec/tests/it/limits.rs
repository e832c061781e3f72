//! Limits are reached, and not exceeded.

use prose_backup_codec::{Error, Limits, RatioLimit};

use crate::{
    common::{PLENTY, decoded, encoded, mixed, zstd},
    frames::{frame, raw_block, rle_block},
};

fn ratio(ratio: u64, above_bytes: u64) -> Limits {
    Limits {
        max_ratio: Some(RatioLimit { ratio, above_bytes }),
        ..Limits::new(PLENTY)
    }
}

#[test]
fn exactly_as_many_bytes_as_allowed_come_out() {
    for length in [0, 1, 2, 1000, 300_000] {
        let content = mixed(length);
        let stored = encoded(zstd(3, 1), &content);
        assert!(decoded(&stored, &Limits::new(length as u64)).unwrap() == content);
    }
}

#[test]
fn one_byte_more_than_allowed_is_refused() {
    for length in [1, 2, 1000, 131_072, 300_000] {
        let stored = encoded(zstd(3, 1), &mixed(length));
        let refusal = decoded(&stored, &Limits::new(length as u64 - 1)).unwrap_err();
        assert!(matches!(refusal, Error::TooLarge { max_bytes } if max_bytes == length as u64 - 1));
    }
    insta::assert_snapshot!(
        decoded(&encoded(zstd(3, 1), b"some content"), &Limits::new(11)).unwrap_err(),
        @"the decoded data exceeds the limit of 11 bytes"
    );
}

#[test]
fn no_limit_is_a_limit_too() {
    let stored = encoded(zstd(3, 1), b"some content");
    assert_eq!(
        decoded(&stored, &Limits::new(u64::MAX)).unwrap(),
        b"some content"
    );
}

#[test]
fn a_frame_that_announces_more_than_allowed_is_refused_for_its_header_alone() {
    let announced = b"\x28\xB5\x2F\xFD\xE0\0\0\0\0\0\0\0\x01";
    insta::assert_snapshot!(
        decoded(announced, &Limits::new(1 << 20)).unwrap_err(),
        @"the decoded data exceeds the limit of 1048576 bytes"
    );
}

#[test]
fn the_ratio_counts_only_above_its_threshold() {
    // 4 bytes in, 100,000 out, plus 6 of header.
    let stored = frame(0x58, &[rle_block(100_000, true)]);
    assert_eq!(stored.len(), 10);
    decoded(&stored, &ratio(5, 100_000)).unwrap();
    decoded(&stored, &ratio(10_000, 0)).unwrap();
    insta::assert_snapshot!(
        decoded(&stored, &ratio(5, 99_999)).unwrap_err(),
        @"the compressed data grows too much: 10 bytes became 100000, and the limit is 5 times as many"
    );
    insta::assert_snapshot!(
        decoded(&stored, &ratio(9_999, 0)).unwrap_err(),
        @"the compressed data grows too much: 10 bytes became 100000, and the limit is 9999 times as many"
    );
}

#[test]
fn an_ordinary_ratio_passes() {
    let content = mixed(2 << 20);
    let stored = encoded(zstd(19, 1), &content);
    assert!(decoded(&stored, &ratio(20, 0)).unwrap() == content);
}

#[test]
fn a_window_at_the_limit_passes_and_one_above_is_refused() {
    let limits = Limits {
        window_log_max: 20,
        ..Limits::new(PLENTY)
    };
    // Exponent 10: 1 MiB. One eighth more is too much already.
    let fits = frame(10 << 3, &[raw_block(b"content", true)]);
    assert_eq!(decoded(&fits, &limits).unwrap(), b"content");
    let exceeds = frame(10 << 3 | 1, &[raw_block(b"content", true)]);
    insta::assert_snapshot!(
        decoded(&exceeds, &limits).unwrap_err(),
        @"the zstd frame asks for a window of 1179648 bytes of memory, and the limit is 1048576"
    );
}

#[test]
fn a_single_segment_is_held_to_the_window_too() {
    let limits = Limits {
        window_log_max: 20,
        ..Limits::new(PLENTY)
    };
    let announced = b"\x28\xB5\x2F\xFD\xA0\0\0\x20\0";
    insta::assert_snapshot!(
        decoded(announced, &limits).unwrap_err(),
        @"the zstd frame asks for a window of 2097152 bytes of memory, and the limit is 1048576"
    );
}

#[test]
fn window_limits_outside_of_what_zstd_knows_do_no_harm() {
    let tiny = b"\x28\xB5\x2F\xFD\x20\x07\x39\0\0content";
    for window_log_max in [3, 9, 10, 31, 32, 63, 64, u32::MAX] {
        let limits = Limits {
            window_log_max,
            ..Limits::new(PLENTY)
        };
        assert_eq!(decoded(tiny, &limits).unwrap(), b"content");
        let refused = decoded(&frame(0xFF, &[raw_block(b"content", true)]), &limits).unwrap_err();
        if window_log_max < 32 {
            assert!(matches!(refused, Error::WindowTooLarge { .. }));
        }
    }
}
