//! A streaming call of the window: messages go out when the person says so, and each that passes is kept.
//!
//! Three tasks serve one call. The sender owns the sending end, the keeper writes every message into the
//! [`Journal`], and the viewer makes what the window looks at. None of them waits for the window, and none keeps
//! more in memory than its bound: the journal spills to a file.

mod desk;
mod journal;
mod keeper;
mod script;
mod sender;
mod view;
mod viewer;

pub(super) use desk::Stream;
pub use journal::{Entry, MAX_KEPT, MAX_KEPT_BYTES};
pub use script::MAX_SCRIPT_MESSAGES;
pub(super) use script::read as read_script;
pub use view::{MessageRow, ScriptProgress, ShownMessage, StreamLook, StreamView, StreamWay};
