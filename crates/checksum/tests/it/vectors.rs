//! Known answers, and streams in pieces.

use std::io::Write;

use proptest::prelude::*;
use prose_backup_checksum::{Digest, Hasher};
use prose_backup_naming::DigestAlgorithm::{self, Blake3, Sha256};

use crate::digest_text::algorithms;

fn one_shot(algorithm: DigestAlgorithm, content: &[u8]) -> Digest {
    let mut hasher = Hasher::new(algorithm).unwrap();
    hasher.update(content);
    hasher.finalize()
}

/// The input of every official BLAKE3 vector: 0 to 250, over and over.
fn counting(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

/// From `test_vectors.json` of the BLAKE3 team, the first 32 bytes of each hash.
#[test]
fn blake3_gives_the_answers_of_its_official_vectors() {
    for (length, hex) in [
        (
            0,
            "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
        ),
        (
            1,
            "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
        ),
        (
            1023,
            "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11",
        ),
        (
            1024,
            "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7",
        ),
        (
            1025,
            "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444",
        ),
        (
            8193,
            "bab6c09cb8ce8cf459261398d2e7aef35700bf488116ceb94a36d0f5f1b7bc3b",
        ),
        (
            102_400,
            "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085",
        ),
    ] {
        assert_eq!(
            one_shot(Blake3, &counting(length)).to_hex(),
            hex,
            "{length} bytes"
        );
    }
}

/// From FIPS 180-4's examples and the vectors of NIST's validation program.
#[test]
fn sha256_gives_the_answers_of_its_standard() {
    for (content, hex) in [
        (
            &b""[..],
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        (
            b"abc",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
        (
            &vec![b'a'; 1_000_000],
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
        ),
    ] {
        assert_eq!(one_shot(Sha256, content).to_hex(), hex);
    }
}

#[test]
fn writing_is_updating() {
    let mut hasher = Hasher::new(Sha256).unwrap();
    hasher.write_all(b"ab").unwrap();
    hasher.flush().unwrap();
    assert_eq!(hasher.write(b"c").unwrap(), 1);
    assert_eq!(format!("{hasher:?}"), "Hasher { algorithm: Sha256, .. }");
    assert_eq!(hasher.finalize(), one_shot(Sha256, b"abc"));
}

proptest! {
    #[test]
    fn pieces_give_the_digest_of_the_whole(
        algorithm in algorithms(),
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3000), 0..12),
    ) {
        let mut hasher = Hasher::new(algorithm).unwrap();
        for piece in &pieces {
            hasher.update(piece);
        }
        prop_assert_eq!(hasher.finalize(), one_shot(algorithm, &pieces.concat()));
    }
}
