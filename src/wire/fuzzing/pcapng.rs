//! Recordings of any shape, written for Wireshark and read back.

use bytes::Bytes;

use crate::model::Direction::{Received, Sent};
use crate::wire::pcapng as write;
use crate::wire::pcapng::read_back::{expected, read, reassembled, recording, talk};

/// Parts that are made of one input.
const MAX_PARTS: usize = 24;

/// Three bytes are where the streams begin and what is made up before; then parts of three bytes: what, when, and how
/// long, the last with its bytes behind it.
///
/// # Panics
/// When what is read back is not what was written.
pub fn pcapng(input: &[u8]) {
    let [family, start, n_prelude, rest @ ..] = input else { return };
    let mut parts = Vec::new();
    let mut rest = rest;
    let mut at = 0;
    while let [what, wait, len, more @ ..] = rest {
        if parts.len() == MAX_PARTS {
            break;
        }
        let direction = if what & 1 == 0 { Sent } else { Received };
        at += u64::from(*wait) << (what >> 2 & 0x1f);
        let len = usize::from(*len);
        rest = more;
        parts.push(if what & 2 != 0 {
            // A gap may be longer than 32 bits of sequence numbers.
            (direction, at, Err((len as u64) << (what >> 2 & 0x1f)))
        } else {
            let (bytes, behind) = more.split_at(len.min(more.len()));
            rest = behind;
            // Some are longer than a packet can be.
            (direction, at, Ok(bytes.repeat(if what & 0x80 == 0 { 1 } else { 300 })))
        });
    }
    let recording = recording(parts, u64::from(*start) << 20);
    let made_up = Bytes::from(vec![*start; usize::from(n_prelude & 0x3f)]);
    let prelude = [(Sent, made_up.clone()), (Received, made_up)];
    let mut conversation = talk(&recording, if n_prelude & 0x40 == 0 { &[] } else { &prelude });
    if family & 1 == 1 {
        conversation.server.set_ip([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into());
    }
    let packets = read(&write(&[conversation]));
    assert!(packets.is_sorted_by_key(|packet| packet.at));
    assert_eq!(reassembled(&packets).0, expected(&conversation));
    // Twice in one file: two conversations.
    let ports = read(&write(&[conversation, conversation])).len();
    assert_eq!(ports, packets.len() * 2);
}
