//! The small form that slows a service, makes it fail, or lets it hang.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use egui::emath::Numeric;
use egui::{Align2, DragValue, Id, Order, Rect, Slider, Ui, vec2};

use super::{Action, Actions};
use crate::model::{Code, Delay, Failing, Fault, Spread, Whom};
use crate::session::Command;
use crate::text::{self, fill, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{card, combo_caret, icon, icon_button, primary_button, segmented};

const WIDTH: f32 = 352.0;
/// It is a little lower.
const HEIGHT: f32 = 360.0;

/// What the form says at the moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FaultForm {
    whom: Whom,
    name: Arc<str>,
    millis: u64,
    spread: Spread,
    percent: u8,
    code: Code,
    is_hanging: bool,
}

impl FaultForm {
    /// A form that says what is so now.
    pub(super) fn new(whom: Whom, name: Arc<str>, fault: Fault) -> Self {
        Self {
            whom,
            name,
            millis: fault.delay.map_or(0, |delay| delay.longest.as_millis() as u64),
            spread: fault.delay.map_or(Spread::Fixed, |delay| delay.spread),
            percent: fault.failing.map_or(0, |failing| failing.percent),
            code: fault.failing.map_or(Code::Unavailable, |failing| failing.code),
            is_hanging: fault.is_hanging,
        }
    }

    /// The fault that it describes. What hangs neither answers late nor fails.
    fn fault(&self) -> Fault {
        if self.is_hanging {
            return Fault { is_hanging: true, ..Fault::default() };
        }
        let longest = Duration::from_millis(self.millis);
        let (spread, code, percent) = (self.spread, self.code, self.percent);
        Fault {
            delay: (self.millis > 0).then_some(Delay { longest, spread }),
            failing: (percent > 0).then_some(Failing { percent, code }),
            is_hanging: false,
        }
    }

    /// Draws the form in the middle of the pane, or of the window's height where the pane is lower than the form;
    /// false once it is done with.
    pub(super) fn show(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &Ui,
        pane: Rect,
        actions: &mut Actions,
    ) -> bool {
        let mut is_open = true;
        let window = ui.ctx().content_rect();
        let is_high_enough = pane.height() >= HEIGHT + 2.0 * space::M;
        let heights = if is_high_enough { pane.y_range() } else { window.y_range() };
        let place = Rect::from_x_y_ranges(pane.x_range(), heights).shrink(space::M);
        let id = (Id::unique("fault form"), Order::Foreground);
        let shown = card(ui, id, (place, Align2::CENTER_CENTER), WIDTH, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            // A rail that is seen on the panel, filled as far as the value goes.
            ui.visuals_mut().widgets.inactive.bg_fill = cx.theme.hairline;
            ui.visuals_mut().slider_trailing_fill = true;
            is_open = self.body(cx, ui, actions);
        });
        let is_left = ui.input(|input| input.key_pressed(egui::Key::Escape))
            && !egui::Popup::is_any_open(ui.ctx());
        let is_beside = shown.response.clicked_elsewhere() && !egui::Popup::is_any_open(ui.ctx());
        is_open && !is_left && !is_beside
    }

    fn body(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, actions: &mut Actions) -> bool {
        let mut is_open = true;
        ui.horizontal(|ui| {
            ui.label(theme::strong(fill("flow.fault_title", &[("name", &self.name)])));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                is_open = !icon_button(ui, icon::X, t("flow.fault_close"), None).clicked();
            });
        });
        ui.add_enabled_ui(!self.is_hanging, |ui| {
            self.slow(cx, ui);
            self.fail(cx, ui);
        });
        ui.checkbox(&mut self.is_hanging, t("flow.fault_hang")).on_hover_text(t("flow.hang_tip"));
        ui.separator();
        let fault = self.fault();
        ui.label(theme::small(text::fault(&fault)).color(cx.theme.muted));
        ui.horizontal(|ui| {
            let apply = primary_button(ui, t("flow.fault_apply"), t("flow.fault_apply_tip"));
            if apply.clicked() {
                actions.push(Action::Send(Command::SetFault { whom: self.whom.clone(), fault }));
                is_open = false;
            }
            if ui.button(t("flow.leave_alone")).clicked() {
                let fault = Fault::default();
                actions.push(Action::Send(Command::SetFault { whom: self.whom.clone(), fault }));
                is_open = false;
            }
        });
        is_open
    }

    fn slow(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        ui.label(theme::small(t("flow.fault_delay")).color(cx.theme.muted));
        ui.horizontal(|ui| {
            rail(ui, &mut self.millis, 0..=2_000, " ms", t("flow.fault_delay"));
        });
        let entries = [
            (Spread::Fixed, t("flow.fault_fixed"), t("flow.fault_fixed_tip")),
            (Spread::Tail, t("flow.fault_tail"), t("flow.fault_tail_tip")),
        ];
        segmented(ui, &mut self.spread, &entries);
    }

    fn fail(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        ui.label(theme::small(t("flow.fault_share")).color(cx.theme.muted));
        ui.horizontal(|ui| {
            rail(ui, &mut self.percent, 0..=100, " %", t("flow.fault_share"));
        });
        ui.label(theme::small(t("flow.fault_status")).color(cx.theme.muted));
        let combo = egui::ComboBox::from_id_salt("fault status")
            .selected_text(status_words(self.code))
            .width(240.0)
            .icon(combo_caret)
            .show_ui(ui, |ui| {
                ui.set_min_size(vec2(240.0, 0.0));
                for code in Code::ALL.into_iter().filter(|code| *code != Code::Ok) {
                    ui.selectable_value(&mut self.code, code, status_words(code));
                }
            });
        combo.response.accessible_name(t("flow.fault_status"));
    }
}

/// A rail and the field of its figure. A slider's own field has no name for a reader.
fn rail<N: Numeric>(
    ui: &mut Ui,
    value: &mut N,
    range: RangeInclusive<N>,
    suffix: &str,
    name: &str,
) {
    ui.spacing_mut().slider_width = 190.0;
    let step = if range.end().to_f64() > 100.0 { 10.0 } else { 1.0 };
    let slider = Slider::new(value, range.clone()).show_value(false).step_by(step);
    ui.add(slider).accessible_name(name);
    ui.add(DragValue::new(value).range(range).suffix(suffix)).accessible_name(name);
}

/// `14 UNAVAILABLE (HTTP 503)`.
fn status_words(code: Code) -> String {
    format!("{} {} (HTTP {})", code.number(), code.name(), code.to_http())
}
