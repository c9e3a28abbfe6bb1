//! The keys that work everywhere in the window.

use egui::{Key, KeyboardShortcut, Modifiers, Popup, Ui};

use super::cx::{PanelCx, Pick, Wish};
use super::panels::explorer::Explorer;
use crate::session::Command;

const SEND: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter);
const OPEN: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::O);
const CLOSE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::W);
const NEXT: KeyboardShortcut = KeyboardShortcut::new(Modifiers::CTRL, Key::Tab);
const PREVIOUS: KeyboardShortcut =
    KeyboardShortcut::new(Modifiers::CTRL.plus(Modifiers::SHIFT), Key::Tab);
const REFRESH: KeyboardShortcut = KeyboardShortcut::new(Modifiers::NONE, Key::F5);

/// Does what the pressed keys say. Called before the panels, so that no field takes the keys.
pub(super) fn handle(cx: &PanelCx<'_>, explorer: &Explorer, ui: &Ui) {
    let pressed =
        |shortcut: &KeyboardShortcut| ui.input_mut(|input| input.consume_shortcut(shortcut));
    if pressed(&OPEN) {
        cx.wish(Wish::Pick(Pick::Schemas));
    }
    if pressed(&REFRESH) {
        explorer.refresh(cx);
    }
    // The one with more modifiers first: the other one fits it too.
    if pressed(&PREVIOUS) {
        step(cx, -1);
    }
    if pressed(&NEXT) {
        step(cx, 1);
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

/// Shows the neighbour of the shown draft; behind the last one comes the first.
fn step(cx: &PanelCx<'_>, by: isize) {
    let drafts = &cx.state.drafts;
    let Some(at) = drafts.iter().position(|draft| cx.state.active == Some(draft.id)) else {
        return;
    };
    let next = (at + drafts.len()).saturating_add_signed(by) % drafts.len();
    if let Some(draft) = drafts.get(next).filter(|_| next != at) {
        cx.send(Command::ActivateDraft(draft.id));
    }
}
