//! Bytes to trees and back, pure: HTTP/1 heads, HTTP/2 frames, the gRPC prefix.
//!
//! Readers are incremental and never fail: what cannot be understood is named
//! as such and passed over. No IO, no async, no clock.

mod http2;
mod item;

pub use http2::PREFACE;
pub use item::{WireItem, WireKind, walk};
