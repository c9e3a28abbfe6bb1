//! One trace as rows: who ran when, under whom.

use std::sync::Arc;
use std::time::Duration;

use crate::model::Span;

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// How many known ancestors it has.
    pub depth: usize,
    /// The span.
    pub span: Arc<Span>,
    /// Where its bar begins, as a share (0 to 1) of the whole.
    pub offset: f32,
    /// How long its bar is, as a share (0 to 1) of the whole.
    pub width: f32,
    /// When it began, after the first span.
    pub began: Duration,
    /// How long it took; so far, while it runs.
    pub took: Duration,
}

/// The whole picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Waterfall {
    /// Parents before children, children by start.
    pub rows: Vec<Row>,
    /// What the full width stands for.
    pub total: Duration,
}
