//! The application without a face: commands in, state and snapshots out.
//!
//! This room alone starts the long-running tasks (cluster, gateway, telemetry,
//! watchers, calls) and ends them. The window and the command line send a
//! [`Command`] and read what is published; neither waits for the other.

mod command;
mod handle;
mod options;
mod state;
mod notice;
mod loadable;
mod display_text;
mod run;
mod core;
mod message;
mod shared;
mod sources;
mod builtin;
mod reflect;
mod watch;
mod drafts;
mod prepare;
mod calls;
mod answer;
mod demo;
mod save;
mod headless;

pub use command::Command;
pub use display_text::DisplayText;
pub use handle::Session;
pub use headless::{Headless, ReadAnswer, SchemaFrom, read_answer, run_demo};
pub use loadable::Loadable;
pub use notice::{Notice, NoticeKind};
pub use options::SessionOptions;
pub use state::{
    Answer, AnswerBody, DemoPhase, GatewayView, HttpRoute, Origin, Refusal, Source, SourcePhase,
    State,
};
