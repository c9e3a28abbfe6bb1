//! Scenes: how much of the demo a person looks at.

use super::{CLIENT, GATEWAY};

/// The demo's greeter, as its spans call it.
pub const GREETER: &str = "greeter";

/// What of the demo is in the picture. The rest goes on running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Scene {
    /// Two boxes: the client calls the greeter itself.
    Hello,
    /// Three: the gateway stands between them.
    ThroughGateway,
    /// Everything.
    #[default]
    Shop,
}

impl Scene {
    /// From the simplest one on.
    pub const ALL: [Self; 3] = [Self::Hello, Self::ThroughGateway, Self::Shop];

    /// Who calls whom in this scene; `None` when all that there is belongs to it.
    pub fn edges(self) -> Option<&'static [(&'static str, &'static str)]> {
        match self {
            Self::Hello => Some(&[(CLIENT, GREETER)]),
            Self::ThroughGateway => Some(&[(CLIENT, GATEWAY), (GATEWAY, GREETER)]),
            Self::Shop => None,
        }
    }
}
