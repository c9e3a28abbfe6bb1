//! The payloads of frames that say something about the connection, gathered while bytes pass.

use super::http2::{FrameHead, FrameType};
use super::lane::{Segment, WireKind};
use crate::model::Direction;

/// A frame that is larger is not gathered: it could not be read anyway.
const MAX_FRAME: u32 = 1 << 20;

/// Gathers them, both directions.
#[derive(Debug, Default)]
pub struct Payloads {
    sent: Vec<u8>,
    received: Vec<u8>,
}

impl Payloads {
    /// Takes a segment with its bytes; gives a frame of headers, settings, windows or an end once it is whole.
    pub fn take(
        &mut self,
        direction: Direction,
        segment: &Segment,
        bytes: &[u8],
    ) -> Option<(FrameHead, Vec<u8>)> {
        let payload = match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        };
        if let Some(WireKind::Frame(head @ FrameHead { len: 0, .. })) = &segment.kind {
            return matters(head.kind).then(|| (*head, std::mem::take(payload)));
        }
        let head = segment.frame.filter(|head| matters(head.kind) && head.len <= MAX_FRAME)?;
        payload.extend_from_slice(bytes);
        let is_whole = payload.len() as u64 >= u64::from(head.len);
        is_whole.then(|| (head, std::mem::take(payload)))
    }
}

fn matters(kind: FrameType) -> bool {
    matches!(
        kind,
        FrameType::HEADERS
            | FrameType::CONTINUATION
            | FrameType::PUSH_PROMISE
            | FrameType::SETTINGS
            | FrameType::RST_STREAM
            | FrameType::WINDOW_UPDATE
    )
}
