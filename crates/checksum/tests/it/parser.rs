//! The parser of digest files takes what we write, and nothing else.

use proptest::prelude::*;
use prose_backup_checksum::{Digest, DigestFile};
use prose_backup_naming::{
    BackupName,
    DigestAlgorithm::{Blake3, Sha256},
};

use crate::{digest_text::algorithms, name};

const HEX: &str = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";

fn parse(text: impl AsRef<[u8]>) -> Result<Digest, String> {
    DigestFile::parse(text.as_ref(), Blake3, &name()).map_err(|e| e.to_string())
}

fn refusal(text: impl AsRef<[u8]>) -> String {
    parse(text).unwrap_err()
}

#[test]
fn exactly_one_form_is_accepted() {
    let digest = parse(format!("{HEX}  {}\n", name())).unwrap();
    assert_eq!(digest.to_hex(), HEX);
    assert_eq!(digest.algorithm(), Blake3);
    let name = name();
    assert_eq!(
        DigestFile { digest, name }.to_string(),
        format!("{HEX}  {}\n", crate::name())
    );
}

#[test]
fn the_name_of_another_backup_is_refused() {
    insta::assert_snapshot!(
        refusal(format!("{HEX}  prose_2025-12-05T16:24:32Z.tar.zst.gpg\n")),
        @r#"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3 is refused: it is about "prose_2025-12-05T16:24:32Z.tar.zst.gpg", which is another file"#
    );
    // The same backup with fewer or more layers is another one; so is any other spelling.
    for other in [
        "prose_2025-12-04T16:24:32Z.tar.zst",
        "prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3",
        "./prose_2025-12-04T16:24:32Z.tar.zst.gpg",
        "Prose_2025-12-04T16:24:32Z.tar.zst.gpg",
        "prose_2025-12-04T16:24:32Z.tar.zst.gpg\0",
        "-",
    ] {
        assert!(refusal(format!("{HEX}  {other}\n")).ends_with("which is another file"));
    }
}

#[test]
fn a_missing_name_is_refused() {
    insta::assert_snapshot!(
        refusal(format!("{HEX}  \n")),
        @r#"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3 is refused: it is about "", which is another file"#
    );
    insta::assert_snapshot!(
        refusal(format!("{HEX}\n")),
        @"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3 is refused: there are not exactly two spaces between its digest and the name"
    );
}

#[test]
fn a_hostile_name_is_cut_and_escaped() {
    let text = [HEX.as_bytes(), b"  \x1b[2J\xFF", &[b'x'; 500], b"\n"].concat();
    insta::assert_snapshot!(
        refusal(text),
        @r#"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3 is refused: it is about "\u{1b}[2J�xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…", which is another file"#
    );
}

#[test]
fn an_empty_file_is_refused() {
    insta::assert_snapshot!(
        refusal(""),
        @"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3 is refused: it is empty"
    );
}

#[test]
fn a_long_file_is_refused() {
    let message = refusal(vec![b'a'; 1025]);
    insta::assert_snapshot!(
        message,
        @"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3 is refused: it is longer than 1024 bytes"
    );
    assert_ne!(refusal(vec![b'a'; 1024]), message);
    assert_eq!(DigestFile::MAX_BYTES, 1024);
}

#[test]
fn a_byte_order_mark_is_refused() {
    insta::assert_snapshot!(
        refusal(format!("\u{FEFF}{HEX}  {}\n", name())),
        @"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3 is refused: it starts with a byte order mark"
    );
}

#[test]
fn a_line_that_ends_as_on_windows_is_refused() {
    insta::assert_snapshot!(
        refusal(format!("{HEX}  {}\r\n", name())),
        @"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3 is refused: it contains a carriage return, and its line must end with a line feed alone"
    );
}

#[test]
fn a_line_without_end_is_refused() {
    insta::assert_snapshot!(
        refusal(format!("{HEX}  {}", name())),
        @"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3 is refused: it does not end with a line feed"
    );
}

#[test]
fn a_second_line_is_refused() {
    let line = format!("{HEX}  {}\n", name());
    let message = refusal(line.repeat(2));
    insta::assert_snapshot!(
        message,
        @"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3 is refused: it has more than one line"
    );
    assert_eq!(refusal(format!("{line}\n")), message);
    assert_eq!(refusal(format!("\n{line}")), message);
    assert_eq!(refusal(format!("{line}#")), message);
}

#[test]
fn an_upper_case_digest_is_refused() {
    insta::assert_snapshot!(
        refusal(format!("{}  {}\n", HEX.to_uppercase(), name())),
        @"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3 is refused: its digest has upper-case digits, and lower case is required"
    );
}

#[test]
fn a_digest_of_another_length_is_refused() {
    insta::assert_snapshot!(
        refusal(format!("{}  {}\n", &HEX[1..], name())),
        @"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3 is refused: its digest has 63 digits in place of 64"
    );
    insta::assert_snapshot!(
        refusal(format!("{HEX}{HEX}  {}\n", name())),
        @"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3 is refused: its digest has 128 digits in place of 64"
    );
}

#[test]
fn what_is_not_a_digest_is_refused() {
    let message = refusal(format!("g{}  {}\n", &HEX[1..], name()));
    insta::assert_snapshot!(
        message,
        @"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3 is refused: its digest is not hexadecimal"
    );
    // The forms of BSD and of GNU for names with special characters; a tab.
    assert_eq!(refusal(format!("BLAKE3 ({}) = {HEX}\n", name())), message);
    assert_eq!(refusal(format!("\\{HEX}  {}\n", name())), message);
    assert_eq!(refusal(format!("{HEX}\t{}\n", name())), message);
    insta::assert_snapshot!(
        refusal(format!("  {HEX}  {}\n", name())),
        @"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3 is refused: its digest has 0 digits in place of 64"
    );
}

#[test]
fn the_mark_for_binary_files_is_refused() {
    insta::assert_snapshot!(
        refusal(format!("{HEX} *{}\n", name())),
        @"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3 is refused: it has the mark for binary files (*) before the name, where a second space must be"
    );
}

#[test]
fn one_space_three_spaces_and_a_tab_are_refused() {
    for separator in [" ", "   ", " \t", "    "] {
        assert!(
            refusal(format!("{HEX}{separator}{}\n", name()))
                .ends_with("there are not exactly two spaces between its digest and the name")
        );
    }
}

#[test]
fn a_space_at_the_end_is_refused() {
    insta::assert_snapshot!(
        refusal(format!("{HEX}  {} \n", name())),
        @"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.blake3 is refused: there is a space at the end of its line"
    );
}

#[test]
fn the_algorithm_decides_what_the_file_is_called() {
    let error = DigestFile::parse(b"", Sha256, &name()).unwrap_err();
    insta::assert_snapshot!(
        error,
        @"digest file prose_2025-12-04T16:24:32Z.tar.zst.gpg.sha256 is refused: it is empty"
    );
}

#[test]
fn any_single_byte_changed_removed_or_added_is_refused_or_gives_another_digest() {
    let original = format!("{HEX}  {}\n", name()).into_bytes();
    let digest = parse(&original).unwrap();
    let check = |changed: &[u8]| {
        if changed != original
            && let Ok(other) = parse(changed)
        {
            assert_ne!(other, digest, "{:?}", String::from_utf8_lossy(changed));
        }
    };
    for at in 0..=original.len() {
        for byte in 0..=255 {
            let mut added = original.clone();
            added.insert(at, byte);
            check(&added);
            if at < original.len() {
                let mut changed = original.clone();
                changed[at] = byte;
                check(&changed);
            }
        }
        if at < original.len() {
            let mut removed = original.clone();
            removed.remove(at);
            check(&removed);
        }
    }
}

prop_compose! {
    fn names()(
        label in "[a-z0-9-]{1,64}",
        day in 1..=28,
        second in 0..60,
        layers in prop_oneof![Just(""), Just(".zst"), Just(".gpg"), Just(".zst.gpg")],
    ) -> BackupName {
        format!("{label}_2031-02-{day:02}T23:59:{second:02}Z.tar{layers}").parse().unwrap()
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back(name in names(), algorithm in algorithms(), bytes: [u8; 32]) {
        let digest = Digest::new(algorithm, bytes);
        let text = DigestFile { digest, name: name.clone() }.to_string();
        prop_assert!(text.len() as u64 <= DigestFile::MAX_BYTES);
        prop_assert_eq!(DigestFile::parse(text.as_bytes(), algorithm, &name), Ok(digest));
    }

    #[test]
    fn a_file_of_another_backup_is_refused(one in names(), other in names(), bytes: [u8; 32]) {
        prop_assume!(one != other);
        let text = DigestFile { digest: Digest::new(Blake3, bytes), name: one }.to_string();
        prop_assert!(DigestFile::parse(text.as_bytes(), Blake3, &other).is_err());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..1100)) {
        let _ = parse(bytes);
    }

    #[test]
    fn only_what_would_be_written_is_read(text in "[0-9a-fA-F]{62,66}[ *]{1,3}prose_2025-12-04T16:24:3[0-9]Z\\.tar\\.zst\\.gpg[ \r\n]{0,3}") {
        if let Ok(digest) = parse(&text) {
            prop_assert_eq!(DigestFile { digest, name: name() }.to_string(), text);
        }
    }
}
