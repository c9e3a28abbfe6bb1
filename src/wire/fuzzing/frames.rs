//! Frames of HTTP/2 both ways, with header blocks, bodies and messages of gRPC in them.

use super::laws::hold;
use crate::model::Direction::{Received, Sent};
use crate::wire::{FRAME_HEAD_LEN, FrameHead, PREFACE};

/// The first byte says where to cut, the second how much of the rest is sent; what is left over is received.
///
/// # Panics
/// When a frame's header changes by being read and written, or the conversation does not add up.
pub fn frames(input: &[u8]) {
    let [cut, share, frames @ ..] = input else { return };
    if let Some(first) = frames.first_chunk::<FRAME_HEAD_LEN>() {
        let head = FrameHead::read(first);
        let written = head.write();
        assert_eq!(FrameHead::read(&written), head);
        let [before @ .., s0, s1, s2, s3] = *first;
        // All but the reserved bit.
        assert_eq!(written, [&before[..], &[s0 & 0x7f, s1, s2, s3]].concat()[..]);
    }
    let (sent, received) = frames.split_at(usize::from(*share) * frames.len() / 255);
    let sent = [PREFACE, sent].concat();
    let cut = usize::from(*cut) * frames.len() / 255;
    hold(&[(Sent, &sent), (Received, received)], usize::from(cut > sent.len()), cut);
}
