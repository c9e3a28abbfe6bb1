//! A call's bytes at one side of the gateway, read.

use std::sync::Arc;

use super::WireReading;
use crate::model::{Call, ConnectionUse, Leg, LegSide, SpanId};
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
    /// The call as this side saw it on its connection.
    pub(super) fn call_at(&self, call: &Call) -> Call {
        let connection = match &self.side {
            LegSide::Client => call.connection.clone(),
            LegSide::Upstream { address, .. } => {
                call.connection.as_ref().map(|own| ConnectionUse {
                    // Which port the gateway called from nobody noted.
                    local: String::new(),
                    peer: address.to_string(),
                    http_version: if self.reading.exchange.is_http2() {
                        "HTTP/2"
                    } else {
                        "HTTP/1.1"
                    },
                    tls: None,
                    ..own.clone()
                })
            }
        };
        let recording = Arc::clone(&self.reading.recording);
        Call { connection, recording, sealed: Arc::default(), ..call.clone() }
    }

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
