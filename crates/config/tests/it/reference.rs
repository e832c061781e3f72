//! The committed JSON Schema and reference are those of the code.
//!
//! `UPDATE_REFERENCE=1 cargo test -p prose-backup-config reference` writes both.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use prose_backup_config::schema;
use serde_json::Value as Json;

use super::{load, refusal};

const BEGIN: &str =
    "<!-- Written by UPDATE_REFERENCE=1 cargo test -p prose-backup-config reference -->\n";
const END: &str = "<!-- End of what is written -->\n";

/// A key as the schema describes it.
struct Leaf {
    path: String,
    schema: Json,
}

fn docs(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(file)
}

/// Compares a committed file with what it should be, or writes it on demand.
fn assert_committed(file: &str, expected: &str) {
    let path = docs(file);
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        fs::write(&path, expected).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap();
    assert!(
        committed == expected,
        "docs/{file} is not what the code says; run UPDATE_REFERENCE=1 cargo test -p prose-backup-config reference"
    );
}

/// All keys and all tables of the schema.
fn walk() -> (Vec<Leaf>, Vec<String>) {
    let root = schema();
    let (mut leaves, mut tables) = (Vec::new(), Vec::new());
    let backups = &root["properties"]["backups"];
    walk_table(&root, backups, String::new(), &mut leaves, &mut tables);
    (leaves, tables)
}

fn walk_table(
    root: &Json,
    node: &Json,
    path: String,
    leaves: &mut Vec<Leaf>,
    tables: &mut Vec<String>,
) {
    let node = match node["$ref"].as_str() {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
        None => node,
    };
    if node["type"] != "object" {
        leaves.push(Leaf {
            path,
            schema: node.clone(),
        });
        return;
    }
    assert_eq!(node["additionalProperties"], false, "{path}");
    let below = |name: &str| format!("{path}.{name}").trim_start_matches('.').to_owned();
    for (name, child) in node["properties"].as_object().into_iter().flatten() {
        walk_table(root, child, below(name), leaves, tables);
    }
    for child in node["patternProperties"]
        .as_object()
        .into_iter()
        .flat_map(|map| map.values())
    {
        walk_table(root, child, below("*"), leaves, tables);
    }
    tables.push(path);
}

/// A name that may stand in the place of `*`.
fn chosen_name(path: &str) -> String {
    if path.contains("volumes") {
        "prosody-data".to_owned()
    } else {
        "0123456789ABCDEF0123456789ABCDEF01234567".to_owned()
    }
}

#[test]
fn the_committed_schema_is_that_of_the_code() {
    let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    assert_committed("config.schema.json", &text);
}

#[test]
fn the_schema_and_the_reader_know_the_same_keys() {
    let (leaves, tables) = walk();
    assert!(leaves.len() > 100, "with all spellings");
    for Leaf { path, .. } in &leaves {
        let path = path.replace('*', &chosen_name(path));
        let message = refusal(&format!("backups.{path} = 1979-05-27"));
        assert!(
            message.contains("found a date or time"),
            "{path}: {message}"
        );
    }
    for table in &tables {
        if ["volumes", "passphrases", "passphrase_files"]
            .iter()
            .any(|name| table.ends_with(name))
        {
            continue;
        }
        let path = format!("backups.{table}.zzzzzz").replace("..", ".");
        let message = refusal(&format!("{path} = 1"));
        assert!(message.contains("unknown key"), "{table}: {message}");
    }
}

#[test]
fn the_defaults_of_the_schema_are_those_in_force() {
    let effective = load(
        "backups.storage.provider = 'fs'\nbackups.fs.directory = '/b'",
        &[],
    )
    .effective
    .to_json();
    let mut compared = 0;
    for Leaf { path, schema } in walk().0 {
        let Some(entry) = effective.get(format!("backups.{path}")) else {
            continue;
        };
        if entry["origin"] == "default" && !schema["default"].is_null() {
            assert_eq!(entry["value"], schema["default"], "{path}");
            compared += 1;
        }
    }
    assert!(compared > 15, "{compared}");
}

#[test]
fn the_committed_reference_is_that_of_the_code() {
    let committed = fs::read_to_string(docs("configuration.md")).unwrap();
    let (before, rest) = committed.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let text = format!("{before}{BEGIN}{}{END}{after}", reference());
    assert_committed("configuration.md", &text);
}

#[test]
fn the_example_of_the_reference_is_a_configuration() {
    let text = fs::read_to_string(docs("configuration.md")).unwrap();
    let (_, rest) = text.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let loaded = load(example, &[("PROSE_BACKUPS__S3__SECRET_KEY", "s3cr3t")]);
    assert_eq!(loaded.warnings, []);
    assert!(loaded.config.signing.enabled && loaded.config.signing.mandatory);
}

/// Every key once, in the order of the sections.
fn reference() -> String {
    const SECTIONS: [(&str, &str); 10] = [
        ("Stores", "storage"),
        ("Stores on S3", "s3"),
        ("Stores in a directory", "fs"),
        ("Compression", "compression"),
        ("Digests", "hashing"),
        ("Signing", "signing"),
        ("Encryption", "encryption"),
        ("Passphrases", "pgp"),
        ("Download", "download"),
        ("Volumes", "volumes"),
    ];
    let leaves: Vec<_> = walk()
        .0
        .into_iter()
        .filter(|leaf| !is_repeated(&leaf.path))
        .collect();
    let mut text = String::new();
    let mut left = leaves.len();
    let last = [
        ("Restore", "restore"),
        ("Directories", "spool_dir"),
        ("", "state_dir"),
    ];
    for (title, first) in SECTIONS.into_iter().chain(last) {
        if !title.is_empty() {
            write!(text, "\n### {title}\n\n").unwrap();
        }
        for leaf in leaves
            .iter()
            .filter(|leaf| leaf.path.split('.').next() == Some(first))
        {
            text.push_str(&describe(leaf));
            left -= 1;
        }
    }
    assert_eq!(left, 0, "a section is missing");
    text.push('\n');
    text
}

/// Whether another spelling of the key is in the reference.
fn is_repeated(path: &str) -> bool {
    let repeated = [
        "storage.s3.",
        "storage.fs.",
        "storage.backups.",
        "storage.checks.",
    ];
    repeated.iter().any(|start| path.starts_with(start))
        || (path.starts_with("pgp.") && !path.starts_with("pgp.passphrase"))
        || path.contains("ing.pgp.passphrase")
        || path.contains("ion.pgp.passphrase")
}

fn describe(Leaf { path, schema }: &Leaf) -> String {
    let name = if path.starts_with("volumes") {
        "<name>"
    } else {
        "<fingerprint>"
    };
    let key = path.replace('*', name);
    let variable = path
        .replace('.', "__")
        .to_uppercase()
        .replace('*', &name.to_uppercase());
    let default = match &schema["default"] {
        Json::Null => "No default.".to_owned(),
        default => format!("Default: `{default}`."),
    };
    format!(
        "- **`backups.{key}`** ({kind}). {doc}\n  {default} Example: `{example_key} = {example}`. Variable: `PROSE_BACKUPS__{variable}`.\n",
        kind = kind(schema),
        doc = schema["description"].as_str().unwrap(),
        example_key = path.replace('*', &chosen_name(path)),
        example = schema["examples"][0],
    )
}

fn kind(schema: &Json) -> String {
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
        return words.join(" or ");
    }
    match schema["title"]
        .as_str()
        .or(schema["type"].as_str())
        .unwrap()
    {
        "boolean" => "`true` or `false`".to_owned(),
        "integer" => "whole number".to_owned(),
        "string" => "text".to_owned(),
        other => other.to_owned(),
    }
}
