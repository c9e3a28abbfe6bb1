//! How panes look and behave in their tiles.

use egui::{Color32, Sense, Stroke, Ui, Visuals, WidgetInfo, WidgetText, vec2};
use egui_tiles::{
    Behavior, Container, EditAction, ResizeState, SimplificationOptions, Tabs, Tile, TileId, Tiles,
    UiResponse,
};

use super::cx::{Ask, Pane, PanelCx};
use super::panels::{
    composer::Composer, explorer::Explorer, flow::Flow, latency::Latency, response::Response,
};
use super::theme::{self, Theme, space};
use super::widgets::icon;
use crate::text::t;

/// The panels that stand in tiles.
#[derive(Debug, Default)]
pub(super) struct Panels {
    pub(super) explorer: Explorer,
    pub(super) composer: Composer,
    pub(super) response: Response,
    pub(super) flow: Flow,
    pub(super) latency: Latency,
}

/// Draws panes for one frame.
pub(super) struct PaneTiles<'a, 'cx> {
    pub(super) panels: &'a mut Panels,
    pub(super) cx: &'a PanelCx<'cx>,
    /// Panes alone in their tile that have a title all the same.
    pub(super) titled: Vec<TileId>,
    /// Panes that stand below a strip of titles.
    pub(super) barred: Vec<TileId>,
    /// Set when the person moved, resized or chose something.
    pub(super) is_edited: bool,
}

/// Tiles of the panes that keep a title when they stand alone; the others head themselves.
pub(super) fn titled(tiles: &Tiles<Pane>) -> Vec<TileId> {
    let panes = [Pane::Explorer, Pane::Flow];
    panes.iter().filter_map(|pane| tiles.find_pane(pane)).collect()
}

/// Tiles of the panes that stand below a strip of titles.
pub(super) fn barred(tiles: &Tiles<Pane>) -> Vec<TileId> {
    let shared = tiles.tiles().filter_map(|tile| match tile {
        Tile::Container(Container::Tabs(tabs)) if tabs.children.len() > 1 => Some(&tabs.children),
        _ => None,
    });
    shared.flatten().copied().chain(titled(tiles)).collect()
}

fn title(pane: Pane) -> &'static str {
    match pane {
        Pane::Explorer => t("explorer.title"),
        Pane::Composer => t("status.pane.composer"),
        Pane::Response => t("status.pane.response"),
        Pane::Flow => t("status.pane.flow"),
        Pane::Latency => t("status.pane.latency"),
    }
}

impl PaneTiles<'_, '_> {
    fn has_bar(&self, tabs: &Tabs) -> bool {
        tabs.children.len() > 1 || tabs.children.iter().any(|child| self.titled.contains(child))
    }

    /// The pane itself as a stop of the keyboard, when it was asked for: the next Tab goes to its first
    /// control. Says whether it has the keyboard.
    fn landmark(&self, ui: &Ui, pane: Pane) -> bool {
        let id = ui.scope_id().with("landmark");
        // The schemas begin with a field that takes the keyboard itself.
        let is_asked = pane != Pane::Explorer && self.cx.asks.contains(&Ask::GoTo(pane));
        if !is_asked && !ui.memory(|memory| memory.has_focus(id)) {
            return false;
        }
        let response = ui.interact(ui.max_rect(), id, Sense::focusable_noninteractive());
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Group, true, title(pane)));
        if is_asked {
            response.request_focus();
        }
        response.has_focus()
    }

    /// A grip at the top edge of a pane without a title, seen when the pointer is near.
    fn grip(&self, ui: &mut Ui, pane: Pane) -> bool {
        let area = ui.max_rect();
        let spot = egui::Rect::from_center_size(
            egui::pos2(area.center().x, area.top() + 5.0),
            vec2(44.0, 10.0),
        );
        let grip = ui.interact(spot, ui.scope_id().with("grip"), Sense::drag());
        let name = crate::text::fill("status.move_pane", &[("pane", &title(pane))]);
        grip.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &name));
        if grip.hovered() || grip.dragged() {
            let bar = spot.shrink2(vec2(6.0, 3.0));
            ui.painter().rect_filled(bar, theme::RADIUS, self.cx.theme.node_line);
        }
        grip.on_hover_text(name).on_hover_cursor(egui::CursorIcon::Grab).drag_started()
    }
}

impl Behavior<Pane> for PaneTiles<'_, '_> {
    fn pane_ui(&mut self, ui: &mut Ui, tile: TileId, pane: &mut Pane) -> UiResponse {
        let area = ui.max_rect();
        ui.set_clip_rect(area.expand2(vec2(0.0, 1.0)).intersect(ui.clip_rect()));
        let has_keyboard = self.landmark(ui, *pane);
        match pane {
            Pane::Explorer => self.panels.explorer.ui(self.cx, ui),
            Pane::Composer => self.panels.composer.ui(self.cx, ui),
            Pane::Response => self.panels.response.ui(self.cx, ui),
            Pane::Flow => self.panels.flow.ui(self.cx, ui),
            Pane::Latency => self.panels.latency.ui(self.cx, ui),
        }
        if has_keyboard {
            let (ring, stroke) = (area.shrink(1.0), self.cx.theme.focus_stroke());
            ui.painter().rect_stroke(ring, theme::RADIUS, stroke, egui::StrokeKind::Inside);
        }
        if self.barred.contains(&tile) {
            ui.painter().hline(area.x_range(), area.top() - 0.5, self.cx.theme.hairline_stroke());
        } else if self.grip(ui, *pane) {
            return UiResponse::DragStarted;
        }
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, pane: &Pane) -> WidgetText {
        title(*pane).into()
    }

    fn tab_ui(
        &mut self,
        tiles: &mut Tiles<Pane>,
        ui: &mut Ui,
        id: egui::Id,
        tile: TileId,
        state: &egui_tiles::TabState,
    ) -> egui::Response {
        let theme = self.cx.theme;
        let text = self.tab_title_for_tile(tiles, tile).text().to_owned();
        let galley =
            ui.painter().layout_no_wrap(text.clone(), theme::text_font(), Color32::PLACEHOLDER);
        let size = vec2(galley.size().x + 2.0 * space::M, ui.available_height());
        let (_, rect) = ui.allocate_space(size);
        let response = ui.interact(rect, id, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::selected(egui::Role::Tab, true, state.active, &text));
        let is_lit = state.active || response.hovered();
        let color = if is_lit { theme.text } else { theme.muted };
        let at = rect.left_center() + vec2(space::M, -galley.size().y / 2.0);
        ui.painter().galley(at, galley, color);
        if state.active {
            let line = Stroke::new(2.0, theme.accent);
            ui.painter().hline(rect.x_range(), rect.bottom() - 1.0, line);
        }
        if response.has_focus() {
            let ring = rect.shrink2(vec2(2.0, 4.0));
            let stroke = theme.focus_stroke();
            ui.painter().rect_stroke(ring, theme::RADIUS, stroke, egui::StrokeKind::Inside);
        }
        response
    }

    fn top_bar_right_ui(
        &mut self,
        tiles: &Tiles<Pane>,
        ui: &mut Ui,
        _tile: TileId,
        tabs: &Tabs,
        _scroll_offset: &mut f32,
    ) {
        let front = tabs.active.and_then(|tile| tiles.get(tile));
        if let Some(Tile::Pane(Pane::Flow)) = front {
            ui.add_space(space::S);
            self.panels.flow.tools(self.cx, ui);
        }
    }

    fn is_tab_bar_visible(&self, _tile: TileId, tabs: &Tabs) -> bool {
        self.has_bar(tabs)
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions { all_panes_must_have_tabs: true, ..SimplificationOptions::default() }
    }

    fn tab_bar_height(&self, _style: &egui::Style) -> f32 {
        theme::TAB_STRIP
    }

    fn gap_width(&self, _style: &egui::Style) -> f32 {
        1.0
    }

    fn min_size(&self) -> f32 {
        160.0
    }

    fn resize_stroke(&self, _style: &egui::Style, state: ResizeState) -> Stroke {
        match state {
            ResizeState::Idle => self.cx.theme.hairline_stroke(),
            ResizeState::Hovering => Stroke::new(2.0, self.cx.theme.node_line),
            ResizeState::Dragging => Stroke::new(2.0, self.cx.theme.accent),
        }
    }

    fn tab_bar_color(&self, _visuals: &Visuals) -> Color32 {
        Color32::TRANSPARENT
    }

    fn tab_bar_hline_stroke(&self, _visuals: &Visuals) -> Stroke {
        self.cx.theme.hairline_stroke()
    }

    fn dragged_overlay_color(&self, _visuals: &Visuals) -> Color32 {
        self.cx.theme.ground.gamma_multiply(0.6)
    }

    fn drag_ui(&mut self, tiles: &Tiles<Pane>, ui: &mut Ui, tile: TileId) {
        let text = self.tab_title_for_tile(tiles, tile);
        egui::Frame::popup(ui.style()).show(ui, |ui| {
            ui.horizontal(|ui| {
                icon::GRIP.show(ui, Theme::current(ui.ctx()).muted);
                ui.label(text);
            });
        });
    }

    fn on_edit(&mut self, _action: EditAction) {
        self.is_edited = true;
    }
}
