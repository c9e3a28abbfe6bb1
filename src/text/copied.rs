//! What to know of a call that was copied for another tool.

use super::fill;
use crate::model::{CopyFormat, CopyLoss, CopyNote};

/// One note in words.
pub fn copy_note(note: &CopyNote, format: CopyFormat) -> String {
    match note {
        CopyNote::Variable { variable, header } => {
            fill("copy.variable", &[("variable", variable), ("header", header)])
        }
        CopyNote::Lost(loss) => fill(loss_key(*loss), &[("tool", &format.name())]),
    }
}

fn loss_key(loss: CopyLoss) -> &'static str {
    match loss {
        CopyLoss::Path => "copy.lost.path",
        CopyLoss::Authority => "copy.lost.authority",
        CopyLoss::ServerName => "copy.lost.server_name",
        CopyLoss::Insecure => "copy.lost.insecure",
        CopyLoss::MessageLimit => "copy.lost.message_limit",
        CopyLoss::NoDeadline => "copy.lost.no_deadline",
        CopyLoss::Notation => "copy.lost.notation",
        CopyLoss::SchemaInWindow => "copy.lost.schema_in_window",
        CopyLoss::MoreSchemas => "copy.lost.more_schemas",
        CopyLoss::MoreRoots => "copy.lost.more_roots",
        CopyLoss::GrpcWeb => "copy.lost.grpc_web",
        CopyLoss::Compression => "copy.lost.compression",
        CopyLoss::Keepalive => "copy.lost.keepalive",
        CopyLoss::Pace => "copy.lost.pace",
        CopyLoss::ReflectHeaders => "copy.lost.reflect_headers",
        CopyLoss::Fields => "copy.lost.fields",
    }
}
