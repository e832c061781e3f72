//! Reads typed values out of a layer, and keeps account of what was read.

use std::path::PathBuf;

use prose_backup_naming::VolumeName;
use secrecy::SecretString;

use super::secret;
use crate::effective::Line;
use crate::keys::Key;
use crate::layer::{Layer, Setting, spelled};
use crate::raw::{Raw, Refusal};
use crate::value::Value;
use crate::{Effective, Origin, Problem};

/// That there was a problem, which was noted.
pub(super) struct Noted;

const VOLUMES: &str = "volumes.";

/// The keys of the whole configuration, or of one store.
pub(super) struct Resolver<'a> {
    pub(super) layer: &'a Layer,
    lines: Vec<Line>,
    problems: Vec<Problem>,
    /// Where keys are looked for, each table the default of the one before it. The first is the
    /// one whose keys they are.
    tables: Vec<&'static str>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(layer: &'a Layer) -> Self {
        Self {
            layer,
            lines: Vec::new(),
            problems: Vec::new(),
            tables: vec![""],
        }
    }

    pub(super) fn finish(self) -> (Effective, Vec<Problem>) {
        (Effective::new(self.lines), self.problems)
    }

    /// Reads one part of the configuration, and notes its problem so that others can be read too.
    pub(super) fn part<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Problem>,
    ) -> Result<T, Noted> {
        read(self).map_err(|problem| {
            self.problems.push(problem);
            Noted
        })
    }

    /// Reads keys from the first of some tables that has them.
    pub(super) fn within<T>(
        &mut self,
        tables: Vec<&'static str>,
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = std::mem::replace(&mut self.tables, tables);
        let result = read(self);
        self.tables = outer;
        result
    }

    /// The value of a key that has a default.
    pub(super) fn value<T: Value>(&mut self, key: &Key<T>) -> Result<T, Problem> {
        if let Some(value) = self.optional(key)? {
            return Ok(value);
        }
        let raw = Raw::Untyped(key.default.unwrap_or_default().to_owned());
        let value = T::read(&raw).map_err(|refusal| self.problem(key, refusal.0))?;
        Ok(self.shown(key.path, value, Origin::Default))
    }

    /// The value of a key whose default depends on other keys.
    pub(super) fn value_or<T: Value>(&mut self, key: &Key<T>, default: T) -> Result<T, Problem> {
        let value = self.optional(key)?;
        Ok(value.unwrap_or_else(|| self.shown(key.path, default, Origin::Default)))
    }

    /// The value of a key that may have none.
    pub(super) fn optional<T: Value>(&mut self, key: &Key<T>) -> Result<Option<T>, Problem> {
        self.read(key.path, |setting| T::read(&setting.raw))
    }

    /// The secret at a path, given either as it is or by the file that holds it.
    pub(super) fn secret(
        &mut self,
        path: &str,
        file_key: &Key<PathBuf>,
    ) -> Result<Option<SecretString>, Problem> {
        self.read(path, |setting| {
            if setting.key.path() == file_key.path {
                secret::read_file(&PathBuf::read(&setting.raw)?)
            } else {
                SecretString::read(&setting.raw)
            }
        })
    }

    /// The path of a volume that the sources name.
    pub(super) fn volume(&mut self, name: &VolumeName) -> Result<PathBuf, Problem> {
        let path = self.read(&volume_path(name), |setting| PathBuf::read(&setting.raw))?;
        path.ok_or_else(|| self.volume_problem(name, "the path is missing"))
    }

    /// The path of a volume that the sources leave to the default.
    pub(super) fn default_volume(&mut self, name: &VolumeName, path: &str) -> PathBuf {
        self.shown(&volume_path(name), PathBuf::from(path), Origin::Default)
    }

    /// A problem with a key, at the place where its value was given.
    pub(super) fn problem<T>(&self, key: &Key<T>, message: impl Into<String>) -> Problem {
        self.problem_at(key.path, message)
    }

    /// A problem with a volume, at the place where its path was given.
    pub(super) fn volume_problem(&self, name: &VolumeName, message: impl Into<String>) -> Problem {
        self.problem_at(&volume_path(name), message)
    }

    /// Whether a source gives the key a value.
    pub(super) fn is_given<T>(&self, key: &Key<T>) -> bool {
        self.setting(key.path).is_some()
    }

    /// What `wanted` is called in the table where `given` was given.
    pub(super) fn beside<T, U>(&self, given: &Key<T>, wanted: &Key<U>) -> String {
        let spelling = match self.setting(given.path) {
            Some(setting) => setting.spelling.clone(),
            None => self.full_key(given.path),
        };
        let table = spelling.strip_suffix(given.path).unwrap_or("backups.");
        format!("{table}{}", wanted.path)
    }

    fn problem_at(&self, path: &str, message: impl Into<String>) -> Problem {
        match self.setting(path) {
            Some(setting) => setting.problem(message),
            None => Problem {
                origin: Origin::Default,
                key: self.full_key(path),
                message: message.into(),
            },
        }
    }

    fn read<T: Value>(
        &mut self,
        path: &str,
        read: impl FnOnce(&Setting) -> Result<T, Refusal>,
    ) -> Result<Option<T>, Problem> {
        let Some(setting) = self.setting(path) else {
            return Ok(None);
        };
        let value = read(setting).map_err(|refusal| setting.problem(refusal.0))?;
        let origin = setting.place.origin.clone();
        Ok(Some(self.shown(path, value, origin)))
    }

    fn setting(&self, path: &str) -> Option<&'a Setting> {
        self.tables
            .iter()
            .find_map(|table| self.layer.get(&slot(table, path)))
    }

    /// The full key in the table whose keys are read, as TOML spells it.
    fn full_key(&self, path: &str) -> String {
        let table = self.tables.first().copied().unwrap_or_default();
        // Only a chosen name may hold dots of its own, and it comes last.
        let segments: Vec<_> = match path.strip_prefix(VOLUMES) {
            Some(name) => vec![VOLUMES.trim_end_matches('.').to_owned(), name.to_owned()],
            None => slot(table, path).split('.').map(str::to_owned).collect(),
        };
        spelled(&segments)
    }

    fn shown<T: Value>(&mut self, path: &str, value: T, origin: Origin) -> T {
        self.lines.push(Line {
            key: self.full_key(path),
            value: value.show(),
            origin,
        });
        value
    }
}

fn slot(table: &str, path: &str) -> String {
    match table {
        "" => path.to_owned(),
        table => format!("{table}.{path}"),
    }
}

fn volume_path(name: &VolumeName) -> String {
    format!("{VOLUMES}{name}")
}
