//! A card that floats over a pane.

use egui::{Align2, Area, Frame, Id, InnerResponse, Margin, Order, Rect, Stroke, Ui};

use crate::ui::theme::{self, Theme};

/// Shows a card of this width at a corner or in the middle of `place`, and keeps it within. An area is as high as its
/// content, and lies above the picture for the pointer too.
pub fn card<R>(
    ui: &Ui,
    (id, order): (Id, Order),
    (place, pivot): (Rect, Align2),
    width: f32,
    content: impl FnOnce(&mut Ui) -> R,
) -> InnerResponse<R> {
    let theme = Theme::current(ui.ctx());
    Area::new(id)
        .order(order)
        .pivot(pivot)
        .fixed_pos(pivot.pos_in_rect(&place))
        .constrain_to(place)
        .movable(false)
        .show(ui.ctx(), |ui| {
            Frame::new()
                .fill(theme.panel)
                .stroke(Stroke::new(1.0, theme.node_line))
                .corner_radius(theme::RADIUS_LARGE)
                .inner_margin(Margin::same(MARGIN))
                .show(ui, |ui| {
                    ui.set_width((width.min(place.width())) - 2.0 * f32::from(MARGIN));
                    content(ui)
                })
                .inner
        })
}

const MARGIN: i8 = 12;
