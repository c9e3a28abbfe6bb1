//! The response pane.

use egui::Ui;

use crate::ui::cx::PanelCx;

/// View state of the pane.
#[derive(Debug, Default)]
pub struct Response;

impl Response {
    /// Draws the pane.
    pub fn ui(&mut self, _cx: &PanelCx<'_>, _ui: &mut Ui) {}
}
