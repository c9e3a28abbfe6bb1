//! JSON text to a message: one walk that builds what fits and reports all that does not.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{
    DynamicMessage, EnumDescriptor, ExtensionDescriptor, FieldDescriptor, Kind, MapKey,
    MessageDescriptor, Value,
};

use super::{
    MAX_NESTING,
    path::MessagePath,
    scalar, text,
    text::{Member, Node, NodeValue},
};
use crate::{
    model::{Found, Problem, ProblemKind, Severity, Wanted, nearest},
    schema::{ScalarKind, WellKnown},
};

/// More problems than this help nobody.
const MAX_PROBLEMS: usize = 100;

/// What becomes of fields and enum values whose names the schema does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum UnknownNames {
    /// Each is an error.
    #[default]
    Refused,
    /// They are left out.
    Ignored,
}

/// What came of a text.
#[derive(Debug)]
pub(in crate::schema) struct Encoded {
    /// The message, when nothing in the text is an error.
    pub bytes: Option<Bytes>,
    /// Errors and warnings in the order of the text.
    pub problems: Vec<Problem>,
}

/// JSON text to protobuf. A blank text is an empty message.
pub(in crate::schema) fn encode(
    message: &MessageDescriptor,
    text: &str,
    unknown: UnknownNames,
) -> Encoded {
    let path = MessagePath::default();
    let mut encoder = Encoder { text, unknown, problems: Vec::new(), path };
    if text.trim().is_empty() {
        return encoder.finish(Some(DynamicMessage::new(message.clone())));
    }
    match text::parse(text) {
        Ok(root) => {
            let built = encoder.message(message, &root);
            encoder.finish(built)
        }
        Err(error) => {
            encoder.report(error.at, ProblemKind::JsonSyntax { fault: error.fault });
            encoder.finish(None)
        }
    }
}

pub(super) struct Encoder<'a> {
    text: &'a str,
    unknown: UnknownNames,
    problems: Vec<Problem>,
    path: MessagePath,
}

impl Encoder<'_> {
    fn finish(self, built: Option<DynamicMessage>) -> Encoded {
        let mut problems = self.problems;
        problems.sort_by_key(|problem| problem.place.as_ref().map(|at| (at.line, at.column)));
        let has_error = problems.iter().any(|problem| problem.severity == Severity::Error);
        let bytes = built.filter(|_| !has_error).map(|built| built.encode_to_vec().into());
        Encoded { bytes, problems }
    }

    /// A name that an enum does not have, where such names are left out.
    fn lets_pass(&self, node: &Node) -> bool {
        self.unknown == UnknownNames::Ignored && matches!(node.value, NodeValue::Text(_))
    }

    fn report(&mut self, at: usize, kind: ProblemKind) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem::error(kind).at(text::place_at(self.text, at)));
        }
    }

    /// Reports a value that is not what its field takes.
    pub(super) fn wrong<T>(&mut self, node: &Node, type_name: impl Into<String>) -> Option<T> {
        self.unlike(node, Wanted::Type(type_name.into()))
    }

    /// The same of what has no type's name.
    pub(super) fn unlike<T>(&mut self, node: &Node, expected: Wanted) -> Option<T> {
        let (path, found) = (self.path.text(), Found::Shown(found(node)));
        self.report(node.at, ProblemKind::WrongValue { path, expected, found });
        None
    }

    pub(super) fn unknown_field(&mut self, message: &MessageDescriptor, member: &Member) {
        if self.unknown == UnknownNames::Ignored {
            return;
        }
        let names: Vec<String> = message.fields().map(|f| f.json_name().to_owned()).collect();
        let nearest = nearest(&member.key, names.iter().map(String::as_str)).map(str::to_owned);
        let kind = ProblemKind::UnknownField {
            name: member.key.clone(),
            message: message.full_name().to_owned(),
            nearest,
        };
        self.report(member.key_at, kind);
    }

    pub(super) fn message(
        &mut self,
        message: &MessageDescriptor,
        node: &Node,
    ) -> Option<DynamicMessage> {
        if self.path.depth() > MAX_NESTING {
            return self.wrong(node, message.full_name());
        }
        if let Some(known) = WellKnown::of(message.full_name()) {
            return self.well_known(message, known, node);
        }
        let NodeValue::Object(members) = &node.value else {
            return self.wrong(node, message.full_name());
        };
        let mut built = DynamicMessage::new(message.clone());
        self.fields(&mut built, members.iter(), node);
        Some(built)
    }

    /// Sets the fields that the members name. What does not fit is reported and left out.
    pub(super) fn fields<'m>(
        &mut self,
        built: &mut DynamicMessage,
        members: impl Iterator<Item = &'m Member>,
        whole: &Node,
    ) {
        let message = built.descriptor_of();
        let mut seen = Seen::default();
        for member in members {
            if let Some(extension) = extension_named(&message, &member.key) {
                self.path.enter_field(&member.key);
                let value = self.extension(&extension, &member.value);
                self.path.leave();
                if let Some(value) = value.filter(|v| v.is_valid_for_extension(&extension)) {
                    built.set_extension(&extension, value);
                }
                continue;
            }
            let Some(field) = field_named(&message, &member.key) else {
                self.unknown_field(&message, member);
                continue;
            };
            self.path.enter_field(&member.key);
            if is_set(&field, &member.value) {
                if let Some(clash) = seen.clash(&field) {
                    let kind = clash.at(self.path.text());
                    self.report(member.value.at, kind);
                } else if let Some(value) = self.field(&field, &member.value)
                    && built.try_set_field(&field, value).is_err()
                {
                    self.wrong::<()>(&member.value, type_name(&field.kind()));
                }
            }
            self.path.leave();
        }
        self.required(&message, &seen, whole);
    }

    /// A proto2 field that is missing is a warning: what will be sent is exactly what is set.
    fn required(&mut self, message: &MessageDescriptor, seen: &Seen, whole: &Node) {
        for field in message.fields().filter(FieldDescriptor::is_required) {
            if seen.fields.contains(&field.number()) || self.problems.len() >= MAX_PROBLEMS {
                continue;
            }
            self.path.enter_field(field.json_name());
            let kind = ProblemKind::WrongValue {
                path: self.path.text(),
                expected: Wanted::Type(type_name(&field.kind())),
                found: Found::Missing,
            };
            self.path.leave();
            let place = text::place_at(self.text, whole.at);
            self.problems.push(Problem::warning(kind).at(place));
        }
    }

    fn field(&mut self, field: &FieldDescriptor, node: &Node) -> Option<Value> {
        if field.is_map() {
            self.map(field, node)
        } else if field.is_list() {
            self.list(&field.kind(), node)
        } else {
            self.value(&field.kind(), node)
        }
    }

    fn extension(&mut self, extension: &ExtensionDescriptor, node: &Node) -> Option<Value> {
        if extension.is_list() {
            self.list(&extension.kind(), node)
        } else {
            self.value(&extension.kind(), node)
        }
    }

    fn list(&mut self, kind: &Kind, node: &Node) -> Option<Value> {
        let NodeValue::List(items) = &node.value else {
            return self.wrong(node, format!("[{}]", type_name(kind)));
        };
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            self.path.enter_row(index);
            list.extend(self.value(kind, item));
            self.path.leave();
        }
        Some(Value::List(list))
    }

    fn map(&mut self, field: &FieldDescriptor, node: &Node) -> Option<Value> {
        let Kind::Message(entry) = field.kind() else { return None };
        let key_kind = ScalarKind::of(&entry.map_entry_key_field().kind())?;
        let value_kind = entry.map_entry_value_field().kind();
        let NodeValue::Object(members) = &node.value else {
            let expected = format!("{{{}: {}}}", key_kind.name(), type_name(&value_kind));
            return self.wrong(node, expected);
        };
        let mut map: HashMap<MapKey, Value> = HashMap::with_capacity(members.len());
        for member in members {
            self.path.enter_entry(&member.key);
            let key = scalar::key_from(key_kind, &member.key);
            if key.as_ref().is_none_or(|key| map.contains_key(key)) {
                let kind = ProblemKind::WrongValue {
                    path: self.path.text(),
                    expected: Wanted::Type(key_kind.name().to_owned()),
                    found: Found::Shown(format!("{:?}", member.key)),
                };
                self.report(member.key_at, kind);
            }
            if let (Some(value), Some(key)) = (self.value(&value_kind, &member.value), key) {
                map.insert(key, value);
            }
            self.path.leave();
        }
        Some(Value::Map(map))
    }

    pub(super) fn value(&mut self, kind: &Kind, node: &Node) -> Option<Value> {
        match kind {
            Kind::Message(message) => self.message(message, node).map(Value::Message),
            Kind::Enum(descriptor) => match enum_number(descriptor, node) {
                Some(number) => Some(Value::EnumNumber(number)),
                None if self.lets_pass(node) => None,
                None => self.wrong(node, enum_choices(descriptor)),
            },
            scalar => {
                let value = ScalarKind::of(scalar)
                    .and_then(|scalar| scalar::from_json(scalar, &node.value));
                match value {
                    Some(value) => Some(value),
                    None => self.wrong(node, type_name(scalar)),
                }
            }
        }
    }
}

/// What one object has set so far.
#[derive(Default)]
struct Seen {
    fields: HashSet<u32>,
    oneofs: HashMap<String, String>,
}

impl Seen {
    /// Notes a field; says what stands in its way when it or its oneof is set already.
    fn clash(&mut self, field: &FieldDescriptor) -> Option<Clash> {
        if !self.fields.insert(field.number()) {
            return Some(Clash::Field);
        }
        let oneof = field.containing_oneof()?;
        let earlier = self.oneofs.get(oneof.name());
        let clash = earlier.map(|earlier| Clash::Oneof {
            oneof: oneof.name().to_owned(),
            earlier: earlier.clone(),
        });
        self.oneofs.entry(oneof.name().to_owned()).or_insert_with(|| field.json_name().to_owned());
        clash
    }
}

/// What stands in a field's way.
enum Clash {
    /// It is set already.
    Field,
    /// Another member of its oneof is.
    Oneof { oneof: String, earlier: String },
}

impl Clash {
    fn at(self, path: String) -> ProblemKind {
        match self {
            Self::Field => ProblemKind::SetTwice { path },
            Self::Oneof { oneof, earlier } => ProblemKind::OneofTwice { path, oneof, earlier },
        }
    }
}

/// The descriptor by value, so that the message can be changed while its fields are looked up.
trait DescriptorOf {
    fn descriptor_of(&self) -> MessageDescriptor;
}

impl DescriptorOf for DynamicMessage {
    fn descriptor_of(&self) -> MessageDescriptor {
        prost_reflect::ReflectMessage::descriptor(self)
    }
}

fn field_named(message: &MessageDescriptor, key: &str) -> Option<FieldDescriptor> {
    message.get_field_by_json_name(key).or_else(|| message.get_field_by_name(key))
}

fn extension_named(message: &MessageDescriptor, key: &str) -> Option<ExtensionDescriptor> {
    let name = key.strip_prefix('[')?.strip_suffix(']')?;
    message.get_extension_by_full_name(name)
}

/// Null means unset, except where null is a value.
fn is_set(field: &FieldDescriptor, node: &Node) -> bool {
    node.value != NodeValue::Null
        || match field.kind() {
            _ if field.is_list() || field.is_map() => false,
            Kind::Message(message) => message.full_name() == "google.protobuf.Value",
            Kind::Enum(descriptor) => descriptor.full_name() == "google.protobuf.NullValue",
            _ => false,
        }
}

fn enum_number(descriptor: &EnumDescriptor, node: &Node) -> Option<i32> {
    match &node.value {
        NodeValue::Text(name) => descriptor.get_value_by_name(name).map(|value| value.number()),
        NodeValue::Number(number) => scalar::integer(number)?.try_into().ok(),
        NodeValue::Null => (descriptor.full_name() == "google.protobuf.NullValue").then_some(0),
        NodeValue::Bool(_) | NodeValue::List(_) | NodeValue::Object(_) => None,
    }
}

/// `shop.Status (NEW | PAID | SENT)`.
fn enum_choices(descriptor: &EnumDescriptor) -> String {
    const SHOWN: usize = 12;
    let mut names: Vec<_> =
        descriptor.values().take(SHOWN).map(|value| value.name().to_owned()).collect();
    if descriptor.values().len() > SHOWN {
        names.push("...".to_owned());
    }
    format!("{} ({})", descriptor.full_name(), names.join(" | "))
}

fn type_name(kind: &Kind) -> String {
    match kind {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(descriptor) => descriptor.full_name().to_owned(),
        scalar => ScalarKind::of(scalar).map(ScalarKind::name).unwrap_or_default().to_owned(),
    }
}

/// The value as the user wrote it, cut short.
fn found(node: &Node) -> String {
    const SHOWN: usize = 40;
    match &node.value {
        NodeValue::Null => "null".to_owned(),
        NodeValue::Bool(flag) => flag.to_string(),
        NodeValue::Number(number) => number.chars().take(SHOWN).collect(),
        NodeValue::Text(text) if text.chars().count() > SHOWN => {
            format!("\"{}...\"", text.chars().take(SHOWN).collect::<String>())
        }
        NodeValue::Text(text) => format!("\"{text}\""),
        NodeValue::List(_) => "[...]".to_owned(),
        NodeValue::Object(_) => "{...}".to_owned(),
    }
}
