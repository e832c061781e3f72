use std::time::SystemTime;

use proptest::prelude::*;
use prose_backup_naming::{BackupName, CheckKind, Label, ObjectName, Timestamp, VolumeName};

prop_compose! {
    fn backup_name()(
        label in "[a-z0-9-]{1,64}",
        seconds in Timestamp::MIN.unix_seconds()..=Timestamp::MAX.unix_seconds(),
        layers in prop::sample::select(vec![".tar", ".tar.zst", ".tar.gpg", ".tar.zst.gpg"]),
    ) -> BackupName {
        BackupName::new(
            label.parse().unwrap(),
            Timestamp::from_unix_seconds(seconds).unwrap(),
            layers.parse().unwrap(),
        )
    }
}

proptest! {
    #[test]
    fn every_name_reads_back_as_itself(
        name in backup_name(),
        kind in prop::sample::select(CheckKind::ALL.to_vec()),
    ) {
        prop_assert_eq!(name.to_string().parse(), Ok(name.clone()));
        let check = name.check(kind);
        prop_assert_eq!(check.to_string().parse(), Ok(check));
        let backup = ObjectName::Backup(name);
        prop_assert_eq!(backup.to_string().parse(), Ok(backup));
    }

    #[test]
    fn whatever_parses_prints_as_it_was(text in ".{0,80}") {
        if let Ok(name) = text.parse::<ObjectName>() {
            prop_assert_eq!(name.to_string(), text.clone());
        }
        if let Ok(label) = text.parse::<Label>() {
            prop_assert_eq!(label.to_string(), text.clone());
        }
        if let Ok(volume) = text.parse::<VolumeName>() {
            prop_assert_eq!(volume.to_string(), text);
        }
    }

    #[test]
    fn one_changed_byte_is_another_name_or_none(name in backup_name(), at: prop::sample::Index, byte: u8) {
        let mut bytes = name.to_string().into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        if let Ok(other) = String::from_utf8_lossy(&bytes).parse::<BackupName>() {
            prop_assert_ne!(other, name);
        }
    }

    #[test]
    fn timestamps_survive_the_system_clock(
        seconds in Timestamp::MIN.unix_seconds()..=Timestamp::MAX.unix_seconds(),
    ) {
        let timestamp = Timestamp::from_unix_seconds(seconds).unwrap();
        prop_assert_eq!(Timestamp::try_from(SystemTime::from(timestamp)), Ok(timestamp));
    }
}
