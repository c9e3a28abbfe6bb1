//! A recording read as a whole: its frames, its header blocks, and the steps that
//! the textbooks draw.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;

use super::blocks::{BlockReader, HeaderBlock, fragment};
use super::body::{Body, BodyContent, Field};
use super::chunk_list::{Part, data_ranges, parts};
use super::hpack::{Entry, TableAt, TableHistory};
use super::http1::{Http1Head, StartLine};
use super::http2::{FRAME_HEAD_LEN, FrameHead, FrameType};
use super::kept::Kept;
use super::lane::{WireKind, is_answers_first};
use super::one_call;
use super::step::{Message, Step, StepKind};
use super::sums::BothSums;
use super::tls::{HandshakeMessage, Overheard, RECORD_HEAD_LEN, Records, TlsRecord};
use super::walk::{WireItem, walk};
use super::windows::{WindowChange, WindowHistory, WindowPoint, WindowReader};
use crate::model::{Direction, FlowWindows, HeaderTables, Recording, Timestamp, WireFault};

/// What a recording says.
#[derive(Debug, Default)]
pub struct Exchange {
    /// Frames, heads, bodies and gaps in the order of their first bytes.
    pub items: Arc<[WireItem]>,
    /// Headers, messages and trailers in the order of their first bytes.
    pub steps: Vec<Step>,
    /// Bytes that were made of others.
    pub made: Vec<Bytes>,
    /// What the bytes were for.
    pub sums: BothSums,
    /// The header tables behind the last block.
    pub tables: HeaderTables,
    /// Which items belong to what was read.
    shown: Vec<bool>,
    n_open: usize,
    pub(super) open_streams: Vec<u32>,
    /// The flow-control windows.
    pub windows: WindowHistory,
    has_frames: bool,
    blocks: Vec<HeaderBlock>,
    /// What went into the header tables, by block: of what was sent, and of what was received.
    histories: [TableHistory; 2],
    /// Item to block.
    block_of: HashMap<usize, usize>,
    faults: HashMap<usize, WireFault>,
    records: Records,
}

type Bodies = BTreeMap<(Direction, u32), Body>;

/// Reads item by item.
struct Reader<'a> {
    kept: Kept<'a>,
    items: &'a [WireItem],
    blocks: BlockReader,
    windows: Option<WindowReader>,
    bodies: Bodies,
    read: Exchange,
}

impl Exchange {
    /// Reads it, or of a recording of one stream what belongs to that.
    pub fn of(recording: &Recording) -> Self {
        Self::read(recording, recording.stream, false)
    }

    /// Reads one that the peer broke off where it ends: what is not complete there never will be.
    pub fn of_broken(recording: &Recording) -> Self {
        Self::read(recording, recording.stream, true)
    }

    /// Reads what belongs to one HTTP/2 stream, and what the connection itself says meanwhile.
    pub fn of_stream(recording: &Recording, stream: u32) -> Self {
        Self::read(recording, (stream != 0).then_some(stream).or(recording.stream), false)
    }

    fn read(recording: &Recording, only: Option<u32>, has_broken: bool) -> Self {
        let items = walk(recording);
        let shown = one_call::shown(&items, only);
        let mut reader = Reader {
            kept: Kept::of(recording),
            items: &items,
            blocks: BlockReader::at(&recording.tables),
            windows: None,
            bodies: Bodies::new(),
            read: Self::default(),
        };
        // Of a connection that was told apart into its calls the DATA of others is missing.
        let is_fresh = recording.stream.is_none() && recording.begins_with_connection();
        let windows = recording.windows.clone().or_else(|| is_fresh.then(FlowWindows::default));
        reader.windows = windows.clone().map(WindowReader::at);
        reader.read.windows.begin = windows;
        let HeaderTables { sent, received } = &recording.tables;
        reader.read.histories = [sent, received].map(TableHistory::at);
        for (item_idx, item) in items.iter().enumerate() {
            if !shown.get(item_idx).is_some_and(|is_shown| *is_shown) {
                reader.pass_over(item_idx, item);
                continue;
            }
            reader.read.sums.of_mut(item.direction).add_item(&item.kind, item.len);
            match &item.kind {
                WireKind::Frame(head) => reader.frame(item_idx, item, head),
                WireKind::Http1Head(head) => reader.http1_head(item_idx, item, head),
                WireKind::Http1Body => reader.http1_body(item_idx, item),
                WireKind::Tls(content) => reader.record(item_idx, item, *content),
                WireKind::Unknown => reader.unknown(item_idx, item),
                _ => {}
            }
        }
        let mut read = reader.finish(has_broken);
        for step in &read.steps {
            let made = match &step.kind {
                StepKind::Message(Message { made, .. }) | StepKind::Body(Message { made, .. }) => {
                    *made
                }
                _ => None,
            };
            let made_len = made.and_then(|idx| read.made.get(idx)).map(Bytes::len);
            read.sums.add_step(step, made_len);
        }
        for direction in [Direction::Sent, Direction::Received] {
            let passed = match only {
                None => recording.len_of(direction),
                Some(_) => one_call::len_of(&items, &shown, direction),
            };
            let sums = read.sums.of_mut(direction);
            sums.other += passed.saturating_sub(sums.in_all());
        }
        read.shown = shown;
        read.items = items.into();
        read.steps.sort_by_key(|step| (step.at, step.item_idx));
        read
    }

    /// Whether no call is under way where the recording ends, and no frame or head is half there.
    pub fn is_quiet(&self) -> bool {
        self.n_open == 0
    }

    /// The items that belong to what was read, by their place among all.
    pub fn shown_items(&self) -> impl Iterator<Item = (usize, &WireItem)> {
        let shown = self.items.iter().enumerate().zip(&self.shown);
        shown.filter(|(_, is_shown)| **is_shown).map(|(item, _)| item)
    }

    /// When its first byte passed.
    pub fn begun(&self) -> Timestamp {
        self.shown_items().next().map(|(_, item)| item.at).unwrap_or_default()
    }

    /// Whether any frame of HTTP/2 passed.
    pub fn is_http2(&self) -> bool {
        self.has_frames
    }

    /// What is wrong with an item.
    pub fn fault(&self, item_idx: usize) -> Option<&WireFault> {
        self.faults.get(&item_idx)
    }

    /// Every entry of every header block, with the block.
    pub fn entries(&self) -> impl Iterator<Item = (Direction, &HeaderBlock, &Entry)> {
        let blocks = self.steps.iter().filter_map(|step| Some((step, self.block(step.item_idx)?)));
        let blocks = blocks.filter(|(step, _)| step.fields().is_some());
        blocks.flat_map(|(step, block)| {
            block.block.entries.iter().map(move |entry| (step.direction, block, entry))
        })
    }

    /// The TLS record of an item.
    pub fn record(&self, item_idx: usize) -> Option<&TlsRecord> {
        self.records.of(item_idx)
    }

    /// The messages of the handshake that the record of an item carries in clear, or a part of which it carries.
    pub fn handshake(&self, item_idx: usize) -> impl Iterator<Item = &HandshakeMessage> {
        self.records.messages_of(item_idx)
    }

    /// What its TLS records tell somebody without keys.
    pub fn overheard(&self) -> Overheard {
        Overheard::of(&self.records)
    }

    /// All records, with what they carry.
    pub(super) fn records(&self) -> &Records {
        &self.records
    }

    /// The dynamic table behind the header block that an item carries, or a part of which it carries.
    pub(super) fn table(&self, item_idx: usize) -> Option<TableAt> {
        let block_idx = *self.block_of.get(&item_idx)?;
        let [sent, received] = &self.histories;
        let history = match self.items.get(item_idx)?.direction {
            Direction::Sent => sent,
            Direction::Received => received,
        };
        Some(history.after(block_idx))
    }

    /// The header block that an item carries, or a part of which it carries.
    pub(super) fn block(&self, item_idx: usize) -> Option<&HeaderBlock> {
        self.blocks.get(*self.block_of.get(&item_idx)?)
    }
}

impl Reader<'_> {
    /// A frame of another call: header tables and the connection's window learn from it all the same.
    fn pass_over(&mut self, item_idx: usize, item: &WireItem) {
        let WireKind::Frame(head) = &item.kind else { return };
        if head.kind == FrameType::DATA {
            self.others_window(item_idx, item, head, &[]);
            return;
        }
        let start = item.offset + FRAME_HEAD_LEN as u64;
        let payload = self.kept.read(item.direction, start..item.offset + item.len);
        if payload.len() as u64 >= u64::from(head.len) {
            // What is wrong with it is its own call's matter.
            let _read = self.blocks.frame(item.direction, head, &payload, (start, 0));
            self.others_window(item_idx, item, head, &payload);
        }
    }

    /// Of what another call does to the windows the connection's is everybody's matter.
    fn others_window(
        &mut self,
        item_idx: usize,
        item: &WireItem,
        head: &FrameHead,
        payload: &[u8],
    ) {
        let Some(windows) = &mut self.windows else { return };
        let points = &mut self.read.windows.points;
        let _followed = windows.frame(item.direction, head, payload, |change| {
            let change = WindowChange { stream: None, ..change };
            points.push(WindowPoint { item_idx, at: item.at, change });
        });
    }

    fn frame(&mut self, item_idx: usize, item: &WireItem, head: &FrameHead) {
        self.read.has_frames = true;
        let start = item.offset + FRAME_HEAD_LEN as u64;
        let payload = self.kept.read(item.direction, start..item.offset + item.len);
        self.count(item, head, &payload);
        if head.kind == FrameType::DATA {
            self.windows(item_idx, item, head, &payload);
            self.data(item_idx, item, head, &payload);
            return;
        }
        if (payload.len() as u64) < u64::from(head.len) {
            return;
        }
        self.windows(item_idx, item, head, &payload);
        match self.blocks.frame(item.direction, head, &payload, (start, item_idx)) {
            Ok(Some(block)) => self.block(item_idx, item.direction, block),
            Ok(None) => {}
            Err(fault) => drop(self.read.faults.insert(item_idx, fault)),
        }
        let code = |at: usize| {
            let [a, b, c, d] = *payload.get(at..at + 4)?.first_chunk()?;
            Some(u32::from_be_bytes([a, b, c, d]))
        };
        let kind = match head.kind {
            FrameType::RST_STREAM => code(0).map(StepKind::Reset),
            FrameType::GOAWAY => code(4).map(StepKind::GoAway),
            _ => None,
        };
        self.read.steps.extend(kind.map(|kind| Step::new(item, item_idx, head.stream, kind)));
    }

    /// What a frame does to the flow-control windows.
    fn windows(&mut self, item_idx: usize, item: &WireItem, head: &FrameHead, payload: &[u8]) {
        let Some(windows) = &mut self.windows else { return };
        let points = &mut self.read.windows.points;
        let followed = windows.frame(item.direction, head, payload, |change| {
            points.push(WindowPoint { item_idx, at: item.at, change });
        });
        if let Err(fault) = followed {
            self.read.faults.insert(item_idx, fault);
        }
    }

    /// What a frame's bytes are for.
    fn count(&mut self, item: &WireItem, head: &FrameHead, payload: &[u8]) {
        let sums = self.read.sums.of_mut(item.direction);
        if !head.kind.carries_content() {
            sums.control += item.len;
            return;
        }
        let passed = item.len.saturating_sub(FRAME_HEAD_LEN as u64);
        let content = fragment(head, payload.first().copied())
            .map_or(0, |range| range.len() as u64)
            .min(passed);
        sums.framing += item.len - content;
        if head.kind == FrameType::DATA {
            sums.payload += content;
        } else {
            sums.headers += content;
        }
    }

    fn data(&mut self, item_idx: usize, item: &WireItem, head: &FrameHead, payload: &[u8]) {
        let len = head.len as usize;
        // Of a long frame perhaps only the beginning was kept.
        let n_kept = payload.len().min(len);
        let body = self.bodies.entry((item.direction, head.stream)).or_default();
        if n_kept == 0 && len > 0 {
            // How much of it is padding is not known.
            body.push(item.offset + FRAME_HEAD_LEN as u64, &[], item_idx, len as u64);
            body.has_ended |= head.ends_stream();
            return;
        }
        let range = match fragment(head, payload.first().copied()) {
            Ok(range) => range,
            Err(fault) => {
                self.read.faults.insert(item_idx, fault);
                return;
            }
        };
        let end = range.end.min(n_kept);
        let content = payload.get(range.start.min(end)..end).unwrap_or_default();
        let n_missing = (range.end - range.start - content.len()) as u64;
        let offset = item.offset + (FRAME_HEAD_LEN + range.start) as u64;
        body.push(offset, content, item_idx, n_missing);
        body.has_ended |= head.ends_stream();
    }

    fn block(&mut self, item_idx: usize, direction: Direction, block: HeaderBlock) {
        let carriers = block.gathered.items().chain([item_idx]);
        let block_idx = self.read.blocks.len();
        let mut first = item_idx;
        for carrier in carriers {
            first = first.min(carrier);
            self.read.block_of.insert(carrier, block_idx);
        }
        let [sent, received] = &mut self.read.histories;
        let history = if direction == Direction::Sent { sent } else { received };
        history.note(block_idx, &block.block);
        let fault = block.block.problem.map(|(_, fault)| WireFault::Hpack(fault));
        if let Some(fault) = &fault {
            self.read.faults.insert(first, fault.clone());
        }
        let fields = block.block.entries.iter().map(|entry| entry.field.clone());
        let fields: Vec<Field> = fields.filter(|(name, _)| !name.is_empty()).collect();
        let is_informational =
            fields.iter().any(|(name, value)| name == ":status" && value.starts_with(b"1"));
        let body = self.bodies.entry((direction, block.stream)).or_default();
        let is_trailers = body.has_headers;
        body.has_headers |= !is_informational;
        body.head(&fields);
        body.has_ended |= block.ends_stream;
        let content = body.content;
        let is_grpc = content != BodyContent::Whole;
        if is_grpc {
            // An answer without a body has no content-type of its own to say so.
            let back = [Direction::Sent, Direction::Received];
            for direction in back {
                self.bodies.entry((direction, block.stream)).or_default().content = content;
            }
        }
        let is_answer = direction == Direction::Received;
        let kind = match block.ends_stream {
            _ if is_trailers => StepKind::Trailers(fields),
            true if is_grpc && is_answer => StepKind::TrailersOnly(fields),
            _ => StepKind::Headers(fields),
        };
        if let (Some(item), Some(last)) = (self.items.get(first), self.items.get(item_idx)) {
            let mut step = Step::new(item, first, block.stream, kind);
            step.gathered = block.gathered.clone();
            step.ended = last.ended;
            step.fault = fault;
            self.read.steps.push(step);
        }
        self.read.blocks.push(block);
    }

    fn http1_head(&mut self, item_idx: usize, item: &WireItem, head: &Http1Head) {
        self.finish_body((item.direction, 0), true);
        let lines = head.headers.iter();
        let fields: Vec<Field> = lines
            .map(|line| (line.name.as_bytes().to_ascii_lowercase().into(), line.value.clone()))
            .collect();
        let body = self.bodies.entry((item.direction, 0)).or_default();
        body.head(&fields);
        // gRPC itself has no way over HTTP/1.
        if body.content == BodyContent::Grpc {
            body.content = BodyContent::Whole;
        }
        let bytes = self.kept.read(item.direction, item.offset..item.offset + item.len);
        let kind = StepKind::Http1Head(Box::new(head.clone()));
        let mut step = Step::new(item, item_idx, 0, kind);
        step.gathered.push(item.offset, &bytes, item_idx);
        self.read.steps.push(step);
    }

    /// Behind an answer of HTTP/1 nothing may come that is none, unless it handed the connection over.
    fn unknown(&mut self, item_idx: usize, item: &WireItem) {
        let first = self.kept.read(item.direction, item.offset..item.offset + 1);
        if item.direction == Direction::Sent || first.first().is_none_or(|b| is_answers_first(*b)) {
            return;
        }
        let before = self.items.get(..item_idx).unwrap_or_default().iter().rev();
        let heads = before.filter_map(|item| match &item.kind {
            WireKind::Http1Head(head) => Some(&head.start),
            _ => None,
        });
        let answer = heads.clone().find(|start| matches!(start, StartLine::Response { .. }));
        let is_handed_over = heads
            .take(2)
            .any(|start| matches!(start, StartLine::Request { method, .. } if method == "CONNECT"));
        let is_answer =
            matches!(answer, Some(StartLine::Response { status, .. }) if *status != 101);
        if is_answer && !is_handed_over {
            self.read.faults.insert(item_idx, WireFault::BodyLong);
        }
    }

    fn http1_body(&mut self, item_idx: usize, item: &WireItem) {
        let bytes = self.kept.read(item.direction, item.offset..item.offset + item.len);
        let n_missing = item.len - bytes.len() as u64;
        let body = self.bodies.entry((item.direction, 0)).or_default();
        let sums = self.read.sums.of_mut(item.direction);
        if !body.is_chunked {
            sums.payload += item.len;
            body.push(item.offset, &bytes, item_idx, n_missing);
            return;
        }
        let last = parts(&bytes).pop();
        body.has_ended |= last.is_some_and(|(part, range)| {
            part == Part::Trailer
                && bytes
                    .get(range)
                    .is_some_and(|lines| lines.ends_with(b"\r\n\r\n") || lines == b"\r\n")
        });
        let data: u64 = data_ranges(&bytes).map(|range| range.len() as u64).sum();
        sums.payload += data + n_missing;
        sums.framing += bytes.len() as u64 - data;
        for range in data_ranges(&bytes) {
            let piece = bytes.get(range.clone()).unwrap_or_default();
            body.push(item.offset + range.start as u64, piece, item_idx, 0);
        }
        body.push(item.offset + bytes.len() as u64, &[], item_idx, n_missing);
    }

    fn record(&mut self, item_idx: usize, item: &WireItem, content: u8) {
        let start = item.offset + RECORD_HEAD_LEN as u64;
        let bytes = self.kept.read(item.direction, start..item.offset + item.len);
        self.read.records.take(item_idx, item, content, &bytes);
    }

    /// The body is over: another head follows, or the recording ends.
    fn finish_body(&mut self, key: (Direction, u32), has_ended: bool) {
        let Some(mut body) = self.bodies.remove(&key) else { return };
        body.has_ended |= has_ended;
        let cut = body.cut(self.items, key.1, self.read.made.len());
        self.read.steps.extend(cut.steps);
        self.read.made.extend(cut.made);
    }

    /// Streams, exchanges of HTTP/1 and items that have begun and not ended; and which streams those are.
    fn open(&self) -> (usize, Vec<u32>) {
        let last_of = |direction| self.items.iter().rev().find(|item| item.direction == direction);
        let is_cut = |item: &&WireItem| match &item.kind {
            WireKind::Frame(head) => item.len < u64::from(head.len) + FRAME_HEAD_LEN as u64,
            WireKind::Unknown => true,
            _ => false,
        };
        let ways = [Direction::Sent, Direction::Received];
        let n_cut = ways.into_iter().filter_map(last_of).filter(is_cut).count();
        let streams = self
            .bodies
            .iter()
            .filter(|((direction, stream), _)| *stream != 0 && *direction == Direction::Sent);
        let open = streams.filter(|((_, stream), sent)| {
            let back = self.bodies.get(&(Direction::Received, *stream));
            let is_reset = self
                .read
                .steps
                .iter()
                .any(|step| step.stream == *stream && matches!(step.kind, StepKind::Reset(_)));
            !(is_reset || sent.has_ended && back.is_some_and(|back| back.has_ended))
        });
        let open: Vec<u32> = open.map(|((_, stream), _)| *stream).collect();
        let heads = |direction| {
            let items = self.items.iter().filter(move |item| item.direction == direction);
            items.filter(|item| match &item.kind {
                WireKind::Http1Head(head) => {
                    !matches!(head.start, StartLine::Response { status: 100..=199, .. })
                }
                _ => false,
            })
        };
        let [asked, answered] = ways.map(|direction| heads(direction).count());
        let n_exchanges = asked.saturating_sub(answered) + usize::from(self.is_short());
        (n_cut + open.len() + n_exchanges, open)
    }

    /// Whether the last body of HTTP/1 is shorter than announced, or its chunks have not ended.
    fn is_short(&self) -> bool {
        [Direction::Sent, Direction::Received].into_iter().any(|direction| {
            let Some(body) = self.bodies.get(&(direction, 0)) else { return false };
            let got = body.gathered.bytes.len() as u64 + body.n_missing;
            body.announced.is_some_and(|announced| got < announced)
                || (body.is_chunked && !body.has_ended)
        })
    }

    fn finish(mut self, has_broken: bool) -> Exchange {
        (self.read.n_open, self.read.open_streams) = self.open();
        self.read.tables = self.blocks.tables();
        self.read.windows.end = self.windows.as_ref().map(|windows| windows.windows().clone());
        let keys: Vec<_> = self.bodies.keys().copied().collect();
        for key in keys {
            self.finish_body(key, has_broken);
        }
        for direction in [Direction::Sent, Direction::Received] {
            if let Some(item_idx) = self.blocks.open_item(direction) {
                self.read.faults.insert(item_idx, WireFault::OpenBlock);
            }
        }
        self.read
    }
}

#[cfg(test)]
pub(super) mod tests;
