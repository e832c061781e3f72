//! Digests as people write them.

use proptest::prelude::*;
use prose_backup_checksum::Digest;
use prose_backup_naming::DigestAlgorithm::{self, Blake3, Sha256};

fn refusal(text: &str) -> String {
    text.parse::<Digest>().unwrap_err().to_string()
}

#[test]
fn a_digest_prints_its_algorithm_and_lower_case() {
    let mut bytes = [0xA0; 32];
    bytes[0] = 0x0F;
    let digest = Digest::new(Blake3, bytes);
    let hex = format!("0f{}", "a0".repeat(31));
    assert_eq!(digest.to_hex(), hex);
    assert_eq!(digest.to_string(), format!("BLAKE3:{hex}"));
    assert_eq!(format!("{digest:?}"), format!("Digest(BLAKE3:{hex})"));
    assert_eq!(
        Digest::new(Sha256, bytes).to_string(),
        format!("SHA-256:{hex}")
    );
    assert_ne!(Digest::new(Sha256, bytes), digest);
}

#[test]
fn pasted_digests_are_read_in_any_case() {
    let digest = Digest::new(Sha256, [0xAB; 32]);
    for text in ["SHA-256:", "sha-256:", "SHA256:", "sha256:"] {
        assert_eq!(format!("{text}{}", "ab".repeat(32)).parse(), Ok(digest));
        assert_eq!(format!("{text}{}", "AB".repeat(32)).parse(), Ok(digest));
    }
}

#[test]
fn what_is_not_a_digest_is_refused_with_the_reason() {
    insta::assert_snapshot!(refusal(""), @r#""" is not a digest: it must have the form ALGORITHM:HEX"#);
    insta::assert_snapshot!(refusal("af1349b9"), @r#""af1349b9" is not a digest: it must have the form ALGORITHM:HEX"#);
    insta::assert_snapshot!(refusal("MD5:00"), @r#""MD5:00" is not a digest: its algorithm must be BLAKE3 or SHA-256"#);
    insta::assert_snapshot!(
        refusal("BLAKE3:af1349b9"),
        @r#""BLAKE3:af1349b9" is not a digest: it must have 64 hexadecimal digits after the colon"#
    );
    for hex in [
        "ab".repeat(31),
        "ab".repeat(33),
        "ag".repeat(32),
        "é".repeat(32),
    ] {
        refusal(&format!("BLAKE3:{hex}"));
        refusal(&format!("BLAKE3: {hex}"));
    }
    refusal(&format!("BLAKE3:{} ", "ab".repeat(32)));
}

#[test]
fn a_long_or_hostile_text_is_cut_and_escaped() {
    let text = format!("\x1b[2J{}", "é".repeat(10_000));
    insta::assert_snapshot!(
        refusal(&text),
        @r#""\u{1b}[2Jéééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé…" is not a digest: it must have the form ALGORITHM:HEX"#
    );
}

pub(crate) fn algorithms() -> impl Strategy<Value = DigestAlgorithm> {
    prop_oneof![Just(Blake3), Just(Sha256)]
}

proptest! {
    #[test]
    fn any_digest_reads_back(algorithm in algorithms(), bytes: [u8; 32]) {
        let digest = Digest::new(algorithm, bytes);
        prop_assert_eq!(digest.to_string().parse(), Ok(digest));
        prop_assert_eq!(digest.as_bytes(), &bytes);
        prop_assert_eq!(digest.algorithm(), algorithm);
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".*") {
        if let Ok(digest) = text.parse::<Digest>() {
            prop_assert!(text.to_lowercase().ends_with(&digest.to_hex()));
        }
    }
}
