//! The messages of a gRPC body on its way through, for the span of whoever asked the instance.

use bytes::Bytes;
use http_body::Frame;

use crate::model::Direction;
use crate::telemetry::RunningSpan;
use crate::wire::GrpcCounter;

/// One direction of one call.
#[derive(Debug)]
pub(super) struct Passed {
    direction: Direction,
    counter: GrpcCounter,
    span: RunningSpan,
}

impl Passed {
    pub(super) fn new(direction: Direction, span: RunningSpan) -> Self {
        Self { direction, counter: GrpcCounter::default(), span }
    }

    /// A frame goes by.
    pub(super) fn note(&mut self, frame: &Frame<Bytes>) {
        if let Some(data) = frame.data_ref() {
            self.span.pass(self.direction, self.counter.push(data));
        }
    }

    /// Nothing more is there for now: of a stream the messages so far can be told. A unary call comes and ends
    /// without a pause, nearly always.
    pub(super) fn pause(&self) {
        self.span.tell();
    }
}
