//! A list of any length: rows of one height, of which only those in sight are drawn.
//!
//! Its place is kept in whole rows. A scroll area keeps it in points, and single precision has no half points
//! left behind a few hundred thousand rows: they would jump.

use std::ops::Range;

use egui::{Key, Modifiers, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::ui::theme::{ROW, Theme};

/// Width of the bar at the right.
const BAR: f32 = 10.0;
/// The shortest thumb that can be caught.
const MIN_THUMB: f32 = 20.0;

/// View state of a list.
#[derive(Debug, Clone, Default)]
pub struct LongList {
    first: usize,
    /// What the wheel has moved and no whole row shows yet, in rows.
    rest: f32,
    /// Whether the person has left the end.
    has_left_end: bool,
    /// Where the thumb was caught, in points from its top.
    caught: Option<f32>,
}

/// What was drawn.
#[derive(Debug)]
pub struct Seen {
    /// The rows in sight.
    pub rows: Range<usize>,
    /// The whole list, which takes the keyboard.
    pub response: Response,
    /// How far the keys go, in rows; `isize::MIN` and `isize::MAX` for its ends.
    pub step: Option<isize>,
}

impl LongList {
    /// Draws the rows in sight over the rest of `ui`. A list whose end is in sight stays there when it grows.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        name: &str,
        n_rows: usize,
        mut row: impl FnMut(&mut Ui, usize),
    ) -> Seen {
        let rect = ui.available_rect_before_wrap();
        let n_seen = ((rect.height() / ROW).floor() as usize).max(1);
        let response = ui.interact(rect, ui.scope_id().with("list"), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::ListBox, true, name));
        let last = n_rows.saturating_sub(n_seen);
        if !self.has_left_end {
            self.first = last;
        }
        self.wheel(ui, &response, last);
        let has_bar = n_rows > n_seen;
        let bar = Rect::from_min_max(pos2(rect.right() - BAR, rect.top()), rect.right_bottom());
        if has_bar {
            self.bar(ui, bar, n_rows, n_seen);
        }
        self.first = self.first.min(last);
        let rows = self.first..(self.first + n_seen + 1).min(n_rows);
        let width = if has_bar { rect.width() - BAR } else { rect.width() };
        let area = Rect::from_min_size(rect.min, vec2(width, rect.height()));
        let mut inside = ui.new_child(egui::UiBuilder::new().max_rect(area));
        inside.set_clip_rect(ui.clip_rect().intersect(area));
        inside.spacing_mut().item_spacing.y = 0.0;
        for idx in rows.clone() {
            row(&mut inside, idx);
        }
        ui.allocate_rect(rect, Sense::hover());
        let step = response.has_focus().then(|| keys(ui, &response, n_seen)).flatten();
        if response.has_focus() {
            let theme = Theme::current(ui.ctx());
            let inside = egui::StrokeKind::Inside;
            ui.painter().rect_stroke(rect, 2.0, theme.focus_stroke(), inside);
        }
        Seen { rows, response, step }
    }

    /// Brings a row into sight.
    pub fn reveal(&mut self, idx: usize, n_seen: usize) {
        let n_whole = n_seen.saturating_sub(1).max(1);
        if idx < self.first {
            self.first = idx;
            self.has_left_end = true;
        } else if idx >= self.first + n_whole {
            self.first = idx + 1 - n_whole;
        }
    }

    /// Goes to the end, and stays there while it grows.
    pub fn follow(&mut self) {
        self.has_left_end = false;
    }

    /// Whether it stays at the end.
    pub fn is_following(&self) -> bool {
        !self.has_left_end
    }

    fn wheel(&mut self, ui: &Ui, response: &Response, last: usize) {
        if !response.contains_pointer() {
            return;
        }
        let moved = ui.input(|input| input.smooth_scroll_delta().y);
        if moved == 0.0 {
            return;
        }
        self.rest -= moved / ROW;
        let whole = self.rest.trunc();
        self.rest -= whole;
        self.go_to(self.first.saturating_add_signed(whole as isize), last);
        // Up from the end by less than a row is a wish to stay, too.
        self.has_left_end |= moved > 0.0;
    }

    fn go_to(&mut self, first: usize, last: usize) {
        self.first = first.min(last);
        self.has_left_end = self.first < last;
    }

    fn bar(&mut self, ui: &Ui, bar: Rect, n_rows: usize, n_seen: usize) {
        let theme = Theme::current(ui.ctx());
        let response = ui.interact(bar, ui.scope_id().with("bar"), Sense::click_and_drag());
        let last = n_rows.saturating_sub(n_seen);
        let length = (bar.height() * n_seen as f32 / n_rows as f32).max(MIN_THUMB);
        let way = (bar.height() - length).max(1.0);
        let top = |first: usize| bar.top() + way * (first as f64 / last.max(1) as f64) as f32;
        if let Some(at) = response.interact_pointer_pos() {
            let from = *self.caught.get_or_insert_with(|| {
                let offset = at.y - top(self.first);
                if (0.0..=length).contains(&offset) { offset } else { length / 2.0 }
            });
            let share = f64::from(((at.y - from - bar.top()) / way).clamp(0.0, 1.0));
            self.go_to((share * last as f64).round() as usize, last);
        } else {
            self.caught = None;
        }
        let is_lit = response.hovered() || response.dragged();
        let width = if is_lit { 6.0 } else { 4.0 };
        let thumb = Rect::from_min_size(
            pos2(bar.right() - width - 2.0, top(self.first)),
            vec2(width, length),
        );
        let color = if is_lit { theme.muted } else { theme.faint };
        ui.painter().rect_filled(thumb, width / 2.0, color);
    }
}

fn keys(ui: &Ui, response: &Response, n_seen: usize) -> Option<isize> {
    ui.memory_mut(|memory| {
        let filter = egui::EventFilter { vertical_arrows: true, ..egui::EventFilter::default() };
        memory.set_focus_lock_filter(response.id, filter);
    });
    let page = isize::try_from(n_seen).unwrap_or(1);
    let steps = [
        (Key::ArrowDown, 1),
        (Key::ArrowUp, -1),
        (Key::PageDown, page),
        (Key::PageUp, -page),
        (Key::Home, isize::MIN),
        (Key::End, isize::MAX),
    ];
    ui.input_mut(|input| {
        steps
            .into_iter()
            .find_map(|(key, step)| input.consume_key(Modifiers::NONE, key).then_some(step))
    })
}
