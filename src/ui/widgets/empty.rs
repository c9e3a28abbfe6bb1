//! What a pane shows when it has nothing: what it is for and what to do next.

use egui::{Align, Layout, RichText, Ui, UiBuilder};

use crate::ui::theme::{self, Theme, space};

/// A title and a sentence in the middle of what is left of the pane.
pub fn empty_state(ui: &mut Ui, title: &str, sentence: &str) {
    let theme = Theme::current(ui.ctx());
    let rect = ui.available_rect_before_wrap();
    let width = (rect.width() - 2.0 * space::L).clamp(80.0, 520.0);
    let top = rect.top() + (rect.height() / 2.0 - space::XL).max(space::S);
    let area = egui::Rect::from_min_size(
        egui::pos2(rect.center().x - width / 2.0, top),
        egui::vec2(width, (rect.bottom() - top).max(0.0)),
    );
    let builder = UiBuilder::new().max_rect(area).layout(Layout::top_down(Align::Center));
    ui.scope_builder(builder, |ui| {
        ui.label(theme::strong(title).color(theme.text));
        ui.add_space(space::XS);
        ui.label(RichText::new(sentence).color(theme.muted));
    });
}
