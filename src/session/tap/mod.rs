//! Standing between two programs: every byte goes on unchanged, and what it says is told call by call.
//!
//! `gate.rs` listens, `line.rs` forwards one connection and reads along, `call.rs` makes a [`crate::model::Call`] of
//! what passed. `desk.rs` serves the window, `alone.rs` the command line.

mod alone;
mod call;
mod desk;
mod draft;
mod gate;
mod line;
mod reporter;
mod view;

pub use alone::{TapEvent, run_tap};
pub use call::TappedCall;
pub(super) use desk::{TapNews, Taps};
pub use gate::TapOptions;
pub use view::{TapFault, TapPhase, TapSchema, TapView, TapWish};
