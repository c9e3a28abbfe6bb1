//! `Secret`: values that stand in the file, in an environment variable or in another file.
//!
//! `stringData` carries text, where `env:NAME` and `file:PATH` point elsewhere, so that the
//! configuration itself can be shown and shared; `data` carries base64, as Kubernetes has it.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::{ConfigFault, Secret};

use super::super::fields::{Fields, Text};
use super::super::yaml::{Sink, Value};
use super::Meta;

/// A `Secret`.
#[derive(Debug)]
pub(in super::super) struct SecretDoc {
    pub(in super::super) meta: Meta,
    /// Key and value; for API keys that is client and key.
    pub(in super::super) values: Vec<(String, Secret)>,
}

pub(super) fn read(meta: Meta, fields: &mut Fields<'_>, sink: &mut Sink) -> SecretDoc {
    fields.ignore(&["type", "immutable"]);
    let mut values = Vec::new();
    for (field, resolve) in [("data", decode as fn(&str) -> _), ("stringData", look_up)] {
        for (key, text) in pairs(fields, field, sink) {
            match resolve(&text.text) {
                Ok(value) => {
                    // `stringData` overwrites `data`, as the API server does it.
                    values.retain(|(known, _)| *known != key);
                    values.push((key, Secret::new(value)));
                }
                Err(fault) => fields.refuse(text.at, &format!("{field}.{key}"), fault, sink),
            }
        }
    }
    SecretDoc { meta, values }
}

fn pairs(fields: &mut Fields<'_>, field: &'static str, sink: &mut Sink) -> Vec<(String, Text)> {
    let Some(node) = fields.node(field) else { return Vec::new() };
    let Value::Map(entries) = &node.value else {
        fields.refuse(node.at, field, ConfigFault::NotMapping, sink);
        return Vec::new();
    };
    let mut pairs = Vec::new();
    for entry in entries {
        if let Value::Text(text) = &entry.node.value {
            pairs.push((entry.key.clone(), Text { text: text.clone(), at: entry.node.at }));
        } else {
            let path = format!("{field}.{}", entry.key);
            fields.refuse(entry.node.at, &path, ConfigFault::NotQuoted, sink);
        }
    }
    pairs
}

/// Base64. The cause never repeats the value.
fn decode(text: &str) -> Result<String, ConfigFault> {
    let compact: String = text.split_whitespace().collect();
    let bytes = STANDARD.decode(compact).map_err(|_bad| ConfigFault::NotBase64)?;
    String::from_utf8(bytes).map_err(|_bad| ConfigFault::NotUtf8)
}

/// The text itself, or what it points to.
fn look_up(text: &str) -> Result<String, ConfigFault> {
    if let Some(name) = text.strip_prefix("env:") {
        return std::env::var(name).map_err(|_absent| ConfigFault::NoVariable(name.to_owned()));
    }
    if let Some(path) = text.strip_prefix("file:") {
        let value = std::fs::read_to_string(Path::new(path)).map_err(|error| {
            let cause = error.to_string().into();
            ConfigFault::NoFile { path: path.to_owned(), cause }
        })?;
        return Ok(value.trim_end_matches(['\r', '\n']).to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_here_or_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        std::fs::write(&path, "from-file\n").unwrap();
        let file = format!("file:{}", path.display());
        assert_eq!(look_up("plain").unwrap(), "plain");
        assert_eq!(look_up(&file).unwrap(), "from-file");
        assert_eq!(look_up("env:PATH").unwrap(), std::env::var("PATH").unwrap());
        assert!(
            look_up("env:HOPLENS_NO_SUCH")
                .is_err_and(|fault| fault == ConfigFault::NoVariable("HOPLENS_NO_SUCH".into()))
        );
        assert!(format!("{:?}", look_up("file:/no/such")).contains("/no/such"));
        assert_eq!(decode("ZGVtbw==\n").unwrap(), "demo");
        assert!(!format!("{:?}", decode("top-secret").unwrap_err()).contains("top"));
    }
}
