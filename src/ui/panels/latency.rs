//! The latency pane.

use egui::Ui;

use crate::ui::cx::PanelCx;

/// View state of the pane.
#[derive(Debug, Default)]
pub struct Latency;

impl Latency {
    /// Draws the pane.
    pub fn ui(&mut self, _cx: &PanelCx<'_>, _ui: &mut Ui) {}
}
