//! Keys that take one of a few words. Words are read in any case.

use prose_backup_naming as naming;
use schemars::{Schema, json_schema};
use serde_json::Value as Json;

use super::Value;
use crate::raw::{Raw, Refusal};
use crate::suggest::nearest;
use crate::{ChecksumMode, LockMode};

/// A type with few values, each with a word.
trait Choice: Copy + PartialEq + 'static {
    /// Every word, the usual one of a value before its synonyms.
    const WORDS: &'static [(&'static str, Self)];
}

/// The kind of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider {
    S3,
    Fs,
}

/// `"on"` or `"off"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Switch(pub(crate) bool);

impl Choice for Provider {
    const WORDS: &'static [(&'static str, Self)] = &[("s3", Self::S3), ("fs", Self::Fs)];
}

impl Choice for Switch {
    const WORDS: &'static [(&'static str, Self)] = &[("on", Self(true)), ("off", Self(false))];
}

impl Choice for LockMode {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("compliance", Self::Compliance),
        ("governance", Self::Governance),
    ];
}

impl Choice for ChecksumMode {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("when_required", Self::WhenRequired),
        ("when_supported", Self::WhenSupported),
    ];
}

impl Choice for naming::Compression {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("zstd", Self::Zstd),
        ("off", Self::Off),
        ("none", Self::Off),
    ];
}

impl Choice for naming::Encryption {
    const WORDS: &'static [(&'static str, Self)] = &[("pgp", Self::OpenPgp), ("off", Self::Off)];
}

impl Choice for naming::DigestAlgorithm {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("BLAKE3", Self::Blake3),
        ("SHA-256", Self::Sha256),
        ("SHA256", Self::Sha256),
    ];
}

impl<T: Choice> Value for T {
    fn read(raw: &Raw) -> Result<Self, Refusal> {
        let expected = usual_words::<T>()
            .map(|word| format!("{word:?}"))
            .collect::<Vec<_>>()
            .join(" or ");
        let text = raw.text(&expected)?;
        T::WORDS
            .iter()
            .find(|(word, _)| text.eq_ignore_ascii_case(word))
            .map(|&(_, value)| value)
            .ok_or_else(|| {
                let hint = nearest(text, words::<T>())
                    .map(|word| format!("; did you mean {word:?}?"))
                    .unwrap_or_default();
                Refusal(format!("expected {expected}, found {text:?}{hint}"))
            })
    }

    fn show(&self) -> Json {
        T::WORDS
            .iter()
            .find(|(_, value)| value == self)
            .map(|&(word, _)| word)
            .into()
    }

    fn schema() -> Schema {
        json_schema!({ "enum": words::<T>().collect::<Vec<_>>() })
    }
}

/// The words without their synonyms.
fn usual_words<T: Choice>() -> impl Iterator<Item = &'static str> {
    let is_usual = |&(index, (_, value)): &(usize, &(&str, T))| {
        T::WORDS.iter().position(|(_, other)| other == value) == Some(index)
    };
    T::WORDS
        .iter()
        .enumerate()
        .filter(is_usual)
        .map(|(_, &(word, _))| word)
}

fn words<T: Choice>() -> impl Iterator<Item = &'static str> {
    T::WORDS.iter().map(|&(word, _)| word)
}
