//! The application without a face: commands in, state and snapshots out.
//!
//! This room alone starts the long-running tasks (cluster, gateway, telemetry,
//! watchers, calls) and ends them. The window and the command line send a
//! [`Command`] and read what is published; neither waits for the other.

mod command;
mod display_text;
mod handle;
mod loadable;
mod notice;
mod shared;
mod state;

pub use command::Command;
pub use display_text::DisplayText;
pub use handle::Session;
pub use loadable::Loadable;
pub use notice::{Notice, NoticeKind};
pub use state::{
    Answer, AnswerBody, DemoPhase, GatewayView, HttpRoute, Origin, Refusal, Source, SourcePhase,
    State,
};
