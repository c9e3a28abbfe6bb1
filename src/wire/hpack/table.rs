//! The static and the dynamic table (RFC 7541 section 2.3 and appendix A).

use std::collections::VecDeque;

use bytes::Bytes;

use crate::model::HeaderTable;

/// Entry 1 first.
const STATIC: [(&str, &str); 61] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];
/// What an entry costs beside its texts (section 4.1).
const ENTRY_COST: usize = 32;
/// A table that a peer may ask for and we still keep.
const MOST: usize = 1 << 20;

/// Name and value.
pub(super) type Field = (Bytes, Bytes);

/// Both tables of one direction.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// Newest first.
    entries: VecDeque<Field>,
    size: usize,
    /// What the encoder said last.
    max: usize,
    /// What the decoder's SETTINGS allow.
    limit: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self::at(&HeaderTable::default())
    }
}

impl Table {
    /// The entry with this index, from 1.
    pub(super) fn get(&self, index: u64) -> Option<Field> {
        let index = usize::try_from(index).ok()?.checked_sub(1)?;
        if let Some((name, value)) = STATIC.get(index) {
            return Some((
                Bytes::from_static(name.as_bytes()),
                Bytes::from_static(value.as_bytes()),
            ));
        }
        self.entries.get(index - STATIC.len()).cloned()
    }

    /// Whether the entry was always there.
    pub(super) fn is_static(index: u64) -> bool {
        index <= STATIC.len() as u64
    }

    /// How many entries there are, the static ones too.
    pub(super) fn len(&self) -> u64 {
        (STATIC.len() + self.entries.len()) as u64
    }

    pub(super) fn add(&mut self, field: &Field) {
        self.size += cost(field);
        self.entries.push_front(field.clone());
        self.evict();
    }

    /// `None` when it is more than the decoder allows.
    pub(super) fn resize(&mut self, max: u64) -> Option<()> {
        let max = usize::try_from(max).ok().filter(|max| *max <= self.limit)?;
        self.max = max;
        self.evict();
        Some(())
    }

    /// `SETTINGS_HEADER_TABLE_SIZE` of whoever reads these blocks.
    pub(super) fn allow(&mut self, limit: u32) {
        self.limit = usize::try_from(limit).unwrap_or(MOST).min(MOST);
    }

    /// As it stands now.
    pub(super) fn state(&self) -> HeaderTable {
        let entries = self.entries.iter().cloned().collect();
        HeaderTable { entries, size: self.size, max: self.max, limit: self.limit }
    }

    pub(super) fn at(table: &HeaderTable) -> Self {
        let HeaderTable { entries, size, max, limit } = table.clone();
        Self { entries: entries.into(), size, max, limit }
    }

    fn evict(&mut self) {
        while self.size > self.max {
            let Some(gone) = self.entries.pop_back() else { break };
            self.size -= cost(&gone);
        }
    }
}

pub(super) fn cost((name, value): &Field) -> usize {
    name.len() + value.len() + ENTRY_COST
}
