//! Definitions as text, for `describe` and for hover texts.

use prost_reflect::{DescriptorPool, FileDescriptor};

/// The definition of a symbol as a `.proto` would write it.
pub(super) fn describe(pool: &DescriptorPool, symbol: &str) -> Option<String> {
    pool.get_message_by_name(symbol).map(|message| format!("message {} {{}}", message.full_name()))
}

/// The comment at a path of a file's source info, without the blank that follows the slashes.
pub(super) fn comment_of(file: &FileDescriptor, path: &[i32]) -> String {
    let Some(info) = &file.file_descriptor_proto().source_code_info else { return String::new() };
    let Some(location) = info.location.iter().find(|location| location.path == path) else {
        return String::new();
    };
    let comment = location.leading_comments.as_ref().or(location.trailing_comments.as_ref());
    let lines = comment.map(String::as_str).unwrap_or_default().lines();
    let lines: Vec<_> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    lines.join("\n").trim().to_owned()
}
