//! The menu of a card by mouse and by keyboard: the secondary button; the menu key, Shift F10, and Enter on a
//! card that is chosen already.

use egui::{FocusDirection, Key, Modifiers, Popup, RectAlign, Response, Ui};

/// Frames until a menu that was just opened has its size, and its entries can take the keyboard.
const FRAMES_TO_OPEN: u8 = 2;

/// Draws the menu of a card while it is open: under the pointer, or under the card when it came by keys.
pub(super) fn menu(ui: &Ui, card: &Response, is_chosen: bool, contents: impl FnOnce(&mut Ui)) {
    let id = Popup::default_response_id(card).with("keys");
    if is_asked(ui, card, is_chosen) {
        Popup::open_id(ui.ctx(), id);
        ui.data_mut(|data| data.insert_temp(id, FRAMES_TO_OPEN));
    }
    if !Popup::is_id_open(ui.ctx(), id) {
        card.context_menu(contents);
        return;
    }
    match ui.data_mut(|data| data.remove_temp::<u8>(id)) {
        None => {}
        // The keyboard goes to the next control that is drawn: the first entry that can be used.
        Some(1) => ui.memory_mut(|memory| {
            memory.surrender_focus(card.id);
            memory.move_focus(FocusDirection::Next);
        }),
        Some(more) => {
            ui.data_mut(|data| data.insert_temp(id, more - 1));
            ui.ctx().request_repaint();
        }
    }
    Popup::menu(card).id(id).open_memory(None).align(RectAlign::BOTTOM_START).show(contents);
    if !Popup::is_id_open(ui.ctx(), id) {
        card.request_focus();
    }
}

fn is_asked(ui: &Ui, card: &Response, is_chosen: bool) -> bool {
    if !ui.memory(|memory| memory.has_focus(card.id)) {
        return false;
    }
    ui.input_mut(|input| {
        input.consume_key(Modifiers::SHIFT, Key::F10)
            || input.consume_key(Modifiers::NONE, Key::Menu)
            || is_chosen && input.consume_key(Modifiers::NONE, Key::Enter)
    })
}
