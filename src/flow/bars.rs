//! A histogram as bars over a logarithmic axis.

use std::time::Duration;

/// Bars and ticks, places as shares (0 to 1) of the axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bars {
    /// In order.
    pub bars: Vec<Bar>,
    /// Powers of ten.
    pub ticks: Vec<Tick>,
    /// The highest count of a bar.
    pub max_count: u64,
}

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Left edge on the axis.
    pub left: f32,
    /// Right edge on the axis.
    pub right: f32,
    /// Durations counted in it.
    pub count: u64,
    /// From this duration.
    pub from: Duration,
    /// To this one.
    pub to: Duration,
}

/// One tick: 0.1 ms, 1 ms, 10 ms...
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Place on the axis.
    pub at: f32,
    /// What it stands for.
    pub value: Duration,
}
