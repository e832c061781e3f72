//! The committed JSON Schema and reference are those of the code.

use std::fs;
use std::path::PathBuf;

use prose_backup_config::schema;
use serde_json::Value as Json;

use super::{refusal_with, try_load};

#[test]
fn placeholder() {
    let _ = (
        schema(),
        fs::read_to_string("x"),
        PathBuf::new(),
        Json::Null,
    );
    let _ = (
        refusal_with as fn(&str, &[(&str, &str)]) -> String,
        try_load as fn(_, _) -> _,
    );
}
