//! The flow-control windows of an HTTP/2 connection (RFC 9113 section 5.2).

use std::collections::{BTreeMap, VecDeque};

/// What both sides may still send.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlowWindows {
    /// What we may send.
    pub sent: SenderWindows,
    /// What the peer may send.
    pub received: SenderWindows,
    /// The newest stream of each parity, even ones first: an older one that is not known has ended.
    pub newest: [u32; 2],
}

/// What one side may still send, in bytes of DATA payload, padding included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderWindows {
    /// On all streams together.
    pub connection: i64,
    /// On a stream that begins (`SETTINGS_INITIAL_WINDOW_SIZE`, section 6.5.2).
    pub initial: i64,
    /// By stream, of those that this side has not ended. Below zero after SETTINGS that lower them (section 6.9.2).
    pub streams: BTreeMap<u32, i64>,
    /// The initial windows of SETTINGS that this side has not acknowledged; `None` where they name none, or where
    /// it has shown already that it follows them.
    pub pending: VecDeque<Option<i64>>,
}

impl SenderWindows {
    /// Before any SETTINGS or `WINDOW_UPDATE`, in bytes (section 6.9.2).
    pub const FIRST: i64 = 65_535;
    /// No window may be larger, in bytes (section 6.9.1).
    pub const MOST: i64 = (1 << 31) - 1;
}

impl Default for SenderWindows {
    fn default() -> Self {
        Self {
            connection: Self::FIRST,
            initial: Self::FIRST,
            streams: BTreeMap::new(),
            pending: VecDeque::new(),
        }
    }
}
