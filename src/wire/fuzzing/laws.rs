//! What must hold for any recording.

use bytes::Bytes;

use crate::model::{Direction, Recording, RecordingPart, Timestamp};
use crate::wire::{Buffer, Exchange, Kept, Node, Splitter, WireItem, redacted, walk};

pub(super) const BOTH: [Direction; 2] = [Direction::Sent, Direction::Received];

/// Trees that are made of one recording; each costs time.
const MAX_TREES: usize = 64;

/// The pieces, one behind the other in each direction.
pub(super) fn recording(pieces: &[(Direction, &[u8])]) -> Recording {
    let mut recording = Recording::default();
    for (direction, bytes) in pieces {
        let (direction, len) = (*direction, bytes.len() as u64);
        let offset = recording.len_of(direction);
        let bytes = Some(Bytes::copy_from_slice(bytes));
        recording.parts.push(RecordingPart { at: Timestamp(0), direction, offset, len, bytes });
    }
    recording
}

/// Its parts add up, its trees stay within it, and it reads the same however the bytes arrive: here, cut in two
/// within the piece `piece_idx`.
pub(super) fn hold(pieces: &[(Direction, &[u8])], piece_idx: usize, cut: usize) {
    let whole = recording(pieces);
    let read = adds_up(&whole);
    let mut more = pieces.to_vec();
    if let Some((direction, piece)) = pieces.get(piece_idx) {
        let (first, rest) = piece.split_at(cut.min(piece.len()));
        more.splice(piece_idx..=piece_idx, [(*direction, first), (*direction, rest)]);
    }
    let more = recording(&more);
    let again = adds_up(&more);
    assert_eq!(calls(&whole), calls(&more), "cut at {cut}");
    assert_eq!(read.items, again.items, "cut at {cut}");
    assert_eq!(read.steps, again.steps, "cut at {cut}");
    assert_eq!(read.tables, again.tables, "cut at {cut}");
    let ways = |read: &Exchange| BOTH.map(|direction| format!("{:?}", read.sums.of(direction)));
    assert_eq!(ways(&read), ways(&again), "cut at {cut}");
}

/// What a tap tells of it: each call with its bytes.
fn calls(recording: &Recording) -> Vec<String> {
    let mut splitter = Splitter::default();
    for part in &recording.parts {
        splitter.feed(part);
    }
    splitter.finish();
    let [sent, received] = BOTH.map(|direction| recording.len_of(direction));
    let told = splitter.ended(usize::MAX).map(|call| {
        assert!(call.n_bytes.0 <= sent && call.n_bytes.1 <= received, "{call:?}");
        let kept: Vec<_> = BOTH.map(|direction| call.recording.contiguous(direction)).into();
        let asked = (&call.method, &call.path, call.stream, call.n_bytes);
        format!("{asked:?} {:?} {:?} {:?} {kept:?}", call.status, call.trailers, call.reset)
    });
    told.collect()
}

fn adds_up(recording: &Recording) -> Exchange {
    let read = Exchange::of(recording);
    assert_eq!(&walk(recording)[..], &read.items[..]);
    for direction in BOTH {
        let len = recording.len_of(direction);
        assert_eq!(read.sums.of(direction).in_all(), len);
        let of_way = |item: &&WireItem| item.direction == direction;
        let end = read.items.iter().filter(of_way).fold(0, |at, item| {
            assert_eq!(item.offset, at);
            assert!(item.len > 0);
            at + item.len
        });
        assert_eq!(end, len);
    }
    let kept = Kept::of(recording);
    let lens = |buffer| match buffer {
        Buffer::Sent => recording.len_of(Direction::Sent),
        Buffer::Received => recording.len_of(Direction::Received),
        Buffer::Made(idx) => read.made.get(idx).map_or(0, |made| made.len() as u64),
    };
    let n_items = read.items.len().min(MAX_TREES);
    let trees = (0..n_items).filter_map(|idx| read.item_tree(&kept, idx));
    let n_steps = read.steps.len().min(MAX_TREES);
    for tree in trees.chain((0..n_steps).filter_map(|idx| read.step_tree(idx))) {
        stays_within(&tree, &lens);
    }
    let hidden = redacted(recording, |name| name.len() % 2 == 1);
    for direction in BOTH {
        assert_eq!(hidden.len_of(direction), recording.len_of(direction));
    }
    read
}

fn stays_within(node: &Node, len_of: &dyn Fn(Buffer) -> u64) {
    for place in &node.places {
        let len = len_of(place.buffer);
        let range = &place.range;
        assert!(range.start <= range.end && range.end <= len, "{range:?} of {len}: {}", node.label);
    }
    for child in &node.children {
        stays_within(child, len_of);
    }
}
