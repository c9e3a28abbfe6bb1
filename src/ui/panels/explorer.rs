//! The explorer: sources, their services, methods and routes, and what is wrong with them.

mod arrivals;
mod field;
mod load;
mod problem;
pub(in crate::ui) mod rows;
pub(in crate::ui) mod serve;
mod source;

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{EventFilter, Key, Panel, Response, ScrollArea, TextEdit, Ui, vec2};

use self::arrivals::Arrivals;
use self::field::{full_width, name_field, take_keyboard};
use self::rows::{Row, Rows, Toggled, n_callable};
use crate::model::{MethodPath, Protocol, SourceId};
use crate::session::{Command, Origin, Source};
use crate::text::{fill, format, t};
use crate::ui::commands;
use crate::ui::cx::{Ask, Pane, PanelCx};
use crate::ui::theme::{self, space};
use crate::ui::widgets::{RowKind, TreeRow, empty_state};
use crate::workspace::Action;

/// View state of the pane.
#[derive(Debug, Default)]
pub struct Explorer {
    filter: String,
    path: String,
    target: String,
    is_asking: bool,
    toggled: Toggled,
    rows: Rows,
    /// Import roots being typed, by source.
    roots: BTreeMap<SourceId, String>,
    /// The source that is read again when the person asks for it.
    chosen: Option<SourceId>,
    arrivals: Arrivals,
    /// Where the pane stood in the last frame.
    area: Option<egui::Rect>,
}

impl Explorer {
    /// Draws the pane.
    pub fn ui(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        self.area = Some(ui.max_rect());
        self.hear(cx);
        ui.spacing_mut().item_spacing.y = 0.0;
        let margin = egui::Margin::symmetric(8, 8);
        Panel::bottom(ui.scope_id().with("load"))
            .resizable(false)
            .show_separator_line(false)
            .frame(egui::Frame::new().inner_margin(margin))
            .show(ui, |ui| self.load_area(cx, ui));
        egui::Frame::new().inner_margin(margin).show(ui, |ui| self.filter_field(cx, ui));
        if cx.state.sources.is_empty() {
            let keys = commands::hint(cx, Action::OpenFiles);
            empty_state(ui, t("explorer.empty"), &fill("explorer.empty_more", &[("keys", &keys)]));
            return;
        }
        if let Some(arrived) = self.arrivals.note(cx) {
            self.chosen = Some(arrived);
            // Under a filter without a hit it could not be seen.
            self.filter.clear();
        }
        self.tree(cx, ui);
    }

    /// Whether a place belongs to the pane.
    pub(crate) fn holds(&self, at: egui::Pos2) -> bool {
        self.area.is_some_and(|area| area.contains(at))
    }

    /// What the commands of the window ask for.
    fn hear(&mut self, cx: &PanelCx<'_>) {
        for ask in cx.asks {
            match ask {
                Ask::Refresh => self.refresh(cx),
                Ask::GoToServer => self.is_asking = true,
                _ => {}
            }
        }
    }

    /// Reads the chosen source again, or all that are not built in.
    fn refresh(&self, cx: &PanelCx<'_>) {
        let is_own = |source: &&Arc<Source>| source.origin != Origin::BuiltIn;
        let chosen = self.chosen.filter(|id| cx.state.source(*id).as_ref().is_some_and(is_own));
        for source in cx.state.sources.iter().filter(is_own) {
            if chosen.is_none_or(|id| id == source.id) {
                cx.send(Command::RefreshSource(source.id));
            }
        }
    }

    fn filter_field(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        let n_methods = n_callable(&cx.state.sources) as u64;
        let hint = fill("explorer.filter_hint", &[("n", &format::thousands(n_methods))]);
        let field = TextEdit::singleline(&mut self.filter).hint_text(hint);
        let response = full_width(ui, field);
        name_field(&response, t("explorer.filter"), &self.filter);
        take_keyboard(cx, &response, &[Ask::GoToFilter, Ask::GoTo(Pane::Explorer)]);
        let has_keys = response.has_focus() || response.lost_focus();
        if has_keys && ui.input(|input| input.key_pressed(Key::Escape)) {
            self.filter.clear();
        }
        response.on_hover_text(commands::tip(cx, t("explorer.filter_tip"), Action::FilterMethods));
    }

    fn tree(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        let sources = &cx.state.sources;
        let mut rows = std::mem::take(&mut self.rows);
        let shown = rows.get(sources, self.filter.trim(), &self.toggled);
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            if shown.is_empty() {
                ui.add_space(space::XL);
                empty_state(ui, t("explorer.no_hit"), t("explorer.no_hit_more"));
            }
            // Rows out of sight of a big tree are left out; a small one is whole for readers.
            let skips = shown.len() > 400;
            for row in shown {
                let is_simple = !matches!(row, Row::Problem { .. } | Row::Source { .. });
                let next = egui::Rect::from_min_size(ui.cursor().min, vec2(1.0, theme::ROW));
                if skips && is_simple && !ui.is_rect_visible(next) {
                    ui.add_space(theme::ROW);
                } else {
                    self.row(cx, ui, row);
                }
            }
            ui.add_space(space::S);
        });
        self.rows = rows;
    }

    fn row(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, row: &Row) {
        let source_of = |source_idx: usize| cx.state.sources.get(source_idx);
        match row {
            Row::Source { source_idx, is_open, text, badge } => {
                if let Some(source) = source_of(*source_idx) {
                    self.source_row(cx, ui, source, *is_open, (text, badge));
                }
            }
            Row::Service { source_idx, name, is_open, tip } => {
                let kind = RowKind::Branch { is_open: *is_open };
                let row = TreeRow { tip, ..plain_row(cx, 1, kind, name) };
                let response = row.show(ui, 0.0);
                if let Some(source) = source_of(*source_idx)
                    && is_turned(ui, &response, *is_open)
                {
                    self.toggled.turn(&source.name, name);
                }
            }
            Row::Method { source_idx, path, name, badge, tip } => {
                let Some(source) = source_of(*source_idx) else { return };
                let is_chosen = is_chosen_method(cx, source, path);
                let row = TreeRow { is_chosen, badge, name, tip, ..leaf(cx, 2, &path.method) };
                if row.show(ui, 0.0).clicked() {
                    self.chosen = Some(source.id);
                    cx.send(Command::OpenMethod { source: source.id, method: path.clone() });
                }
            }
            Row::Route { source_idx, route_idx, name } => {
                let Some(source) = source_of(*source_idx) else { return };
                let Some(route) = source.routes.get(*route_idx) else { return };
                let is_chosen = is_chosen_route(cx, source, &route.method, &route.sample_path);
                let tip = route.doc.as_str();
                let label = route.method.as_str();
                let row = TreeRow { is_chosen, label, name, tip, ..leaf(cx, 1, &route.path) };
                if row.show(ui, 0.0).clicked() {
                    self.chosen = Some(source.id);
                    cx.send(Command::OpenRoute { source: source.id, route_idx: *route_idx });
                }
            }
            Row::Problem { source_idx, problem_idx } => {
                if let Some(source) = source_of(*source_idx) {
                    self.problem(cx, ui, source, *problem_idx);
                }
            }
            Row::Loading { .. } => {
                let color = cx.theme.muted;
                TreeRow { color, ..leaf(cx, 1, t("explorer.loading")) }.show(ui, 0.0);
            }
        }
    }
}

fn plain_row<'a>(cx: &PanelCx<'_>, depth: usize, kind: RowKind, text: &'a str) -> TreeRow<'a> {
    TreeRow {
        depth,
        kind,
        is_chosen: false,
        label: "",
        text,
        color: cx.theme.text,
        badge: "",
        name: text,
        tip: "",
    }
}

fn leaf<'a>(cx: &PanelCx<'_>, depth: usize, text: &'a str) -> TreeRow<'a> {
    plain_row(cx, depth, RowKind::Leaf, text)
}

/// Whether a branch was clicked, or closed or opened by the left and right arrow keys.
fn is_turned(ui: &Ui, response: &Response, is_open: bool) -> bool {
    if !response.has_focus() {
        return response.clicked();
    }
    let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let key = if is_open { Key::ArrowLeft } else { Key::ArrowRight };
    response.clicked() || ui.input(|input| input.key_pressed(key))
}

fn is_chosen_method(cx: &PanelCx<'_>, source: &Source, path: &MethodPath) -> bool {
    cx.active_draft().is_some_and(|draft| {
        draft.protocol == Protocol::Grpc
            && draft.method.as_ref() == Some(path)
            && draft.source.as_ref() == Some(&source.saved)
    })
}

fn is_chosen_route(cx: &PanelCx<'_>, source: &Source, method: &str, sample_path: &str) -> bool {
    cx.active_draft().is_some_and(|draft| {
        draft.protocol == Protocol::Http
            && draft.http_method == method
            && draft.http_path == sample_path
            && draft.source.as_ref() == Some(&source.saved)
    })
}
