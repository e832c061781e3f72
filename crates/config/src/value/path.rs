//! Paths: absolute, since what reads them may run anywhere.
//!
//! A refused path is not repeated: it may be a whole secret key, put where its path belongs.

use std::path::{Path, PathBuf};

use schemars::{Schema, json_schema};
use serde_json::Value as Json;
use toml::de::DeValue;

use super::Value;
use crate::raw::{Raw, Refusal};

impl Value for PathBuf {
    fn read(raw: &Raw) -> Result<Self, Refusal> {
        let text = raw.text("an absolute path")?;
        if text.contains('\0') {
            return Err(Refusal::new("a path cannot hold a NUL character"));
        }
        if Path::new(text).is_absolute() {
            Ok(Self::from(text))
        } else {
            Err(Refusal::new("the path must be absolute"))
        }
    }

    fn show(&self) -> Json {
        self.to_string_lossy().into()
    }

    fn schema() -> Schema {
        json_schema!({ "title": "absolute path", "type": "string", "pattern": "^/" })
    }
}

/// In a variable: a TOML array, or paths with commas between them.
impl Value for Vec<PathBuf> {
    fn read(raw: &Raw) -> Result<Self, Refusal> {
        match raw {
            Raw::List(items) => items.iter().map(PathBuf::read).collect(),
            Raw::Untyped(text) => split(text)?.iter().map(PathBuf::read).collect(),
            other => Err(other.unlike("an array of paths")),
        }
    }

    fn show(&self) -> Json {
        self.iter().map(PathBuf::show).collect()
    }

    fn schema() -> Schema {
        json_schema!({ "title": "absolute paths", "type": "array", "items": PathBuf::schema() })
    }
}

fn split(text: &str) -> Result<Vec<Raw>, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    if !text.starts_with('[') {
        return Ok(text
            .split(',')
            .map(|item| Raw::Text(item.trim().to_owned()))
            .collect());
    }
    match DeValue::parse(text) {
        Ok(value) => match Raw::from_toml(value.get_ref()) {
            Raw::List(items) => Ok(items),
            other => Err(other.unlike("an array of paths")),
        },
        Err(error) => Err(Refusal(format!(
            "not a valid TOML array: {}",
            crate::file::reason(&error)
        ))),
    }
}
