//! Bytes to trees and back, pure: HTTP/1 heads, HTTP/2 frames, the gRPC prefix, TLS records.
//!
//! Readers are incremental and never fail: what cannot be understood is named
//! as such and passed over. No IO, no async, no clock.

mod binary_metadata;
mod blocks;
mod body;
mod chunk_list;
mod chunks;
mod compress;
mod exchange;
mod frame_tree;
// Twice, because lints know tests by this one attribute alone.
#[cfg(test)]
pub mod fuzzing;
#[cfg(fuzzing)]
pub mod fuzzing;
mod gathered;
mod grpc;
mod grpc_count;
mod grpc_status;
mod grpc_text;
mod grpc_web;
mod head_tree;
mod hpack;
mod http1;
mod http2;
mod inflate;
mod item_tree;
mod kept;
mod ladder;
mod lane;
mod one_call;
mod payloads;
mod pcapng;
mod proto;
mod redact;
mod splitter;
mod step;
mod sums;
mod tls;
mod tree;
mod walk;
mod windows;
mod wire_call;

pub use binary_metadata::{
    BinaryFault, binary_fault, decode_binary_header, decode_binary_line, is_binary_name,
    metadata_as_sent,
};
pub use blocks::{BlockReader, HeaderBlock};
pub use compress::compress_message;
pub use exchange::Exchange;
pub use frame_tree::DYNAMIC_TABLE;
pub use gathered::{Gathered, Stretch};
pub use grpc::{GrpcFrameError, GrpcMessage, GrpcReader, PREFIX_LEN, grpc_prefix};
pub use grpc_count::GrpcCounter;
pub use grpc_status::status_faults;
pub use grpc_text::{
    decode_grpc_message, encode_grpc_message, format_grpc_timeout, parse_grpc_timeout,
};
pub use grpc_web::{GrpcWebError, GrpcWebReader, web_trailers};
pub use hpack::{
    Block, Entry, EntryForm, Hpack, Literal, TableAt, TableHistory, entry_size, table_block,
};
pub use http1::{Framing, HeadRead, Http1Head, StartLine, read_request_head, read_response_head};
pub use http2::{FRAME_HEAD_LEN, FrameHead, FrameType, PREFACE};
pub use inflate::{GRPC_ENCODINGS, InflateError, MAX_INFLATED, inflate_message};
pub use kept::Kept;
pub use ladder::ladder;
pub use lane::{Segment, WireKind};
pub use one_call::OneCall;
pub use payloads::Payloads;
pub use pcapng::{Conversation, pcapng};
pub use proto::{PackedWidth, ProtoField, ProtoRead, ProtoValue, packed, proto_fields};
pub use redact::redacted;
pub use splitter::Splitter;
pub use step::{Message, Step, StepKind};
pub use sums::{BothSums, Sums};
#[cfg(test)]
pub(crate) use tls::testing as tls_testing;
pub use tls::{Certificate, HandshakeMessage, Overheard, RecordKind, Said, TlsRecord, certificate};
pub use tree::{Buffer, Node, Place};
pub use walk::{Walk, WireItem, walk};
pub use windows::{
    EmptyWindow, WindowCause, WindowChange, WindowHistory, WindowPoint, WindowReader,
};
pub use wire_call::WireCall;
