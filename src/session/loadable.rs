//! A value that is being fetched: the old one stays on screen meanwhile.

/// A value that comes later, may fail, and keeps its predecessor.
#[derive(Debug, Clone, Default)]
pub enum Loadable<T, E> {
    /// Nobody has asked.
    #[default]
    Idle,
    /// Under way.
    Loading {
        /// What was there before.
        previous: Option<T>,
    },
    /// Here.
    Ready(T),
    /// It failed.
    Failed {
        /// Why.
        error: E,
        /// What was there before.
        previous: Option<T>,
    },
}

impl<T, E> Loadable<T, E> {
    /// The newest value that there is.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Idle => None,
            Self::Ready(value) => Some(value),
            Self::Loading { previous } | Self::Failed { previous, .. } => previous.as_ref(),
        }
    }
}
