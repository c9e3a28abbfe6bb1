//! Any item of a recording as a tree.

use super::chunk_list::{Part, parts};
use super::exchange::Exchange;
use super::frame_tree::{Told, block_nodes, frame_tree, table_node};
use super::grpc::PREFIX_LEN;
use super::head_tree::{head_tree, looks_like_head};
use super::kept::Kept;
use super::lane::WireKind;
use super::step::StepKind;
use super::tls::record_nodes;
use super::tree::{Bench, Buffer, Node};
use crate::model::WireFault;

impl Exchange {
    /// An item as a tree. `kept` are the bytes that the exchange was read from.
    pub fn item_tree(&self, kept: &Kept<'_>, item_idx: usize) -> Option<Node> {
        let item = self.items.get(item_idx)?;
        let end = item.offset + item.len;
        let bytes = kept.read(item.direction, item.offset..end);
        let buffer = Buffer::from(item.direction);
        let bench = Bench { buffer, offset: item.offset, bytes: &bytes, len: item.len };
        let place = item.offset..end;
        let whole = |label| Node::new(label, "").at(buffer, std::iter::once(place.clone()));
        let n_missing = item.len - bytes.len() as u64;
        let fault = (n_missing > 0).then_some(WireFault::NotKept(n_missing));
        let mut node = match &item.kind {
            WireKind::Frame(head) => {
                let told = Told {
                    block: self.block(item_idx),
                    windows: self.windows.of_item(item_idx),
                    fault: self.fault(item_idx),
                };
                frame_tree(head, bench, &told)
            }
            WireKind::Preface => whole("Connection Preface"),
            WireKind::Http1Head(_) => head_tree(bench),
            WireKind::Http1Body if self.is_chunked(item_idx) => {
                whole("Body").with(chunk_nodes(bench)).wrong(fault)
            }
            WireKind::Http1Body => whole("Body").wrong(fault),
            WireKind::Tls(content) => {
                let nodes = record_nodes(bench, *content, self.records(), item_idx);
                whole("TLS Record").with(nodes).wrong(fault)
            }
            WireKind::Gap => whole("").wrong(Some(WireFault::NotKept(item.len))),
            WireKind::Unknown if looks_like_head(&bytes) => head_tree(bench),
            WireKind::Unknown => whole("").wrong(fault),
        };
        node.fault = node.fault.or_else(|| self.fault(item_idx).cloned());
        node.children.extend(self.table(item_idx).map(|table| table_node(&table)));
        Some(node)
    }

    /// Whether the body's head says that it comes in chunks.
    fn is_chunked(&self, item_idx: usize) -> bool {
        let direction = self.items.get(item_idx).map(|item| item.direction);
        let before = self.items.get(..item_idx).unwrap_or_default().iter().rev();
        let mut heads = before.filter(|item| Some(item.direction) == direction);
        let head = heads.find_map(|item| match &item.kind {
            WireKind::Http1Head(head) => Some(head),
            _ => None,
        });
        head.and_then(|head| head.headers.get_str("transfer-encoding"))
            .is_some_and(|coding| coding.trim().to_ascii_lowercase().ends_with("chunked"))
    }

    /// A step as a tree: its fields, or the prefix of its message and what follows.
    pub fn step_tree(&self, step_idx: usize) -> Option<Node> {
        let step = self.steps.get(step_idx)?;
        let buffer = Buffer::from(step.direction);
        let places = |range| step.gathered.places(range);
        let len = step.gathered.bytes.len();
        let whole = |label: &'static str| Node::new(label, "").at(buffer, places(0..len));
        let node = match &step.kind {
            StepKind::Headers(_) | StepKind::Trailers(_) | StepKind::TrailersOnly(_) => {
                let block = self.block(step.item_idx)?;
                let table = self.table(step.item_idx).map(|table| table_node(&table));
                whole("Field Block").with(block_nodes(block, buffer)).with(table)
            }
            StepKind::Http1Head(_) => {
                let offset = places(0..1).first().map_or(0, |first| first.start);
                head_tree(Bench { buffer, offset, bytes: &step.gathered.bytes, len: len as u64 })
            }
            StepKind::Message(message) => {
                let prefix = [
                    Node::new("Compressed-Flag", u8::from(message.is_compressed).to_string())
                        .at(buffer, places(0..1)),
                    Node::new("Message-Length", message.len.to_string()).at(buffer, places(1..5)),
                ];
                whole("Length-Prefixed-Message")
                    .with(prefix)
                    .with([Node::new("Message", "").at(buffer, places(5..len))])
            }
            StepKind::TrailersFrame(fields) => {
                let flag = step.gathered.bytes.first().copied().unwrap_or_default();
                let length = len.saturating_sub(PREFIX_LEN);
                let lines = fields.iter().map(|(name, value)| {
                    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                    Node::new(text(name), text(value))
                });
                whole("Trailers Frame")
                    .with([
                        Node::new("Trailers-Flag", format!("{flag:#04x}")).at(buffer, places(0..1)),
                        Node::new("Trailers-Length", length.to_string()).at(buffer, places(1..5)),
                    ])
                    .with([Node::new("Trailers", "").at(buffer, places(5..len)).with(lines)])
            }
            StepKind::Body(_) => whole("Body"),
            StepKind::Reset(_) | StepKind::GoAway(_) => return None,
        };
        Some(node.wrong(step.fault.clone()))
    }
}

fn chunk_nodes(bench: Bench<'_>) -> Vec<Node> {
    let node = |(part, range): (Part, std::ops::Range<usize>)| {
        let text = String::from_utf8_lossy(bench.get(range.clone())).trim_end().to_owned();
        let size = range.len().to_string();
        match part {
            Part::Size => bench.node(range, "Chunk Size", text),
            Part::Data => bench.node(range, "Chunk Data", size),
            Part::DataEnd => bench.node(range, "CRLF", ""),
            Part::Trailer => bench.node(range, "Trailer Section", text),
            Part::Bad => bench.node(range, "", "").wrong(Some(WireFault::ChunkSize)),
        }
    };
    parts(bench.bytes).into_iter().map(node).collect()
}
