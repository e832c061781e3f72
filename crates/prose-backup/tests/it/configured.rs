//! What the README shows is what the program takes, and configurations mean what they say.

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

/// The alias `pgp` sets the signing key too, which does not mean that backups are signed.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_for_encryption_alone_does_not_demand_signatures() {
    let pod = crate::pod::Pod::new();
    let prose_backup::KeyRef::Loaded(key) = crate::pod::key() else {
        panic!("the key is at hand");
    };
    let public = pod.path("key.pub");
    std::fs::write(&public, key.public_armored().unwrap()).unwrap();
    let toml = format!(
        "[backups]\nstorage.provider = \"fs\"\nfs.directory = {:?}\npgp.tsk = {public:?}\n\
         encryption.mode = \"pgp\"\n",
        pod.path("store")
    );
    let sources = Sources {
        file: Some(SourceFile {
            path: "prose.toml".into(),
            text: toml,
        }),
        ..Sources::default()
    };
    let config = resolve(&sources).unwrap().config;
    let directories = prose_backup::StoreDirectories::Create;
    let backups = prose_backup::Backups::from_config(&config, directories).unwrap();
    let created = crate::pod::create(&backups, &pod).await.unwrap();
    assert!(created.encrypted && !created.signed);
    let details = crate::pod::verify(&backups, created.name).await;
    assert_eq!(details.verdict, Some(prose_backup::Verdict::Intact));
}
