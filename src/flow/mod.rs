//! Snapshot to graph, layout and packet positions, as pure functions of time.
//!
//! No IO, no async, no clock: the same input gives the same picture.

mod cut;
mod graph;
mod layout;
mod packets;
mod palette;
mod playback;
mod score;
#[cfg(test)]
pub(crate) mod testing;

mod bars;
mod chart;
mod sequence;
mod waterfall;

pub use bars::{Bar, Bars, Tick};
#[cfg(feature = "window")]
pub(crate) use chart::INTER;
pub use chart::{Align, Chart, ChartBar, ChartLine, ChartPanel, ChartRow, Mark, Tone, marks, png};
pub use cut::cut;
pub use graph::{Edge, Graph, Node, NodeInstance};
pub use layout::{EdgePath, Layout, NodeBox, Pins, Spacing, layout};
pub use packets::{Packet, PacketShape, packet_pos};
pub use palette::{DARK, LIGHT, Palette, Rgb};
pub use playback::Playback;
pub use score::{Hop, LEG, MessageLeg, MessageLegs, Score, score};
pub use sequence::{Arrow, Label, Seen, SeenCall, Sequence, Work};
pub use waterfall::{Row, Waterfall};
