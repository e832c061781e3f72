//! One frame, and nothing else. Frames are put together by hand here, field by field.

use prose_backup_codec::Limits;

use crate::common::{PLENTY, decoded, encoded, mixed, refusal, zstd};

const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
const SKIPPABLE: [u8; 11] = *b"\x5E\x2A\x4D\x18\x03\0\0\0abc";

/// A frame without checksum and content size: `window` is its window descriptor.
pub(crate) fn frame(window: u8, blocks: &[Vec<u8>]) -> Vec<u8> {
    [&MAGIC[..], &[0x00, window], &blocks.concat()].concat()
}

pub(crate) fn raw_block(content: &[u8], last: bool) -> Vec<u8> {
    [&block_header(0, content.len(), last)[..], content].concat()
}

/// A block of `length` times the same byte, in four bytes.
pub(crate) fn rle_block(length: usize, last: bool) -> Vec<u8> {
    [&block_header(1, length, last)[..], b"0"].concat()
}

fn block_header(kind: usize, length: usize, last: bool) -> [u8; 3] {
    let [a, b, c, ..] = (length << 3 | kind << 1 | usize::from(last)).to_le_bytes();
    [a, b, c]
}

fn small() -> Vec<u8> {
    encoded(zstd(3, 1), b"some content")
}

#[test]
fn a_frame_put_together_by_hand_decodes() {
    let stored = frame(
        0x58,
        &[raw_block(b"left ", false), raw_block(b"right", true)],
    );
    assert_eq!(
        decoded(&stored, &Limits::new(PLENTY)).unwrap(),
        b"left right"
    );
}

#[test]
fn our_frames_have_a_checksum_and_no_dictionary_and_no_size() {
    let stored = small();
    assert_eq!(stored[..4], MAGIC);
    assert_eq!(stored[4], 0b0000_0100);
}

#[test]
fn nothing_at_all_is_not_a_frame() {
    insta::assert_snapshot!(refusal(b""), @"the compressed data is empty, where a zstd frame should be");
}

#[test]
fn other_formats_are_not_frames() {
    insta::assert_snapshot!(
        refusal(b"\x1f\x8b\x08\x00and more"),
        @"the compressed data is not a zstd frame: it starts with the bytes 1f 8b 08 00"
    );
    insta::assert_snapshot!(
        refusal(b"P"),
        @"the compressed data is not a zstd frame: it starts with the bytes 50"
    );
    // The format before version 0.8 of zstd.
    insta::assert_snapshot!(
        refusal(b"\x27\xb5\x2f\xfd0123456789"),
        @"the compressed data is not a zstd frame: it starts with the bytes 27 b5 2f fd"
    );
}

#[test]
fn a_skippable_frame_in_front_is_refused() {
    insta::assert_snapshot!(
        refusal(&[&SKIPPABLE[..], &small()].concat()),
        @"there is a skippable zstd frame at byte 0: a backup is one data frame and nothing else"
    );
}

#[test]
fn a_skippable_frame_behind_is_refused() {
    insta::assert_snapshot!(
        refusal(&[&small()[..], &SKIPPABLE].concat()),
        @"there is a skippable zstd frame at byte 25: a backup is one data frame and nothing else"
    );
}

#[test]
fn a_second_frame_is_refused() {
    insta::assert_snapshot!(
        refusal(&[small(), small()].concat()),
        @"a second zstd frame follows at byte 25, where the compressed data should end"
    );
}

#[test]
fn a_second_frame_without_content_is_refused() {
    insta::assert_snapshot!(
        refusal(&[small(), encoded(zstd(3, 1), b"")].concat()),
        @"a second zstd frame follows at byte 25, where the compressed data should end"
    );
}

#[test]
fn a_single_byte_behind_is_refused() {
    for byte in 0..=255 {
        let mut stored = small();
        stored.push(byte);
        assert_eq!(
            refusal(&stored).to_string(),
            "other data follows at byte 25, where the compressed data should end"
        );
    }
}

#[test]
fn data_behind_a_frame_that_ends_with_the_read_buffer_is_refused() {
    // One more byte than a whole number of buffers, of any size up to 1 MiB.
    let mut stored = vec![raw_block(&mixed(65536 - 3), false); 15];
    stored.push(raw_block(&mixed(65536 - 3 - 6), true));
    let mut stored = frame(0x58, &stored);
    assert_eq!(stored.len(), 1 << 20);
    decoded(&stored, &Limits::new(PLENTY)).unwrap();
    stored.push(0);
    insta::assert_snapshot!(
        refusal(&stored),
        @"other data follows at byte 1048576, where the compressed data should end"
    );
}

#[test]
fn a_frame_that_needs_a_dictionary_is_refused() {
    let stored = [&MAGIC[..], &[0x01, 0x58, 42], &raw_block(b"content", true)].concat();
    insta::assert_snapshot!(
        refusal(&stored),
        @"the zstd frame asks for dictionary 42, and backups are made without one"
    );
}

#[test]
fn a_reserved_block_type_is_refused() {
    let stored = frame(0x58, &[[&block_header(3, 4, true)[..], b"abcd"].concat()]);
    insta::assert_snapshot!(
        refusal(&stored),
        @"the compressed data is damaged at or after byte 0: Data corruption detected"
    );
}

#[test]
fn a_reserved_header_bit_is_refused() {
    let stored = [&MAGIC[..], &[0x08, 0x58], &raw_block(b"content", true)].concat();
    insta::assert_snapshot!(
        refusal(&stored),
        @"the compressed data is damaged at or after byte 0: Unsupported frame parameter"
    );
}

#[test]
fn a_content_size_that_is_not_true_is_refused() {
    for size in [0, 1, 6, 8, 255] {
        let stored = [&MAGIC[..], &[0x20, size], &raw_block(b"content", true)].concat();
        refusal(&stored);
    }
    let stored = [&MAGIC[..], &[0x20, 7], &raw_block(b"content", true)].concat();
    assert_eq!(decoded(&stored, &Limits::new(PLENTY)).unwrap(), b"content");
}
