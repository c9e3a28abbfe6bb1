//! Definitions as text, for `describe` and for hover texts.

use prost_reflect::{
    DescriptorPool, EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor,
    MethodDescriptor, OneofDescriptor, ServiceDescriptor,
};

use super::ScalarKind;

/// The definition of a service, method, message or enum as a `.proto` would write it.
pub(super) fn describe(pool: &DescriptorPool, symbol: &str) -> Option<String> {
    let symbol = symbol.trim().trim_start_matches(['.', '/']);
    let mut page = Page::default();
    if let Some(service) = pool.get_service_by_name(symbol) {
        page.service(&service);
    } else if let Some(message) = pool.get_message_by_name(symbol) {
        page.message(&message, message.full_name());
    } else if let Some(descriptor) = pool.get_enum_by_name(symbol) {
        page.enumeration(&descriptor, descriptor.full_name());
    } else {
        let (service, name) = symbol.split_once('/').or_else(|| symbol.rsplit_once('.'))?;
        let service = pool.get_service_by_name(service)?;
        let method = service.methods().find(|method| method.name() == name)?;
        page.method(&method);
    }
    Some(page.text)
}

/// The comment at a path of a file's source info, without the blank that follows the slashes.
pub(super) fn comment_of(file: &FileDescriptor, path: &[i32]) -> String {
    let Some(info) = &file.file_descriptor_proto().source_code_info else { return String::new() };
    let Some(location) = info.location.iter().find(|location| location.path == path) else {
        return String::new();
    };
    let comment = location.leading_comments.as_ref().or(location.trailing_comments.as_ref());
    let lines = comment.map(String::as_str).unwrap_or_default().lines();
    let lines: Vec<_> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    lines.join("\n").trim().to_owned()
}

/// Text that grows line by line.
#[derive(Default)]
struct Page {
    text: String,
    depth: usize,
}

impl Page {
    fn line(&mut self, line: &str) {
        let width = if line.is_empty() { 0 } else { 2 * self.depth };
        self.text.push_str(&" ".repeat(width));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn comment(&mut self, file: &FileDescriptor, path: &[i32]) {
        for line in comment_of(file, path).lines() {
            self.line(format!("// {line}").trim_end());
        }
    }

    fn block(&mut self, head: &str, body: impl FnOnce(&mut Self)) {
        self.line(&format!("{head} {{"));
        self.depth += 1;
        body(self);
        self.depth -= 1;
        self.line("}");
    }

    fn service(&mut self, service: &ServiceDescriptor) {
        self.comment(&service.parent_file(), service.path());
        self.block(&format!("service {}", service.full_name()), |page| {
            for method in service.methods() {
                page.method(&method);
            }
        });
    }

    fn method(&mut self, method: &MethodDescriptor) {
        self.comment(&method.parent_file(), method.path());
        let stream = |is_streaming| if is_streaming { "stream " } else { "" };
        self.line(&format!(
            "rpc {}({}{}) returns ({}{});",
            method.name(),
            stream(method.is_client_streaming()),
            method.input().full_name(),
            stream(method.is_server_streaming()),
            method.output().full_name(),
        ));
    }

    fn message(&mut self, message: &MessageDescriptor, name: &str) {
        self.comment(&message.parent_file(), message.path());
        self.block(&format!("message {name}"), |page| {
            let mut fields: Vec<_> = message.fields().collect();
            fields.sort_by_key(|field| field.path().last().copied());
            let mut shown: Vec<OneofDescriptor> = Vec::new();
            for field in &fields {
                match field.containing_oneof().filter(|oneof| !oneof.is_synthetic()) {
                    Some(oneof) if shown.contains(&oneof) => {}
                    Some(oneof) => {
                        page.oneof(&oneof, &fields);
                        shown.push(oneof);
                    }
                    None => page.field(field),
                }
            }
            for child in message.child_enums() {
                page.enumeration(&child, child.name());
            }
            for child in message.child_messages().filter(|child| !child.is_map_entry()) {
                page.message(&child, child.name());
            }
        });
    }

    fn oneof(&mut self, oneof: &OneofDescriptor, fields: &[FieldDescriptor]) {
        self.comment(&oneof.parent_file(), oneof.path());
        self.block(&format!("oneof {}", oneof.name()), |page| {
            let members =
                fields.iter().filter(|field| field.containing_oneof().as_ref() == Some(oneof));
            members.for_each(|field| page.field(field));
        });
    }

    fn field(&mut self, field: &FieldDescriptor) {
        self.comment(&field.parent_file(), field.path());
        let is_optional = field.containing_oneof().is_some_and(|oneof| oneof.is_synthetic());
        let label = match () {
            () if field.is_map() => "",
            () if field.is_list() => "repeated ",
            () if field.is_required() => "required ",
            () if is_optional => "optional ",
            () => "",
        };
        let options = field.field_descriptor_proto().options.as_ref();
        let is_deprecated = options.is_some_and(|options| options.deprecated == Some(true));
        let deprecated = if is_deprecated { " [deprecated = true]" } else { "" };
        let (kind, name, number) = (type_of(field), field.name(), field.number());
        self.line(&format!("{label}{kind} {name} = {number}{deprecated};"));
    }

    fn enumeration(&mut self, descriptor: &EnumDescriptor, name: &str) {
        let file = descriptor.parent_file();
        self.comment(&file, descriptor.path());
        self.block(&format!("enum {name}"), |page| {
            for value in descriptor.values() {
                page.comment(&file, value.path());
                page.line(&format!("{} = {};", value.name(), value.number()));
            }
        });
    }
}

fn type_of(field: &FieldDescriptor) -> String {
    match field.kind() {
        Kind::Message(entry) if field.is_map() => {
            let (key, value) = (entry.map_entry_key_field(), entry.map_entry_value_field());
            format!("map<{}, {}>", kind_name(&key.kind()), kind_name(&value.kind()))
        }
        kind => kind_name(&kind),
    }
}

fn kind_name(kind: &Kind) -> String {
    match kind {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(descriptor) => descriptor.full_name().to_owned(),
        scalar => ScalarKind::of(scalar).map(ScalarKind::name).unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::schema::load_virtual;

    const FILE: &str = r#"syntax = "proto3";
package shop;
// Orders of a shop.
service Orders {
  // Places one.
  rpc Place(stream Order) returns (Order);
}
message Order {
  // Who.
  optional string user = 1;
  map<string, Kind> kinds = 2;
  oneof pay { bool cash = 3; string card = 4 [deprecated = true]; }
  repeated Order parts = 5;
  enum Kind { UNKNOWN = 0; }
}
"#;

    #[test]
    fn reads_like_a_proto() {
        let schema = load_virtual(&[("a.proto", FILE)]).schema;
        for (symbol, text) in [
            (
                "shop.Orders",
                "// Orders of a shop.\nservice shop.Orders {\n  // Places one.\n  rpc Place(stream shop.Order) returns (shop.Order);\n}\n",
            ),
            (
                "shop.Orders/Place",
                "// Places one.\nrpc Place(stream shop.Order) returns (shop.Order);\n",
            ),
            (
                "shop.Orders.Place",
                "// Places one.\nrpc Place(stream shop.Order) returns (shop.Order);\n",
            ),
            (
                "shop.Order",
                "message shop.Order {\n  // Who.\n  optional string user = 1;\n  map<string, shop.Order.Kind> kinds = 2;\n  \
                 oneof pay {\n    bool cash = 3;\n    string card = 4 [deprecated = true];\n  }\n  repeated shop.Order parts = 5;\n  \
                 enum Kind {\n    UNKNOWN = 0;\n  }\n}\n",
            ),
            ("shop.Order.Kind", "enum shop.Order.Kind {\n  UNKNOWN = 0;\n}\n"),
        ] {
            assert_eq!(schema.describe(symbol).as_deref(), Some(text), "{symbol}");
        }
        assert_eq!(schema.describe("shop.Nothing"), None);
        assert_eq!(schema.describe(""), None);
    }
}
