//! YAML as a tree in which every key and value knows its place.
//!
//! The documents are read from this tree and not by derived deserializers, because one pass must report
//! every fault of a file, each with its line, and tell a misspelt field from one that is not done here.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use crate::model::{ConfigFault, Found, Place, Problem, ProblemKind};

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) at: At,
}

/// Line and column, both from 1; 0 when unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct At {
    line: u32,
    column: u32,
}

/// One key of a mapping and its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_at: At,
    pub(super) node: Node,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    /// A number that no field wants: a fraction, or beyond 64 bits.
    Float,
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

impl Value {
    /// Its kind, never the value itself: it may be a secret.
    pub(super) fn kind(&self) -> Found {
        match self {
            Self::Null => Found::Nothing,
            Self::Bool(_) => Found::Boolean,
            Self::Int(_) | Self::Float => Found::Number,
            Self::Text(_) => Found::Text,
            Self::List(_) => Found::List,
            Self::Map(_) => Found::Mapping,
        }
    }
}

impl From<Location> for At {
    fn from(location: Location) -> Self {
        let narrow = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        Self { line: narrow(location.line()), column: narrow(location.column()) }
    }
}

/// Collects problems of one file.
#[derive(Debug)]
pub(super) struct Sink {
    file: PathBuf,
    problems: Vec<(At, Problem)>,
}

impl Sink {
    pub(super) fn new(file: &Path) -> Self {
        Self { file: file.to_owned(), problems: Vec::new() }
    }

    pub(super) fn error(&mut self, at: At, kind: ProblemKind) {
        let place = Place { file: Some(self.file.clone()), line: at.line, column: at.column };
        self.problems.push((at, Problem::error(kind).at(place)));
    }

    /// A document that says something that cannot be.
    pub(super) fn config(&mut self, at: At, subject: impl Into<String>, fault: ConfigFault) {
        self.error(at, ProblemKind::Config { subject: subject.into(), fault });
    }

    /// All, in the order of the text.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|(at, _)| *at);
        self.problems.into_iter().map(|(_, problem)| problem).collect()
    }
}

/// Reads all documents of a text; empty ones are left out.
pub(super) fn read(text: &str, sink: &mut Sink) -> Vec<Node> {
    match serde_saphyr::from_multiple::<Spanned<Value>>(text) {
        Ok(documents) => documents.into_iter().map(Node::from).collect(),
        Err(error) => {
            let at = error.location().map(At::from).unwrap_or_default();
            let message = error.without_snippet().to_string();
            sink.error(at, ProblemKind::Syntax { message });
            Vec::new()
        }
    }
}

impl From<Spanned<Value>> for Node {
    fn from(spanned: Spanned<Value>) -> Self {
        Self { at: spanned.referenced.into(), value: spanned.value }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or(Value::Float, Value::Int))
    }

    fn visit_f64<E>(self, _value: f64) -> Result<Value, E> {
        Ok(Value::Float)
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = access.next_element::<Spanned<Value>>()? {
            list.push(item.into());
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some((key, node)) = access.next_entry::<Spanned<String>, Spanned<Value>>()? {
            let key_at = key.referenced.into();
            map.push(Entry { key: key.value, key_at, node: node.into() });
        }
        Ok(Value::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_and_values_know_their_places() {
        let mut sink = Sink::new(Path::new("f.yaml"));
        let nodes = read("# c\nkind: A\n---\nkind: B\nlist:\n  - port: 80\n", &mut sink);
        assert_eq!(nodes.len(), 2);
        let Value::Map(entries) = &nodes[1].value else { panic!("{nodes:?}") };
        assert_eq!(
            (entries[1].key.as_str(), entries[1].key_at),
            ("list", At { line: 5, column: 1 })
        );
        let Value::List(items) = &entries[1].node.value else { panic!("{nodes:?}") };
        let Value::Map(item) = &items[0].value else { panic!("{nodes:?}") };
        assert_eq!(item[0].node.at, At { line: 6, column: 11 });
        assert!(matches!(item[0].node.value, Value::Int(80)));
        assert!(sink.into_problems().is_empty());
    }

    #[test]
    fn broken_text_is_one_problem_with_a_line() {
        let mut sink = Sink::new(Path::new("f.yaml"));
        assert!(read("a: 1\nb: [1, 2\n", &mut sink).is_empty());
        let problems = sink.into_problems();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].place.as_ref().is_some_and(|place| place.line >= 2), "{problems:?}");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[a-z:\\-\\[\\]{}&*#|>\"' \n]{0,200}") {
            let mut sink = Sink::new(Path::new("f.yaml"));
            let _ = read(&text, &mut sink);
        }
    }
}
