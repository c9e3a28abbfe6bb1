//! The application without a face: commands in, state and snapshots out.
//!
//! This room alone starts the long-running tasks (cluster, gateway, telemetry,
//! watchers, calls) and ends them. The window and the command line send a
//! [`Command`] and read what is published; neither waits for the other.

mod answer;
mod appearance;
mod builtin;
mod calls;
pub mod capture;
mod closed;
mod command;
mod compare;
mod comparing;
mod copy_as;
mod copying;
mod core;
mod demo;
mod display_text;
mod drafts;
mod gate;
mod handle;
mod hands;
mod headless;
mod ledger;
mod loadable;
mod message;
mod mocks;
mod notice;
mod options;
mod pasting;
mod prepare;
mod reflect;
mod run;
mod run_interop;
mod run_mock;
mod save;
mod scene;
mod scratch;
mod settings;
mod shared;
mod sources;
mod state;
mod stream;
mod streaming;
mod tap;
mod told;
mod traffic;
mod trouble;
mod watch;
mod wire_leg;
mod wire_reading;
mod wire_rows;

pub use appearance::SystemTheme;
pub use command::Command;
#[cfg(test)]
pub(crate) use compare::sample_comparison;
pub use compare::{
    Carried, CompareOrder, ComparePlaces, CompareProgress, CompareTable, Comparison, MAX_COMPARED,
    Mishap, OwnDemo, OwnDemoError, Tally, WayFigures, compare_at, comparison_chart, comparison_csv,
    comparison_tables, sample_schema,
};
pub use comparing::{CompareFile, CompareView};
pub use copy_as::{
    CallToCopy, Copied, DeadlineToCopy, HttpToCopy, NotCopied, PeerToCopy, SchemaPlace, copy_call,
    copy_http,
};
pub use copying::CopiedText;
pub use display_text::DisplayText;
pub use handle::Session;
pub use headless::{Headless, ReadAnswer, SchemaFrom, read_answer, read_message, run_demo};
pub use ledger::{Account, OpeningCall};
pub use loadable::Loadable;
pub use notice::{Notice, NoticeKind};
pub use options::{SessionOptions, demo_services, max_instances};
pub use reflect::NoSchema;
pub use run_interop::run_interop;
pub use run_mock::{MockError, MockOptions, ServedMock, run_mock};
pub use scratch::MAX_SCRATCH_BYTES;
pub use state::{
    Answer, AnswerBody, DemoPhase, GatewayView, GreeterView, HttpRoute, LogView, MockEdit,
    MockView, Origin, Refusal, Scratch, Source, SourcePhase, State, TrafficView,
};
pub use stream::{BadMessage, StreamEnd, Streamed};
pub use streaming::{
    Entry, MAX_KEPT, MAX_KEPT_BYTES, MAX_SCRIPT_MESSAGES, MessageRow, ScriptProgress, ShownMessage,
    StreamLook, StreamView, StreamWay,
};
pub use tap::{
    TapEvent, TapFault, TapOptions, TapPhase, TapSchema, TapView, TapWish, TappedCall, run_tap,
};
pub use trouble::Trouble;
pub use wire_leg::WireLeg;
pub use wire_reading::{WireEntry, WireLevel, WireReading};
pub use wire_rows::{ByteRow, ByteRows, RowContent, RowLook};
