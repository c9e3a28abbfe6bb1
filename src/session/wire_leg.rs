//! A call's bytes at one side of the gateway, read.

use std::sync::Arc;

use super::WireReading;
use crate::model::{Leg, LegSide, SpanId};
use crate::schema::Schema;

/// Which side, and what passed there.
#[derive(Debug, Clone)]
pub struct WireLeg {
    /// The span that asked.
    pub asked_by: SpanId,
    /// Which side.
    pub side: LegSide,
    /// What the bytes mean.
    pub reading: Arc<WireReading>,
}

impl WireLeg {
    /// Reads legs. Slow for big ones: runs on a blocking thread.
    pub(super) fn read(legs: &[Arc<Leg>], schema: Option<&Schema>) -> Arc<[Self]> {
        let schema = schema.cloned().unwrap_or_default();
        let read = legs.iter().map(|leg| {
            let recording = Arc::clone(&leg.recording);
            let reading = Arc::new(WireReading::of_stream(recording, leg.stream, &schema));
            Self { asked_by: leg.asked_by, side: leg.side.clone(), reading }
        });
        read.collect()
    }
}
