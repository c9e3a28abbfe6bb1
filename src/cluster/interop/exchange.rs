//! One call: messages in, each with its compressed flag; messages, status and the metadata that is to come back out.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::Frame;
use http_body_util::BodyExt as _;
use prost::Message;
use tokio::sync::mpsc;
use tonic::Status;

use super::methods;
use crate::model::Compression;
use crate::wire::{
    GRPC_ENCODINGS, GrpcFrameError, GrpcMessage, GrpcReader, InflateError, PREFIX_LEN,
    compress_message, inflate_message,
};

/// As the engine's own bound.
const MAX_MESSAGE_BYTES: usize = 64 * 1024 * 1024;
/// Frames that wait for the connection.
const MAX_WAITING: usize = 4;
/// The coding of what is sent compressed: every client that offers one offers this.
const CODING: Compression = Compression::Gzip;

/// Metadata that comes back as it came, in the headers and in the trailers.
const ECHO_INITIAL: HeaderName = HeaderName::from_static("x-grpc-test-echo-initial");
const ECHO_TRAILING: HeaderName = HeaderName::from_static("x-grpc-test-echo-trailing-bin");

/// A message as it came.
pub(super) struct Came<M> {
    pub(super) message: M,
    pub(super) is_compressed: bool,
}

/// What the client sends.
pub(super) struct Inbox {
    body: Body,
    reader: GrpcReader,
    encoding: String,
}

impl Inbox {
    /// The next message; `None` after the client's half-close.
    pub(super) async fn next<M: Message + Default>(&mut self) -> Result<Option<Came<M>>, Status> {
        loop {
            let read = self.reader.next_message();
            if let Some(message) = read.map_err(cannot_read)? {
                return self.open(&message).map(Some);
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.reader.push(&data);
                    }
                }
                Some(Err(error)) => return Err(Status::cancelled(error.to_string())),
                None if self.reader.cut_short().is_some() => {
                    return Err(Status::internal("the last message was cut short"));
                }
                None => return Ok(None),
            }
        }
    }

    /// The one message of a method that takes one.
    pub(super) async fn only<M: Message + Default>(&mut self) -> Result<Came<M>, Status> {
        self.next().await?.ok_or_else(|| Status::internal("no message came"))
    }

    fn open<M: Message + Default>(&self, came: &GrpcMessage) -> Result<Came<M>, Status> {
        let GrpcMessage { is_compressed, payload } = came;
        let bytes = if *is_compressed {
            let opened = inflate_message(&self.encoding, payload, MAX_MESSAGE_BYTES);
            opened.map_err(|error| cannot_open(error, payload.len()))?.into()
        } else {
            payload.clone()
        };
        let message = M::decode(bytes).map_err(|error| Status::internal(error.to_string()))?;
        Ok(Came { message, is_compressed: *is_compressed })
    }
}

/// A message beyond the limit is `RESOURCE_EXHAUSTED` with every gRPC server.
fn cannot_read(error: GrpcFrameError) -> Status {
    match error {
        GrpcFrameError::TooLarge { .. } => Status::resource_exhausted(error.to_string()),
        GrpcFrameError::Flag(_) => Status::internal(error.to_string()),
    }
}

fn cannot_open(error: InflateError, len: usize) -> Status {
    match error {
        InflateError::TooLarge => Status::resource_exhausted(format!(
            "a message of {len} bytes is over the limit of {MAX_MESSAGE_BYTES} when it is decompressed"
        )),
        InflateError::Unknown | InflateError::Broken => Status::internal(error.to_string()),
    }
}

/// What goes to the client.
pub(super) struct Outbox {
    frames: mpsc::Sender<Frame<Bytes>>,
    takes_compressed: bool,
}

impl Outbox {
    /// Sends a message, compressed where that is asked for and the client reads it.
    pub(super) async fn send(
        &self,
        message: &impl Message,
        compressed: bool,
    ) -> Result<(), Status> {
        let bytes = message.encode_to_vec();
        let packed = (compressed && self.takes_compressed)
            .then(|| compress_message(CODING, &bytes))
            .flatten();
        let message = GrpcMessage {
            is_compressed: packed.is_some(),
            payload: packed.unwrap_or(bytes).into(),
        };
        let prefix = message.prefix().ok_or_else(|| Status::internal("too large"))?;
        let mut piece = Vec::with_capacity(PREFIX_LEN + message.payload.len());
        piece.extend_from_slice(&prefix);
        piece.extend_from_slice(&message.payload);
        let gone = |_gone| Status::cancelled("the client is gone");
        self.frames.send(Frame::data(piece.into())).await.map_err(gone)
    }
}

/// Answers one call.
pub(super) fn answer(request: Request) -> Response {
    let (head, body) = request.into_parts();
    let method = head.uri.path().rsplit('/').next().unwrap_or_default().to_owned();
    let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let encoding = text("grpc-encoding").unwrap_or("identity").to_owned();
    let is_known = |name: &str| GRPC_ENCODINGS.split(',').any(|known| known == name);
    if encoding != "identity" && !is_known(&encoding) {
        let words = format!("messages in {encoding:?} cannot be read here");
        return offering(Status::unimplemented(words).into_http());
    }
    let accepted = text("grpc-accept-encoding").unwrap_or_default();
    let takes_compressed = accepted.split(',').any(|name| name.trim() == CODING.name());
    let inbox = Inbox { body, reader: GrpcReader::new(MAX_MESSAGE_BYTES), encoding };
    let (frames, queue) = mpsc::channel(MAX_WAITING);
    let outbox = Outbox { frames: frames.clone(), takes_compressed };
    let Some(work) = methods::run(&method, inbox, outbox) else {
        return Status::unimplemented(format!("no method is called {method}")).into_http();
    };
    let echo = |name: &HeaderName| head.headers.get(name).cloned();
    let trailing = echo(&ECHO_TRAILING);
    let work = async move {
        let status = work.await.err().unwrap_or_else(|| Status::ok(""));
        let mut trailers = HeaderMap::new();
        if status.add_header(&mut trailers).is_err() {
            trailers.insert("grpc-status", HeaderValue::from_static("13"));
        }
        if let Some(value) = trailing {
            trailers.insert(ECHO_TRAILING, value);
        }
        // A client that is gone needs no status.
        frames.send(Frame::trailers(trailers)).await.ok();
    };
    let mut response = Response::new(Body::new(Driven { work: Some(Box::pin(work)), queue }));
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/grpc"));
    if takes_compressed {
        headers.insert("grpc-encoding", HeaderValue::from_static(CODING.name()));
    }
    if let Some(value) = echo(&ECHO_INITIAL) {
        headers.insert(ECHO_INITIAL, value);
    }
    offering(response)
}

/// Says which codings can be read here.
fn offering(mut response: Response) -> Response {
    let value = HeaderValue::from_static(GRPC_ENCODINGS);
    response.headers_mut().insert("grpc-accept-encoding", value);
    response
}

/// A body that does the work whose frames it hands out: dropped with the call, so is the work.
struct Driven {
    work: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    queue: mpsc::Receiver<Frame<Bytes>>,
}

impl http_body::Body for Driven {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        if let Some(work) = &mut this.work
            && work.as_mut().poll(cx).is_ready()
        {
            this.work = None;
        }
        this.queue.poll_recv(cx).map(|frame| frame.map(Ok))
    }
}
