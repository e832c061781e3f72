//! A digest file that parses is exactly what would be written for its digest and its backup.

#![no_main]

use libfuzzer_sys::fuzz_target;
use prose_backup_checksum::{Digest, DigestFile};
use prose_backup_naming::{BackupName, DigestAlgorithm};

fuzz_target!(|bytes: &[u8]| {
    let name: BackupName = "prose_2025-12-04T16:24:32Z.tar.zst.gpg"
        .parse()
        .expect("a name");
    match DigestFile::parse(bytes, DigestAlgorithm::Blake3, &name) {
        Ok(digest) => {
            let file = DigestFile { digest, name };
            assert_eq!(file.to_string().as_bytes(), bytes);
        }
        // The message quotes at most a part of what may be hostile.
        Err(error) => assert!(error.to_string().len() < 2048),
    }

    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(digest) = text.parse::<Digest>()
    {
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert!(text.to_ascii_lowercase().ends_with(&digest.to_hex()));
    }
});
