//! The configuration from the outside: what a file and variables say, and what comes of it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod aliases;
mod environment;
mod guide;
mod inheritance;
mod loading;
mod messages;
mod properties;
mod reference;
mod secrets;
mod values;
mod warnings;

use std::ffi::OsString;

use prose_backup_config::{Config, Error, Fs, Loaded, S3, SourceFile, Sources, Store, resolve};

fn sources(text: &str, variables: &[(&str, &str)]) -> Sources {
    Sources {
        file: Some(SourceFile {
            path: "prose.toml".into(),
            text: text.to_owned(),
        }),
        environment: variables
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)))
            .collect(),
    }
}

fn try_load(text: &str, variables: &[(&str, &str)]) -> Result<Loaded, Error> {
    resolve(&sources(text, variables))
}

fn load(text: &str, variables: &[(&str, &str)]) -> Loaded {
    try_load(text, variables).unwrap_or_else(|error| panic!("{error}\nin\n{text}"))
}

/// The configuration that a file alone describes.
fn config(text: &str) -> Config {
    load(text, &[]).config
}

/// The configuration that variables alone describe.
fn from_variables(variables: &[(&str, &str)]) -> Config {
    load("", variables).config
}

/// Why a file alone is refused.
fn refusal(text: &str) -> String {
    refusal_with(text, &[])
}

fn refusal_with(text: &str, variables: &[(&str, &str)]) -> String {
    match try_load(text, variables) {
        Ok(_) => panic!("accepted: {text} {variables:?}"),
        Err(error) => error.to_string(),
    }
}

fn s3(store: &Store) -> &S3 {
    match store {
        Store::S3(s3) => s3,
        Store::Fs(fs) => panic!("not S3: {fs:?}"),
    }
}

fn fs(store: &Store) -> &Fs {
    match store {
        Store::Fs(fs) => fs,
        Store::S3(s3) => panic!("not a directory: {s3:?}"),
    }
}

fn backups(config: &Config) -> &Store {
    &config.storage.as_ref().expect("storage").backups
}

fn checks(config: &Config) -> &Store {
    &config.storage.as_ref().expect("storage").checks
}

/// A store on S3 that is complete, and where more keys of the table may follow.
const S3_STORE: &str = r#"
[backups.storage]
provider = "s3"
s3.bucket_name = "b"
s3.region = "r"
"#;
