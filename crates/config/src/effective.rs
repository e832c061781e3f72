//! The configuration as it is in force, for people to look at.

use std::fmt;

use serde_json::{Map, Value as Json, json};

use crate::Origin;

/// The value of every key in force and where it came from. Secrets are `[redacted]`.
///
/// `Display` is valid TOML: one dotted key per line, with its origin as a comment.
#[derive(Clone, Debug)]
pub struct Effective {
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// The full key, as TOML spells it.
    pub(crate) key: String,
    pub(crate) value: Json,
    pub(crate) origin: Origin,
}

impl Effective {
    pub(crate) fn new(lines: Vec<Line>) -> Self {
        Self { lines }
    }

    /// An object with, for each full key, an object of its `value` and its `origin`.
    pub fn to_json(&self) -> Json {
        let keys: Map<String, Json> = self
            .lines
            .iter()
            .map(|line| {
                let entry = json!({ "value": line.value, "origin": line.origin.to_string() });
                (line.key.clone(), entry)
            })
            .collect();
        Json::Object(keys)
    }
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            // What JSON and TOML call numbers, booleans, strings and arrays is spelled alike.
            writeln!(f, "{} = {}  # {}", line.key, line.value, line.origin)?;
        }
        Ok(())
    }
}
