//! The keys that work everywhere in the window.

use egui::{Key, KeyboardShortcut, Modifiers, Popup, Ui};

use super::cx::{PanelCx, Wish};
use super::panels::explorer::Explorer;
use crate::session::Command;

const SEND: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter);
const OPEN: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::O);
const CLOSE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::W);
const REFRESH: KeyboardShortcut = KeyboardShortcut::new(Modifiers::NONE, Key::F5);

/// Does what the pressed keys say. Called before the panels, so that no field takes the keys.
pub(super) fn handle(cx: &PanelCx<'_>, explorer: &Explorer, ui: &Ui) {
    let pressed =
        |shortcut: &KeyboardShortcut| ui.input_mut(|input| input.consume_shortcut(shortcut));
    if pressed(&OPEN) {
        cx.wish(Wish::PickFiles);
    }
    if pressed(&REFRESH) {
        explorer.refresh(cx);
    }
    let Some(draft) = cx.state.active else { return };
    if pressed(&SEND) {
        cx.send(Command::SendCall(draft));
    }
    if pressed(&CLOSE) {
        cx.send(Command::CloseDraft(draft));
    }
    // Esc first closes menus and leaves fields; with nothing of that it cancels the call.
    let answer = cx.state.answers.get(&draft);
    let is_running =
        answer.and_then(|answer| answer.call.as_ref()).is_some_and(|call| call.outcome.is_none());
    let is_free = !Popup::is_any_open(ui.ctx()) && ui.memory(|memory| memory.focused().is_none());
    if is_running && is_free && ui.input(|input| input.key_pressed(Key::Escape)) {
        cx.send(Command::CancelCall(draft));
    }
}
