//! What a served schema answers.

use std::time::Duration;

use super::Fault;

/// The answer of one method of a mock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MockAnswer {
    /// JSON with places such as `{{request.name}}`; empty for a sample made from the contract.
    pub body: String,
    /// How it streams; of no meaning for a method with one answer.
    pub stream: MockStream,
    /// What its callers have to bear.
    pub fault: Fault,
}

impl MockAnswer {
    /// Whether it is what a mock answers without being told anything.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// How a mock answers a method whose answer streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MockStream {
    /// Messages of a server stream, up to [`MockStream::MAX_MESSAGES`]. A stream both ways has one for each that comes.
    pub n_messages: u32,
    /// From one message to the next, up to [`MockStream::MAX_PACE`].
    pub pace: Duration,
}

impl MockStream {
    /// The most messages of one answer.
    pub const MAX_MESSAGES: u32 = 1_000_000;
    /// The longest pause.
    pub const MAX_PACE: Duration = Duration::from_mins(1);

    /// The same within its bounds.
    #[must_use]
    pub fn bounded(self) -> Self {
        Self {
            n_messages: self.n_messages.clamp(1, Self::MAX_MESSAGES),
            pace: self.pace.min(Self::MAX_PACE),
        }
    }
}

impl Default for MockStream {
    fn default() -> Self {
        Self { n_messages: 3, pace: Duration::from_millis(200) }
    }
}
