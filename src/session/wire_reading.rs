//! The recorded bytes of a call, read, with what its schema says of its messages.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Call, Direction, Headers, MethodPath, Recording, WireFault};
use crate::schema::Schema;
use crate::wire::{
    Buffer, DYNAMIC_TABLE, Exchange, FrameType, Kept, Node, Place, StartLine, Step, StepKind,
    WireKind,
};

/// Stands for a credential that another call has left behind.
const HIDDEN: &str = "***";

/// What the bytes of a call mean.
#[derive(Debug, Default)]
pub struct WireReading {
    /// Frames and steps.
    pub exchange: Exchange,
    /// The bytes.
    pub recording: Arc<Recording>,
    /// The TLS records that carried them; none where nothing was encrypted.
    pub sealed: Option<Arc<Self>>,
    schema: Schema,
    /// By stream: full names of the messages that go out and come back.
    messages: HashMap<u32, (String, String)>,
    /// What the person asked with: it says which other headers hold credentials.
    asked: Headers,
}

/// Something of it that can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireEntry {
    /// A frame, a head, a body, a gap.
    Item(usize),
    /// Headers, a message, trailers.
    Step(usize),
    /// A step's message, decompressed.
    Made(usize),
}

/// How close it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WireLevel {
    /// Headers, messages, trailers.
    #[default]
    Logical,
    /// All that was sent.
    Frames,
}

impl WireReading {
    /// Reads a call's recording. Slow for a big one: runs on a blocking thread.
    pub fn of(call: &Call, schema: Option<&Schema>) -> Self {
        let schema = schema.cloned().unwrap_or_default();
        let asked = call.request.headers.clone();
        let recording = Arc::clone(&call.recording);
        let exchange = if call.has_broken() {
            Exchange::of_broken(&recording)
        } else {
            Exchange::of(&recording)
        };
        let reading = Self { asked, ..Self::of_exchange(exchange, recording, &schema) };
        reading.sealed_in(Arc::clone(&call.sealed))
    }

    /// The same, carried by these TLS records.
    #[must_use]
    pub fn sealed_in(mut self, records: Arc<Recording>) -> Self {
        if !records.parts.is_empty() {
            self.exchange.sums.seal(&records);
            self.sealed = Some(Arc::new(Self::of_recording(records, &Schema::default())));
        }
        self
    }

    /// Reads any recording.
    pub fn of_recording(recording: Arc<Recording>, schema: &Schema) -> Self {
        Self::of_stream(recording, 0, schema)
    }

    /// Reads what one HTTP/2 stream of a recording says; all of it for stream 0.
    pub fn of_stream(recording: Arc<Recording>, stream: u32, schema: &Schema) -> Self {
        let exchange = Exchange::of_stream(&recording, stream);
        Self::of_exchange(exchange, recording, schema)
    }

    fn of_exchange(exchange: Exchange, recording: Arc<Recording>, schema: &Schema) -> Self {
        let called = exchange.steps.iter().filter_map(|step| {
            let path = step.field(":path").or_else(|| http1_path(step))?;
            let method = schema.method(&MethodPath::parse(path.trim_start_matches('/'))?)?;
            Some((step.stream, (method.input.clone(), method.output.clone())))
        });
        let messages = called.collect();
        let asked = Headers::default();
        Self { exchange, recording, sealed: None, schema: schema.clone(), messages, asked }
    }

    /// What there is to be listed.
    pub fn entries(&self, level: WireLevel) -> Vec<WireEntry> {
        match level {
            WireLevel::Frames => {
                self.exchange.shown_items().map(|(item_idx, _)| WireEntry::Item(item_idx)).collect()
            }
            WireLevel::Logical => {
                let steps = self.exchange.steps.iter().enumerate();
                let each = steps.flat_map(|(step_idx, step)| {
                    let made = made_of(step).map(|_| WireEntry::Made(step_idx));
                    [Some(WireEntry::Step(step_idx)), made].into_iter().flatten()
                });
                each.collect()
            }
        }
    }

    /// What an entry means, byte by byte.
    pub fn tree(&self, entry: WireEntry) -> Option<Node> {
        match entry {
            WireEntry::Item(item_idx) => {
                let mut node = self.exchange.item_tree(&Kept::of(&self.recording), item_idx)?;
                self.add_messages(item_idx, &mut node);
                self.hide(&mut node);
                Some(node)
            }
            WireEntry::Step(step_idx) => {
                let mut node = self.step_tree(step_idx)?;
                self.hide(&mut node);
                Some(node)
            }
            WireEntry::Made(step_idx) => {
                let step = self.exchange.steps.get(step_idx)?;
                let (made_idx, bytes) = self.made(step_idx)?;
                let buffer = Buffer::Made(made_idx);
                let place = |range: std::ops::Range<usize>| {
                    vec![Place { buffer, range: range.start as u64..range.end as u64 }]
                };
                let mut node = Node::new("Message", "");
                node.places = place(0..bytes.len());
                if matches!(step.kind, StepKind::Message(_)) {
                    node.children = self.schema.message_tree(self.message(step), bytes, &place);
                }
                Some(node)
            }
        }
    }

    /// A step's message as it is decompressed.
    pub fn made(&self, step_idx: usize) -> Option<(usize, &[u8])> {
        let made_idx = made_of(self.exchange.steps.get(step_idx)?)?;
        Some((made_idx, self.exchange.made.get(made_idx)?))
    }

    /// The table of a connection holds what earlier calls sent, perhaps on somebody else's behalf.
    fn hide(&self, node: &mut Node) {
        let tables = node.children.iter_mut().filter(|child| child.label == DYNAMIC_TABLE);
        for entry in tables.flat_map(|table| &mut table.children) {
            if self.asked.hide(&entry.label) {
                HIDDEN.clone_into(&mut entry.value);
            }
        }
    }

    fn step_tree(&self, step_idx: usize) -> Option<Node> {
        let step = self.exchange.steps.get(step_idx)?;
        let mut node = self.exchange.step_tree(step_idx)?;
        let StepKind::Message(message) = &step.kind else { return Some(node) };
        let payload = step.gathered.bytes.get(crate::wire::PREFIX_LEN..).unwrap_or_default();
        if !message.is_compressed
            && let Some(inside) = node.children.last_mut()
        {
            let buffer = Buffer::from(step.direction);
            let fields = self.schema.message_tree(self.message(step), payload, &|range| {
                let start = range.start + crate::wire::PREFIX_LEN;
                let places = step.gathered.places(start..range.end + crate::wire::PREFIX_LEN);
                places.into_iter().map(|range| Place { buffer, range }).collect()
            });
            inside.children = fields;
            if let Some(fault @ WireFault::NotKept(_)) = &step.fault {
                excuse(&mut inside.children, fault);
            }
        }
        Some(node)
    }

    /// The messages that a DATA frame carries, or a part of which it carries.
    fn add_messages(&self, item_idx: usize, node: &mut Node) {
        let item = self.exchange.items.get(item_idx);
        let is_data = item.is_some_and(
            |item| matches!(&item.kind, WireKind::Frame(head) if head.kind == FrameType::DATA),
        );
        if !is_data {
            return;
        }
        let steps = self.exchange.steps.iter().enumerate();
        let within = steps.filter(|(_, step)| {
            step.item_idx <= item_idx
                && matches!(step.kind, StepKind::Message(_))
                && step.gathered.items().any(|carrier| carrier == item_idx)
        });
        let nodes: Vec<_> = within.filter_map(|(step_idx, _)| self.step_tree(step_idx)).collect();
        if let Some(data) = node.children.iter_mut().find(|child| child.label == "Data") {
            data.children.extend(nodes);
        }
    }

    /// The full name of a step's message.
    fn message(&self, step: &Step) -> Option<&str> {
        let (input, output) = self.messages.get(&step.stream)?;
        Some(match step.direction {
            Direction::Sent => input,
            Direction::Received => output,
        })
    }
}

/// The path of a request over HTTP/1, as gRPC-Web may go.
fn http1_path(step: &Step) -> Option<String> {
    let StepKind::Http1Head(head) = &step.kind else { return None };
    let StartLine::Request { target, .. } = &head.start else { return None };
    Some(target.clone())
}

/// What ends with the part of a message that was kept is not wrong for that.
fn excuse(fields: &mut [Node], fault: &WireFault) {
    let Some(last) = fields.last_mut() else { return };
    if last.fault.is_some() {
        last.fault = Some(fault.clone());
    }
    excuse(&mut last.children, fault);
}

fn made_of(step: &Step) -> Option<usize> {
    match &step.kind {
        StepKind::Message(message) | StepKind::Body(message) => message.made,
        _ => None,
    }
}
