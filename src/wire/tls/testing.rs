//! What OpenSSL's client and server said to each other.

use bytes::Bytes;

use crate::model::{Direction, Recording, RecordingPart, Timestamp};

/// A file of `tests/data/tls`: in the order of passing the way, the length in four bytes, the bytes.
pub(crate) fn capture(name: &str) -> Recording {
    let path = format!("{}/tests/data/tls/{name}.capture", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read(path).unwrap();
    let (mut rest, mut passed, mut parts) = (&file[..], [0, 0], Vec::new());
    while let [way, a, b, c, d, after @ ..] = rest {
        let len = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let direction = if *way == b'>' { Direction::Sent } else { Direction::Received };
        let at = Timestamp(parts.len() as u64);
        let offset = &mut passed[usize::from(direction == Direction::Received)];
        let bytes = Some(Bytes::copy_from_slice(&after[..len]));
        parts.push(RecordingPart { at, direction, offset: *offset, len: len as u64, bytes });
        *offset += len as u64;
        rest = &after[len..];
    }
    Recording { parts, ..Recording::default() }
}

/// The certificate that the server showed.
pub(crate) fn leaf() -> Vec<u8> {
    use base64::Engine as _;
    let path = format!("{}/tests/data/tls/leaf.pem", env!("CARGO_MANIFEST_DIR"));
    let pem = std::fs::read_to_string(path).unwrap();
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    base64::engine::general_purpose::STANDARD.decode(lines.collect::<String>()).unwrap()
}
