//! What a session is started with.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use crate::cluster;
use crate::model::{Fault, Whom};
use crate::workspace::Dirs;

/// The demo's services by name, with the number of instances that each begins with.
pub fn demo_services() -> impl Iterator<Item = (&'static str, usize)> + Clone {
    cluster::demo_services()
}

/// How many instances one service can have on this machine.
pub fn max_instances() -> usize {
    cluster::max_instances()
}

/// How the session begins.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// Where settings, drafts, layout and answers of reflection are kept; `None` keeps nothing
    /// (command line, tests).
    pub dirs: Option<Dirs>,
    /// Whether the demo runs; `None` does as the settings say.
    pub is_demo_wanted: Option<bool>,
    /// Instances of demo services that shall have another number than usual.
    pub scale: BTreeMap<String, usize>,
    /// Faults that the demo begins with.
    pub faults: Vec<(Whom, Fault)>,
    /// Calls a second that shoppers make from the start.
    pub traffic_per_second: u32,
    /// Files and folders to open at the start.
    pub open: Vec<PathBuf>,
    /// Binds every demo listener to a port of the system's choice (tests, comparisons).
    pub has_ephemeral_ports: bool,
    /// Whether a window will open: the line about the start waits for its first frame.
    pub has_window: bool,
    /// When the process began, for the line that says how long the start took.
    pub process_started: Instant,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            dirs: None,
            is_demo_wanted: None,
            scale: BTreeMap::new(),
            faults: Vec::new(),
            traffic_per_second: 0,
            open: Vec::new(),
            has_ephemeral_ports: false,
            has_window: false,
            process_started: Instant::now(),
        }
    }
}
