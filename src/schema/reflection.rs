//! Server reflection over a connection that the caller brings.
//!
//! Versions v1 and v1alpha differ in their path only, so one client speaks both.
//! Questions and answers go in step over one stream; a stream that breaks is
//! opened again, so that one service which the server cannot describe does not
//! hide the others.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;
use http::uri::PathAndQuery;
use prost::Message as _;
use prost_types::FileDescriptorProto;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Status, Streaming,
    client::{Grpc, GrpcService},
    codegen::{Body, StdError},
    metadata::MetadataMap,
};
use tonic_prost::ProstCodec;
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, ServerReflectionResponse, server_reflection_request::MessageRequest,
    server_reflection_response::MessageResponse,
};

use super::{
    Loaded, ReflectError,
    load::{is_bundled, load_encoded},
};
use crate::model::{Cause, Code, Headers, Problem, ProblemKind};
use crate::wire::metadata_as_sent;

/// How long one answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How many files one server may hand out.
const MAX_FILES: usize = 10_000;
/// How many bytes they may have together.
const MAX_BYTES: usize = 128 * 1024 * 1024;
/// How many times a broken stream is opened again.
const MAX_REOPENED: usize = 8;
/// The largest answer taken.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;

/// What a server told about itself.
#[derive(Debug, Clone)]
pub struct Reflected {
    /// The schema and what went wrong half-way.
    pub loaded: Loaded,
    /// Which version of the protocol answered.
    pub version: ReflectionVersion,
}

/// Version of the reflection protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReflectionVersion {
    /// `grpc.reflection.v1`.
    V1,
    /// `grpc.reflection.v1alpha`.
    V1Alpha,
}

impl ReflectionVersion {
    fn path(self) -> PathAndQuery {
        PathAndQuery::from_static(match self {
            Self::V1 => "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            Self::V1Alpha => "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        })
    }
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReflectProgress {
    /// Services that the server lists.
    pub n_services: usize,
    /// Files fetched so far.
    pub n_files: usize,
}

/// Asks a server for its schema. `origin` gives scheme and authority of the requests, `metadata` goes with each.
///
/// What the server cannot describe becomes a problem beside what it could.
///
/// # Errors
/// When not even the list of services comes.
pub async fn reflect<T, P>(
    transport: T,
    origin: http::Uri,
    metadata: &Headers,
    progress: P,
) -> Result<Reflected, ReflectError>
where
    T: GrpcService<tonic::body::Body> + Clone,
    T::Error: Into<StdError>,
    T::ResponseBody: Body<Data = Bytes> + Send + 'static,
    <T::ResponseBody as Body>::Error: Into<StdError> + Send,
    P: FnMut(ReflectProgress),
{
    let metadata = metadata_map(metadata);
    let mut asker = Asker {
        client: Grpc::with_origin(transport, origin).max_decoding_message_size(MAX_ANSWER_BYTES),
        metadata,
        version: ReflectionVersion::V1,
        stream: None,
        n_opened: 0,
    };
    let services = match asker.list().await {
        Err(status) if status.code() == tonic::Code::Unimplemented => {
            asker.version = ReflectionVersion::V1Alpha;
            asker.stream = None;
            asker.list().await
        }
        first => first,
    }
    .map_err(|status| match status.code() {
        tonic::Code::Unimplemented => ReflectError::NotOffered,
        code => ReflectError::Status {
            code: Code::from_number(code as u32),
            message: status.message().to_owned(),
        },
    })?;
    let version = asker.version;
    let collected = Collector {
        asker,
        files: BTreeMap::new(),
        n_bytes: 0,
        problems: Vec::new(),
        progress,
        so_far: ReflectProgress { n_services: services.len(), n_files: 0 },
    }
    .collect(&services)
    .await;
    let (files, problems) = collected;
    // Linking is work for the processor: keep it away from the tasks that wait for sockets.
    let loaded = tokio::task::spawn_blocking(move || load_encoded(files, problems)).await;
    let loaded = loaded.map_err(|error| ReflectError::Status {
        code: Code::from_number(tonic::Code::Internal as u32),
        message: error.to_string(),
    })?;
    Ok(Reflected { loaded, version })
}

/// Headers as metadata; those that HTTP cannot carry are left out, the call itself reports them.
fn metadata_map(headers: &Headers) -> MetadataMap {
    let mut map = http::HeaderMap::new();
    for header in headers.iter().filter_map(metadata_as_sent) {
        let name = http::HeaderName::from_bytes(header.name.as_bytes());
        let value = http::HeaderValue::from_bytes(&header.value);
        if let (Ok(name), Ok(value)) = (name, value) {
            map.append(name, value);
        }
    }
    MetadataMap::from_headers(map)
}

/// Asks one question at a time.
struct Asker<T> {
    client: Grpc<T>,
    metadata: MetadataMap,
    version: ReflectionVersion,
    stream: Option<Exchange>,
    n_opened: usize,
}

struct Exchange {
    questions: mpsc::Sender<ServerReflectionRequest>,
    answers: Streaming<ServerReflectionResponse>,
}

impl<T> Asker<T>
where
    T: GrpcService<tonic::body::Body>,
    T::Error: Into<StdError>,
    T::ResponseBody: Body<Data = Bytes> + Send + 'static,
    <T::ResponseBody as Body>::Error: Into<StdError> + Send,
{
    async fn list(&mut self) -> Result<Vec<String>, Status> {
        match self.ask(MessageRequest::ListServices(String::new())).await? {
            MessageResponse::ListServicesResponse(list) => {
                let names: BTreeSet<_> =
                    list.service.into_iter().map(|service| service.name).collect();
                Ok(names.into_iter().collect())
            }
            other => Err(unexpected(&other)),
        }
    }

    async fn files(&mut self, question: MessageRequest) -> Result<Vec<Bytes>, Status> {
        match self.ask(question).await? {
            MessageResponse::FileDescriptorResponse(files) => {
                Ok(files.file_descriptor_proto.into_iter().map(Bytes::from).collect())
            }
            other => Err(unexpected(&other)),
        }
    }

    async fn ask(&mut self, question: MessageRequest) -> Result<MessageResponse, Status> {
        let asked = self.exchange(question);
        let answer = tokio::time::timeout(ANSWER_WITHIN, asked).await;
        let answer = answer.unwrap_or_else(|_| Err(Status::deadline_exceeded("no answer")));
        if answer.is_err() {
            self.stream = None;
        }
        answer
    }

    async fn exchange(&mut self, question: MessageRequest) -> Result<MessageResponse, Status> {
        let question =
            ServerReflectionRequest { host: String::new(), message_request: Some(question) };
        let exchange = if let Some(exchange) = &mut self.stream {
            let sent = exchange.questions.send(question).await;
            sent.map_err(|error| Status::unavailable(error.to_string()))?;
            exchange
        } else {
            let opened = self.open(question).await?;
            self.stream.insert(opened)
        };
        let answer = exchange.answers.message().await?;
        answer
            .and_then(|answer| answer.message_response)
            .ok_or_else(|| Status::unavailable("stream ended without an answer"))
    }

    /// Opens a stream with its first question: some servers send no headers before they have one.
    async fn open(&mut self, first: ServerReflectionRequest) -> Result<Exchange, Status> {
        if self.n_opened > MAX_REOPENED {
            return Err(Status::unavailable("stream broke too often"));
        }
        self.n_opened += 1;
        let (questions, queue) = mpsc::channel(1);
        questions.send(first).await.map_err(|error| Status::internal(error.to_string()))?;
        self.client.ready().await.map_err(|error| Status::unavailable(error.into().to_string()))?;
        let mut request = tonic::Request::new(ReceiverStream::new(queue));
        *request.metadata_mut() = self.metadata.clone();
        let codec = ProstCodec::default();
        let answer = self.client.streaming(request, self.version.path(), codec).await?;
        Ok(Exchange { questions, answers: answer.into_inner() })
    }
}

/// An answer of another kind, or the server's own error.
fn unexpected(answer: &MessageResponse) -> Status {
    match answer {
        MessageResponse::ErrorResponse(error) => {
            Status::new(tonic::Code::from_i32(error.error_code), error.error_message.clone())
        }
        _ => Status::internal("answer to another question"),
    }
}

/// Fetches the files of all services and what these import.
struct Collector<T, P> {
    asker: Asker<T>,
    files: BTreeMap<String, (Bytes, Vec<String>)>,
    n_bytes: usize,
    problems: Vec<Problem>,
    progress: P,
    so_far: ReflectProgress,
}

impl<T, P> Collector<T, P>
where
    T: GrpcService<tonic::body::Body>,
    T::Error: Into<StdError>,
    T::ResponseBody: Body<Data = Bytes> + Send + 'static,
    <T::ResponseBody as Body>::Error: Into<StdError> + Send,
    P: FnMut(ReflectProgress),
{
    async fn collect(mut self, services: &[String]) -> (Vec<Bytes>, Vec<Problem>) {
        (self.progress)(self.so_far);
        for service in services {
            let question = MessageRequest::FileContainingSymbol(service.clone());
            match self.asker.files(question).await {
                Ok(files) => self.take(service, files),
                Err(status) => self.note(service, &status),
            }
        }
        let mut asked = BTreeSet::new();
        while let Some(import) = self.next_import(&asked) {
            asked.insert(import.clone());
            match self.asker.files(MessageRequest::FileByFilename(import.clone())).await {
                Ok(files) => self.take(&import, files),
                // Servers often leave out the files of protobuf and googleapis.
                Err(_) if is_bundled(&import) => {}
                Err(status) => self.note(&import, &status),
            }
        }
        (self.files.into_values().map(|(bytes, _)| bytes).collect(), self.problems)
    }

    /// An import that is not there yet. Files of protobuf itself are never asked for.
    fn next_import(&self, asked: &BTreeSet<String>) -> Option<String> {
        let imports = self.files.values().flat_map(|(_, imports)| imports);
        let mut open = imports.filter(|import| {
            let is_ours = import.starts_with("google/protobuf/") && is_bundled(import);
            !is_ours && !self.files.contains_key(*import) && !asked.contains(*import)
        });
        open.next().cloned()
    }

    fn take(&mut self, asked: &str, files: Vec<Bytes>) {
        for bytes in files {
            let file = match FileDescriptorProto::decode(bytes.clone()) {
                Ok(file) => file,
                Err(error) => {
                    let kind = ProblemKind::BadDescriptorSet { cause: error.to_string().into() };
                    self.problems.push(Problem::error(kind));
                    continue;
                }
            };
            if self.files.contains_key(file.name()) {
                continue;
            }
            if self.files.len() >= MAX_FILES || self.n_bytes + bytes.len() > MAX_BYTES {
                self.note(asked, &Status::resource_exhausted("schema is too large"));
                return;
            }
            self.n_bytes += bytes.len();
            self.files.insert(file.name().to_owned(), (bytes, file.dependency));
            self.so_far.n_files = self.files.len();
            (self.progress)(self.so_far);
        }
    }

    fn note(&mut self, asked: &str, status: &Status) {
        let cause = Cause::Said(format!("{:?}: {}", status.code(), status.message()));
        let kind = ProblemKind::Reflection { asked: asked.to_owned(), cause };
        self.problems.push(Problem::error(kind));
    }
}

#[cfg(test)]
mod tests;
