//! How a body is shown depends on its size: what a key press costs must not grow without bound.

/// Bodies over this have no colours.
const MAX_COLOURED_BYTES: usize = 64 << 10;
/// Bodies over this are checked when typing pauses.
const MAX_CHECKED_AT_ONCE_BYTES: usize = 256 << 10;
/// Bodies over this are shown and sent, not edited: every key would move the whole.
pub(super) const MAX_EDITED_BYTES: usize = 1 << 20;

/// How a body is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyMode {
    /// Edited, in colours, checked with each key.
    Coloured,
    /// Edited, in one colour, checked with each key.
    Plain,
    /// Edited, in one colour, checked when typing pauses.
    CheckedLater,
    /// Shown row by row.
    ReadOnly,
}

impl BodyMode {
    /// The mode of a body of this many bytes.
    pub(super) fn of(n_bytes: usize) -> Self {
        if n_bytes <= MAX_COLOURED_BYTES {
            Self::Coloured
        } else if n_bytes <= MAX_CHECKED_AT_ONCE_BYTES {
            Self::Plain
        } else if n_bytes <= MAX_EDITED_BYTES {
            Self::CheckedLater
        } else {
            Self::ReadOnly
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_the_mode_of_its_size() {
        let cases = [
            (0, BodyMode::Coloured),
            (64 << 10, BodyMode::Coloured),
            ((64 << 10) + 1, BodyMode::Plain),
            (300_000, BodyMode::CheckedLater),
            (1 << 20, BodyMode::CheckedLater),
            (2_000_000, BodyMode::ReadOnly),
        ];
        for (n_bytes, mode) in cases {
            assert_eq!(BodyMode::of(n_bytes), mode, "{n_bytes}");
        }
    }
}
