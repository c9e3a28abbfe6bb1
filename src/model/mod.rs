//! The vocabulary of Hoplens: what a request, a call, a span, a service is.
//!
//! Every other room speaks in these types. This room does no IO, starts no task
//! and reads no clock of its own accord: time comes in as an argument (only
//! [`Clock`] reads it, when asked). No type here derives serde: a file format
//! lives in the room that reads it.

mod call;
mod cause;
mod change;
mod clock;
mod compression;
mod connection;
mod copied;
mod edge;
mod endpoints;
mod error_detail;
mod fault;
mod fault_injection;
mod grpc_web;
mod headers;
mod heat;
mod histogram;
mod id;
mod keepalive;
mod ladder;
mod leg;
mod mock;
mod nearest;
mod outcome;
mod pasted;
mod problem;
mod protocol;
mod proxy;
mod proxy_env;
mod query;
mod recording;
mod request;
mod resent;
mod reset;
mod scene;
mod secret;
mod span;
mod span_messages;
mod status;
mod status_fault;
mod target;
mod timing;
mod topology;
mod trace;
mod traffic;
mod trail;
mod way;
mod windows;
mod wire_fault;

pub use call::{BodyLimit, ByteCounts, Call, CallEvent, CallFailure, Direction, MessageRecord};
pub use cause::Cause;
pub use change::{Change, ChangeKind, NotDone};
pub use clock::{Clock, Timestamp};
pub use compression::Compression;
pub use connection::{ConnectAttempt, ConnectionUse, TlsFacts, TlsTrust};
pub use copied::{CopyFormat, CopyLoss, CopyNote};
pub use edge::{CLIENT, EdgeFigures, EdgeKey, GATEWAY, OTHERS, Percentiles};
pub use endpoints::{Endpoint, Endpoints};
pub use error_detail::ErrorDetail;
pub use fault::{ConfigFault, Found, JsonFault, JsonToken, Wanted};
pub use fault_injection::{Delay, Failing, Fault, FaultError, LogLine, Spread, Whom};
pub use grpc_web::GrpcWeb;
pub use headers::{Header, Headers};
pub use heat::{Heat, HeatColumn};
pub use histogram::Histogram;
pub use id::{CallId, ConnectionId, DraftId, SourceId, SpanId, TapId, TraceContext, TraceId};
pub use keepalive::Keepalive;
pub use ladder::{Ladder, Obstacle, Rung, RungState, Stage};
pub use leg::{Leg, LegSide};
pub use mock::{MockAnswer, MockStream};
pub use nearest::nearest;
pub use outcome::{Outcome, StatusOrigin};
pub use pasted::PasteNote;
pub use problem::{Place, Problem, ProblemKind, Severity};
pub use protocol::{CallKind, MethodPath, Protocol};
pub use proxy::{ProxyAddress, is_named_by};
pub use proxy_env::{ProxiedCall, UnusableProxy, no_proxy_of_environment, proxy_of_environment};
pub use query::{secret_parameters, without_secret_parameters};
pub use recording::{HeaderTable, HeaderTables, Recording, RecordingPart, RecordingRange};
pub use request::{CallBody, HttpVersion, Request, TlsOptions};
pub use resent::Resent;
pub use reset::{reset_name, reset_words};
pub use scene::{GREETER, Scene};
pub use secret::Secret;
pub use span::{AttributeValue, Span, SpanKind, SpanStatus};
pub use span_messages::{SpanMessage, SpanMessages};
pub use status::Code;
pub use status_fault::StatusFault;
pub use target::{Address, Security, Target, TargetError};
pub use timing::{Phase, PhaseTime, Timing};
pub use topology::{
    DeclaredEdge, Instance, InstanceState, NodeKind, Service, ServiceProtocol, Topology,
};
pub use trace::Trace;
pub use traffic::TrafficFigures;
pub use trail::{Step, Trail, TrailEntry, Verdict};
pub use way::{BytePart, CompareName, CompareWord, NoWay, Road, Said, Speech, Way};
pub use windows::{FlowWindows, SenderWindows};
pub use wire_fault::{HpackFault, WireFault};
