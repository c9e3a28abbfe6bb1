//! The keys of commands: each is shown, can be pressed anew, taken away and put back.

use egui::{RichText, Ui};

use super::fields::fault_line;
use super::{Control, Open, Row, default_link, in_force};
use crate::session::Command;
use crate::text::{fill, t};
use crate::ui::commands;
use crate::ui::cx::PanelCx;
use crate::ui::theme;
use crate::ui::widgets::{key_hint, link};
use crate::workspace::{Action, SettingChange, Shortcut};

/// Room for keys, so that what follows stands in a column.
const KEYS: f32 = 104.0;

/// A key that is being given.
#[derive(Debug)]
pub(super) struct Capture {
    action: Action,
    /// What was pressed, while it needs a word about it.
    pressed: Option<Shortcut>,
}

impl Capture {
    /// Whether keys are awaited.
    pub(super) fn is_listening(&self) -> bool {
        self.pressed.is_none()
    }
}

impl Open {
    /// Draws the key of a command and what can be done with it.
    pub(super) fn shortcut(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        row: &Row,
        action: Action,
    ) -> Control {
        let is_captured = self.capture.as_ref().is_some_and(|capture| capture.action == action);
        if is_captured {
            return self.capturing(cx, ui, action);
        }
        ui.horizontal(|ui| {
            let size = egui::vec2(theme::scaled(KEYS), theme::ROW);
            let layout = egui::Layout::left_to_right(egui::Align::Center);
            ui.allocate_ui_with_layout(size, layout, |ui| {
                ui.set_min_width(size.x);
                match in_force(cx).shortcut(action) {
                    Some(shortcut) => key_hint(ui, &shortcut.hint()),
                    None => ui.label(theme::small(t("settings.keys.none")).color(cx.theme.faint)),
                }
            });
            let name = row.name();
            let change = link(ui, t("settings.keys.change"), t("settings.keys.change_tip"));
            let change =
                change.accessible_name(fill("settings.keys.change_of", &[("name", &name)]));
            if change.clicked() {
                self.capture = Some(Capture { action, pressed: None });
                ui.memory_mut(egui::Memory::stop_text_input);
            }
            if in_force(cx).shortcut(action).is_some() {
                let clear = link(ui, t("settings.keys.clear"), t("settings.keys.clear_tip"));
                let clear =
                    clear.accessible_name(fill("settings.keys.clear_of", &[("name", &name)]));
                if clear.clicked() {
                    cx.send(Command::ChangeSetting(SettingChange::Shortcut(action, None)));
                }
            }
            default_link(cx, ui, row);
            Some(change)
        })
        .inner
    }

    fn capturing(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, action: Action) -> Control {
        let Some(capture) = &mut self.capture else { return None };
        let Some(pressed) = capture.pressed else {
            ui.label(RichText::new(t("settings.keys.press")).color(cx.theme.accent));
            self.listen(cx, ui, action);
            return None;
        };
        let other = in_force(cx).holder_of(pressed, action);
        let mut is_over = false;
        ui.horizontal(|ui| {
            key_hint(ui, &pressed.hint());
            if other.is_some() {
                let take = ui.button(t("settings.keys.take"));
                if take.clicked() {
                    cx.send(Command::ChangeSetting(SettingChange::Shortcut(action, Some(pressed))));
                    is_over = true;
                }
            }
            is_over |= ui.button(t("settings.keys.keep")).clicked();
        });
        let words = match other {
            Some(other) => {
                let keys = pressed.hint();
                let args: [(&str, &dyn std::fmt::Display); 2] =
                    [("keys", &keys), ("other", &commands::name(other))];
                fill("settings.keys.taken", &args)
            }
            None => t("settings.keys.typed").to_owned(),
        };
        fault_line(cx, ui, &words);
        if is_over {
            self.capture = None;
        }
        None
    }

    /// Takes the keys that are pressed: Esc gives up, everything else is meant.
    fn listen(&mut self, cx: &PanelCx<'_>, ui: &Ui, action: Action) {
        let Some(pressed) = commands::pressed_shortcut(ui.ctx()) else { return };
        let is_plain = !pressed.ctrl && !pressed.alt && !pressed.shift;
        if is_plain && pressed.key() == "Escape" {
            self.capture = None;
        } else if pressed.is_typed() || in_force(cx).holder_of(pressed, action).is_some() {
            self.capture = Some(Capture { action, pressed: Some(pressed) });
        } else {
            cx.send(Command::ChangeSetting(SettingChange::Shortcut(action, Some(pressed))));
            self.capture = None;
        }
    }
}
