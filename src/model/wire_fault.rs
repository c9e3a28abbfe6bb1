//! What is wrong with bytes: facts at a place, the rest stays readable.

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireFault {
    /// A frame's payload has a length that its type does not allow (RFC 9113 section 4.2).
    FrameLength(u64),
    /// Padding longer than what it pads (section 6.1).
    Padding,
    /// A CONTINUATION frame that continues nothing (section 6.10).
    StrayContinuation,
    /// A header block that was never ended.
    OpenBlock,
    /// A window that would grow by nothing (section 6.9).
    WindowZero,
    /// A window that would be larger than 2^31 - 1 bytes (section 6.9.1).
    WindowOverflow,
    /// DATA beyond what its window allowed (section 6.9.1): the last so many bytes of it.
    WindowExceeded(u64),
    /// A header block that cannot be read.
    Hpack(HpackFault),
    /// A message prefix whose flag is neither 0 nor 1.
    GrpcFlag(u8),
    /// The body ended before the message did.
    GrpcShort {
        /// Bytes that came.
        got: u64,
        /// Bytes that the prefix announced.
        wanted: u64,
    },
    /// Something follows the frame with the trailers of gRPC-Web, which is the last.
    BehindTrailers,
    /// The compressed flag is set and no `grpc-encoding` says how.
    NoEncoding,
    /// The compressed bytes cannot be read as what they are said to be.
    Compressed {
        /// `gzip`.
        encoding: String,
    },
    /// Decompressed, it is larger than is read.
    TooLarge {
        /// In bytes.
        limit: u64,
    },
    /// A line of a head without colon (RFC 9112 section 5).
    NoColon,
    /// A line that ends with LF alone (section 2.2).
    BareLf,
    /// A byte that must not stand in a head.
    BadByte(u8),
    /// Two lengths that contradict each other (section 6.3).
    TwoLengths,
    /// A length beside a transfer coding: each says in its own way where the body ends (section 6.3).
    LengthAndCoding,
    /// A head that does not end.
    EndlessHead,
    /// What should be the size of a chunk is none (section 7.1).
    ChunkSize,
    /// The connection ended before the body did.
    BodyShort {
        /// Bytes that came.
        got: u64,
        /// Bytes that were announced.
        wanted: u64,
    },
    /// Bytes behind an answer that belong to none: its length says that it was over (RFC 9112 section 6.3).
    BodyLong,
    /// What should be text is no UTF-8.
    NotUtf8,
    /// A protobuf tag with field number 0 or an unknown wire type.
    ProtoTag,
    /// A protobuf value that goes beyond its end.
    ProtoShort,
    /// A protobuf varint of more than ten bytes.
    ProtoVarint,
    /// A protobuf group that nobody began or nobody ended.
    ProtoGroup,
    /// A TLS record longer than any may be (RFC 8446 section 5.2).
    TlsRecordLength(u64),
    /// A message of the TLS handshake that ends before or behind where its lengths say.
    TlsLength,
    /// These bytes were counted, not kept.
    NotKept(u64),
}

/// Why a header block cannot be read further (RFC 7541).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HpackFault {
    /// Index 0, or one beyond the table (section 2.3.3).
    Index {
        /// What is written.
        index: u64,
        /// How many entries there are.
        known: u64,
    },
    /// A number that is too long (section 5.1).
    Number,
    /// The block ends within an entry.
    CutShort,
    /// A text that is no Huffman text (section 5.2).
    Huffman,
    /// A table size above what the reader allows (section 6.3).
    TableSize(u64),
    /// A table size behind a field (section 4.2).
    LateTableSize,
}
