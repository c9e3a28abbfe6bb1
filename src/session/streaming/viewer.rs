//! Makes what the window looks at: the rows in sight, decoded, and the message that is looked at.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};

use super::journal::Payload;
use super::keeper::Passed;
use super::sender::Sending;
use super::{Entry, MessageRow, ShownMessage, StreamLook, StreamView};
use crate::model::{CallId, CallKind, Direction, DraftId, MethodPath};
use crate::schema::{Notation, Schema};
use crate::session::answer::message_of_type;
use crate::session::message::Message;

/// Between two views.
const PACE: Duration = Duration::from_millis(33);
/// Rows that are shown while nobody asks for a range, and the most that anybody can ask for.
const MAX_ROWS: usize = 200;
/// Rows whose preview is kept.
const MAX_PREVIEWS: usize = 2_000;
/// Characters of a preview.
const MAX_PREVIEW: usize = 400;
/// Payload of which a preview is made; what lies behind it is not read.
const MAX_PREVIEW_BYTES: usize = 16 << 10;
/// How long one step of a search may take.
const SEARCH_STEP: Duration = Duration::from_millis(25);

/// What the viewer reads.
#[derive(Debug, Clone)]
pub(super) struct Sources {
    pub(super) draft: DraftId,
    pub(super) call: CallId,
    pub(super) kind: CallKind,
    pub(super) method: MethodPath,
    pub(super) schema: Arc<Schema>,
    pub(super) passed: Arc<Mutex<Passed>>,
    pub(super) sending: Arc<Mutex<Sending>>,
}

/// Makes views as long as somebody may look.
#[derive(Debug)]
pub(super) struct Viewer {
    sources: Sources,
    list: List,
    previews: HashMap<usize, MessageRow>,
    shown: Option<Arc<ShownMessage>>,
}

/// Which messages fit the look.
#[derive(Debug, Default)]
struct List {
    look: Arc<StreamLook>,
    /// Their places; unused while all of them do.
    hits: Vec<u32>,
    n_searched: usize,
}

impl Viewer {
    pub(super) fn new(sources: Sources) -> Self {
        Self { sources, list: List::default(), previews: HashMap::new(), shown: None }
    }

    /// Until nobody asks any more.
    pub(super) async fn run(
        mut self,
        mut news: watch::Receiver<u64>,
        mut looks: watch::Receiver<Arc<StreamLook>>,
        inbox: mpsc::Sender<Message>,
    ) {
        loop {
            let look = Arc::clone(&looks.borrow_and_update());
            let seen = *news.borrow_and_update();
            let made = tokio::task::spawn_blocking(move || {
                let view = self.view(&look);
                (self, view)
            });
            let Ok((viewer, view)) = made.await else { return };
            self = viewer;
            let is_whole = view.n_searched >= view.n_kept;
            let has_rate = view.sent.per_second + view.received.per_second > 0;
            let draft = self.sources.draft;
            let message = Message::Streamed { draft, view: Box::new(view) };
            if inbox.send(message).await.is_err() {
                return;
            }
            tokio::time::sleep(PACE).await;
            if !is_whole || *news.borrow() != seen {
                continue;
            }
            // A rate falls by itself when nothing passes any more.
            let falls = async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if !has_rate {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                changed = looks.changed() => if changed.is_err() { return },
                changed = news.changed() => if changed.is_err() {
                    // Keeper and sender have ended; looks may still change.
                    if has_rate {
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    } else if looks.changed().await.is_err() {
                        return;
                    }
                },
                () = falls => {}
            }
        }
    }

    fn view(&mut self, look: &Arc<StreamLook>) -> StreamView {
        let (n_kept, sent, received, n_unkept, fault) = {
            let mut passed = self.sources.passed.lock();
            passed.rate(Instant::now());
            let Passed { sent, received, n_unkept, .. } = *passed;
            (passed.journal.len(), sent, received, n_unkept, passed.fault.clone())
        };
        if !self.list.look.lists_as(look) {
            self.list = List::default();
        }
        self.list.look = Arc::clone(look);
        let until = look.paused_at.map_or(n_kept, |at| at.min(n_kept));
        self.search(until);
        let is_filtered = look.direction.is_some() || !look.needle.is_empty();
        let n_listed = if is_filtered { self.list.hits.len() } else { until };
        let range = match &look.rows {
            Some(rows) => rows.start.min(n_listed)..rows.end.min(n_listed),
            None => n_listed.saturating_sub(MAX_ROWS)..n_listed,
        };
        let range = range.start..range.end.min(range.start + MAX_ROWS);
        let rows = range.clone().filter_map(|place| {
            let idx = if is_filtered { *self.list.hits.get(place)? as usize } else { place };
            self.row(idx)
        });
        let rows: Vec<MessageRow> = rows.collect();
        self.show(look.chosen);
        let Sending { is_open, n_waiting, script } = *self.sources.sending.lock();
        StreamView {
            call: self.sources.call,
            kind: self.sources.kind,
            sent,
            received,
            n_unkept,
            fault,
            is_sending: is_open,
            n_waiting,
            script,
            look: Arc::clone(look),
            n_listed,
            n_searched: if is_filtered { self.list.n_searched + (n_kept - until) } else { n_kept },
            n_kept,
            rows: rows.into(),
            first_row: range.start,
            shown: self.shown.clone(),
        }
    }

    /// Goes on with the search, for a while.
    fn search(&mut self, until: usize) {
        let look = Arc::clone(&self.list.look);
        if look.direction.is_none() && look.needle.is_empty() {
            return;
        }
        let needle = look.needle.to_lowercase();
        let began = Instant::now();
        while self.list.n_searched < until && began.elapsed() < SEARCH_STEP {
            let idx = self.list.n_searched;
            self.list.n_searched += 1;
            let Some((entry, payload)) = self.locate(idx) else { continue };
            let is_hit = look.direction.is_none_or(|wanted| wanted == entry.direction)
                && (needle.is_empty() || self.contains(entry, payload, &needle));
            if is_hit && let Ok(idx) = u32::try_from(idx) {
                self.list.hits.push(idx);
            }
        }
    }

    fn contains(&self, entry: Entry, payload: Payload, needle: &str) -> bool {
        let Ok(bytes) = payload.read() else { return false };
        let (text, _) = self.text(entry.direction, &bytes);
        text.to_lowercase().contains(needle)
    }

    fn row(&mut self, idx: usize) -> Option<MessageRow> {
        if let Some(row) = self.previews.get(&idx) {
            return Some(row.clone());
        }
        let (entry, payload) = self.locate(idx)?;
        let (text, is_readable) = match payload.read() {
            Ok(bytes) if bytes.len() <= MAX_PREVIEW_BYTES => self.text(entry.direction, &bytes),
            Ok(bytes) => (hex(&bytes), true),
            Err(error) => (error.to_string(), false),
        };
        let preview: String = text.chars().take(MAX_PREVIEW).collect();
        let row = MessageRow { idx, entry, preview: preview.into(), is_readable };
        if self.previews.len() >= MAX_PREVIEWS {
            self.previews.clear();
        }
        self.previews.insert(idx, row.clone());
        Some(row)
    }

    /// The message as JSON on one line, else its bytes; and whether it could be read.
    fn text(&self, direction: Direction, bytes: &Bytes) -> (String, bool) {
        let name = self.message_name(direction);
        let decoded = name.map(|name| self.sources.schema.decode_json(name, bytes));
        match decoded.filter(|decoded| !decoded.text.is_empty()) {
            Some(decoded) => (one_line(&decoded.text), true),
            None => (hex(bytes), false),
        }
    }

    fn message_name(&self, direction: Direction) -> Option<&str> {
        let info = self.sources.schema.method(&self.sources.method)?;
        Some(match direction {
            Direction::Sent => &info.input,
            Direction::Received => &info.output,
        })
    }

    fn show(&mut self, chosen: Option<usize>) {
        if self.shown.as_ref().map(|shown| shown.idx) == chosen {
            return;
        }
        self.shown = chosen.and_then(|idx| {
            let (entry, payload) = self.locate(idx)?;
            let bytes = payload.read().ok()?;
            let name = self.message_name(entry.direction)?;
            let body = message_of_type(bytes, name, &self.sources.schema, Notation::Json);
            Some(Arc::new(ShownMessage { idx, entry, body }))
        });
    }

    fn locate(&self, idx: usize) -> Option<(Entry, Payload)> {
        self.sources.passed.lock().journal.locate(idx)
    }
}

/// Pretty JSON without its line ends: no line ends inside a text (RFC 8259 section 7).
fn one_line(pretty: &str) -> String {
    let mut out = String::with_capacity(pretty.len());
    for line in pretty.lines() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(line.trim_start());
    }
    out
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes.iter().take(MAX_PREVIEW / 3) {
        write!(out, "{byte:02x} ").ok();
    }
    out
}
