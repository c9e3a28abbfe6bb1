//! The settings as one page over the panes: grouped rows, found by a few letters, in force at once.
//!
//! The page keeps nothing but what is being typed: each control shows what the session publishes and sends what
//! the person wants.

mod authorities;
mod controls;
mod fields;
mod rows;
mod shortcuts;

use std::collections::BTreeMap;

use egui::{
    Align, Align2, Context, Frame, Layout, Margin, Modal, Response, ScrollArea, TextEdit, Ui, vec2,
};

pub(super) use self::controls::button;
use self::fields::Typed;
pub(super) use self::rows::{Row, groups};
use self::shortcuts::Capture;
use super::cx::PanelCx;
use super::theme::{self, space};
use super::widgets::{ErrorText, empty_state, error_block, icon, icon_button, link};
use crate::text::{fill, t};
use crate::workspace::Settings;

const WIDTH: f32 = 780.0;
/// Where the controls begin, as a share of a row.
const NAMES: f32 = 0.47;
/// Faults of the file that are shown above the rows.
const MAX_PROBLEMS: usize = 3;

/// The page, open or not.
#[derive(Debug, Default)]
pub(super) struct SettingsPage {
    open: Option<Open>,
}

/// The page while it is open.
#[derive(Debug, Default)]
struct Open {
    query: String,
    has_keyboard: bool,
    /// A row that was asked for: it comes into sight and its control gets the keyboard.
    wanted: Option<Row>,
    typed: BTreeMap<Row, Typed>,
    capture: Option<Capture>,
    is_leaving: bool,
}

impl SettingsPage {
    /// Whether it lies over the panes.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether the next keys are to become a shortcut.
    pub(super) fn is_capturing(&self) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| open.capture.as_ref().is_some_and(Capture::is_listening))
    }

    /// Opens it, or closes it with the next frame: what is being typed counts first.
    pub(super) fn toggle(&mut self) {
        match &mut self.open {
            Some(open) => open.is_leaving = true,
            None => self.open = Some(Open::default()),
        }
    }

    /// Opens it at this row.
    pub(super) fn show(&mut self, row: Row) {
        self.open = Some(Open { wanted: Some(row), has_keyboard: true, ..Open::default() });
    }

    /// Draws it.
    pub(super) fn ui(&mut self, cx: &PanelCx<'_>, ctx: &Context) {
        let Some(open) = &mut self.open else { return };
        let is_left = open.is_leaving;
        if is_left {
            // A field that loses the keyboard takes what was typed.
            ctx.memory_mut(|memory| {
                memory.focused().into_iter().for_each(|field| memory.surrender_focus(field));
            });
        }
        let id = egui::Id::unique("settings page");
        let window = ctx.content_rect();
        let size = vec2(WIDTH.min(window.width() - 2.0 * space::XL), window.height() - 112.0);
        let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::same(0));
        let area = Modal::default_area(id).anchor(Align2::CENTER_CENTER, vec2(0.0, 6.0));
        let modal = Modal::new(id).area(area).frame(frame);
        let shown = modal.show(ctx, |ui| {
            ui.set_width(size.x);
            ui.set_height(size.y);
            open.ui(cx, ui)
        });
        // Esc gives up a shortcut that is being pressed before it closes the page.
        let is_left = is_left || (!self.is_capturing() && shown.should_close());
        if is_left || shown.inner {
            self.open = None;
        }
    }
}

impl Open {
    /// Says whether it is to be closed.
    fn ui(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) -> bool {
        ui.spacing_mut().item_spacing.y = space::S;
        let is_closed = self.head(cx, ui);
        let line = ui.available_rect_before_wrap();
        ui.painter().hline(line.x_range(), line.top(), cx.theme.hairline_stroke());
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            Frame::new().inner_margin(Margin::symmetric(20, 8)).show(ui, |ui| {
                problems(cx, ui);
                let mut is_any = false;
                for (title, rows) in rows::groups(cx) {
                    let fitting: Vec<Row> =
                        rows.into_iter().filter(|row| row.fits(&self.query)).collect();
                    if !fitting.is_empty() {
                        is_any = true;
                        self.group(cx, ui, title, &fitting);
                    }
                }
                if !is_any {
                    empty_state(ui, t("settings.no_hit"), t("settings.no_hit_more"));
                }
                ui.add_space(space::L);
            });
        });
        is_closed
    }

    fn head(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) -> bool {
        let margin = Margin { left: 20, right: 12, top: 12, bottom: 4 };
        let head = Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.set_min_height(theme::CONTROL);
                let title =
                    theme::strong(t("settings.title")).size(theme::scaled(theme::TEXT + 2.0));
                ui.label(title.color(cx.theme.text));
                ui.add_space(space::L);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let is_closed =
                        icon_button(ui, icon::X, t("settings.close"), Some("Esc")).clicked();
                    self.search(ui);
                    is_closed
                })
                .inner
            })
            .inner
        });
        head.inner
    }

    fn search(&mut self, ui: &mut Ui) {
        let width = (ui.available_width() - space::S).clamp(120.0, 360.0);
        let field = TextEdit::singleline(&mut self.query)
            .hint_text(t("settings.search_hint"))
            .align(Align2::LEFT_CENTER)
            .min_size(vec2(width, theme::CONTROL))
            .desired_width(width);
        let response = ui.add(field).accessible_name(t("settings.search"));
        if !std::mem::replace(&mut self.has_keyboard, true) {
            response.request_focus();
        }
    }

    fn group(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, title: &str, rows: &[Row]) {
        ui.add_space(space::XS);
        ui.label(theme::strong(title).color(cx.theme.text));
        Frame::new()
            .fill(cx.theme.node)
            .stroke(cx.theme.hairline_stroke())
            .corner_radius(theme::RADIUS_LARGE)
            .inner_margin(Margin::symmetric(14, 2))
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for (idx, row) in rows.iter().enumerate() {
                    if idx > 0 {
                        let (rect, _) = ui.allocate_exact_size(
                            vec2(ui.available_width(), 1.0),
                            egui::Sense::hover(),
                        );
                        ui.painter().hline(
                            rect.x_range(),
                            rect.center().y,
                            cx.theme.hairline_stroke(),
                        );
                    }
                    ui.push_id(row, |ui| self.row(cx, ui, row));
                }
            });
        ui.add_space(space::XS);
    }

    fn row(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, row: &Row) {
        ui.add_space(space::S);
        let width = ui.available_width();
        let shown = ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing = vec2(space::S, 2.0);
            let names = (width * NAMES).round();
            ui.allocate_ui_with_layout(vec2(names, 0.0), Layout::top_down(Align::Min), |ui| {
                ui.set_width(names);
                ui.label(egui::RichText::new(row.name()).color(cx.theme.text));
                let words = row.explanation(cx);
                if !words.is_empty() {
                    let words = theme::small(words).color(cx.theme.muted);
                    ui.add(egui::Label::new(words).wrap());
                }
            });
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = space::XS;
                ui.set_width(ui.available_width());
                self.control(cx, ui, row)
            })
            .inner
        });
        ui.add_space(space::S);
        if self.wanted.as_ref() == Some(row) {
            self.wanted = None;
            shown.response.scroll_to_me(Some(Align::Center));
            if let Some(control) = shown.inner {
                control.request_focus();
            }
        }
    }
}

/// What is wrong with the file, above everything else.
fn problems(cx: &PanelCx<'_>, ui: &mut Ui) {
    for problem in cx.state.settings_problems.iter().take(MAX_PROBLEMS) {
        let words = crate::text::problem(problem);
        let place = words.place.as_deref().unwrap_or_default();
        error_block(ui, &ErrorText { what: &words.what, place, fix: &words.fix, is_warning: true });
    }
}

/// The link that puts a value back, shown while there is something to put back.
fn default_link(cx: &PanelCx<'_>, ui: &mut Ui, row: &Row) {
    let Some(change) = row.reset(cx) else { return };
    let name = fill("settings.default_of", &[("name", &row.name())]);
    if link(ui, t("settings.default"), t("settings.default_tip")).accessible_name(name).clicked() {
        cx.send(change);
    }
}

/// Two states of the settings never differ for a control alone: it shows what is in force.
fn in_force<'a>(cx: &PanelCx<'a>) -> &'a Settings {
    &cx.state.settings
}

/// What gets the keyboard when a row is asked for.
type Control = Option<Response>;
