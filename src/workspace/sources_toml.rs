//! `sources.toml`, version 1: the schema sources that were open.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::SavedSource;
use crate::model::Security;

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct File {
    #[serde(default)]
    version: u32,
    #[serde(default, rename = "source")]
    sources: Vec<Source>,
}

/// A source as it stands in a file; a draft's own source is written the same way.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub(super) struct Source {
    kind: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    paths: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roots: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    target: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    security: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
}

pub(super) fn write(sources: &[SavedSource]) -> Result<String, toml::ser::Error> {
    let sources = sources.iter().map(Source::from).collect();
    toml::to_string_pretty(&File { version: VERSION, sources })
}

pub(super) fn read(text: &str) -> Result<Vec<SavedSource>, toml::de::Error> {
    let file: File = toml::from_str(text)?;
    Ok(file.sources.into_iter().filter_map(Source::open).collect())
}

impl From<&SavedSource> for Source {
    fn from(source: &SavedSource) -> Self {
        match source {
            SavedSource::Paths { paths, roots } => Self {
                kind: "paths".to_owned(),
                paths: to_texts(paths),
                roots: to_texts(roots),
                ..Self::default()
            },
            SavedSource::Reflection { target, security_override } => Self {
                kind: "reflection".to_owned(),
                target: target.clone(),
                security: security_override.map(|security| security_name(security).to_owned()),
                ..Self::default()
            },
            SavedSource::BuiltIn(name) => {
                Self { kind: "built-in".to_owned(), name: name.clone(), ..Self::default() }
            }
            SavedSource::Scratch(name) => {
                Self { kind: "scratch".to_owned(), name: name.clone(), ..Self::default() }
            }
        }
    }
}

impl Source {
    /// `None` for a kind that a later version added.
    pub(super) fn open(self) -> Option<SavedSource> {
        let paths = |texts: Vec<String>| texts.into_iter().map(PathBuf::from).collect();
        match self.kind.as_str() {
            "paths" => {
                Some(SavedSource::Paths { paths: paths(self.paths), roots: paths(self.roots) })
            }
            "reflection" => Some(SavedSource::Reflection {
                target: self.target,
                security_override: self.security.as_deref().and_then(security_from),
            }),
            "built-in" => Some(SavedSource::BuiltIn(self.name)),
            "scratch" => Some(SavedSource::Scratch(self.name)),
            _ => None,
        }
    }
}

fn to_texts(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.to_string_lossy().into_owned()).collect()
}

pub(super) fn security_name(security: Security) -> &'static str {
    match security {
        Security::Plaintext => "plaintext",
        Security::Tls => "tls",
    }
}

pub(super) fn security_from(name: &str) -> Option<Security> {
    match name {
        "plaintext" => Some(Security::Plaintext),
        "tls" => Some(Security::Tls),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_come_back() {
        let sources = [
            SavedSource::Paths {
                paths: vec!["/srv/protos/shop.proto".into(), "C:\\protos".into()],
                roots: vec!["/srv/protos".into()],
            },
            SavedSource::Reflection {
                target: "localhost:50051".into(),
                security_override: Some(Security::Tls),
            },
            SavedSource::BuiltIn("greeter".into()),
            SavedSource::Scratch("scratch-1.proto".into()),
        ];
        assert_eq!(read(&write(&sources).unwrap()).unwrap(), sources);
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn a_kind_of_a_later_version_is_passed_over() {
        let text = "version = 2\n[[source]]\nkind = \"registry\"\nurl = \"https://x\"\n\
                    [[source]]\nkind = \"built-in\"\nname = \"shop\"\n";
        assert_eq!(read(text).unwrap(), [SavedSource::BuiltIn("shop".into())]);
    }
}
