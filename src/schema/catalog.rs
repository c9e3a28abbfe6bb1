//! One schema: services, methods, messages, all reachable by name.

use std::{collections::HashMap, fmt, sync::Arc};

use bytes::Bytes;
use parking_lot::Mutex;
use prost_reflect::{DescriptorPool, MessageDescriptor, MethodDescriptor, ServiceDescriptor};

use super::{
    DecodedJson, MessageShape, Notation, UnknownNames,
    describe::{self, comment_of},
    json::{self, Defaults},
    notation, sample,
};
use crate::model::{CallKind, MethodPath, Problem, ProblemKind};

/// Everything that is known about a set of `.proto` files. Immutable; a clone is two pointers.
#[derive(Clone, Default)]
pub struct Schema {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    pool: DescriptorPool,
    services: Vec<ServiceInfo>,
    /// Made when first asked for: a big schema has thousands of messages, a form shows a handful.
    shapes: Mutex<HashMap<String, Arc<MessageShape>>>,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceInfo {
    /// `shop.orders.v1.Orders`.
    pub full_name: String,
    /// `shop.orders.v1`; empty when the file has none.
    pub package: String,
    /// Its comment; empty when there is none.
    pub doc: String,
    /// The import name of its file.
    pub file: String,
    /// Its methods in the order of the file.
    pub methods: Vec<MethodInfo>,
}

/// One method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodInfo {
    /// Service and method.
    pub path: MethodPath,
    /// How many messages go each way.
    pub kind: CallKind,
    /// Full name of the request message.
    pub input: String,
    /// Full name of the answer message.
    pub output: String,
    /// Its comment; empty when there is none.
    pub doc: String,
    /// Marked `deprecated`.
    pub is_deprecated: bool,
}

impl Schema {
    /// The services, by file name and then as the file has them.
    pub fn services(&self) -> &[ServiceInfo] {
        &self.inner.services
    }

    /// The service of this full name.
    pub fn service(&self, full_name: &str) -> Option<&ServiceInfo> {
        self.services().iter().find(|service| service.full_name == full_name)
    }

    /// The method at this path.
    pub fn method(&self, path: &MethodPath) -> Option<&MethodInfo> {
        self.service(&path.service)?.methods.iter().find(|method| method.path == *path)
    }

    /// How many methods there are.
    pub fn n_methods(&self) -> usize {
        self.services().iter().map(|service| service.methods.len()).sum()
    }

    /// Import names of all files, sorted.
    pub fn files(&self) -> Vec<String> {
        let mut files: Vec<_> =
            self.inner.pool.files().map(|file| file.name().to_owned()).collect();
        files.sort();
        files
    }

    /// Full names of all messages, sorted; the entries of maps are left out.
    pub fn message_names(&self) -> Vec<String> {
        let messages = self.inner.pool.all_messages().filter(|message| !message.is_map_entry());
        let mut names: Vec<_> = messages.map(|message| message.full_name().to_owned()).collect();
        names.sort();
        names
    }

    /// The form model of a message.
    pub fn message(&self, full_name: &str) -> Option<Arc<MessageShape>> {
        if let Some(shape) = self.inner.shapes.lock().get(full_name) {
            return Some(Arc::clone(shape));
        }
        let shape = Arc::new(MessageShape::of(&self.descriptor(full_name)?));
        self.inner.shapes.lock().insert(full_name.to_owned(), Arc::clone(&shape));
        Some(shape)
    }

    /// A filled-in message that a server is likely to take; `{}` for an unknown one.
    pub fn sample(&self, message: &str) -> serde_json::Value {
        sample::sample(self, message)
    }

    /// JSON to protobuf. Problems carry line and column in `text`.
    pub fn encode_json(&self, message: &str, text: &str) -> Result<Bytes, Vec<Problem>> {
        self.encode_json_with(message, text, UnknownNames::Refused)
    }

    /// The same, where names that the schema does not have may be let pass.
    pub fn encode_json_with(
        &self,
        message: &str,
        text: &str,
        unknown: UnknownNames,
    ) -> Result<Bytes, Vec<Problem>> {
        let encoded = self.encoded(message, text, unknown);
        encoded.bytes.ok_or(encoded.problems)
    }

    /// protobuf's text format to protobuf. Problems carry line and column in `text`.
    pub fn encode_text(&self, message: &str, text: &str) -> Result<Bytes, Vec<Problem>> {
        let descriptor = self.descriptor(message).ok_or_else(|| vec![unknown_message(message)])?;
        notation::encode_text(descriptor, text)
    }

    /// Protobuf as a reader with this schema writes it again, unknown fields included.
    pub fn read_and_write(&self, message: &str, bytes: &[u8]) -> Result<Bytes, Problem> {
        let descriptor = self.descriptor(message).ok_or_else(|| unknown_message(message))?;
        json::read_and_write(&descriptor, bytes).map_err(Problem::error)
    }

    /// All problems of a text, warnings included, without the bytes.
    pub fn check_json(&self, message: &str, text: &str) -> Vec<Problem> {
        self.encoded(message, text, UnknownNames::Refused).problems
    }

    /// Protobuf to JSON, as much of it as can be read.
    pub fn decode_json(&self, message: &str, bytes: &[u8]) -> DecodedJson {
        self.decode_as(message, bytes, Notation::Json)
    }

    /// Protobuf as a text of this notation, as much of it as can be read.
    pub fn decode_as(&self, message: &str, bytes: &[u8], notation: Notation) -> DecodedJson {
        match self.descriptor(message) {
            Some(descriptor) => match notation {
                Notation::Json => json::decode(&descriptor, bytes, Defaults::Hidden),
                Notation::JsonWithDefaults => json::decode(&descriptor, bytes, Defaults::Shown),
                Notation::Text => notation::decode_text(&descriptor, bytes),
            },
            None => {
                DecodedJson { problems: vec![unknown_message(message)], ..DecodedJson::default() }
            }
        }
    }

    /// The definition of a service, method, message or enum, as a `.proto` would write it.
    pub fn describe(&self, symbol: &str) -> Option<String> {
        describe::describe(&self.inner.pool, symbol)
    }

    /// Whether both are the same loading of the same files.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// All files as a `FileDescriptorSet`, options and comments included.
    pub fn to_descriptor_set(&self) -> Vec<u8> {
        self.inner.pool.encode_to_vec()
    }

    pub(super) fn new(pool: DescriptorPool) -> Self {
        let mut services: Vec<_> = pool.services().collect();
        services.sort_by(|a, b| {
            let key = |service: &ServiceDescriptor| {
                (service.parent_file().name().to_owned(), service.path().to_vec())
            };
            key(a).cmp(&key(b))
        });
        let services = services.iter().map(ServiceInfo::of).collect();
        Self { inner: Arc::new(Inner { pool, services, shapes: Mutex::default() }) }
    }

    fn encoded(&self, message: &str, text: &str, unknown: UnknownNames) -> json::Encoded {
        match self.descriptor(message) {
            Some(descriptor) => json::encode(&descriptor, text, unknown),
            None => json::Encoded { bytes: None, problems: vec![unknown_message(message)] },
        }
    }

    pub(super) fn pool(&self) -> &DescriptorPool {
        &self.inner.pool
    }

    pub(super) fn descriptor(&self, message: &str) -> Option<MessageDescriptor> {
        self.inner.pool.get_message_by_name(message)
    }
}

/// The caller asks with names that this schema gave; another one means that the schema has changed.
fn unknown_message(name: &str) -> Problem {
    Problem::error(ProblemKind::UnknownMessage { message: name.to_owned() })
}

impl ServiceInfo {
    fn of(service: &ServiceDescriptor) -> Self {
        let file = service.parent_file();
        Self {
            full_name: service.full_name().to_owned(),
            package: service.package_name().to_owned(),
            doc: comment_of(&file, service.path()),
            file: file.name().to_owned(),
            methods: service.methods().map(|method| MethodInfo::of(&method)).collect(),
        }
    }
}

impl MethodInfo {
    fn of(method: &MethodDescriptor) -> Self {
        Self {
            path: MethodPath {
                service: method.parent_service().full_name().to_owned(),
                method: method.name().to_owned(),
            },
            kind: CallKind::from_streaming(
                method.is_client_streaming(),
                method.is_server_streaming(),
            ),
            input: method.input().full_name().to_owned(),
            output: method.output().full_name().to_owned(),
            doc: comment_of(&method.parent_file(), method.path()),
            is_deprecated: method
                .method_descriptor_proto()
                .options
                .as_ref()
                .is_some_and(|options| options.deprecated == Some(true)),
        }
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema")
            .field("files", &self.inner.pool.files().len())
            .field("services", &self.inner.services.len())
            .finish_non_exhaustive()
    }
}
