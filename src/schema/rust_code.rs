//! Messages as expressions of Rust, named as prost names what it generates.

use bytes::Bytes;
use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use prost_reflect::{
    Cardinality, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey, MessageDescriptor,
    OneofDescriptor, ReflectMessage as _, Value,
};

use super::{ScalarKind, Schema, WellKnown};

/// A message as an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RustExpression {
    /// The expression.
    pub text: String,
    /// Whether something of the message is left out: prost knows no extensions and keeps no unknown fields.
    pub is_partial: bool,
}

impl Schema {
    /// A message as an expression of Rust, indented for a place that is so many blanks to the right. `None` when it
    /// cannot be read, or is none of the schema.
    pub fn rust_expression(
        &self,
        message: &str,
        bytes: &Bytes,
        indent: usize,
    ) -> Option<RustExpression> {
        let message = DynamicMessage::decode(self.descriptor(message)?, bytes.clone()).ok()?;
        let mut code = Code::default();
        let text = code.message(&message, indent);
        Some(RustExpression { text, is_partial: code.is_partial })
    }

    /// What prost calls a message, seen from the root of the crate: `shop::orders::v1::Order`.
    pub fn rust_type(&self, message: &str) -> Option<String> {
        let descriptor = self.descriptor(message)?;
        let name = match WellKnown::of(message) {
            Some(WellKnown::Empty) => "()".to_owned(),
            Some(WellKnown::Wrapper(kind)) => scalar_type(kind).to_owned(),
            _ => message_path(&descriptor),
        };
        Some(name)
    }
}

fn scalar_type(kind: ScalarKind) -> &'static str {
    use ScalarKind as K;
    match kind {
        K::Bool => "bool",
        K::String => "String",
        K::Bytes => "Vec<u8>",
        K::Double => "f64",
        K::Float => "f32",
        K::Int64 | K::Sint64 | K::Sfixed64 => "i64",
        K::Uint64 | K::Fixed64 => "u64",
        K::Uint32 | K::Fixed32 => "u32",
        K::Int32 | K::Sint32 | K::Sfixed32 => "i32",
    }
}

/// The modules of a package.
pub fn modules(package: &str) -> Vec<String> {
    package.split('.').filter(|part| !part.is_empty()).map(snake).collect()
}

/// A name in lower case with underscores, as prost names fields, methods and modules.
pub fn snake(name: &str) -> String {
    identifier(name.to_snake_case())
}

/// A name as prost names types.
pub fn type_name(name: &str) -> String {
    identifier(name.to_upper_camel_case())
}

/// Words that Rust keeps for itself.
fn identifier(name: String) -> String {
    const RAW: [&str; 47] = [
        "as", "break", "const", "continue", "else", "enum", "false", "fn", "for", "if", "impl",
        "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "static",
        "struct", "trait", "true", "type", "unsafe", "use", "where", "while", "dyn", "abstract",
        "become", "box", "do", "final", "macro", "override", "priv", "typeof", "unsized",
        "virtual", "yield", "async", "await", "try", "gen",
    ];
    match name.as_str() {
        "super" | "self" | "Self" | "extern" | "crate" | "_" => format!("{name}_"),
        raw if RAW.contains(&raw) => format!("r#{name}"),
        digits if digits.starts_with(char::is_numeric) => format!("_{name}"),
        _ => name,
    }
}

/// A string literal; with braces as Rust writes code points, without as Go and Python do.
pub fn literal(text: &str, has_braces: bool) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        // Marks that turn the direction of text around must not hide in a source.
        let is_hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            c if !is_hidden && !c.is_control() => literal.push(c),
            c if has_braces => literal.extend(c.escape_unicode()),
            c => literal += &format!("\\u{:04x}", u32::from(c)),
        }
    }
    literal.push('"');
    literal
}

/// A literal of bytes, without the letter before it that Rust and Python write.
pub fn byte_literal(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes.escape_ascii().to_string().replace("\\'", "'"))
}

#[derive(Default)]
struct Code {
    is_partial: bool,
}

impl Code {
    fn message(&mut self, message: &DynamicMessage, indent: usize) -> String {
        let descriptor = message.descriptor();
        match WellKnown::of(descriptor.full_name()) {
            Some(WellKnown::Empty) => return "()".to_owned(),
            Some(WellKnown::Wrapper(_)) => {
                let value = descriptor.fields().next();
                return value.map_or_else(String::new, |field| {
                    self.single(&field, &message.get_field(&field), indent)
                });
            }
            _ => {}
        }
        self.is_partial |=
            message.extensions().next().is_some() || message.unknown_fields().next().is_some();
        let inner = indent + 4;
        let blanks = " ".repeat(inner);
        let path = message_path(&descriptor);
        let (mut lines, mut n_set) = (String::new(), 0);
        for field in descriptor.fields().filter(|field| message.has_field(field)) {
            n_set += 1;
            let value = message.get_field(&field);
            let (name, value) = match real_oneof(&field) {
                Some(oneof) => (snake(oneof.name()), self.member(&field, &oneof, &value, inner)),
                None => (snake(field.name()), self.field(&field, &value, inner)),
            };
            lines += &format!("{blanks}{name}: {value},\n");
        }
        if n_set == 0 {
            return format!("{path}::default()");
        }
        let singles = descriptor.fields().filter(|field| real_oneof(field).is_none()).count();
        let n_fields = singles + descriptor.oneofs().filter(|oneof| !oneof.is_synthetic()).count();
        if n_set < n_fields {
            lines += &format!("{blanks}..Default::default()\n");
        }
        format!("{path} {{\n{lines}{}}}", " ".repeat(indent))
    }

    fn member(
        &mut self,
        field: &FieldDescriptor,
        oneof: &OneofDescriptor,
        value: &Value,
        indent: usize,
    ) -> String {
        let message = message_path(oneof.parent_message());
        let (outer, name) = message.rsplit_once("::").unwrap_or(("", &message));
        let outer = if outer.is_empty() { String::new() } else { format!("{outer}::") };
        let module = snake(name);
        let (oneof, variant) = (type_name(oneof.name()), type_name(field.name()));
        let value = boxed(field, self.single(field, value, indent));
        format!("Some({outer}{module}::{oneof}::{variant}({value}))")
    }

    fn field(&mut self, field: &FieldDescriptor, value: &Value, indent: usize) -> String {
        let inner = indent + 4;
        let blanks = " ".repeat(inner);
        let end = " ".repeat(indent);
        match value {
            Value::List(values) => {
                let mut lines = String::new();
                for value in values {
                    let value = self.single(field, value, inner);
                    lines += &format!("{blanks}{value},\n");
                }
                format!("vec![\n{lines}{end}]")
            }
            Value::Map(entries) => {
                let Kind::Message(entry) = field.kind() else { return String::new() };
                let value_field = entry.map_entry_value_field();
                let mut lines: Vec<String> = entries
                    .iter()
                    .map(|(key, value)| {
                        let value = self.single(&value_field, value, inner);
                        format!("{blanks}({}, {value}),\n", map_key(key))
                    })
                    .collect();
                lines.sort();
                format!("[\n{}{end}]\n{end}.into()", lines.concat())
            }
            value => {
                let written = boxed(field, self.single(field, value, indent));
                let is_required = field.cardinality() == Cardinality::Required;
                if field.supports_presence() && !is_required {
                    format!("Some({written})")
                } else {
                    written
                }
            }
        }
    }

    /// One value of a field, repeated or not.
    fn single(&mut self, field: &FieldDescriptor, value: &Value, indent: usize) -> String {
        match value {
            Value::Bool(value) => value.to_string(),
            Value::I32(value) => value.to_string(),
            Value::I64(value) => value.to_string(),
            Value::U32(value) => value.to_string(),
            Value::U64(value) => value.to_string(),
            Value::F32(value) => float(f64::from(*value), format!("{value:?}"), "f32"),
            Value::F64(value) => float(*value, format!("{value:?}"), "f64"),
            Value::String(text) => format!("{}.to_owned()", literal(text, true)),
            Value::Bytes(bytes) => format!("b{}.to_vec()", byte_literal(bytes)),
            Value::EnumNumber(number) => match field.kind() {
                Kind::Enum(descriptor) => enum_value(&descriptor, *number),
                _ => number.to_string(),
            },
            Value::Message(message) => self.message(message, indent),
            // A field's list or map has its elements written one by one.
            Value::List(_) | Value::Map(_) => String::new(),
        }
    }
}

fn real_oneof(field: &FieldDescriptor) -> Option<OneofDescriptor> {
    field.containing_oneof().filter(|oneof| !oneof.is_synthetic())
}

fn float(value: f64, text: String, name: &str) -> String {
    match value {
        value if value.is_nan() => format!("{name}::NAN"),
        value if value.is_finite() => text,
        value if value > 0.0 => format!("{name}::INFINITY"),
        _ => format!("{name}::NEG_INFINITY"),
    }
}

fn map_key(key: &MapKey) -> String {
    match key {
        MapKey::Bool(value) => value.to_string(),
        MapKey::I32(value) => value.to_string(),
        MapKey::I64(value) => value.to_string(),
        MapKey::U32(value) => value.to_string(),
        MapKey::U64(value) => value.to_string(),
        MapKey::String(text) => format!("{}.to_owned()", literal(text, true)),
    }
}

/// A number that the enum has no name for stands as it is.
fn enum_value(descriptor: &EnumDescriptor, number: i32) -> String {
    let Some(value) = descriptor.get_value(number) else { return number.to_string() };
    let (name, prefix) = (value.name().to_upper_camel_case(), type_name(descriptor.name()));
    let stripped = name.strip_prefix(&prefix).filter(|rest| rest.starts_with(char::is_uppercase));
    let variant = identifier(stripped.unwrap_or(&name).to_owned());
    let outer = outer_path(descriptor.package_name(), descriptor.parent_message().as_ref());
    format!("{outer}{prefix}::{variant} as i32")
}

/// prost has the types of protobuf itself in a crate of their own.
fn message_path(message: &MessageDescriptor) -> String {
    let outer = outer_path(message.package_name(), message.parent_message().as_ref());
    format!("{outer}{}", type_name(message.name()))
}

/// The modules in which a type stands, each with `::` behind it: those of its package, and one per message around it.
fn outer_path(package: &str, parent: Option<&MessageDescriptor>) -> String {
    let mut nested = Vec::new();
    let mut next = parent.cloned();
    while let Some(message) = next {
        nested.insert(0, snake(message.name()));
        next = message.parent_message();
    }
    let package = match package {
        "google.protobuf" => vec!["prost_types".to_owned()],
        package => modules(package),
    };
    package.into_iter().chain(nested).map(|part| part + "::").collect()
}

/// prost boxes a single message that leads back to the one that it stands in.
fn boxed(field: &FieldDescriptor, value: String) -> String {
    let Kind::Message(inner) = field.kind() else { return value };
    if leads_to(&inner, field.parent_message()) { format!("Box::new({value})") } else { value }
}

fn leads_to(from: &MessageDescriptor, wanted: &MessageDescriptor) -> bool {
    let mut seen: Vec<MessageDescriptor> = Vec::new();
    let mut open = vec![from.clone()];
    while let Some(message) = open.pop() {
        if message == *wanted {
            return true;
        }
        if seen.contains(&message) {
            continue;
        }
        open.extend(
            message.fields().filter(|field| !field.is_list() && !field.is_map()).filter_map(
                |field| match field.kind() {
                    Kind::Message(inner) => Some(inner),
                    _ => None,
                },
            ),
        );
        seen.push(message);
    }
    false
}
