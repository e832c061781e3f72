//! What the README shows is what the program takes.

use std::path::Path;

use prose_backup::{
    config::{SourceFile, Sources, Store, resolve},
    naming::Encryption,
};

const README: &str = include_str!("../../../../README.md");

#[test]
fn the_configuration_in_the_readme_is_valid_and_means_what_it_says() {
    let toml = README
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let sources = Sources {
        file: Some(SourceFile {
            path: "prose.toml".into(),
            text: toml.to_owned(),
        }),
        ..Sources::default()
    };
    let config = resolve(&sources).unwrap().config;
    let storage = config.storage.unwrap();
    let Store::Fs(fs) = &storage.backups else {
        panic!("the README configures a directory");
    };
    assert_eq!(fs.directory, Path::new("/mnt/backups"));
    assert!(config.signing.enabled && config.signing.mandatory);
    assert_eq!(config.encryption.mode, Encryption::OpenPgp);
    assert_eq!(config.volumes.len(), 5);
}
