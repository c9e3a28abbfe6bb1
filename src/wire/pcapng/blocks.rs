//! The blocks of a pcapng file (draft-ietf-opsawg-pcapng section 4), little-endian.

use super::packet::Segment;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;

const COMMENT: u16 = 1;
const IF_NAME: u16 = 2;
const SHB_USERAPPL: u16 = 4;
const IF_TSRESOL: u16 = 9;

/// Packets begin with an IPv4 or IPv6 header.
const LINKTYPE_RAW: u16 = 101;

/// An option's length has 16 bits; this leaves room for the padding too.
const MAX_OPTION: usize = 65_532;

/// One section with one interface.
pub(super) fn file(segments: &[Segment<'_>]) -> Vec<u8> {
    let payload: usize = segments.iter().map(|segment| segment.payload.len()).sum();
    let mut out = Vec::with_capacity(200 + payload + 120 * segments.len());
    section_header(&mut out);
    interface(&mut out);
    for segment in segments {
        enhanced_packet(&mut out, segment);
    }
    out
}

fn section_header(out: &mut Vec<u8>) {
    let mut body = Vec::new();
    body.extend_from_slice(&0x1a2b_3c4d_u32.to_le_bytes());
    body.extend_from_slice(&1_u16.to_le_bytes());
    body.extend_from_slice(&0_u16.to_le_bytes());
    // The section's length is not said.
    body.extend_from_slice(&(-1_i64).to_le_bytes());
    option(&mut body, SHB_USERAPPL, concat!("Hoplens ", env!("CARGO_PKG_VERSION")).as_bytes());
    end_of_options(&mut body);
    block(out, SECTION_HEADER, &body);
}

fn interface(out: &mut Vec<u8>) {
    let mut body = Vec::new();
    body.extend_from_slice(&LINKTYPE_RAW.to_le_bytes());
    body.extend_from_slice(&[0, 0]);
    // Snapshot length: no limit.
    body.extend_from_slice(&0_u32.to_le_bytes());
    option(&mut body, IF_NAME, b"hoplens");
    // Nanoseconds: 10^-9.
    option(&mut body, IF_TSRESOL, &[9]);
    end_of_options(&mut body);
    block(out, INTERFACE_DESCRIPTION, &body);
}

fn enhanced_packet(out: &mut Vec<u8>, segment: &Segment<'_>) {
    let head = segment.head();
    let captured = head.len() + segment.payload.len();
    let at = segment.at.0;
    let mut body = Vec::with_capacity(captured + 64);
    body.extend_from_slice(&0_u32.to_le_bytes());
    body.extend_from_slice(&((at >> 32) as u32).to_le_bytes());
    body.extend_from_slice(&(at as u32).to_le_bytes());
    body.extend_from_slice(&(captured as u32).to_le_bytes());
    body.extend_from_slice(&((captured + segment.missing) as u32).to_le_bytes());
    body.extend_from_slice(&head);
    body.extend_from_slice(&segment.payload);
    pad(&mut body);
    for comment in &segment.comments {
        option(&mut body, COMMENT, up_to(comment, MAX_OPTION).as_bytes());
    }
    if !segment.comments.is_empty() {
        end_of_options(&mut body);
    }
    block(out, ENHANCED_PACKET, &body);
}

/// The body is padded already.
fn block(out: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let len = (body.len() as u32 + 12).to_le_bytes();
    out.extend_from_slice(&kind.to_le_bytes());
    out.extend_from_slice(&len);
    out.extend_from_slice(body);
    out.extend_from_slice(&len);
}

fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    body.extend_from_slice(&code.to_le_bytes());
    body.extend_from_slice(&(value.len() as u16).to_le_bytes());
    body.extend_from_slice(value);
    pad(body);
}

fn end_of_options(body: &mut Vec<u8>) {
    body.extend_from_slice(&[0; 4]);
}

/// To a multiple of four: every field before is one, so the body's own length tells.
fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}

/// As much of a text as fits, cut between characters.
fn up_to(text: &str, len: usize) -> &str {
    text.get(..text.floor_char_boundary(len)).unwrap_or_default()
}
