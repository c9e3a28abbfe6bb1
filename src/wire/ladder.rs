//! How far a call came, read from what passed: the stage that stopped it, and those before and behind.

use std::time::Duration;

use super::exchange::Exchange;
use super::frame_tree::setting_name;
use super::http2::{FRAME_HEAD_LEN, FrameType};
use super::kept::Kept;
use super::lane::WireKind;
use super::step::{Step, StepKind};
use super::tls::certificate;
use super::walk::WireItem;
use crate::model::{
    Address, Call, CallBody, CallFailure, Cause, Direction, Ladder, Obstacle, Outcome, Phase,
    PhaseTime, Rung, RungState, Security, Stage, StatusOrigin, TlsTrust,
};

/// The ladder of a call that ended without the answer it asked for. `None` where an answer came, whatever it says,
/// and where nothing could be tried.
pub fn ladder(call: &Call, exchange: &Exchange) -> Option<Ladder> {
    let reading = Reading { call, exchange, is_grpc: is_grpc(call) };
    let stopped = reading.stopped_at()?;
    let obstacle = reading.obstacle(stopped)?;
    let stages = [
        Stage::LookUp,
        Stage::Connect,
        Stage::Proxy,
        Stage::Tls,
        Stage::Settings,
        Stage::Headers,
        Stage::Message,
        Stage::Trailers,
    ];
    let mut obstacle = Some(obstacle);
    let rungs = stages.into_iter().filter(|stage| reading.has(*stage)).map(|stage| {
        let state = match stage.cmp(&stopped) {
            std::cmp::Ordering::Less => reading.passed(stage),
            std::cmp::Ordering::Equal => {
                obstacle.take().map_or(RungState::NotReached, RungState::Failed)
            }
            std::cmp::Ordering::Greater if reading.is_unsecured(stage) => RungState::Unneeded,
            std::cmp::Ordering::Greater => RungState::NotReached,
        };
        let is_reached = matches!(state, RungState::Passed | RungState::Failed(_));
        let took = is_reached.then(|| reading.took(stage)).flatten();
        Rung { stage, took, seen: reading.seen(stage), state }
    });
    Some(Ladder { rungs: rungs.collect() })
}

fn is_grpc(call: &Call) -> bool {
    matches!(call.request.body, CallBody::Grpc { .. })
}

/// Of gRPC-Web, which has them in the body.
fn is_bad_trailers(failure: Option<&CallFailure>) -> bool {
    let Some(CallFailure::Protocol { cause, .. }) = failure else { return false };
    matches!(cause, Cause::TrailersLine(_) | Cause::BehindTrailers)
}

struct Reading<'a> {
    call: &'a Call,
    exchange: &'a Exchange,
    is_grpc: bool,
}

impl Reading<'_> {
    /// The stage at which a call ended that has no answer.
    fn stopped_at(&self) -> Option<Stage> {
        use CallFailure as F;
        let failure = match &self.call.outcome {
            Some(Outcome::Failed(failure)) => Some(failure),
            Some(Outcome::Cancelled) => None,
            Some(Outcome::Grpc { origin, .. }) => match origin {
                StatusOrigin::Trailers | StatusOrigin::TrailersOnly => return None,
                StatusOrigin::HttpStatus(_) => return Some(Stage::Headers),
                StatusOrigin::Missing => return Some(Stage::Trailers),
                StatusOrigin::Deadline | StatusOrigin::Reset(_) => None,
            },
            Some(Outcome::Http { .. }) | None => return None,
        };
        if let Some(stage) = self.call.halted {
            return Some(stage);
        }
        if self.is_unconnected() {
            return None;
        }
        match failure {
            Some(F::TooLarge { .. } | F::CutShort { .. } | F::Compression { .. }) => {
                return Some(Stage::Message);
            }
            Some(F::BadHeader { .. } | F::BadRequest { .. } | F::Busy { .. }) => return None,
            _ => {}
        }
        Some(match self.reached() {
            None if self.has(Stage::Settings) => Stage::Settings,
            None | Some(Stage::Settings) => Stage::Headers,
            // gRPC is spoken behind a head that says so, not before.
            Some(Stage::Headers) if self.is_no_grpc(failure) => Stage::Headers,
            Some(Stage::Headers) => Stage::Message,
            Some(_) if is_bad_trailers(failure) => Stage::Trailers,
            Some(_) if self.is_bad_prefix(failure) || !self.is_grpc => Stage::Message,
            Some(_) => Stage::Trailers,
        })
    }

    /// The last stage of HTTP that the peer got through.
    fn reached(&self) -> Option<Stage> {
        let step =
            |is_wanted: fn(&StepKind) -> bool| self.received().any(|step| is_wanted(&step.kind));
        if step(|kind| matches!(kind, StepKind::Message(_) | StepKind::Body(_))) {
            Some(Stage::Message)
        } else if self.call.http_status.is_some()
            || step(|kind| matches!(kind, StepKind::Headers(_)))
        {
            Some(Stage::Headers)
        } else {
            self.settings()
                .map(|_| Stage::Settings)
                .or_else(|| self.is_kept().then_some(Stage::Settings))
        }
    }

    fn is_no_grpc(&self, failure: Option<&CallFailure>) -> bool {
        matches!(failure, Some(CallFailure::Protocol { .. })) && !self.has_grpc_head()
    }

    fn is_bad_prefix(&self, failure: Option<&CallFailure>) -> bool {
        matches!(failure, Some(CallFailure::Protocol { .. })) && self.has_grpc_head()
    }

    fn has_grpc_head(&self) -> bool {
        let kind = self.call.headers.get_str("content-type").unwrap_or_default();
        kind.starts_with("application/grpc")
    }

    fn obstacle(&self, stage: Stage) -> Option<Obstacle> {
        Some(match self.call.outcome.as_ref()? {
            Outcome::Failed(CallFailure::Deadline { .. }) => Obstacle::Silence,
            Outcome::Failed(CallFailure::Protocol { expected: "HTTP/2", cause, .. })
                if stage >= Stage::Settings && cause.to_string().starts_with("HTTP/1") =>
            {
                Obstacle::Http1(cause.to_string())
            }
            Outcome::Failed(failure) => Obstacle::Failure(failure.clone()),
            Outcome::Cancelled => Obstacle::GivenUp,
            Outcome::Grpc { origin, .. } => match origin {
                StatusOrigin::Deadline => Obstacle::Silence,
                StatusOrigin::Reset(code) => Obstacle::Reset(*code),
                StatusOrigin::Missing => Obstacle::NoTrailers,
                StatusOrigin::HttpStatus(status) => Obstacle::HttpStatus {
                    status: *status,
                    content_type: self
                        .call
                        .headers
                        .get("content-type")
                        .map(|value| String::from_utf8_lossy(value).into_owned())
                        .unwrap_or_default(),
                },
                StatusOrigin::Trailers | StatusOrigin::TrailersOnly => return None,
            },
            Outcome::Http { .. } => return None,
        })
    }

    /// Whether a call of this kind can have this stage.
    fn has(&self, stage: Stage) -> bool {
        match stage {
            Stage::LookUp | Stage::Connect | Stage::Tls | Stage::Headers | Stage::Message => true,
            Stage::Proxy => {
                self.call.connection.as_ref().is_some_and(|facts| facts.proxy.is_some())
                    || self.call.halted == Some(Stage::Proxy)
            }
            Stage::Settings => {
                (self.is_grpc && self.call.request.grpc_web.is_none())
                    || self.call.connection.as_ref().is_some_and(|c| c.http_version == "HTTP/2")
            }
            Stage::Trailers => self.is_grpc,
        }
    }

    /// How a stage went that is behind us.
    fn passed(&self, stage: Stage) -> RungState {
        let is_dialling = stage <= Stage::Settings;
        match stage {
            _ if self.is_unsecured(stage) => RungState::Unneeded,
            Stage::Tls if self.is_kept() => RungState::Kept,
            Stage::LookUp if !self.is_kept() && self.timing(Phase::LookUp).is_none() => {
                RungState::Unneeded
            }
            // The stream may end well without a single message.
            Stage::Message if self.call.received().next().is_none() && self.is_grpc => {
                RungState::Unneeded
            }
            _ if is_dialling && self.is_kept() => RungState::Kept,
            _ => RungState::Passed,
        }
    }

    /// TLS of a call that goes without it.
    fn is_unsecured(&self, stage: Stage) -> bool {
        stage == Stage::Tls && self.call.request.target.security == Security::Plaintext
    }

    fn timing(&self, phase: Phase) -> Option<Duration> {
        match self.call.timing.get(phase) {
            PhaseTime::Took(took) => Some(took),
            PhaseTime::Kept | PhaseTime::Absent => None,
        }
    }

    fn took(&self, stage: Stage) -> Option<Duration> {
        match stage {
            Stage::LookUp => self.timing(Phase::LookUp),
            Stage::Connect => self.timing(Phase::Connect),
            Stage::Proxy => self.timing(Phase::Proxy),
            Stage::Tls => self.timing(Phase::Tls),
            Stage::Settings => {
                let first = self.exchange.items.first()?.at;
                Some(self.settings()?.1.ended.since(first))
            }
            Stage::Headers => self.timing(Phase::Wait),
            Stage::Message | Stage::Trailers => None,
        }
    }

    /// What was met there.
    fn seen(&self, stage: Stage) -> String {
        let connection = self.call.connection.as_ref();
        let target = &self.call.request.target;
        match stage {
            Stage::LookUp => match &target.address {
                Address::Tcp { host, .. } => host.clone(),
                Address::Unix(_) => String::new(),
            },
            Stage::Connect => {
                let tried =
                    connection.and_then(|c| c.attempts.iter().rfind(|a| a.failure.is_none()));
                let address = tried.map(|attempt| attempt.address.clone());
                address.or_else(|| Some(connection?.peer.clone())).unwrap_or_default()
            }
            Stage::Proxy => connection.and_then(|c| c.proxy.clone()).unwrap_or_default(),
            Stage::Tls => self.tls(),
            Stage::Settings => self.settings_words(),
            Stage::Headers => self.head_words(),
            Stage::Message => {
                let n = self.call.received().count();
                if n == 0 { String::new() } else { format!("{n}") }
            }
            Stage::Trailers => {
                let status = self.call.trailers.get_str("grpc-status");
                status.map(|status| format!("grpc-status {status}")).unwrap_or_default()
            }
        }
    }

    /// What the handshake agreed on, or the certificate that it failed on.
    fn tls(&self) -> String {
        let connection = self.call.connection.as_ref();
        let Some(tls) = connection.and_then(|connection| connection.tls.as_ref()) else {
            return String::new();
        };
        if tls.trust == TlsTrust::Refused {
            let leaf = tls.chain_der.first().and_then(|der| certificate(der));
            let words = |leaf: super::Certificate| {
                let (from, until) = (leaf.not_before.text, leaf.not_after.text);
                format!("{}, {from} – {until}", leaf.subject.text)
            };
            return leaf.map(words).unwrap_or_default();
        }
        let alpn = tls.alpn.as_deref().unwrap_or("-");
        format!("{}, ALPN {alpn}", tls.version)
    }

    /// The values that the peer sets, as far as they differ from nothing.
    fn settings_words(&self) -> String {
        let Some((_, item)) = self.settings() else { return String::new() };
        let kept = Kept::of(&self.call.recording);
        let payload = item.offset + FRAME_HEAD_LEN as u64..item.offset + item.len;
        let bytes = kept.read(Direction::Received, payload);
        let pairs = bytes.chunks_exact(6).take(8).filter_map(|pair| {
            let (id, value) = (pair.first_chunk::<2>()?, pair.last_chunk::<4>()?);
            let name = setting_name(u64::from(u16::from_be_bytes(*id)));
            let name = name.strip_prefix("SETTINGS_").unwrap_or(&name);
            Some(format!("{name} {}", u32::from_be_bytes(*value)))
        });
        pairs.collect::<Vec<_>>().join(", ")
    }

    fn head_words(&self) -> String {
        let Some(status) = self.call.http_status else { return String::new() };
        let kind = self.call.headers.get("content-type");
        let kind = kind.map(|value| format!(", {}", String::from_utf8_lossy(value)));
        format!(":status {status}{}", kind.unwrap_or_default())
    }

    fn settings(&self) -> Option<(usize, &WireItem)> {
        self.exchange.items.iter().enumerate().find(|(_, item)| {
            item.direction == Direction::Received
                && matches!(&item.kind, WireKind::Frame(head)
                    if head.kind == FrameType::SETTINGS && head.flags & 1 == 0)
        })
    }

    fn received(&self) -> impl Iterator<Item = &Step> {
        self.exchange.steps.iter().filter(|step| step.direction == Direction::Received)
    }

    fn is_kept(&self) -> bool {
        self.call.connection.as_ref().is_some_and(|facts| facts.is_kept)
    }

    fn is_unconnected(&self) -> bool {
        self.call.connection.as_ref().is_none_or(|facts| facts.http_version.is_empty())
    }
}
