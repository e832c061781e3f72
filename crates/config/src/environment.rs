//! Reads environment variables into a layer.

use std::ffi::{OsStr, OsString};

use crate::Origin;
use crate::catalogue::{Found, children, find, suggest};
use crate::layer::{Layer, Place, spelled};
use crate::raw::Raw;

const PREFIX: &str = "PROSE_BACKUPS__";

/// Whether a variable is part of the configuration: `PROSE_BACKUPS__…`, in any case.
///
/// Such variables may hold secrets, so child processes must not inherit them.
pub fn owns_variable(name: &OsStr) -> bool {
    name.as_encoded_bytes()
        .get(..PREFIX.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(PREFIX.as_bytes()))
}

/// Reads the variables that are ours. Whatever is wrong is noted in the layer.
pub(crate) fn read(environment: &[(OsString, OsString)]) -> Layer {
    let mut ours: Vec<_> = environment
        .iter()
        .filter(|(name, _)| owns_variable(name))
        .collect();
    // The order of variables means nothing, and must not decide which of two is at fault.
    ours.sort_by_key(|(name, _)| name);
    let mut layer = Layer::default();
    for (name, value) in ours {
        read_variable(&mut layer, name, value);
    }
    layer
}

fn read_variable(layer: &mut Layer, name: &OsStr, value: &OsStr) {
    let text = name.to_string_lossy();
    let place = Place {
        origin: Origin::Environment {
            variable: text.to_string(),
        },
        position: usize::MAX,
    };
    let path = path_of(&text);
    let mut refuse = |message: String| {
        layer.problems.push(place.problem(spelled(&path), message));
    };
    match (find(&path), value.to_str()) {
        (Found::Unknown, _) => refuse(unknown(&path)),
        (Found::Table, _) => refuse(format!("a table, not a key; {}", list(&path))),
        (Found::Key(_), None) => refuse("the value is not UTF-8 text".to_owned()),
        (Found::Key(entry), Some(value)) => {
            layer.add(&path, entry, &Raw::Untyped(value.to_owned()), &place);
        }
    }
}

/// The path below `backups` that a variable of ours names.
fn path_of(name: &str) -> Vec<String> {
    let rest: String = name.chars().skip(PREFIX.len()).collect();
    rest.to_ascii_lowercase()
        .split("__")
        .map(str::to_owned)
        .collect()
}

/// The variable of a path.
fn variable(path: &str) -> String {
    let name = path.replace('.', "__").to_ascii_uppercase();
    PREFIX.to_owned() + &name.replace('*', "<NAME>")
}

fn unknown(path: &[String]) -> String {
    match suggest(path) {
        Some(key) => format!("unknown variable; did you mean {}?", variable(&key)),
        None => format!("unknown variable; {}", list(known_part(path))),
    }
}

/// The longest part of a path that is a table.
fn known_part(path: &[String]) -> &[String] {
    let mut length = path.len();
    while length > 0 && children(&path[..length]).is_empty() {
        length -= 1;
    }
    &path[..length]
}

fn list(table: &[String]) -> String {
    let names = children(table).join(", ").to_ascii_uppercase();
    let mut start = variable(&table.join("."));
    if !table.is_empty() {
        start.push_str("__");
    }
    format!("{start}… goes on with {names}")
}
