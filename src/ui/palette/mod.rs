//! Find or run: everything that the window can do or show, found by a few letters.

mod hands;
mod items;

use std::collections::VecDeque;

use egui::{
    Align2, Context, Frame, Key, Margin, Modal, Modifiers, Rect, Response, Role, ScrollArea, Sense,
    TextEdit, Ui, WidgetInfo, pos2, vec2,
};

use self::items::{Found, Item};
use super::commands;
use super::cx::PanelCx;
use super::theme::{self, space};
use super::widgets::{empty_state, icon, key_hint};
use crate::text::{Language, fill, language, t};
use crate::workspace::Action;

const WIDTH: f32 = 620.0;
const LIST_HEIGHT: f32 = 360.0;
/// Hits that are listed; another letter is quicker than scrolling through more.
const MAX_SHOWN: usize = 100;
/// Things that are remembered as used.
const MAX_RECENT: usize = 20;

/// The palette, open or not, and what was used last.
#[derive(Debug, Default)]
pub(super) struct Palette {
    open: Option<Open>,
    recent: VecDeque<Item>,
}

/// The palette while it is open.
#[derive(Debug, Default)]
struct Open {
    query: String,
    chosen: usize,
    /// Whether the chosen row is still to be brought into sight.
    is_moved: bool,
    has_keyboard: bool,
    found: Option<(MadeOf, Vec<Found>)>,
}

/// What the hits were made of.
type MadeOf = (String, Language, u64);

impl Palette {
    /// Whether it lies over the panes.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Opens it, or closes it again.
    pub(super) fn toggle(&mut self) {
        self.open = if self.is_open() { None } else { Some(Open::default()) };
    }

    /// Draws it and carries out what was chosen.
    pub(super) fn ui(&mut self, cx: &PanelCx<'_>, ctx: &Context) {
        let Some(open) = &mut self.open else { return };
        let id = egui::Id::unique("palette");
        let area = Modal::default_area(id).anchor(Align2::CENTER_TOP, vec2(0.0, 72.0));
        let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::same(8));
        let modal = Modal::new(id).area(area).frame(frame);
        let recent = &self.recent;
        let shown = modal.show(ctx, |ui| {
            ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 2.0 * space::XL));
            open.ui(cx, recent, ui)
        });
        let is_left = shown.should_close();
        if let Some(item) = shown.inner {
            self.open = None;
            self.recent.retain(|old| *old != item);
            self.recent.push_front(item.clone());
            self.recent.truncate(MAX_RECENT);
            item.run(cx, ctx);
        } else if is_left {
            self.open = None;
        }
    }
}

impl Open {
    /// Gives what was chosen.
    fn ui(&mut self, cx: &PanelCx<'_>, recent: &VecDeque<Item>, ui: &mut Ui) -> Option<Item> {
        ui.spacing_mut().item_spacing.y = space::XS;
        // Before the field can take them.
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let (up, down) = (pressed(Key::ArrowUp), pressed(Key::ArrowDown));
        let (page_up, page_down) = (pressed(Key::PageUp), pressed(Key::PageDown));
        let is_entered = pressed(Key::Enter);
        self.field(ui);
        self.find(cx, recent);
        let found = self.found.take();
        let hits = found.as_ref().map_or(&[][..], |(_, hits)| hits.as_slice());
        let last = hits.len().saturating_sub(1);
        let before = self.chosen;
        self.chosen = self.chosen.saturating_sub(usize::from(up) + 8 * usize::from(page_up));
        self.chosen = (self.chosen + usize::from(down) + 8 * usize::from(page_down)).min(last);
        self.is_moved |= self.chosen != before;
        let mut picked = hits.get(self.chosen).filter(|_| is_entered).map(|hit| hit.item.clone());
        ui.separator();
        ScrollArea::vertical().max_height(LIST_HEIGHT).auto_shrink([false, true]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            if hits.is_empty() {
                ui.allocate_ui(vec2(ui.available_width(), 96.0), |ui| {
                    ui.set_min_height(96.0);
                    empty_state(ui, t("commands.find.none"), t("commands.find.none_more"));
                });
            }
            for (idx, hit) in hits.iter().enumerate() {
                let response = row(cx, ui, hit, idx == self.chosen);
                if idx == self.chosen && std::mem::take(&mut self.is_moved) {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    picked = Some(hit.item.clone());
                }
            }
        });
        self.found = found;
        picked
    }

    fn field(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            icon::SEARCH.show(ui, theme::Theme::current(ui.ctx()).muted);
            let field = TextEdit::singleline(&mut self.query)
                .hint_text(t("commands.find.hint"))
                .frame(Frame::NONE)
                .align(Align2::LEFT_CENTER)
                .min_size(vec2(0.0, theme::CONTROL))
                .desired_width(f32::INFINITY);
            let response = ui.add(field).accessible_name(t("commands.find.title"));
            if response.changed() {
                (self.chosen, self.is_moved) = (0, true);
            }
            if !std::mem::replace(&mut self.has_keyboard, true) || !response.has_focus() {
                response.request_focus();
            }
        });
    }

    /// Looks again when something is typed, or when there may be something else to find. What was chosen stays
    /// chosen, wherever it stands then.
    fn find(&mut self, cx: &PanelCx<'_>, recent: &VecDeque<Item>) {
        let made_of = (self.query.clone(), language(), cx.state.revision);
        let (chosen, is_same_query) = match &self.found {
            Some((known, _)) if *known == made_of => return,
            Some(((query, ..), hits)) => {
                (hits.get(self.chosen).map(|hit| hit.item.clone()), *query == self.query)
            }
            None => (None, false),
        };
        let mut hits = items::find(cx, self.query.trim(), recent);
        hits.truncate(MAX_SHOWN);
        let place = chosen.filter(|_| is_same_query);
        if let Some(at) = place.and_then(|item| hits.iter().position(|hit| hit.item == item)) {
            self.chosen = at;
        }
        self.found = Some((made_of, hits));
    }
}

/// One hit: its name, what it is, and its key.
fn row(cx: &PanelCx<'_>, ui: &mut Ui, hit: &Found, is_chosen: bool) -> Response {
    let size = vec2(ui.available_width(), theme::CONTROL);
    let (rect, response) = ui.allocate_exact_size(size, Sense::CLICK);
    let name = fill("commands.find.row", &[("name", &hit.name), ("kind", &hit.kind)]);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    if is_chosen || response.hovered() {
        let fill = if is_chosen { cx.theme.selection } else { cx.theme.hover() };
        ui.painter().rect_filled(rect, theme::RADIUS, fill);
    }
    let mut end = rect.right() - space::S;
    let keys =
        if let Item::Run(action) = hit.item { commands::hint(cx, action) } else { String::new() };
    if !keys.is_empty() {
        let spot = Rect::from_min_max(pos2(rect.center().x, rect.top()), pos2(end, rect.bottom()));
        let layout = egui::Layout::right_to_left(egui::Align::Center);
        let mut inside = ui.new_child(egui::UiBuilder::new().max_rect(spot).layout(layout));
        end = key_hint(&mut inside, &keys).rect.left() - space::S;
    }
    let kind = ui.painter().layout_no_wrap(hit.kind.clone(), theme::small_font(), cx.theme.muted);
    let at = pos2(end - kind.size().x, rect.center().y - kind.size().y / 2.0);
    ui.painter().galley(at, kind, cx.theme.muted);
    let font = if hit.is_code { theme::code_font() } else { theme::text_font() };
    let mut job = egui::text::LayoutJob::simple_singleline(hit.name.clone(), font, cx.theme.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width(
        (at.x - rect.left() - 2.0 * space::M).max(40.0),
    );
    let galley = ui.painter().layout_job(job);
    let at = pos2(rect.left() + space::S, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, cx.theme.text);
    response
}

/// The entry to the palette at the right of the top bar: its name, and its key beside it.
pub(super) fn button(cx: &PanelCx<'_>, ui: &mut Ui) {
    let keys = commands::hint(cx, Action::Palette);
    if !keys.is_empty() {
        key_hint(ui, &keys);
    }
    let tip = commands::tip(cx, t("commands.find.tip"), Action::Palette);
    if super::widgets::tool_button(ui, t("commands.find.title"), &tip).clicked() {
        commands::run(cx, ui.ctx(), Action::Palette);
    }
}
