//! What one source says, with aliases resolved: at most one setting per slot.

use std::collections::{BTreeMap, BTreeSet, btree_map};

use prose_backup_naming::{ParseError, VolumeName};

use crate::catalogue::Entry;
use crate::keys::{AnyKey, VOLUME};
use crate::raw::Raw;
use crate::value::fingerprint;
use crate::{Origin, Problem};

/// A value, the key it was given to, and where.
pub(crate) struct Setting {
    pub(crate) raw: Raw,
    pub(crate) key: &'static dyn AnyKey,
    /// The key as the source spelled it, from `backups` on.
    pub(crate) spelling: String,
    pub(crate) place: Place,
}

impl Setting {
    pub(crate) fn problem(&self, message: impl Into<String>) -> Problem {
        self.place.problem(self.spelling.clone(), message)
    }
}

/// What one source says; after [`Layer::overlay`], what all of them say.
#[derive(Default)]
pub(crate) struct Layer {
    settings: BTreeMap<String, Setting>,
    tables: BTreeSet<String>,
    /// What is wrong with the source. Settings that are wrong are left out above.
    pub(crate) problems: Vec<Problem>,
}

impl Layer {
    /// Takes a value for the key at `path`, which `entry` describes.
    pub(crate) fn add(&mut self, path: &[String], entry: &Entry, raw: &Raw, place: &Place) {
        let name = match chosen_name(entry, path) {
            Ok(name) => name,
            Err(bad_name) => {
                self.problems.push(bad_name.problem(place, path));
                return;
            }
        };
        let spelling = spelled(path);
        if let Err(refusal) = entry.key.check(raw) {
            self.problems.push(place.problem(spelling, refusal.0));
            return;
        }
        for slot in &entry.slots {
            let setting = Setting {
                raw: raw.clone(),
                key: entry.key,
                spelling: spelling.clone(),
                place: place.clone(),
            };
            self.insert(slot.replace('*', &name), setting);
        }
    }

    fn insert(&mut self, slot: String, setting: Setting) {
        match self.settings.entry(slot) {
            btree_map::Entry::Vacant(free) => {
                free.insert(setting);
            }
            btree_map::Entry::Occupied(taken) => {
                let first = taken.get();
                // The guide names one variable in two ways, so that both may well be set.
                let is_repeated_variable =
                    matches!(setting.place.origin, Origin::Environment { .. })
                        && first.key.path() == setting.key.path()
                        && first.raw == setting.raw;
                if !is_repeated_variable {
                    self.problems.push(setting.problem(twice(first, &setting)));
                }
            }
        }
    }

    /// Notes that a table is there, even if it turns out to be empty.
    pub(crate) fn add_table(&mut self, path: &[String]) {
        self.tables.insert(path.join("."));
    }

    /// Lets another source win wherever it says something.
    pub(crate) fn overlay(mut self, winner: Self) -> Self {
        for (slot, mut setting) in winner.settings {
            if let Some(loser) = self.settings.get(&slot) {
                setting.place.position = loser.place.position;
            }
            self.settings.insert(slot, setting);
        }
        self.tables.extend(winner.tables);
        self.problems.extend(winner.problems);
        self
    }

    /// The setting in a slot.
    pub(crate) fn get(&self, slot: &str) -> Option<&Setting> {
        self.settings.get(slot)
    }

    /// The settings whose slots begin with `prefix` and a dot, by the rest of their slots.
    pub(crate) fn below(&self, prefix: &str) -> impl Iterator<Item = (&str, &Setting)> {
        self.settings.iter().filter_map(move |(slot, setting)| {
            let name = slot.strip_prefix(prefix)?.strip_prefix('.')?;
            Some((name, setting))
        })
    }

    /// Whether the table is there, or a key in it.
    pub(crate) fn mentions(&self, table: &str) -> bool {
        self.tables.contains(table) || self.below(table).next().is_some()
    }
}

/// Where a value stands.
#[derive(Clone)]
pub(crate) struct Place {
    /// In which source, and where in it, for people.
    pub(crate) origin: Origin,
    /// Where in its source, to order values by.
    pub(crate) position: usize,
}

impl Place {
    pub(crate) fn problem(&self, key: String, message: impl Into<String>) -> Problem {
        Problem {
            origin: self.origin.clone(),
            key,
            message: message.into(),
        }
    }

    /// The same place without the last part of a variable's name.
    fn hiding_name(&self) -> Self {
        let origin = match &self.origin {
            Origin::Environment { variable } => {
                let parent = variable.rsplit_once("__").unwrap_or_default().0;
                Origin::Environment {
                    variable: format!("{parent}__…"),
                }
            }
            other => other.clone(),
        };
        Self {
            origin,
            position: self.position,
        }
    }
}

/// The name that the operator chose, in its usual spelling; empty where the key has none.
fn chosen_name(entry: &Entry, path: &[String]) -> Result<String, BadName> {
    match path.last() {
        Some(name) if entry.spelling == VOLUME.path => match name.parse::<VolumeName>() {
            Ok(name) => Ok(name.to_string()),
            Err(error) => Err(BadName::Volume(error)),
        },
        Some(name) if entry.spelling.ends_with('*') => {
            fingerprint(name).ok_or(BadName::Fingerprint)
        }
        _ => Ok(String::new()),
    }
}

enum BadName {
    Volume(ParseError),
    /// Not shown: it may be a passphrase that took the place of its fingerprint.
    Fingerprint,
}

impl BadName {
    fn problem(&self, place: &Place, path: &[String]) -> Problem {
        match self {
            Self::Volume(error) => place.problem(spelled(path), error.to_string()),
            Self::Fingerprint => {
                let parent = &path[..path.len().saturating_sub(1)];
                place.hiding_name().problem(
                    spelled(parent) + ".…",
                    "the name must be a fingerprint: 40 or 64 hexadecimal digits, with or \
                     without spaces",
                )
            }
        }
    }
}

fn twice(first: &Setting, second: &Setting) -> String {
    match &first.place.origin {
        Origin::File { line, .. } if first.spelling == second.spelling => {
            format!("given twice, first on line {line}; keep one")
        }
        Origin::File { line, .. } => format!(
            "given twice, first on line {line} as {}; keep one",
            first.spelling
        ),
        other => format!("given twice with different values, also as {other}; keep one"),
    }
}

/// A path below `backups` as TOML writes it.
pub(crate) fn spelled(path: &[String]) -> String {
    let mut text = "backups".to_owned();
    for segment in path {
        text.push('.');
        let is_bare = !segment.is_empty()
            && segment
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if is_bare {
            text.push_str(segment);
        } else {
            text.push_str(&serde_json::Value::from(segment.as_str()).to_string());
        }
    }
    text
}
