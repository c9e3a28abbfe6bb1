//! The keyboard in list, bytes and meaning: Tab goes from one to the next, arrows move the choice within.

use std::ops::Range;

use egui::{EventFilter, Id, Key, Modifiers, Rect, Role, Sense, Ui, WidgetInfo};

use crate::ui::theme::{self, Theme};

/// Where a key leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Left,
    Right,
}

const KEYS: [(Key, Move); 8] = [
    (Key::ArrowUp, Move::Up),
    (Key::ArrowDown, Move::Down),
    (Key::PageUp, Move::PageUp),
    (Key::PageDown, Move::PageDown),
    (Key::Home, Move::First),
    (Key::End, Move::Last),
    (Key::ArrowLeft, Move::Left),
    (Key::ArrowRight, Move::Right),
];

/// One stop of Tab: a whole area, however many rows it has.
pub(super) struct Stop {
    pub(super) id: Id,
    pub(super) rect: Rect,
    pub(super) has_focus: bool,
    pub(super) wish: Option<Move>,
}

impl Stop {
    /// Takes the keys that are meant for an area of this name.
    pub(super) fn new(ui: &mut Ui, rect: Rect, name: &str) -> Self {
        let id = ui.scope_id().with(("stop", name));
        let response = ui.interact(rect, id, Sense::focusable_noninteractive());
        response.widget_info(|| WidgetInfo::labeled(Role::ListBox, true, name));
        let has_focus = response.has_focus();
        let mut wish = None;
        if has_focus {
            let filter = EventFilter {
                horizontal_arrows: true,
                vertical_arrows: true,
                ..EventFilter::default()
            };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
            let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
            wish = KEYS.into_iter().find(|(key, _)| pressed(*key)).map(|(_, wish)| wish);
        }
        Self { id, rect, has_focus, wish }
    }

    /// The ring around the area that has the keys.
    pub(super) fn ring(&self, ui: &Ui, theme: &Theme) {
        if self.has_focus {
            let inside = egui::StrokeKind::Inside;
            ui.painter().rect_stroke(self.rect, theme::RADIUS, theme.focus_stroke(), inside);
        }
    }
}

impl Move {
    /// The row that it leads to, of `n`, when so many are seen at once; none where there are none.
    pub(super) fn row(self, at: Option<usize>, n: usize, n_seen: usize) -> Option<usize> {
        let last = n.checked_sub(1)?;
        let page = n_seen.saturating_sub(1).max(1);
        let Some(at) = at else { return Some(if self == Self::Last { last } else { 0 }) };
        Some(match self {
            Self::Up => at.saturating_sub(1),
            Self::Down => (at + 1).min(last),
            Self::PageUp => at.saturating_sub(page),
            Self::PageDown => (at + page).min(last),
            Self::First => 0,
            Self::Last => last,
            Self::Left | Self::Right => at.min(last),
        })
    }
}

/// The first row to be seen so that `row` is, when these are seen now; none when it is in sight already.
pub(super) fn top_for(row: usize, seen: &Range<usize>) -> Option<usize> {
    // The last one may be cut.
    let end = seen.end.saturating_sub(1);
    if row < seen.start {
        Some(row)
    } else if row >= end {
        Some((row + 2).saturating_sub(seen.len().max(2)))
    } else {
        None
    }
}

/// The offset that makes this the first of `n` rows in sight; at the end there are no rows to scroll to.
pub(super) fn offset_of(ui: &Ui, row: usize, n: usize, height: f32) -> f32 {
    let most = n as f32 * height - ui.available_height();
    (row as f32 * height).min(most).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_to_rows_that_there_are() {
        let to = |wish: Move, at| wish.row(at, 100, 11);
        assert_eq!((to(Move::Down, None), to(Move::Last, None)), (Some(0), Some(99)));
        assert_eq!((to(Move::Up, Some(0)), to(Move::Down, Some(99))), (Some(0), Some(99)));
        assert_eq!((to(Move::PageDown, Some(5)), to(Move::PageUp, Some(5))), (Some(15), Some(0)));
        assert_eq!(Move::Down.row(None, 0, 11), None);
        assert_eq!((top_for(5, &(3..10)), top_for(1, &(3..10))), (None, Some(1)));
        assert_eq!(top_for(9, &(3..10)), Some(4));
        assert_eq!(top_for(50, &(3..10)), Some(45));
    }
}
