//! What was not compiled in is an error of its own, before anything is read or written.

use prose_backup_codec::{Error, Limits, decode, encode};
use prose_backup_naming as naming;

use crate::common::{Failure, PLENTY, decoded, zstd};

#[test]
fn zstd_is_unsupported_without_its_feature() {
    let mut stored = Vec::new();
    let outcome = encode(&zstd(3, 1), &mut stored, |_| -> Result<(), Failure> {
        panic!("called")
    });
    let error = outcome.unwrap_err().codec();
    assert!(matches!(
        error,
        Error::Unsupported {
            feature: "compression-zstd"
        }
    ));
    assert!(stored.is_empty());

    let layer = naming::Compression::Zstd;
    let outcome = decode(
        layer,
        &Limits::new(PLENTY),
        &mut &b""[..],
        |_| -> Result<(), Failure> { panic!("called") },
    );
    insta::assert_snapshot!(
        outcome.unwrap_err().codec(),
        @"zstd compression is not supported by this build: it was compiled without the feature compression-zstd"
    );
    decoded(b"", &Limits::new(PLENTY)).unwrap_err();
}
