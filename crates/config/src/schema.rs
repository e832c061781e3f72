//! The JSON Schema of the configuration file, made from the table of keys.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value as Json, json};

use crate::catalogue::CATALOGUE;
use crate::keys::AnyKey;

/// What the tables are for.
const TABLES: &[(&str, &str)] = &[
    ("", "Backups of a Prose Pod."),
    (
        "storage",
        "Where backups and their checks are kept: the default of the tables backups and checks in it.",
    ),
    (
        "storage.backups",
        "Where backups are kept, as far as it differs from storage.",
    ),
    (
        "storage.checks",
        "Where checks (digests and signatures) are kept, as far as it differs from storage.",
    ),
    (
        "storage.checks.previous",
        "Where checks were kept before, as far as it differs from storage; only read.",
    ),
    (
        "s3",
        "An S3-compatible service. backups.s3 is short for backups.storage.s3.",
    ),
    (
        "fs",
        "A directory. backups.fs is short for backups.storage.fs.",
    ),
    ("pgp", "Short for both signing.pgp and encryption.pgp."),
    ("compression", "How backups are compressed."),
    ("compression.zstd", "Zstandard."),
    ("hashing", "The digest beside each backup."),
    (
        "signing",
        "How backups are signed, and whose signatures count.",
    ),
    ("signing.pgp", "OpenPGP signatures."),
    (
        "encryption",
        "How backups are encrypted, and what decrypts old ones.",
    ),
    ("encryption.pgp", "OpenPGP encryption."),
    ("download", "Download URLs."),
    (
        "volumes",
        "What a backup holds, by name. Unless given, the five directories of a Prose Pod.",
    ),
    ("restore", "What a restore refuses to exceed."),
];

/// The kinds of store: their tables are the same wherever they stand, and described once.
const SHARED: [&str; 2] = ["s3", "fs"];

/// The JSON Schema of a configuration file: what an editor needs to complete and check it.
///
/// Tables other than `[backups]` are left open. Rules that tie keys together are not part of it.
pub fn schema() -> Json {
    SchemaGenerator::default()
        .into_root_schema_for::<File>()
        .to_value()
}

/// The whole file.
struct File;

impl JsonSchema for File {
    fn schema_name() -> Cow<'static, str> {
        "prose.toml".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut root = Table::default();
        for entry in CATALOGUE.iter() {
            root.insert(&entry.spelling, entry.key);
        }
        for kind in SHARED {
            if let Some(table) = root.tables.get(kind) {
                let definition = table.describe(kind);
                generator.definitions_mut().insert(kind.into(), definition);
            }
        }
        let backups = root.describe("");
        schemars::json_schema!({ "type": "object", "properties": { "backups": backups } })
    }
}

/// A table of the file, with what may stand in it.
#[derive(Default)]
struct Table {
    keys: BTreeMap<&'static str, &'static dyn AnyKey>,
    tables: BTreeMap<&'static str, Table>,
}

impl Table {
    fn insert(&mut self, path: &'static str, key: &'static dyn AnyKey) {
        match path.split_once('.') {
            Some((table, rest)) => self.tables.entry(table).or_default().insert(rest, key),
            None => {
                self.keys.insert(path, key);
            }
        }
    }

    /// The schema of this table, which stands at `path`.
    fn describe(&self, path: &str) -> Json {
        let tables = self.tables.iter().map(|(&name, table)| {
            let path = format!("{path}.{name}");
            let path = path.trim_start_matches('.');
            let schema = if SHARED.contains(&name) {
                json!({ "$ref": format!("#/$defs/{name}") })
            } else {
                table.describe(path)
            };
            (name.to_owned(), schema)
        });
        let keys = self
            .keys
            .iter()
            .map(|(&name, key)| (name.to_owned(), describe_key(*key)));
        let mut properties: Map<String, Json> = tables.chain(keys).collect();
        let chosen = properties.remove("*");
        let mut schema = json!({ "type": "object", "additionalProperties": false });
        if let Some(chosen) = chosen {
            schema["patternProperties"] = json!({ name_pattern(path): chosen });
        } else {
            schema["properties"] = properties.into();
        }
        if let Some((_, doc)) = TABLES.iter().find(|(table, _)| *table == path) {
            schema["description"] = (*doc).into();
        }
        schema
    }
}

fn describe_key(key: &dyn AnyKey) -> Json {
    let mut schema = key.schema();
    schema.insert("description".into(), key.doc().into());
    if let Ok(example) = serde_json::from_str::<Json>(key.example()) {
        schema.insert("examples".into(), json!([example]));
    }
    if let Some(default) = key.default() {
        schema.insert("default".into(), default);
    }
    schema.to_value()
}

/// What the names look like that an operator chooses in a table.
fn name_pattern(table: &str) -> &'static str {
    match table {
        "volumes" => "^[a-z0-9][a-z0-9._-]{0,63}$",
        _ => "^(0[xX])?([0-9A-Fa-f] *){40,64}$",
    }
}
