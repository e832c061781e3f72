//! What goes in comes out, and the same input gives the same bytes.

use proptest::prelude::*;
use prose_backup_codec::{Compression, Limits, encode};
use prose_backup_naming as naming;

use crate::common::{Failure, PLENTY, decoded, encoded, mixed, zstd};

/// Encodes `content` in writes of these sizes, over and over.
fn encoded_in_pieces(compression: Compression, content: &[u8], sizes: &[usize]) -> Vec<u8> {
    let mut stored = Vec::new();
    encode(&compression, &mut stored, |sink| {
        let mut rest = content;
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, behind) = rest.split_at((*size).min(rest.len()));
            sink.write_all(piece)?;
            rest = behind;
        }
        Ok::<_, Failure>(())
    })
    .unwrap();
    stored
}

#[test]
fn every_level_that_zstd_has_comes_back() {
    let content = mixed(50_000);
    // The largest levels take a second each for their tables alone.
    for level in [i32::MIN, -7, -1, 0, 1, 3, 12, 19] {
        let stored = encoded(zstd(level, 1), &content);
        assert!(decoded(&stored, &Limits::new(PLENTY)).unwrap() == content);
    }
    assert_eq!(zstd(3, 1).layer(), naming::Compression::Zstd);
}

#[test]
fn level_zero_is_the_default_and_levels_out_of_range_are_the_nearest() {
    let content = mixed(50_000);
    assert!(encoded(zstd(0, 1), &content) == encoded(zstd(3, 1), &content));
    assert!(encoded(zstd(i32::MIN, 1), &content) == encoded(zstd(-131_072, 1), &content));
}

#[test]
fn the_highest_level_stays_within_the_default_window() {
    let content = mixed(50_000);
    let stored = encoded(zstd(i32::MAX, 1), &content);
    assert!(decoded(&stored, &Limits::new(PLENTY)).unwrap() == content);
}

#[test]
fn the_number_of_workers_does_not_show_in_the_bytes() {
    // More than one job of each level: they are of 2 and 8 MiB.
    for (level, length) in [(1, 7 << 20), (3, 18 << 20)] {
        let content = mixed(length);
        let stored = encoded(zstd(level, 1), &content);
        for workers in [2, 3, 5] {
            assert!(encoded(zstd(level, workers), &content) == stored);
        }
    }
}

#[test]
fn more_workers_than_zstd_takes_are_as_many_as_it_takes() {
    let content = mixed(1000);
    assert!(encoded(zstd(1, u32::MAX), &content) == encoded(zstd(1, 1), &content));
}

#[test]
fn the_sizes_of_the_writes_do_not_show_in_the_bytes() {
    let content = mixed(5 << 20);
    let stored = encoded(zstd(1, 2), &content);
    for sizes in [&[512][..], &[1, 70_000, 3], &[131_072], &[2 << 20, 1]] {
        assert!(encoded_in_pieces(zstd(1, 2), &content, sizes) == stored);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_content_comes_back(
        content in prop::collection::vec(any::<u8>(), 0..5000),
        repeated in 1..100usize,
        sizes in prop::collection::vec(1..10_000usize, 1..5),
        level in -5..8i32,
        workers in 1..3u32,
    ) {
        let content = content.repeat(repeated);
        let stored = encoded_in_pieces(zstd(level, workers), &content, &sizes);
        let limits = Limits::new(content.len() as u64);
        prop_assert!(decoded(&stored, &limits).unwrap() == content);
    }
}
