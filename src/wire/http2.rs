//! HTTP/2 frame headers (RFC 9113 section 4.1).

/// What a client sends first (RFC 9113 section 3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Length of a frame header in bytes.
pub const FRAME_HEAD_LEN: usize = 9;

/// The nine bytes before every frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameHead {
    /// Payload bytes that follow, at most 2^24 - 1.
    pub len: u32,
    /// What it is.
    pub kind: FrameType,
    /// As they stand; their meaning depends on the type.
    pub flags: u8,
    /// 31 bits; 0 is the connection itself.
    pub stream: u32,
}

/// A frame's type by its number: any byte may come, unknown ones are passed over (RFC 9113 section 5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FrameType(pub u8);

impl FrameType {
    /// Payload of a message.
    pub const DATA: Self = Self(0);
    /// A header block, or its beginning.
    pub const HEADERS: Self = Self(1);
    /// An old way to order streams (deprecated).
    pub const PRIORITY: Self = Self(2);
    /// The end of one stream with an error code.
    pub const RST_STREAM: Self = Self(3);
    /// Parameters of the connection.
    pub const SETTINGS: Self = Self(4);
    /// A promised stream and its header block.
    pub const PUSH_PROMISE: Self = Self(5);
    /// A sign of life.
    pub const PING: Self = Self(6);
    /// The end of the connection with an error code.
    pub const GOAWAY: Self = Self(7);
    /// More room for payload.
    pub const WINDOW_UPDATE: Self = Self(8);
    /// More of a header block.
    pub const CONTINUATION: Self = Self(9);

    /// The standard's name; `None` for a number that it does not define.
    pub fn name(self) -> Option<&'static str> {
        const NAMES: [&str; 10] = [
            "DATA",
            "HEADERS",
            "PRIORITY",
            "RST_STREAM",
            "SETTINGS",
            "PUSH_PROMISE",
            "PING",
            "GOAWAY",
            "WINDOW_UPDATE",
            "CONTINUATION",
        ];
        NAMES.get(usize::from(self.0)).copied()
    }

    /// Whether a body or a header block stands in it, or a part of one.
    pub(super) fn carries_content(self) -> bool {
        matches!(self, Self::DATA | Self::HEADERS | Self::PUSH_PROMISE | Self::CONTINUATION)
    }

    /// Whether the payload says how the connection is to be read, and so is always recorded.
    pub(super) fn is_control(self) -> bool {
        self != Self::DATA && self.name().is_some()
    }
}

impl FrameHead {
    /// Set on the last DATA or HEADERS frame of a direction (RFC 9113 section 6.1).
    pub const END_STREAM: u8 = 0x1;
    /// Set on the last frame of a header block (section 6.2).
    pub const END_HEADERS: u8 = 0x4;
    /// Set where a length of padding comes first (section 6.1).
    pub const PADDED: u8 = 0x8;
    /// Set where a priority comes first (section 6.2).
    pub const PRIORITY: u8 = 0x20;

    /// Whether one of these flags is set.
    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Reads nine bytes; the reserved bit is ignored as the standard asks.
    pub fn read(bytes: &[u8; FRAME_HEAD_LEN]) -> Self {
        let [l0, l1, l2, kind, flags, s0, s1, s2, s3] = *bytes;
        Self {
            len: u32::from_be_bytes([0, l0, l1, l2]),
            kind: FrameType(kind),
            flags,
            stream: u32::from_be_bytes([s0 & 0x7f, s1, s2, s3]),
        }
    }

    /// The nine bytes.
    pub fn write(&self) -> [u8; FRAME_HEAD_LEN] {
        let [_, l0, l1, l2] = self.len.to_be_bytes();
        let [s0, s1, s2, s3] = self.stream.to_be_bytes();
        [l0, l1, l2, self.kind.0, self.flags, s0 & 0x7f, s1, s2, s3]
    }

    /// Whether its sender says no more on this stream.
    pub fn ends_stream(&self) -> bool {
        matches!(self.kind, FrameType::DATA | FrameType::HEADERS)
            && self.flags & Self::END_STREAM != 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_headers_frame() {
        let head = FrameHead::read(&[0, 1, 2, 1, 5, 0x80, 0, 0, 3]);
        assert_eq!(head.len, 258);
        assert_eq!((head.kind.name(), head.stream), (Some("HEADERS"), 3));
        assert!(head.ends_stream());
        assert_eq!(FrameType(10).name(), None);
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(len in 0_u32..1 << 24, kind: u8, flags: u8, stream in 0_u32..1 << 31) {
            let head = FrameHead { len, kind: FrameType(kind), flags, stream };
            prop_assert_eq!(FrameHead::read(&head.write()), head);
        }
    }
}
