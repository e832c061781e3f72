//! What holds for every text.

use std::fmt::Write;
use std::path::PathBuf;

use proptest::prelude::*;
use prose_backup_config::resolve;

use super::{S3_STORE, sources, try_load};

/// Lines that come close to a configuration.
fn line() -> impl Strategy<Value = String> {
    let key = proptest::sample::select(vec![
        "[backups]",
        "[backups.s3]",
        "[backups.storage]",
        "[backups.storage.checks.previous]",
        "[backups.pgp]",
        "[backups.volumes]",
        "provider",
        "s3.bucket_name",
        "s3.part_size",
        "fs.mode",
        "pgp.tsk",
        "passphrases.x",
        "object_lock_duration",
        "url_max_ttl",
        "web",
        "endpoint_url",
        "additional_recipients",
        "[[backups]]",
        "[other]",
        "secret_key",
    ]);
    let value = prop_oneof![
        Just(String::new()),
        any::<i64>().prop_map(|number| format!("= {number}")),
        any::<bool>().prop_map(|value| format!("= {value}")),
        ".{0,20}".prop_map(|text| format!("= {text:?}")),
        "= [PT0-9DMYhttp:/.@\\[\\]'\",]{0,20}",
        Just("= 0o600".to_owned()),
        Just("= [\"/a\", \"/b\"]".to_owned()),
    ];
    (key, value).prop_map(|(key, value)| format!("{key} {value}\n"))
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}") {
        let _ = try_load(&text, &[]);
    }

    #[test]
    fn nothing_like_a_configuration_makes_it_panic(lines in proptest::collection::vec(line(), 0..12)) {
        if let Err(error) = try_load(&lines.concat(), &[]) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn no_variable_makes_it_panic(name in "[A-Z_0-9]{0,30}", value in ".{0,30}") {
        let _ = try_load("", &[(&format!("PROSE_BACKUPS__{name}"), &value)]);
        for key in ["S3__PART_SIZE", "FS__MODE", "DOWNLOAD__URL_MAX_TTL", "S3__ENDPOINT_URL",
            "ENCRYPTION__PGP__ADDITIONAL_RECIPIENTS", "S3__OBJECT_LOCK_DURATION"] {
            let _ = try_load("", &[(&format!("PROSE_BACKUPS__{key}"), &value)]);
        }
    }

    #[test]
    fn a_variable_wins_over_the_file_and_the_file_over_the_default(
        file in proptest::option::of("/[a-z]{1,8}"),
        variable in proptest::option::of("/[a-z]{1,8}"),
    ) {
        let text = file.as_ref().map(|path| format!("[backups]\nspool_dir = '{path}'")).unwrap_or_default();
        let mut sources = sources(&text, &[]);
        if let Some(path) = &variable {
            sources.environment.push(("PROSE_BACKUPS__SPOOL_DIR".into(), path.into()));
        }
        let spool_dir = resolve(&sources).unwrap().config.spool_dir;
        let expected = variable.or(file).unwrap_or_else(|| "/var/tmp".to_owned());
        prop_assert_eq!(spool_dir, PathBuf::from(expected));
    }

    #[test]
    fn the_nearest_place_wins(
        shared in proptest::option::of("[a-z]{1,8}"),
        shared_variable in proptest::option::of("[a-z]{1,8}"),
        own in proptest::option::of("[a-z]{1,8}"),
        own_variable in proptest::option::of("[a-z]{1,8}"),
    ) {
        let mut text = S3_STORE.to_owned();
        if let Some(prefix) = &shared {
            writeln!(text, "s3.prefix = '{prefix}'").unwrap();
        }
        if let Some(prefix) = &own {
            writeln!(text, "checks.s3.prefix = '{prefix}'").unwrap();
        }
        let mut sources = sources(&text, &[]);
        for (name, value) in [
            ("PROSE_BACKUPS__S3__PREFIX", &shared_variable),
            ("PROSE_BACKUPS__STORAGE__CHECKS__S3__PREFIX", &own_variable),
        ] {
            if let Some(value) = value {
                sources.environment.push((name.into(), value.into()));
            }
        }
        let config = resolve(&sources).unwrap().config;
        let expected = own_variable.or(own).or(shared_variable).or(shared).unwrap_or_default();
        prop_assert_eq!(&super::s3(super::checks(&config)).prefix, &expected);
    }

    #[test]
    fn no_secret_is_ever_printed(
        secret in "[A-Za-z0-9+/ ]{12,40}",
        before in ".{0,30}",
        after in ".{0,30}",
        quote in proptest::sample::select(vec!["'", "\"", "", "'''"]),
    ) {
        let text = format!("[backups.s3]\nsecret_key = {before}{quote}{secret}{quote}{after}\nregion = 5\n");
        if let Err(error) = try_load(&text, &[]) {
            prop_assert!(!error.to_string().contains(secret.trim()), "{}", error);
            prop_assert!(!format!("{error:?}").contains(secret.trim()), "{:?}", error);
        }
    }
}
