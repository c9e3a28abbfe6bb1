//! What is wrong with bytes, in words.

use super::format::{bytes, thousands};
use super::{fill, t};
use crate::model::{HpackFault, WireFault};

/// One sentence without full stop: it stands beside the bytes.
pub fn wire_fault(fault: &WireFault) -> String {
    use WireFault as W;
    let plain = match fault {
        W::FrameLength(n) => return fill("wire.fault.frame_length", &[("n", n)]),
        W::Hpack(fault) => return hpack(*fault),
        W::GrpcFlag(flag) => return fill("wire.fault.grpc_flag", &[("flag", flag)]),
        W::GrpcShort { got, wanted } => {
            let (got, wanted) = (thousands(*got), thousands(*wanted));
            return fill("wire.fault.grpc_short", &[("got", &got), ("wanted", &wanted)]);
        }
        W::Compressed { encoding } => {
            return fill("wire.fault.compressed", &[("encoding", encoding)]);
        }
        W::TooLarge { limit } => {
            return fill("wire.fault.too_large", &[("limit", &bytes(*limit))]);
        }
        W::BadByte(byte) => {
            return fill("wire.fault.bad_byte", &[("byte", &format!("0x{byte:02x}"))]);
        }
        W::BodyShort { got, wanted } => {
            let (got, wanted) = (thousands(*got), thousands(*wanted));
            return fill("wire.fault.body_short", &[("got", &got), ("wanted", &wanted)]);
        }
        W::TlsRecordLength(n) => {
            return fill("wire.fault.tls_record_length", &[("n", &thousands(*n))]);
        }
        W::NotKept(n) => return fill("wire.fault.not_kept", &[("size", &bytes(*n))]),
        W::WindowExceeded(n) => {
            return fill("wire.fault.window_exceeded", &[("n", &thousands(*n))]);
        }
        W::WindowZero => t("wire.fault.window_zero"),
        W::WindowOverflow => t("wire.fault.window_overflow"),
        W::Padding => t("wire.fault.padding"),
        W::StrayContinuation => t("wire.fault.stray_continuation"),
        W::OpenBlock => t("wire.fault.open_block"),
        W::BehindTrailers => t("wire.fault.behind_trailers"),
        W::NoEncoding => t("wire.fault.no_encoding"),
        W::NoColon => t("wire.fault.no_colon"),
        W::BareLf => t("wire.fault.bare_lf"),
        W::TwoLengths => t("wire.fault.two_lengths"),
        W::LengthAndCoding => t("wire.fault.length_and_coding"),
        W::EndlessHead => t("wire.fault.endless_head"),
        W::ChunkSize => t("wire.fault.chunk_size"),
        W::BodyLong => t("wire.fault.body_long"),
        W::NotUtf8 => t("wire.fault.not_utf8"),
        W::ProtoTag => t("wire.fault.proto_tag"),
        W::ProtoShort => t("wire.fault.proto_short"),
        W::ProtoVarint => t("wire.fault.proto_varint"),
        W::ProtoGroup => t("wire.fault.proto_group"),
        W::TlsLength => t("wire.fault.tls_length"),
    };
    plain.to_owned()
}

fn hpack(fault: HpackFault) -> String {
    use HpackFault as H;
    match fault {
        H::Index { index, known } => {
            fill("wire.fault.index", &[("index", &index), ("known", &known)])
        }
        H::Number => t("wire.fault.number").to_owned(),
        H::CutShort => t("wire.fault.hpack_short").to_owned(),
        H::Huffman => t("wire.fault.huffman").to_owned(),
        H::TableSize(size) => fill("wire.fault.table_size", &[("size", &size)]),
        H::LateTableSize => t("wire.fault.late_table_size").to_owned(),
    }
}
