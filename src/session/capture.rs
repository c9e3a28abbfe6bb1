//! The bytes of a call as files for other programs, without its credentials.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::NoticeKind;
use super::core::Core;
use super::message::Message;
use crate::model::{Call, CallId, Direction, HeaderTable, Recording};
use crate::wire::{
    Conversation, FrameHead, FrameType, PREFACE, pcapng as write_pcapng, redacted, table_block,
};
use crate::workspace::{self, Overwrite};

/// `SETTINGS_HEADER_TABLE_SIZE` (RFC 9113 section 6.5.2).
const HEADER_TABLE_SIZE: u16 = 1;
/// Stands on packets that did not pass: logs and files are in English.
const MADE_UP: &str =
    "Not sent in this call: brings a reader to where the connection stood when the call began.";
/// Of a peer without one, such as a socket file: readers take it for HTTP, whatever its version.
const UNKNOWN_PORT: u16 = 8080;
/// The ending of a name that stands for two files.
pub const RAW: &str = "raw";
const TLS: &str = "Recorded inside TLS.";

impl Core {
    /// Writes the bytes of a call that is shown.
    pub(super) fn save_capture(&mut self, call: CallId, side: usize, path: PathBuf) {
        let Some(call) = self.state.call_at(call, side) else { return };
        self.write(path, move |to| save(to, &call), |path| NoticeKind::CaptureSaved { path });
    }

    /// Writes a file of the person's own, who has agreed that one which is there may go; `saved` says so.
    pub(super) fn export(
        &mut self,
        path: PathBuf,
        content: impl FnOnce() -> std::io::Result<Vec<u8>> + Send + 'static,
        saved: fn(PathBuf) -> NoticeKind,
    ) {
        let write = |to: &Path| workspace::export(to, content()?, Overwrite::Replace);
        self.write(path, write, saved);
    }

    fn write(
        &mut self,
        path: PathBuf,
        write: impl FnOnce(&Path) -> std::io::Result<()> + Send + 'static,
        saved: fn(PathBuf) -> NoticeKind,
    ) {
        let inbox = self.inbox.clone();
        self.tasks.spawn(async move {
            let to = path.clone();
            let write = move || write(&to);
            let Ok(written) = tokio::task::spawn_blocking(write).await else { return };
            let message = match written {
                Ok(()) => Message::Exported(saved(path)),
                Err(error) => Message::SaveFailed { path, cause: error.to_string() },
            };
            inbox.send(message).await.ok();
        });
    }
}

/// The file's ending says what is wanted: `.raw` two files beside it, anything else a capture for Wireshark. Of the two
/// nobody was asked whether one that is there may go.
fn save(path: &Path, call: &Call) -> std::io::Result<()> {
    if path.extension().is_none_or(|ending| ending != RAW) {
        return workspace::export(path, pcapng(call), Overwrite::Replace);
    }
    for (direction, ending) in [(Direction::Sent, "sent"), (Direction::Received, "received")] {
        workspace::export(&path.with_extension(ending), raw(call, direction), Overwrite::Refuse)?;
    }
    Ok(())
}

/// A pcapng file of the call's bytes in made-up TCP packets.
pub fn pcapng(call: &Call) -> Vec<u8> {
    let recording = recording(call);
    let connection = call.connection.as_ref();
    if recording.parts.is_empty() {
        // What never passed is no connection.
        return write_pcapng(&[]);
    }
    let end = |of: Option<&str>, port| {
        let unknown = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        of.and_then(|text| text.parse().ok()).unwrap_or(unknown)
    };
    let is_http2 = connection.is_some_and(|connection| connection.http_version == "HTTP/2");
    let begins_late = recording.parts.first().is_some_and(|part| part.offset > 0);
    let prelude = if is_http2 && begins_late { prelude(&recording) } else { Vec::new() };
    let has_tls = connection.is_some_and(|connection| connection.tls.is_some());
    write_pcapng(&[Conversation {
        client: end(connection.map(|connection| connection.local.as_str()), 0),
        server: end(connection.map(|connection| connection.peer.as_str()), UNKNOWN_PORT),
        recording: &recording,
        prelude: &prelude,
        prelude_comment: MADE_UP,
        comment: has_tls.then_some(TLS),
    }])
}

/// What passed in one direction, gaps left out.
pub fn raw(call: &Call, direction: Direction) -> Vec<u8> {
    let recording = recording(call);
    let parts = recording.parts.iter().filter(|part| part.direction == direction);
    parts.filter_map(|part| part.bytes.as_ref()).flat_map(|bytes| bytes.to_vec()).collect()
}

/// Without credentials: those of known names, and those that the person marked.
fn recording(call: &Call) -> Recording {
    let mut recording = redacted(&call.recording, |name| call.request.headers.hide(name));
    if recording.stream.is_some() {
        close_up(&mut recording);
    }
    recording
}

/// Between the frames of one stream those of others passed: in a file that is no gap.
fn close_up(recording: &mut Recording) {
    let mut ends: [Option<u64>; 2] = [None; 2];
    for part in &mut recording.parts {
        let [sent, received] = &mut ends;
        let end = if part.direction == Direction::Sent { sent } else { received };
        part.offset = end.unwrap_or(part.offset);
        *end = Some(part.offset + part.len);
    }
}

/// The beginning of an HTTP/2 connection, and blocks that fill the header tables.
fn prelude(recording: &Recording) -> Vec<(Direction, Bytes)> {
    let settings = |reads: &HeaderTable| {
        let [a, b, c, d] = u32::try_from(reads.limit).unwrap_or(u32::MAX).to_be_bytes();
        let [high, low] = HEADER_TABLE_SIZE.to_be_bytes();
        frame(FrameType::SETTINGS, 0, 0, &[high, low, a, b, c, d])
    };
    let block = |table: &HeaderTable| {
        let flags = FrameHead::END_HEADERS | FrameHead::END_STREAM;
        frame(FrameType::HEADERS, flags, 1, &table_block(table))
    };
    let tables = &recording.tables;
    vec![
        (Direction::Sent, [PREFACE, &settings(&tables.received)].concat().into()),
        (Direction::Received, settings(&tables.sent).into()),
        (Direction::Sent, block(&tables.sent).into()),
        (Direction::Received, block(&tables.received).into()),
    ]
}

fn frame(kind: FrameType, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let head = FrameHead { len: payload.len() as u32, kind, flags, stream };
    [&head.write()[..], payload].concat()
}
