//! The flow pane.

use egui::Ui;

use crate::ui::cx::PanelCx;

/// View state of the pane.
#[derive(Debug, Default)]
pub struct Flow;

impl Flow {
    /// Draws the tools at the right end of the pane's tab strip (right to left).
    pub fn tools(&mut self, _cx: &PanelCx<'_>, _ui: &mut Ui) {}

    /// Draws the pane.
    pub fn ui(&mut self, _cx: &PanelCx<'_>, _ui: &mut Ui) {}
}
