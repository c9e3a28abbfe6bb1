//! An HTTP/2 frame as a tree (RFC 9113 sections 4.1 and 6).

use bytes::Bytes;

use super::blocks::{HeaderBlock, fragment};
use super::hpack::{Entry, EntryForm, TableAt, entry_size};
use super::http2::{FRAME_HEAD_LEN, FrameHead, FrameType};
use super::tree::{Bench, Buffer, Node};
use super::windows::{INITIAL_WINDOW_SIZE, WindowCause, WindowPoint};
use crate::model::{WireFault, reset_name};

/// What only those know who have read all frames before.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told<'a> {
    /// The header block that the frame's fragment belongs to.
    pub(super) block: Option<&'a HeaderBlock>,
    /// What the frame did to the windows.
    pub(super) windows: &'a [WindowPoint],
    /// What is wrong with it.
    pub(super) fault: Option<&'a WireFault>,
}

pub(super) fn setting_name(id: u64) -> String {
    let name = match id {
        1 => "SETTINGS_HEADER_TABLE_SIZE",
        2 => "SETTINGS_ENABLE_PUSH",
        3 => "SETTINGS_MAX_CONCURRENT_STREAMS",
        4 => "SETTINGS_INITIAL_WINDOW_SIZE",
        5 => "SETTINGS_MAX_FRAME_SIZE",
        6 => "SETTINGS_MAX_HEADER_LIST_SIZE",
        8 => "SETTINGS_ENABLE_CONNECT_PROTOCOL",
        other => return format!("0x{other:04x}"),
    };
    name.to_owned()
}

/// The names of the flags that are set.
pub(super) fn flag_names(head: &FrameHead) -> Vec<(u8, &'static str)> {
    let known: &[(u8, &'static str)] = match head.kind {
        FrameType::DATA => &[(1, "END_STREAM"), (8, "PADDED")],
        FrameType::HEADERS => {
            &[(1, "END_STREAM"), (4, "END_HEADERS"), (8, "PADDED"), (0x20, "PRIORITY")]
        }
        FrameType::SETTINGS | FrameType::PING => &[(1, "ACK")],
        FrameType::PUSH_PROMISE => &[(4, "END_HEADERS"), (8, "PADDED")],
        FrameType::CONTINUATION => &[(4, "END_HEADERS")],
        _ => &[],
    };
    known.iter().copied().filter(|(flag, _)| head.has(*flag)).collect()
}

/// A frame that stands at `bench`, header and payload as far as kept.
pub(super) fn frame_tree(head: &FrameHead, bench: Bench<'_>, told: &Told<'_>) -> Node {
    let name = head.kind.name().map_or_else(|| format!("0x{:02x}", head.kind.0), str::to_owned);
    let flags = flag_names(head);
    let flag_words: Vec<_> = flags.iter().map(|(_, name)| *name).collect();
    let flag_nodes =
        flags.iter().map(|(flag, name)| bench.node(4..5, *name, format!("0x{flag:02x}")));
    let header = bench.node(0..FRAME_HEAD_LEN, "Frame Header", "").with([
        bench.number_node(0..3, "Length"),
        bench.node(3..4, "Type", format!("0x{:02x} {name}", head.kind.0)),
        bench.node(4..5, "Flags", format!("0x{:02x}", head.flags)).with(flag_nodes),
        bench.node(5..9, "Stream Identifier", head.stream.to_string()),
    ]);
    let len = FRAME_HEAD_LEN + head.len as usize;
    let payload = bench.part(FRAME_HEAD_LEN..len);
    let mut root = bench.node(0..len, name, flag_words.join(" ")).with([header]);
    if bench.len < len as u64 {
        let got = payload.len;
        root.fault = Some(WireFault::BodyShort { got, wanted: head.len.into() });
        return root;
    }
    let missing = (head.len as usize).saturating_sub(payload.bytes.len());
    if missing > 0 && head.kind != FrameType::DATA {
        root.fault = Some(WireFault::NotKept(missing as u64));
        return root;
    }
    match payload_nodes(head, payload, told) {
        Ok(nodes) => root.children.extend(nodes),
        Err(fault) => {
            let whole = payload.node(0..head.len as usize, "Payload", "");
            root.children.push(whole.wrong(Some(fault)));
        }
    }
    root.children.extend(window_node(head, payload, told));
    root
}

/// The windows behind the frame, where it changed any.
fn window_node(head: &FrameHead, payload: Bench<'_>, told: &Told<'_>) -> Option<Node> {
    let mut shown = told
        .windows
        .iter()
        .map(|point| point.change)
        .filter(|change| !matches!(change.cause, WindowCause::Opened | WindowCause::Ended));
    let mut words: Vec<String> = Vec::new();
    for change in shown.clone() {
        match change.cause {
            WindowCause::Announced(initial) => {
                words.push(format!("initial {initial} with its ACK"));
            }
            WindowCause::Initial(initial) => words.push(format!("initial {initial}")),
            _ => {}
        }
        words.extend(change.stream.map(|(stream, left)| format!("stream {stream} {left}")));
    }
    words.insert(0, format!("connection {}", shown.next_back()?.connection));
    words.dedup();
    let len = head.len as usize;
    let (range, fault) = match told.fault {
        Some(WireFault::WindowExceeded(n)) => {
            (len.saturating_sub(*n as usize)..len, told.fault.cloned())
        }
        _ => (0..len, None),
    };
    Some(payload.node(range, "Flow-Control Window", words.join(", ")).wrong(fault))
}

fn payload_nodes(
    head: &FrameHead,
    payload: Bench<'_>,
    told: &Told<'_>,
) -> Result<Vec<Node>, WireFault> {
    let len = head.len as usize;
    let exactly = |wanted: usize| {
        if len == wanted { Ok(()) } else { Err(WireFault::FrameLength(len as u64)) }
    };
    let window_fault = || {
        let is_it =
            |fault: &&WireFault| matches!(fault, WireFault::WindowZero | WireFault::WindowOverflow);
        told.fault.filter(is_it).cloned()
    };
    let code = |range: std::ops::Range<usize>| {
        let code = payload.number(range.clone());
        let name = u32::try_from(code).ok().and_then(reset_name);
        payload.node(
            range,
            "Error Code",
            name.map_or_else(|| code.to_string(), |name| format!("{code} {name}")),
        )
    };
    Ok(match head.kind {
        FrameType::SETTINGS => {
            if !len.is_multiple_of(6) {
                return Err(WireFault::FrameLength(len as u64));
            }
            let setting = |at: usize| {
                let id = payload.number(at..at + 2);
                let fault = window_fault().filter(|_| id == INITIAL_WINDOW_SIZE);
                let value = payload.number(at + 2..at + 6).to_string();
                payload.node(at..at + 6, setting_name(id), value).wrong(fault).with([
                    payload.node(at..at + 2, "Identifier", format!("0x{id:04x}")),
                    payload.number_node(at + 2..at + 6, "Value"),
                ])
            };
            (0..len).step_by(6).map(setting).collect()
        }
        FrameType::PING => {
            exactly(8)?;
            vec![payload.node(0..8, "Opaque Data", format!("{:016x}", payload.number(0..8)))]
        }
        FrameType::RST_STREAM => {
            exactly(4)?;
            vec![code(0..4)]
        }
        FrameType::WINDOW_UPDATE => {
            exactly(4)?;
            let increment = payload.number(0..4) & 0x7fff_ffff;
            vec![
                payload
                    .node(0..4, "Window Size Increment", increment.to_string())
                    .wrong(window_fault()),
            ]
        }
        FrameType::GOAWAY => {
            if len < 8 {
                return Err(WireFault::FrameLength(len as u64));
            }
            let last = payload.number(0..4) & 0x7fff_ffff;
            let debug = String::from_utf8_lossy(payload.get(8..len)).into_owned();
            let debug = payload.node(8..len, "Additional Debug Data", debug);
            let last = payload.node(0..4, "Last-Stream-ID", last.to_string());
            [last, code(4..8)].into_iter().chain((len > 8).then_some(debug)).collect()
        }
        FrameType::PRIORITY => {
            exactly(5)?;
            priority(payload, 0).into()
        }
        FrameType::DATA
        | FrameType::HEADERS
        | FrameType::PUSH_PROMISE
        | FrameType::CONTINUATION => content(head, payload, told.block)?,
        _ => vec![payload.node(0..len, "Payload", "")],
    })
}

fn priority(payload: Bench<'_>, at: usize) -> [Node; 2] {
    let depends_on = payload.number(at..at + 4) & 0x7fff_ffff;
    let weight = payload.number(at + 4..at + 5) + 1;
    [
        payload.node(at..at + 4, "Stream Dependency", depends_on.to_string()),
        payload.node(at + 4..at + 5, "Weight", weight.to_string()),
    ]
}

/// What stands before the content, the content, the padding.
fn content(
    head: &FrameHead,
    payload: Bench<'_>,
    block: Option<&HeaderBlock>,
) -> Result<Vec<Node>, WireFault> {
    let len = head.len as usize;
    if payload.bytes.is_empty() && len > 0 {
        return Err(WireFault::NotKept(len as u64));
    }
    let range = fragment(head, payload.bytes.first().copied())?;
    let mut nodes = Vec::new();
    let is_padded =
        range.end < len || (head.has(FrameHead::PADDED) && head.kind != FrameType::CONTINUATION);
    if is_padded {
        nodes.push(payload.number_node(0..1, "Pad Length"));
    }
    if head.kind == FrameType::HEADERS && head.has(FrameHead::PRIORITY) {
        nodes.extend(priority(payload, range.start - 5));
    }
    if head.kind == FrameType::PUSH_PROMISE {
        let at = range.start - 4;
        let promised = payload.number(at..at + 4) & 0x7fff_ffff;
        nodes.push(payload.node(at..at + 4, "Promised Stream ID", promised.to_string()));
    }
    let label = if head.kind == FrameType::DATA { "Data" } else { "Field Block Fragment" };
    let size = (range.end - range.start).to_string();
    let missing = range.end.saturating_sub(payload.bytes.len()) as u64;
    let fault = (missing > 0).then_some(WireFault::NotKept(missing));
    let mut fragment = payload.node(range.clone(), label, size).wrong(fault);
    if let Some(block) = block {
        fragment.children = block_nodes(block, payload.buffer);
    }
    nodes.push(fragment);
    if range.end < len {
        nodes.push(payload.node(range.end..len, "Padding", (len - range.end).to_string()));
    }
    Ok(nodes)
}

/// The entries of a block, each where it stood.
pub(super) fn block_nodes(block: &HeaderBlock, buffer: Buffer) -> Vec<Node> {
    let gathered = &block.gathered;
    let mut nodes: Vec<_> =
        block.block.entries.iter().map(|entry| entry_node(block, entry, buffer)).collect();
    if let Some((at, fault)) = block.block.problem {
        let rest = gathered.places(at..gathered.bytes.len());
        let node = Node::new("Field Block", "").at(buffer, rest);
        nodes.push(node.wrong(Some(WireFault::Hpack(fault))));
    }
    nodes
}

/// The label of the dynamic table in a tree.
pub const DYNAMIC_TABLE: &str = "Dynamic Table";
/// The index of the newest entry (RFC 7541 section 2.3.3).
const FIRST_DYNAMIC: usize = 62;

/// The dynamic table behind a block: it stands nowhere among the bytes, both sides keep it.
pub(super) fn table_node(table: &TableAt) -> Node {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let entry = |(idx, field): (usize, &(Bytes, Bytes))| {
        Node::new(text(&field.0), text(&field.1)).with([
            Node::new("Index", (FIRST_DYNAMIC + idx).to_string()),
            Node::new("Size", entry_size(field).to_string()),
        ])
    };
    let entries = table.entries.iter().enumerate().map(entry);
    Node::new(DYNAMIC_TABLE, format!("{} / {}", table.size, table.max)).with(entries)
}

fn entry_node(block: &HeaderBlock, entry: &Entry, buffer: Buffer) -> Node {
    let gathered = &block.gathered;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let places = gathered.places(entry.range.clone());
    let (name, value) = (text(&entry.field.0), text(&entry.field.1));
    let form = match entry.form {
        EntryForm::Indexed => "Indexed Header Field",
        EntryForm::Incremental => "Literal Header Field with Incremental Indexing",
        EntryForm::WithoutIndexing => "Literal Header Field without Indexing",
        EntryForm::NeverIndexed => "Literal Header Field Never Indexed",
        EntryForm::TableSize(size) => {
            return Node::new("Dynamic Table Size Update", size.to_string()).at(buffer, places);
        }
    };
    let first = gathered.places(entry.range.start..entry.range.start + 1);
    let mut node = Node::new(name.clone(), value.clone()).at(buffer, places);
    node.children.push(Node::new("Representation", form).at(buffer, first));
    if entry.index != 0 {
        let table = if entry.is_static { "static" } else { "dynamic" };
        let end = [&entry.name, &entry.value].into_iter().flatten().map(|l| l.range.start).min();
        let places = gathered.places(entry.range.start..end.unwrap_or(entry.range.end));
        let index = format!("{} ({table})", entry.index);
        node.children.push(Node::new("Index", index).at(buffer, places));
    }
    for (label, literal, words) in [("Name", &entry.name, name), ("Value", &entry.value, value)] {
        let Some(literal) = literal else { continue };
        let label =
            if literal.is_huffman { format!("{label} (Huffman)") } else { label.to_owned() };
        let places = gathered.places(literal.range.clone());
        node.children.push(Node::new(label, words).at(buffer, places));
    }
    node
}
