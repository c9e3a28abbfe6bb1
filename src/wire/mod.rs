//! Bytes to trees and back, pure: HTTP/1 heads, HTTP/2 frames, the gRPC prefix.
//!
//! Readers are incremental and never fail: what cannot be understood is named
//! as such and passed over. No IO, no async, no clock.

mod chunks;
mod grpc;
mod grpc_text;
mod hpack;
mod http1;
mod http2;
mod lane;
mod walk;

pub use grpc::{GrpcFrameError, GrpcMessage, GrpcReader, PREFIX_LEN, grpc_prefix};
pub use grpc_text::{
    decode_grpc_message, encode_grpc_message, format_grpc_timeout, parse_grpc_timeout,
};
pub use hpack::{Block, Entry, EntryForm, Field, Hpack, HpackProblem, Literal};
pub use http1::{Framing, HeadRead, Http1Head, StartLine, read_request_head, read_response_head};
pub use http2::{FRAME_HEAD_LEN, FrameHead, FrameType, PREFACE};
pub use lane::{Segment, WireKind};
pub use walk::{Walk, WireItem, walk};
