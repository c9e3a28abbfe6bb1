//! The chip that says which scene is shown, and its menu.

use egui::{Popup, Role, Sense, Ui, WidgetInfo, vec2};

use crate::model::Scene;
use crate::session::Command;
use crate::text::{fill, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, Theme, space};
use crate::ui::widgets::{chip, icon};

const WIDTH: f32 = 340.0;
const ROW: f32 = 44.0;

/// Draws the chip; choosing a scene tells the session.
pub(super) fn show(cx: &PanelCx<'_>, ui: &mut Ui) {
    let chosen = cx.state.settings.scene;
    let name = fill("scene.chip", &[("scene", &name_of(chosen))]);
    let button = chip(ui, None, name_of(chosen), &name, t("scene.chip_tip"));
    Popup::menu(&button).show(|ui| {
        ui.set_width(WIDTH);
        ui.spacing_mut().item_spacing.y = 2.0;
        for scene in Scene::ALL {
            if row(ui, scene, scene == chosen) {
                cx.send(Command::SelectScene(scene));
                ui.close();
            }
        }
    });
}

/// What a scene is called.
pub(in crate::ui) fn name_of(scene: Scene) -> &'static str {
    match scene {
        Scene::Hello => t("scene.hello"),
        Scene::ThroughGateway => t("scene.through_gateway"),
        Scene::Shop => t("scene.shop"),
    }
}

fn more_of(scene: Scene) -> &'static str {
    match scene {
        Scene::Hello => t("scene.hello_more"),
        Scene::ThroughGateway => t("scene.through_gateway_more"),
        Scene::Shop => t("scene.shop_more"),
    }
}

/// Two lines: name, and what is in it. Says whether it was clicked.
fn row(ui: &mut Ui, scene: Scene, is_chosen: bool) -> bool {
    let theme = Theme::current(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response
        .widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, name_of(scene)));
    let painter = ui.painter();
    let fill = match (is_chosen, response.hovered()) {
        (true, _) => theme.selection,
        (false, true) => theme.hover(),
        (false, false) => egui::Color32::TRANSPARENT,
    };
    let ring = if response.has_focus() { theme.focus_stroke() } else { egui::Stroke::NONE };
    painter.rect(rect, theme::RADIUS, fill, ring, egui::StrokeKind::Inside);
    let left = rect.left() + space::S;
    let line = |y: f32, text: &str, font, color| {
        let at = egui::pos2(left, y);
        painter.text(at, egui::Align2::LEFT_CENTER, text, font, color);
    };
    line(rect.top() + 14.0, name_of(scene), theme::strong_font(theme::TEXT), theme.text);
    line(rect.top() + 31.0, more_of(scene), theme::small_font(), theme.muted);
    if is_chosen {
        let at = rect.right_center() - vec2(space::M, 0.0);
        let font = theme::icon_font(14.0);
        painter.text(at, egui::Align2::CENTER_CENTER, icon::CHECK.0, font, theme.accent);
    }
    response.clicked()
}
