//! What came of a comparison: figures, no words.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{Call, ConnectionId, Direction, Histogram, NoWay, Outcome, Said, Way};
use crate::wire::BothSums;

/// What of a body is shown, in characters.
const MAX_BODY: usize = 300;

/// One logical call by every way.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// `Service/Method`.
    pub method: String,
    /// Calls that were to be made by each way.
    pub n_wanted: u32,
    /// The ways that exist.
    pub ways: Vec<WayFigures>,
    /// Those that do not.
    pub missing: Vec<(Way, NoWay)>,
}

/// One way's figures.
#[derive(Debug, Clone)]
pub struct WayFigures {
    /// Which.
    pub way: Way,
    /// Where it led: `127.0.0.1:8080`.
    pub address: String,
    /// `HTTP/1.1` or `HTTP/2`; empty when no connection came about.
    pub http_version: &'static str,
    /// Whether TLS lay around it.
    pub is_tls: bool,
    /// Connections that were opened.
    pub n_connections: u64,
    /// Calls that did not do what was asked.
    pub n_failed: u64,
    /// How the first of them ended.
    pub first_failure: Option<Outcome>,
    /// Calls that opened a connection, the opening included.
    pub opening: Tally,
    /// Calls on a kept one.
    pub kept: Tally,
    /// All that the connections carried until the last call had ended.
    pub carried: Carried,
    /// A call where nobody listens.
    pub refused: Mishap,
    /// A call that the server cannot do.
    pub failing: Mishap,
}

/// Bytes each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Carried {
    /// From us.
    pub sent: u64,
    /// To us.
    pub received: u64,
}

/// Calls added up.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// How many.
    pub n_calls: u64,
    /// Their bytes by purpose.
    pub sums: BothSums,
    /// How long they took, from start to end.
    pub latency: Histogram,
    /// The shortest.
    pub shortest: Duration,
}

/// One call that was made to go wrong.
#[derive(Debug, Clone)]
pub struct Mishap {
    /// What came back.
    pub said: Said,
    /// Its bytes by purpose.
    pub sums: BothSums,
    /// How long it took.
    pub took: Duration,
}

impl WayFigures {
    /// Calls that were made.
    pub fn n_calls(&self) -> u64 {
        self.opening.n_calls + self.kept.n_calls
    }

    /// Bytes of all calls by purpose.
    pub fn sums(&self) -> BothSums {
        self.opening.sums.plus(self.kept.sums)
    }

    /// What the connections carried while no call was under way, such as the answer to settings.
    pub fn between(&self) -> Carried {
        let sums = self.sums();
        Carried {
            sent: self.carried.sent.saturating_sub(sums.sent.in_all()),
            received: self.carried.received.saturating_sub(sums.received.in_all()),
        }
    }
}

impl Tally {
    /// What of a sum over all calls one of them has, rounded.
    pub fn each(&self, of_all: u64) -> u64 {
        let n_calls = self.n_calls.max(1);
        (of_all + n_calls / 2) / n_calls
    }

    fn add(&mut self, took: Duration, sums: BothSums) {
        self.shortest = if self.n_calls == 0 { took } else { self.shortest.min(took) };
        self.n_calls += 1;
        self.sums = self.sums.plus(sums);
        self.latency.record(took);
    }
}

impl Mishap {
    pub(super) fn of(call: &Call, sums: BothSums) -> Self {
        let body = call.received().last().filter(|_| is_http(call));
        let body = body.and_then(|message| std::str::from_utf8(&message.bytes).ok());
        let said = Said {
            outcome: call.outcome.clone().unwrap_or(Outcome::Cancelled),
            http_version: call.connection.as_ref().map_or("", |connection| connection.http_version),
            http_status: call.http_status,
            body: body.unwrap_or_default().trim().chars().take(MAX_BODY).collect(),
        };
        Self { said, sums, took: call.timing.total }
    }
}

fn is_http(call: &Call) -> bool {
    matches!(call.outcome, Some(Outcome::Http { .. }))
}

/// The calls of one way while they are made.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) opening: Tally,
    pub(super) kept: Tally,
    pub(super) n_failed: u64,
    pub(super) first_failure: Option<Outcome>,
    pub(super) http_version: &'static str,
    pub(super) n_connections: u64,
    /// Where each connection's bytes end, as far as is known.
    ends: BTreeMap<ConnectionId, Carried>,
}

impl Book {
    /// Takes in a call that has ended.
    pub(super) fn add(&mut self, call: &Call, sums: BothSums) {
        let connection = call.connection.as_ref();
        let is_kept = connection.is_some_and(|connection| connection.is_kept);
        let tally = if is_kept { &mut self.kept } else { &mut self.opening };
        tally.add(call.timing.total, sums);
        let open = connection.filter(|connection| !connection.http_version.is_empty());
        if let Some(open) = open {
            self.http_version = open.http_version;
            self.n_connections += u64::from(!is_kept);
            let ends = self.ends.entry(open.id).or_default();
            let is_tls = !call.sealed.parts.is_empty();
            let carrier = if is_tls { &call.sealed } else { &call.recording };
            for part in &carrier.parts {
                let end = match part.direction {
                    Direction::Sent => &mut ends.sent,
                    Direction::Received => &mut ends.received,
                };
                *end = (*end).max(part.offset + part.len);
            }
        }
        let ended = call.outcome.as_ref().filter(|outcome| !outcome.is_ok());
        if let Some(outcome) = ended {
            self.n_failed += 1;
            self.first_failure.get_or_insert_with(|| outcome.clone());
        }
    }

    pub(super) fn carried(&self) -> Carried {
        self.ends.values().fold(Carried::default(), |all, ends| Carried {
            sent: all.sent + ends.sent,
            received: all.received + ends.received,
        })
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use crate::model::{CallFailure, Code, StatusOrigin};
    use crate::wire::Sums;

    /// Two ways of four calls each, one way that is missing.
    pub(crate) fn sample() -> Comparison {
        let sums = |payload, headers| Sums { payload, headers, ..Sums::default() };
        let both = || BothSums { sent: sums(10, 100), received: sums(20, 50) };
        let tally = |n: u64, micros: u64| {
            let mut tally = Tally::default();
            for _ in 0..n {
                tally.add(Duration::from_micros(micros), both());
            }
            tally
        };
        let refused = CallFailure::Refused { address: "127.0.0.1:9".into() };
        let mishap = |outcome, http_status| Mishap {
            said: Said { outcome, http_version: "HTTP/2", http_status, body: "{\"a\": 1}".into() },
            sums: both(),
            took: Duration::from_millis(1),
        };
        let not_found = Outcome::Grpc {
            code: Code::NotFound,
            number: 5,
            message: "no product, \"sku\"".into(),
            details: None,
            origin: StatusOrigin::TrailersOnly,
        };
        let figures = |way, micros| WayFigures {
            way,
            address: "127.0.0.1:8080".into(),
            http_version: "HTTP/2",
            is_tls: false,
            n_connections: 1,
            n_failed: 1,
            first_failure: Some(not_found.clone()),
            opening: tally(1, 5_000),
            kept: tally(3, micros),
            carried: Carried { sent: 449, received: 280 },
            refused: mishap(Outcome::Failed(refused.clone()), None),
            failing: mishap(not_found.clone(), Some(200)),
        };
        let [http1, _, grpc, ..] = Way::ALL;
        Comparison {
            method: "Greeter/SayHello".into(),
            n_wanted: 4,
            ways: vec![figures(http1, 900), figures(grpc, 300)],
            missing: vec![(Way::ALL[3], NoWay::NoGateway)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::sample;
    use super::*;

    #[test]
    fn what_calls_and_pauses_carried_adds_up() {
        let comparison = sample();
        let way = &comparison.ways[0];
        assert_eq!(way.n_calls(), 4);
        let sums = way.sums();
        assert_eq!((sums.sent.in_all(), sums.received.in_all()), (440, 280));
        assert_eq!(way.between(), Carried { sent: 9, received: 0 });
        assert_eq!(way.kept.each(sums.sent.payload), 13, "rounded");
        assert_eq!(way.kept.shortest, Duration::from_micros(900));
    }
}
