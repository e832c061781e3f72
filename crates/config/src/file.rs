//! Reads the configuration file into a layer.

use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::catalogue::{Found, children, find, suggest};
use crate::layer::{Layer, Place, spelled};
use crate::raw::Raw;
use crate::{Error, Origin, Result, SourceFile};

/// The one table that is ours; the others belong to other programs.
const TABLE: &str = "backups";

/// Reads what `[backups]` says. Only a file that is not TOML fails at once; whatever else is wrong
/// is noted in the layer.
pub(crate) fn read(file: &SourceFile) -> Result<Layer> {
    let document = DeTable::parse(&file.text).map_err(|error| syntax_error(file, &error))?;
    let mut reader = Reader {
        path: file.path.as_path().into(),
        line_ends: line_ends(file.text.as_bytes()),
        layer: Layer::default(),
    };
    if let Some((key, value)) = document.get_ref().get_key_value(TABLE) {
        let place = reader.place(key);
        reader.table(&mut Vec::new(), value.get_ref(), &place);
    }
    Ok(reader.layer)
}

/// The parser's own message quotes the line, which may hold a secret; its reason never does.
fn syntax_error(file: &SourceFile, error: &toml::de::Error) -> Error {
    let offset = error.span().map_or(0, |span| span.start);
    let before = file.text.get(..offset).unwrap_or(&file.text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Error::Syntax {
        path: file.path.clone(),
        line: line_ends(before.as_bytes()).len() + 1,
        column: before[line_start..].chars().count() + 1,
        reason: reason(error),
    }
}

/// The positions of all line breaks.
pub(crate) fn line_ends(text: &[u8]) -> Vec<usize> {
    let breaks = text.iter().enumerate().filter(|&(_, &byte)| byte == b'\n');
    breaks.map(|(position, _)| position).collect()
}

/// What the parser expected and found, in words of its own.
pub(crate) fn reason(error: &toml::de::Error) -> String {
    error
        .message()
        .trim_end_matches(", expected nothing")
        .to_owned()
}

struct Reader {
    path: Arc<Path>,
    /// Where lines end, to find the line of a position without reading the text anew.
    line_ends: Vec<usize>,
    layer: Layer,
}

impl Reader {
    fn place<T>(&self, key: &Spanned<T>) -> Place {
        let position = key.span().start;
        let line = self.line_ends.partition_point(|&end| end < position) + 1;
        Place {
            origin: Origin::File {
                path: Arc::clone(&self.path),
                line,
            },
            position,
        }
    }

    /// Reads a table of keys that `place` names.
    fn table(&mut self, path: &mut Vec<String>, value: &DeValue<'_>, place: &Place) {
        let DeValue::Table(table) = value else {
            let refusal = Raw::from_toml(value).unlike("a table");
            let problem = place.problem(spelled(path), refusal.0);
            self.layer.problems.push(problem);
            return;
        };
        self.layer.add_table(path);
        let mut keys: Vec<_> = table.iter().collect();
        keys.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in keys {
            path.push(key.get_ref().to_string());
            let place = self.place(key);
            match find(path) {
                Found::Key(entry) => {
                    let raw = Raw::from_toml(value.get_ref());
                    self.layer.add(path, entry, &raw, &place);
                }
                Found::Table => self.table(path, value.get_ref(), &place),
                Found::Unknown => {
                    let problem = place.problem(spelled(path), unknown(path));
                    self.layer.problems.push(problem);
                }
            }
            path.pop();
        }
    }
}

fn unknown(path: &[String]) -> String {
    let parent = &path[..path.len().saturating_sub(1)];
    match suggest(path) {
        Some(key) => format!("unknown key; did you mean backups.{}?", named(&key)),
        None => format!(
            "unknown key; {} takes {}",
            spelled(parent),
            children(parent).join(", ")
        ),
    }
}

/// A path from the catalogue, with a word in place of the name that the operator chooses.
fn named(path: &str) -> String {
    path.replace('*', "<name>")
}
