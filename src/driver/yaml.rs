//! The one place that knows which YAML library is in use.
//!
//! Trees are those of JSON: an option with arguments is then a map of one entry, `optimizer: {adam: {lr: 0.001}}`,
//! where YAML's own data model would write a tag.

use serde_json::Value;

/// Block-style YAML, ending in a line break.
pub fn write(tree: &Value) -> String {
    match serde_yaml::to_string(tree) {
        Ok(text) => text,
        Err(e) => panic!("internal error: a tree that YAML cannot hold: {e}"),
    }
}

/// Reads YAML, for instance what follows `--set key=`.
///
/// # Errors
/// What is wrong with the text, with its line and column.
pub fn read(text: &str) -> Result<Value, String> {
    serde_yaml::from_str(text).map_err(|e| e.to_string())
}
