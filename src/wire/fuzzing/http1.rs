//! Heads of HTTP/1, alone and within a conversation.

use super::laws::hold;
use crate::model::Direction::{Received, Sent};
use crate::wire::{HeadRead, read_request_head, read_response_head};

/// Heads that are looked at for every shorter beginning.
const SHORT: usize = 512;

/// The first byte says where to cut, the second what was asked; the rest is read as a request and as an answer.
///
/// # Panics
/// When a head's length is not where it ends, or a conversation does not add up.
pub fn http1(input: &[u8]) {
    let [cut, ask, text @ ..] = input else { return };
    for read in [read_request_head, read_response_head] {
        let HeadRead::Complete(head) = read(text) else { continue };
        let (own, _) = text.split_at(head.len);
        assert_eq!(read(own), HeadRead::Complete(head.clone()));
        for len in (0..head.len).take(SHORT) {
            let (beginning, _) = own.split_at(len);
            assert_eq!(read(beginning), HeadRead::Partial, "{len} of {}", head.len);
        }
        for asked in [None, Some("GET"), Some("HEAD"), Some("CONNECT")] {
            let _framing = head.framing(asked);
        }
    }
    let cut = usize::from(*cut) * text.len() / 255;
    let asked: &[u8] = match ask % 4 {
        0 => b"GET / HTTP/1.1\r\n\r\n",
        1 => b"HEAD / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        2 => b"CONNECT a:1 HTTP/1.1\r\n\r\n",
        _ => b"",
    };
    hold(&[(Sent, asked), (Received, text)], 1, cut);
    hold(&[(Sent, text), (Received, b"HTTP/1.1 204 No Content\r\n\r\n")], 0, cut);
}
