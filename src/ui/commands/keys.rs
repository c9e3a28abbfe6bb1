//! From pressed keys to commands. Keys are taken before any panel draws, so that no field takes them for text.

use egui::{Context, Event, Key, Modifiers, Popup};

use super::run;
use crate::ui::cx::PanelCx;
use crate::workspace::{Action, Shortcut};

/// Which commands the keys reach now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui) enum Reach {
    /// All of them.
    All,
    /// All but undo and redo: the field that has the keyboard keeps its own.
    AllButUndo,
    /// What can be done while a page lies over the panes.
    Page,
    /// None: the next keys are to become a shortcut.
    Nothing,
}

impl Reach {
    fn has(self, action: Action) -> bool {
        use Action as A;
        match self {
            Self::All => true,
            Self::AllButUndo => !matches!(action, A::Undo | A::Redo),
            Self::Page => matches!(
                action,
                A::Palette
                    | A::Settings
                    | A::ZoomIn
                    | A::ZoomOut
                    | A::ZoomReset
                    | A::ThemeSystem
                    | A::ThemeDark
                    | A::ThemeLight
                    | A::ReduceMotion
            ),
            Self::Nothing => false,
        }
    }
}

/// Does what the pressed keys say. `was_typing`: whether a field had the keyboard until now; egui has taken it
/// away before this, when the key was Esc.
pub(in crate::ui) fn handle(cx: &PanelCx<'_>, ctx: &Context, reach: Reach, was_typing: bool) {
    for action in Action::ALL.into_iter().filter(|action| reach.has(*action)) {
        let Some(shortcut) = cx.state.settings.shortcut(action) else { continue };
        if !run::is_enabled(cx, action) || shortcut.is_typed() && ctx.text_edit_focused() {
            continue;
        }
        let is_pressed = if shortcut.key() == "Escape" && !shortcut.ctrl && !shortcut.alt {
            // Esc first closes menus and leaves fields.
            let is_free = !Popup::is_any_open(ctx) && !was_typing;
            is_free && ctx.input(|input| input.key_pressed(Key::Escape))
        } else {
            take(ctx, action, shortcut)
        };
        if is_pressed {
            run::run(cx, ctx, action);
        }
    }
}

/// Whether the keys of an action were pressed; they are taken.
fn take(ctx: &Context, action: Action, shortcut: Shortcut) -> bool {
    // As other programs do it.
    let second = match action {
        Action::Redo if Some(shortcut) == action.default_shortcut() => "Ctrl+Shift+Z".parse().ok(),
        _ => None,
    };
    ctx.input_mut(|input| {
        let n_before = input.events.len();
        input.events.retain(|event| {
            let Event::Key { key, pressed: true, modifiers, .. } = event else { return true };
            let is_it = |wanted| fits(*key, *modifiers, wanted);
            !(is_it(shortcut) || second.is_some_and(is_it))
        });
        input.events.len() < n_before
    })
}

fn fits(key: Key, held: Modifiers, wanted: Shortcut) -> bool {
    let Some(wanted_key) = Key::from_name(wanted.key()) else { return false };
    // Plus stands above the equals sign on many keyboards.
    let is_key = key == wanted_key || (wanted_key, key) == (Key::Plus, Key::Equals);
    let is_sign = matches!(wanted_key, Key::Plus | Key::Minus);
    let ctrl = held.ctrl || held.command || held.mac_cmd;
    is_key
        && ctrl == wanted.ctrl
        && held.alt == wanted.alt
        && (is_sign || held.shift == wanted.shift)
}

/// The shortcut that was pressed in this frame, taken from whoever would see it next.
pub(in crate::ui) fn pressed_shortcut(ctx: &Context) -> Option<Shortcut> {
    ctx.input_mut(|input| {
        let shortcut = input.events.iter().find_map(|event| match event {
            Event::Key { key, pressed: true, modifiers, .. } => {
                let ctrl = modifiers.ctrl || modifiers.command || modifiers.mac_cmd;
                Shortcut::new(ctrl, modifiers.shift, modifiers.alt, name_of(*key)?)
            }
            _ => None,
        })?;
        input.events.retain(|event| !matches!(event, Event::Key { .. } | Event::Text(_)));
        Some(shortcut)
    })
}

fn name_of(key: Key) -> Option<&'static str> {
    Shortcut::KEYS.into_iter().find(|name| Key::from_name(name) == Some(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_list_is_one_of_the_window() {
        for name in Shortcut::KEYS {
            let key = Key::from_name(name).unwrap_or_else(|| panic!("no key {name}"));
            assert_eq!(name_of(key), Some(name));
        }
    }

    #[test]
    fn keys_fit_when_nothing_more_is_held() {
        let check = |key: Key, held: Modifiers, wanted: &str, is_it: bool| {
            assert_eq!(
                fits(key, held, wanted.parse().unwrap()),
                is_it,
                "{key:?} {held:?} {wanted}"
            );
        };
        check(Key::T, Modifiers::COMMAND, "Ctrl+T", true);
        check(Key::T, Modifiers::CTRL, "Ctrl+T", true);
        check(Key::T, Modifiers::COMMAND.plus(Modifiers::SHIFT), "Ctrl+T", false);
        check(Key::T, Modifiers::NONE, "Ctrl+T", false);
        check(Key::Equals, Modifiers::COMMAND, "Ctrl++", true);
        check(Key::Plus, Modifiers::COMMAND.plus(Modifiers::SHIFT), "Ctrl++", true);
        check(Key::Minus, Modifiers::COMMAND, "Ctrl++", false);
    }
}
