//! Files dropped on the window.

use egui::{Align2, FontId, Id, LayerId, Order, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo};

use super::cx::PanelCx;
use super::theme::{self, space};
use crate::session::Command;
use crate::text::t;

/// Loads what was dropped.
pub(super) fn take_dropped(cx: &PanelCx<'_>, ui: &Ui) {
    let paths: Vec<std::path::PathBuf> = ui.input(|input| {
        input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect()
    });
    if !paths.is_empty() {
        cx.send(Command::LoadPaths(paths));
    }
}

/// Says what will happen while files hang over the window.
pub(super) fn show_hovered(cx: &PanelCx<'_>, ui: &mut Ui) {
    if ui.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let rect = ui.ctx().content_rect();
    let layer = LayerId::new(Order::Foreground, Id::unique("drop files"));
    let painter = ui.ctx().layer_painter(layer);
    painter.rect_filled(rect, 0.0, cx.theme.ground.gamma_multiply(0.85));
    let frame = rect.shrink(space::L);
    let line = Stroke::new(2.0, cx.theme.accent);
    painter.rect_stroke(frame, theme::RADIUS_LARGE, line, StrokeKind::Inside);
    let write = |offset: f32, words: &str, font: FontId, color| {
        let at = rect.center() + egui::vec2(0.0, offset);
        painter.text(at, Align2::CENTER_CENTER, words, font, color);
    };
    write(-10.0, t("status.drop_here"), theme::strong_font(theme::TEXT + 3.0), cx.theme.text);
    write(14.0, t("status.drop_here_more"), theme::text_font(), cx.theme.muted);
    let area = ui.interact(frame, Id::unique("drop area"), Sense::hover());
    area.widget_info(|| WidgetInfo::labeled(Role::Label, true, t("status.drop_here")));
}
