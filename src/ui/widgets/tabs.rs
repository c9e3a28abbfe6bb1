//! Two kinds of tabs: underlined ones that head a pane, and a segmented row inside it.

use egui::{Align2, Color32, Response, Role, Sense, Stroke, Ui, WidgetInfo, vec2};

use super::{button, icon};
use crate::ui::theme::{self, Theme, space};

/// One tab of a strip.
#[derive(Debug, Clone, Copy)]
pub struct Tab<'a> {
    /// What it says.
    pub text: &'a str,
    /// The tooltip, with the shortcut where there is one.
    pub tip: &'a str,
    /// Whether it is the shown one.
    pub is_active: bool,
    /// The accessible name of its close button; `None` for a tab that stays.
    pub close: Option<&'a str>,
}

/// What the person did with a strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TabEvent {
    /// Show the tab of this index.
    Select(usize),
    /// Close it.
    Close(usize),
}

/// A strip of underlined tabs with a line below it over the whole width. `trailing` draws what follows
/// the last tab (a plus, tools at the right).
pub fn tab_strip(
    ui: &mut Ui,
    tabs: &[Tab<'_>],
    trailing: impl FnOnce(&mut Ui),
) -> Option<TabEvent> {
    let theme = Theme::current(ui.ctx());
    let mut event = None;
    let width = ui.available_width();
    let strip = ui.allocate_ui_with_layout(
        vec2(width, theme::TAB_STRIP),
        egui::Layout::left_to_right(egui::Align::Center),
        |ui| {
            ui.set_min_size(vec2(width, theme::TAB_STRIP));
            ui.spacing_mut().item_spacing.x = 0.0;
            for (tab_idx, tab) in tabs.iter().enumerate() {
                match underlined_tab(ui, tab) {
                    Some(TabPart::Title) => event = Some(TabEvent::Select(tab_idx)),
                    Some(TabPart::Close) => event = Some(TabEvent::Close(tab_idx)),
                    None => {}
                }
            }
            trailing(ui);
        },
    );
    let rect = strip.response.rect;
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline_stroke());
    event
}

/// Which part of a tab was clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TabPart {
    /// The tab itself.
    Title,
    /// Its close button, or the middle button anywhere on it.
    Close,
}

/// One underlined tab.
pub fn underlined_tab(ui: &mut Ui, tab: &Tab<'_>) -> Option<TabPart> {
    let theme = Theme::current(ui.ctx());
    let galley =
        ui.painter().layout_no_wrap(tab.text.to_owned(), theme::text_font(), Color32::PLACEHOLDER);
    let close_width = if tab.close.is_some() { 20.0 } else { 0.0 };
    let size = vec2(galley.size().x + 2.0 * space::M + close_width, theme::TAB_STRIP);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let is_enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Tab, is_enabled, tab.is_active, tab.text));
    let color = if tab.is_active || response.hovered() { theme.text } else { theme.muted };
    let painter = ui.painter();
    let at = rect.left_center() + vec2(space::M, -galley.size().y / 2.0);
    painter.galley(at, galley, color);
    if tab.is_active {
        let line = rect.x_range();
        painter.hline(line, rect.bottom() - 1.0, Stroke::new(2.0, theme.accent));
    }
    if response.has_focus() {
        let ring = rect.shrink2(vec2(2.0, 4.0));
        painter.rect_stroke(ring, theme::RADIUS, theme.focus_stroke(), egui::StrokeKind::Inside);
    }
    let mut part = response.clicked().then_some(TabPart::Title);
    if let Some(name) = tab.close {
        let spot = egui::Rect::from_center_size(
            rect.right_center() - vec2(space::S + 8.0, 0.0),
            vec2(16.0, 16.0),
        );
        let close = ui
            .scope_builder(egui::UiBuilder::new().max_rect(spot), |ui| {
                button::bare(ui, spot.size(), name)
            })
            .inner;
        let color = if close.hovered() || close.has_focus() { theme.text } else { theme.faint };
        let font = theme::icon_font(11.0);
        ui.painter().text(spot.center(), Align2::CENTER_CENTER, icon::X.0, font, color);
        if close.clicked() || response.middle_clicked() {
            part = Some(TabPart::Close);
        }
        close.on_hover_text(name);
    }
    if !tab.tip.is_empty() {
        response.on_hover_text(tab.tip);
    }
    part
}

/// A row of segments of which one is chosen: `Form | JSON | Metadata 2`. Each entry is value, text, tooltip.
/// Returns whether the choice changed.
pub fn segmented<T: Copy + PartialEq>(
    ui: &mut Ui,
    chosen: &mut T,
    entries: &[(T, &str, &str)],
) -> bool {
    let before = *chosen;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (value, text, tip) in entries {
            if segment(ui, *chosen == *value, text, tip).clicked() {
                *chosen = *value;
            }
        }
    });
    *chosen != before
}

fn segment(ui: &mut Ui, is_chosen: bool, text: &str, tip: &str) -> Response {
    let theme = Theme::current(ui.ctx());
    let galley =
        ui.painter().layout_no_wrap(text.to_owned(), theme::text_font(), Color32::PLACEHOLDER);
    let size = vec2(galley.size().x + 20.0, theme::ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let is_enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Tab, is_enabled, is_chosen, text));
    if ui.is_rect_visible(rect) {
        let fill = match (is_chosen, response.hovered()) {
            (true, _) => theme.selection,
            (false, true) => theme.hover(),
            (false, false) => Color32::TRANSPARENT,
        };
        let ring = if response.has_focus() { theme.focus_stroke() } else { Stroke::NONE };
        ui.painter().rect(rect, theme::RADIUS, fill, ring, egui::StrokeKind::Inside);
        let color = if is_chosen || response.hovered() { theme.text } else { theme.muted };
        let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect).min;
        ui.painter().galley(at, galley, color);
    }
    if tip.is_empty() { response } else { response.on_hover_text(tip) }
}
