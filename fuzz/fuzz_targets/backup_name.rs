//! A name that parses prints as the very text that it was parsed from.

#![no_main]

use std::{fmt::Display, str::FromStr};

use libfuzzer_sys::fuzz_target;
use prose_backup_naming::{
    BackupName, CheckKind, DigestAlgorithm, Label, Layers, ObjectName, ParseError, Timestamp,
    VolumeName,
};

fuzz_target!(|text: &str| {
    if let Some(name) = round_trip::<BackupName>(text) {
        assert!(text.len() <= BackupName::MAX_BYTES);
        for kind in CheckKind::ALL {
            let check = name.check(kind);
            assert_eq!(check.to_string().parse().as_ref(), Ok(&check));
        }
    }
    if let Some(object) = round_trip::<ObjectName>(text) {
        assert!(text.starts_with(&object.backup().to_string()));
    }
    round_trip::<Label>(text);
    round_trip::<Layers>(text);
    round_trip::<Timestamp>(text);
    round_trip::<VolumeName>(text);
    let _ = text.parse::<DigestAlgorithm>();
});

fn round_trip<T>(text: &str) -> Option<T>
where
    T: Display + FromStr<Err = ParseError>,
{
    let parsed = text.parse::<T>();
    match &parsed {
        Ok(value) => assert_eq!(value.to_string(), text),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    parsed.ok()
}
