//! Reads the fields of one mapping and keeps the books: a field that nobody asked for is misspelt.

use crate::model::{ConfigFault, ProblemKind, Wanted, nearest};

use super::yaml::{At, Entry, Node, Sink, Value};

/// The fields of one mapping: `spec.rules[0]` of `HTTPRoute demo/storefront`.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    subject: String,
    path: String,
    entries: &'a [Entry],
    known: Vec<&'static str>,
    pub(super) at: At,
}

/// A text with its place.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) at: At,
}

impl<'a> Fields<'a> {
    /// The fields of `node`; a problem when it is no mapping.
    pub(super) fn of(node: &'a Node, subject: &str, path: &str, sink: &mut Sink) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            wrong(node, path, Wanted::Mapping, sink);
            return None;
        };
        Some(Self {
            subject: subject.to_owned(),
            path: path.to_owned(),
            entries,
            known: Vec::new(),
            at: node.at,
        })
    }

    /// The path of one of them: `spec.rules[0].matches`.
    pub(super) fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The value of a field; an explicit null counts as absent.
    pub(super) fn node(&mut self, name: &'static str) -> Option<&'a Node> {
        self.known.push(name);
        let entry = self.entries.iter().find(|entry| entry.key == name)?;
        (!matches!(entry.node.value, Value::Null)).then_some(&entry.node)
    }

    /// A mapping.
    pub(super) fn map(&mut self, name: &'static str, sink: &mut Sink) -> Option<Self> {
        let node = self.node(name)?;
        Fields::of(node, &self.subject, &self.path_of(name), sink)
    }

    /// A mapping that must be there.
    pub(super) fn required_map(&mut self, name: &'static str, sink: &mut Sink) -> Option<Self> {
        if self.node(name).is_none() {
            self.refuse(self.at, name, ConfigFault::Missing, sink);
            return None;
        }
        self.map(name, sink)
    }

    /// The items of a list of mappings; none when the field is absent.
    pub(super) fn maps(&mut self, name: &'static str, sink: &mut Sink) -> Vec<Self> {
        let path = self.path_of(name);
        let items = self.list(name, sink).iter().enumerate();
        items
            .filter_map(|(i, item)| Fields::of(item, &self.subject, &format!("{path}[{i}]"), sink))
            .collect()
    }

    /// The items of a list; none when the field is absent.
    pub(super) fn list(&mut self, name: &'static str, sink: &mut Sink) -> &'a [Node] {
        match self.node(name) {
            None => &[],
            Some(Node { value: Value::List(items), .. }) => items,
            Some(node) => {
                wrong(node, &self.path_of(name), Wanted::List, sink);
                &[]
            }
        }
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, name: &'static str, sink: &mut Sink) -> Vec<Text> {
        let path = self.path_of(name);
        let items = self.list(name, sink).iter();
        items.filter_map(|item| text_of(item, &path, sink)).collect()
    }

    /// A text.
    pub(super) fn text(&mut self, name: &'static str, sink: &mut Sink) -> Option<Text> {
        let node = self.node(name)?;
        text_of(node, &self.path_of(name), sink)
    }

    /// A text that must be there.
    pub(super) fn required(&mut self, name: &'static str, sink: &mut Sink) -> Option<Text> {
        if self.node(name).is_none() {
            self.refuse(self.at, name, ConfigFault::Missing, sink);
            return None;
        }
        self.text(name, sink)
    }

    /// A yes or no.
    pub(super) fn flag(&mut self, name: &'static str, sink: &mut Sink) -> Option<bool> {
        let node = self.node(name)?;
        if let Value::Bool(flag) = node.value {
            return Some(flag);
        }
        wrong(node, &self.path_of(name), Wanted::Boolean, sink);
        None
    }

    /// A port, 1 to 65535.
    pub(super) fn port(&mut self, name: &'static str, sink: &mut Sink) -> Option<u16> {
        let node = self.node(name)?;
        let port = match node.value {
            Value::Int(port) => u16::try_from(port).ok().filter(|port| *port != 0),
            _ => None,
        };
        if port.is_none() {
            wrong(node, &self.path_of(name), Wanted::Port, sink);
        }
        port
    }

    /// Fields that change nothing on one machine.
    pub(super) fn ignore(&mut self, names: &[&'static str]) {
        self.known.extend(names);
    }

    /// Fields that the API has and that are not done here. An error and no warning: left out silently
    /// they would make the route mean something else than what is written.
    pub(super) fn unsupported(&mut self, names: &[&'static str], sink: &mut Sink) {
        self.known.extend(names);
        let found = self.entries.iter().filter(|entry| names.contains(&entry.key.as_str()));
        for entry in found {
            let subject = format!("{}: {}", self.subject, self.path_of(&entry.key));
            sink.error(entry.key_at, ProblemKind::Unsupported { subject });
        }
    }

    /// A value of a field that the API has and that is not done here.
    pub(super) fn unsupported_value(&self, field: &str, value: &Text, sink: &mut Sink) {
        let subject = format!("{}: {} {}", self.subject, self.path_of(field), value.text);
        sink.error(value.at, ProblemKind::Unsupported { subject });
    }

    /// A problem with one of them.
    pub(super) fn refuse(&self, at: At, field: &str, fault: ConfigFault, sink: &mut Sink) {
        sink.config(at, format!("{}: {}", self.subject, self.path_of(field)), fault);
    }

    /// Reports every field that nobody asked for.
    pub(super) fn finish(self, sink: &mut Sink) {
        for entry in self.entries.iter().filter(|entry| !self.known.contains(&entry.key.as_str())) {
            let place =
                if self.path.is_empty() { String::new() } else { format!(" {}", self.path) };
            let kind = ProblemKind::UnknownField {
                name: entry.key.clone(),
                message: format!("{}{place}", self.subject),
                nearest: nearest(&entry.key, self.known.iter().copied()).map(str::to_owned),
            };
            sink.error(entry.key_at, kind);
        }
    }
}

fn text_of(node: &Node, path: &str, sink: &mut Sink) -> Option<Text> {
    if let Value::Text(text) = &node.value {
        return Some(Text { text: text.clone(), at: node.at });
    }
    wrong(node, path, Wanted::Text, sink);
    None
}

/// A value of the wrong type. Only its kind is told, never the value: it may be a secret.
fn wrong(node: &Node, path: &str, expected: Wanted, sink: &mut Sink) {
    let kind =
        ProblemKind::WrongValue { path: path.to_owned(), expected, found: node.value.kind() };
    sink.error(node.at, kind);
}
