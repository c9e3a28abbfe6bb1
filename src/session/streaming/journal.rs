//! Every message of a stream, in order, in a bounded memory: the payloads lie in a file without a name.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::model::{Direction, MessageRecord, Timestamp};

/// Messages of one stream that are kept; more are counted.
pub const MAX_KEPT: usize = 4_000_000;
/// Their payloads, in bytes.
pub const MAX_KEPT_BYTES: u64 = 1 << 30;
/// Payload that waits in memory for the file.
const MAX_TAIL: usize = 1 << 20;
/// Entries that are allocated at once: an index that grows must not be copied.
const CHUNK: usize = 1 << 16;

/// The file without a name; reading moves its place.
type Spill = Arc<Mutex<File>>;

/// One message that passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// When it was complete, or handed to the connection.
    pub at: Timestamp,
    /// Which way.
    pub direction: Direction,
    /// Payload, in bytes.
    pub n_bytes: u32,
    /// What travelled of it, where it was compressed, in bytes.
    pub compressed_len: Option<u32>,
}

/// A message, and where its payload begins.
#[derive(Debug, Clone, Copy)]
struct Kept {
    entry: Entry,
    start: u64,
}

/// The messages. Appended by one task, read by others.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// Full chunks are never touched again.
    chunks: Vec<Vec<Kept>>,
    n_entries: usize,
    n_bytes: u64,
    /// What is not in the file yet, and where it begins.
    tail: Vec<u8>,
    tail_start: u64,
    file: Option<Spill>,
}

impl Journal {
    /// How many are kept.
    pub(super) fn len(&self) -> usize {
        self.n_entries
    }

    /// Keeps a message. Says no where the bound is reached.
    pub(super) fn append(&mut self, message: &MessageRecord) -> bool {
        let Ok(n_bytes) = u32::try_from(message.bytes.len()) else { return false };
        if self.n_entries >= MAX_KEPT || self.n_bytes + u64::from(n_bytes) > MAX_KEPT_BYTES {
            return false;
        }
        let entry = Entry {
            at: message.at,
            direction: message.direction,
            n_bytes,
            compressed_len: message.compressed_len.and_then(|len| u32::try_from(len).ok()),
        };
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            // The first one grows by itself: most streams are short.
            let room = if self.chunks.is_empty() { 0 } else { CHUNK };
            self.chunks.push(Vec::with_capacity(room));
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.push(Kept { entry, start: self.n_bytes });
        }
        self.n_entries += 1;
        self.n_bytes += u64::from(n_bytes);
        self.tail.extend_from_slice(&message.bytes);
        true
    }

    /// What is to be written to the file, once it is worth it.
    pub(super) fn take_full_tail(&mut self) -> Option<(Vec<u8>, Option<Spill>)> {
        (self.tail.len() >= MAX_TAIL).then(|| (self.tail.clone(), self.file.clone()))
    }

    /// It has been written there.
    pub(super) fn written(&mut self, n_bytes: usize, file: Spill) {
        self.tail.drain(..n_bytes.min(self.tail.len()));
        self.tail_start += n_bytes as u64;
        self.file = Some(file);
    }

    /// Where a message's payload is, so that it can be read without holding anybody up.
    pub(super) fn locate(&self, idx: usize) -> Option<(Entry, Payload)> {
        let Kept { entry, start } = *self.chunks.get(idx / CHUNK)?.get(idx % CHUNK)?;
        let len = entry.n_bytes as usize;
        let payload = match start.checked_sub(self.tail_start) {
            Some(offset) => {
                let offset = usize::try_from(offset).ok()?;
                let bytes = self.tail.get(offset..offset.checked_add(len)?)?;
                Payload::Memory(Bytes::copy_from_slice(bytes))
            }
            None => Payload::File(Arc::clone(self.file.as_ref()?), start, len),
        };
        Some((entry, payload))
    }
}

/// A payload, here or in the file.
#[derive(Debug)]
pub(super) enum Payload {
    Memory(Bytes),
    File(Spill, u64, usize),
}

impl Payload {
    /// Reads it; blocks.
    pub(super) fn read(self) -> io::Result<Bytes> {
        match self {
            Self::Memory(bytes) => Ok(bytes),
            Self::File(file, start, len) => {
                let mut bytes = vec![0; len];
                let mut file = file.lock();
                file.seek(SeekFrom::Start(start))?;
                file.read_exact(&mut bytes)?;
                Ok(bytes.into())
            }
        }
    }
}

/// Writes behind what the file has; makes it first. Blocks.
pub(super) fn spill(bytes: &[u8], file: Option<Spill>) -> io::Result<Spill> {
    let file = match file {
        Some(file) => file,
        // It has no name, so nobody else opens it and nothing of it is left when the program ends.
        None => Arc::new(Mutex::new(tempfile::tempfile()?)),
    };
    let mut open = file.lock();
    open.seek(SeekFrom::End(0))?;
    open.write_all(bytes)?;
    drop(open);
    Ok(file)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(n: usize, len: usize) -> MessageRecord {
        MessageRecord {
            at: Timestamp(n as u64),
            direction: if n.is_multiple_of(2) { Direction::Sent } else { Direction::Received },
            bytes: vec![n as u8; len].into(),
            compressed_len: n.is_multiple_of(3).then_some(len as u64),
        }
    }

    fn flush(journal: &mut Journal) {
        if let Some((bytes, file)) = journal.take_full_tail() {
            let file = spill(&bytes, file).unwrap();
            journal.written(bytes.len(), file);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn every_message_is_read_as_it_was_kept(
            lens in proptest::collection::vec(0_usize..300_000, 1..40),
        ) {
            let mut journal = Journal::default();
            for (n, len) in lens.iter().enumerate() {
                prop_assert!(journal.append(&record(n, *len)));
                flush(&mut journal);
                prop_assert!(journal.tail.len() <= MAX_TAIL + 300_000);
            }
            prop_assert_eq!(journal.len(), lens.len());
            for (n, len) in lens.iter().enumerate() {
                let (entry, payload) = journal.locate(n).unwrap();
                let expected = record(n, *len);
                prop_assert_eq!(payload.read().unwrap(), expected.bytes);
                prop_assert_eq!((entry.at, entry.direction), (expected.at, expected.direction));
            }
            prop_assert!(journal.locate(lens.len()).is_none());
        }
    }

    #[test]
    fn what_is_over_the_bound_is_refused() {
        let mut journal = Journal { n_bytes: MAX_KEPT_BYTES - 1, ..Journal::default() };
        assert!(!journal.append(&record(0, 2)));
        journal.n_bytes = 0;
        journal.n_entries = MAX_KEPT;
        assert!(!journal.append(&record(0, 1)));
    }
}
