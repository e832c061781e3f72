use prose_backup_naming::{
    BackupName, CheckKind, Compression, DigestAlgorithm, Encryption, Label, Layers, ObjectName,
    Timestamp, VolumeName,
};

const GOOD: &str = "prose_2025-12-04T16:24:32Z.tar.zst.gpg";

#[test]
fn every_combination_of_layers_has_its_own_name() {
    for (text, compression, encryption) in [
        (".tar", Compression::Off, Encryption::Off),
        (".tar.zst", Compression::Zstd, Encryption::Off),
        (".tar.gpg", Compression::Off, Encryption::OpenPgp),
        (".tar.zst.gpg", Compression::Zstd, Encryption::OpenPgp),
    ] {
        let layers = Layers {
            compression,
            encryption,
        };
        assert_eq!(layers.to_string(), text);
        assert_eq!(text.parse(), Ok(layers));
    }
}

#[test]
fn a_check_is_the_full_name_of_its_backup_and_one_more_extension() {
    let name: BackupName = GOOD.parse().unwrap();
    for (kind, extension) in [
        (CheckKind::Digest(DigestAlgorithm::Blake3), "blake3"),
        (CheckKind::Digest(DigestAlgorithm::Sha256), "sha256"),
        (CheckKind::Signature, "sig"),
    ] {
        let text = format!("{GOOD}.{extension}");
        assert_eq!(name.check(kind).to_string(), text);
        assert_eq!(text.parse(), Ok(ObjectName::Check(name.clone(), kind)));
        assert!(text.parse::<BackupName>().is_err());
    }
    assert_eq!(GOOD.parse(), Ok(ObjectName::Backup(name)));
}

#[test]
fn everything_else_is_refused() {
    for text in [
        "",
        "_",
        "prose",
        "prose_",
        "prose_2025-12-04T16:24:32Z",
        "prose_2025-12-04T16:24:32Z.",
        "prose_2025-12-04T16:24:32Z.zst",
        "prose_2025-12-04T16:24:32Z.tar.",
        "prose_2025-12-04T16:24:32Z.tar.gz",
        "prose_2025-12-04T16:24:32Z.tar.gpg.zst",
        "prose_2025-12-04T16:24:32Z.tar.gpg.gpg",
        "prose_2025-12-04T16:24:32Z.tar.zst.zst",
        "prose_2025-12-04T16:24:32Z.tar.zst.gpg.asc",
        "prose_2025-12-04T16:24:32Z.tar.zst.gpg.sig.sig",
        "prose_2025-12-04T16:24:32Z.tar.zst.gpg.SIG",
        "prose_2025-12-04T16:24:32Z.TAR",
        "prose_2025-12-04t16:24:32z.tar",
        "prose_2025-12-04T16:24:32.5Z.tar",
        "prose_2025-12-04T16:24:32+00:00.tar",
        "prose_2025-12-04T16:24:32.tar",
        "prose_2025-12-04 16:24:32Z.tar",
        "prose_2025-12-4T16:24:32Z.tar",
        "prose_+025-12-04T16:24:32Z.tar",
        "prose_02025-12-04T16:24:32Z.tar",
        "prose_2025-02-29T16:24:32Z.tar",
        "prose_2025-00-01T16:24:32Z.tar",
        "prose_2025-13-01T16:24:32Z.tar",
        "prose_2025-12-00T16:24:32Z.tar",
        "prose_2025-12-32T16:24:32Z.tar",
        "prose_2025-12-04T24:00:00Z.tar",
        "prose_2025-12-04T23:60:00Z.tar",
        "prose_2016-12-31T23:59:60Z.tar",
        "Prose_2025-12-04T16:24:32Z.tar",
        "pro_se_2025-12-04T16:24:32Z.tar",
        "pro.se_2025-12-04T16:24:32Z.tar",
        "../prose_2025-12-04T16:24:32Z.tar",
        "a/prose_2025-12-04T16:24:32Z.tar",
        "prose_2025-12-04T16:24:32Z.tar/",
        "prose_2025-12-04T16:24:32Z/.tar",
        " prose_2025-12-04T16:24:32Z.tar",
        "prose_2025-12-04T16:24:32Z.tar\n",
        "prose_2025-12-04T16:24:32Z.tar\0",
        "prose_２025-12-04T16:24:32Z.tar",
    ] {
        assert!(text.parse::<ObjectName>().is_err(), "{text:?}");
        assert!(text.parse::<BackupName>().is_err(), "{text:?}");
    }
}

#[test]
fn labels_and_volume_names_end_where_the_grammar_ends() {
    let longest = "a".repeat(64);
    let too_long = "a".repeat(65);
    for good in ["p", "prose", "0", "-", "a-b-9", &longest] {
        assert_eq!(good.parse::<Label>().unwrap().as_str(), good);
    }
    for bad in ["", "A", "a_b", "a.b", "a b", "ä", &too_long] {
        assert!(bad.parse::<Label>().is_err(), "{bad:?}");
    }
    for good in ["p", "0", "prosody-data", "a._-", "a..", &longest] {
        assert_eq!(good.parse::<VolumeName>().unwrap().as_str(), good);
    }
    for bad in [
        "",
        ".",
        "..",
        ".a",
        "-a",
        "_a",
        "A",
        "a/b",
        "a\0",
        "a b",
        "ä",
        &too_long,
        "prose-backup.json",
        "prose-backup-end.json",
    ] {
        assert!(bad.parse::<VolumeName>().is_err(), "{bad:?}");
    }
}

#[test]
fn an_ending_of_r_and_digits_parses_but_cannot_be_chosen() {
    for reserved in ["prose-r1", "prose-r007", "-r0"] {
        assert!(reserved.parse::<Label>().is_ok());
        assert!(Label::choose(reserved).is_err(), "{reserved}");
    }
    for free in [
        "prose",
        "r1",
        "prose-r",
        "prose-rx",
        "prose-r1a",
        "prose-r1-b",
    ] {
        assert!(Label::choose(free).is_ok(), "{free}");
    }
}

#[test]
fn the_longest_name_is_as_long_as_documented() {
    let text = format!("{}_2025-12-04T16:24:32Z.tar.zst.gpg", "a".repeat(64));
    assert_eq!(text.parse::<BackupName>().unwrap().to_string(), text);
    assert_eq!(text.len(), BackupName::MAX_BYTES);
}

#[test]
fn names_sort_by_time_first() {
    let mut names: Vec<BackupName> = [
        "b_2025-12-04T16:24:32Z.tar",
        "a_2025-12-04T16:24:33Z.tar",
        "a_2025-12-04T16:24:32Z.tar.zst",
        "z_2024-12-04T16:24:32Z.tar",
        "a_2025-12-04T16:24:32Z.tar",
    ]
    .map(|text| text.parse().unwrap())
    .into();
    names.sort();
    let sorted: Vec<String> = names.iter().map(ToString::to_string).collect();
    assert_eq!(
        sorted,
        [
            "z_2024-12-04T16:24:32Z.tar",
            "a_2025-12-04T16:24:32Z.tar",
            "a_2025-12-04T16:24:32Z.tar.zst",
            "b_2025-12-04T16:24:32Z.tar",
            "a_2025-12-04T16:24:33Z.tar",
        ]
    );
}

#[test]
fn timestamps_agree_with_the_calendar() {
    // `date -u -d TEXT +%s` gives the numbers.
    for (text, seconds) in [
        ("0000-01-01T00:00:00Z", -62_167_219_200),
        ("1582-10-15T00:00:00Z", -12_219_292_800),
        ("1900-03-01T00:00:00Z", -2_203_891_200),
        ("1969-12-31T23:59:59Z", -1),
        ("1970-01-01T00:00:00Z", 0),
        ("2000-02-29T12:34:56Z", 951_827_696),
        ("2025-12-04T16:24:32Z", 1_764_865_472),
        ("2038-01-19T03:14:08Z", 2_147_483_648),
        ("9999-12-31T23:59:59Z", 253_402_300_799),
    ] {
        let timestamp: Timestamp = text.parse().unwrap();
        assert_eq!(timestamp.unix_seconds(), seconds, "{text}");
        assert_eq!(timestamp.to_string(), text);
    }
    assert!(Timestamp::from_unix_seconds(Timestamp::MIN.unix_seconds() - 1).is_err());
    assert!(Timestamp::from_unix_seconds(Timestamp::MAX.unix_seconds() + 1).is_err());
}

#[test]
fn a_refusal_says_what_is_wrong_and_escapes_what_it_quotes() {
    for (text, message) in [
        (
            "prose_2025-02-30T00:00:00Z.tar",
            r#""prose_2025-02-30T00:00:00Z.tar" is not a backup name: there is no such date or time"#,
        ),
        (
            "\u{1b}[31m",
            r#""\u{1b}[31m" is not a backup name: it must have the form <label>_<YYYY-MM-DDTHH:MM:SSZ>.tar[.zst][.gpg]"#,
        ),
        (
            "PROSE_2025-12-04T16:24:32Z.tar",
            r#""PROSE_2025-12-04T16:24:32Z.tar" is not a backup name: only a-z, 0-9 and - are allowed"#,
        ),
        (
            "prose_2025-12-04T16:24:32Z.tar.gz",
            r#""prose_2025-12-04T16:24:32Z.tar.gz" is not a backup name: its extensions must be one of .tar, .tar.zst, .tar.gpg, .tar.zst.gpg"#,
        ),
    ] {
        assert_eq!(text.parse::<BackupName>().unwrap_err().to_string(), message);
    }
    let long = "x".repeat(10_000);
    assert!(long.parse::<BackupName>().unwrap_err().to_string().len() < 250);
}
