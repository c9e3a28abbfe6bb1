//! The explorer: sources, their services, methods and routes, and what is wrong with them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use egui::{
    Align, EventFilter, Key, Layout, Panel, Popup, Response, Role, ScrollArea, TextEdit, Ui,
    WidgetInfo, vec2,
};

use super::explorer_load;
use super::explorer_rows::{Row, Rows, Toggled, n_callable};
use super::explorer_serve;
use crate::model::{MethodPath, ProblemKind, Protocol, Severity, SourceId};
use crate::session::{Command, Origin, Source};
use crate::text::{self, fill, format, t};
use crate::ui::commands;
use crate::ui::cx::{Ask, Pane, PanelCx, Pick, Wish};
use crate::ui::theme::{self, space};
use crate::ui::widgets::{
    ErrorText, RowKind, TreeRow, empty_state, error_block, icon, icon_button, primary_button,
};
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

/// How long a new source is marked, in seconds.
const MARKED_FOR: f64 = 2.5;

/// Sources that were there before, and the newest one with the moment since which it is shown.
#[derive(Debug, Default)]
struct Arrivals {
    known: Option<BTreeSet<SourceId>>,
    newest: Option<(SourceId, f64)>,
    /// Whether its row is still to be brought into sight.
    is_awaited: bool,
}

impl Arrivals {
    /// Notes what is open now. Gives a source that was not before; those of the start are none.
    fn note(&mut self, cx: &PanelCx<'_>) -> Option<SourceId> {
        let sources = &cx.state.sources;
        let known = self.known.get_or_insert_with(|| sources.iter().map(|s| s.id).collect());
        if known.len() == sources.len() && sources.iter().all(|source| known.contains(&source.id)) {
            return None;
        }
        let is_new =
            |source: &&Arc<Source>| source.origin != Origin::BuiltIn && !known.contains(&source.id);
        let newest = sources.iter().rev().find(is_new).map(|source| source.id);
        *known = sources.iter().map(|source| source.id).collect();
        if let Some(id) = newest {
            self.newest = Some((id, cx.now));
            self.is_awaited = true;
        }
        newest
    }

    /// Whether this source is marked as new.
    fn is_marked(&mut self, cx: &PanelCx<'_>, source: SourceId) -> bool {
        let Some((id, since)) = self.newest else { return false };
        let left = since + MARKED_FOR - cx.now;
        if left > 0.0 {
            cx.wake_after(Duration::from_secs_f64(left));
        }
        id == source && left > 0.0
    }
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

    fn source_row(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        source: &Arc<Source>,
        is_open: bool,
        (text, badge): (&str, &str),
    ) {
        let worst = source.problems.iter().map(|problem| problem.severity).max();
        let (color, tip) = match worst {
            Some(Severity::Error) if source.origin == Origin::Scratch => {
                (cx.theme.slow, t("scratch.broken_tip"))
            }
            Some(Severity::Error) => (cx.theme.slow, t("explorer.has_problems")),
            Some(Severity::Warning) => (cx.theme.slow, t("explorer.has_warnings")),
            None => (cx.theme.muted, ""),
        };
        let served = explorer_serve::badge(cx, source);
        let badge = served.as_deref().unwrap_or(badge);
        let name = format!("{text}, {badge}");
        let kind = RowKind::Branch { is_open };
        let is_chosen = self.arrivals.is_marked(cx, source.id);
        let plain = plain_row(cx, 0, kind, text);
        let row = TreeRow { color, badge, tip, name: &name, is_chosen, ..plain };
        let has_menu = source.origin != Origin::BuiltIn;
        let can_be_served = explorer_serve::can_be_served(source);
        let n_buttons = u8::from(has_menu) + u8::from(can_be_served);
        // Clear of the scroll bar.
        let reserved = theme::ROW * f32::from(n_buttons) + space::XS;
        let response = row.show(ui, reserved);
        let is_newest = self.arrivals.newest.is_some_and(|(id, _)| id == source.id);
        if is_newest && std::mem::take(&mut self.arrivals.is_awaited) {
            response.scroll_to_me(Some(Align::TOP));
        }
        if is_turned(ui, &response, is_open) {
            self.chosen = Some(source.id);
            self.toggled.turn(&source.name, "");
        }
        let spot = |from_right: u8| {
            let x = theme::ROW * (f32::from(from_right) + 0.5) + space::XS + 2.0;
            let at = response.rect.right_center() - vec2(x, 0.0);
            egui::UiBuilder::new()
                .max_rect(egui::Rect::from_center_size(at, egui::Vec2::splat(theme::ROW)))
        };
        if can_be_served {
            ui.scope_builder(spot(u8::from(has_menu)), |ui| explorer_serve::button(cx, ui, source));
        }
        if has_menu {
            Popup::context_menu(&response).show(|ui| self.source_items(cx, ui, source));
            ui.scope_builder(spot(0), |ui| self.source_menu(cx, ui, source));
        }
    }

    fn source_menu(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, source: &Arc<Source>) {
        let name = fill("explorer.menu_of", &[("name", &source.name)]);
        let button = icon_button(ui, icon::DOTS, &name, None);
        Popup::menu(&button).show(|ui| self.source_items(cx, ui, source));
    }

    fn source_items(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, source: &Source) {
        ui.set_min_width(180.0);
        let is_scratch = source.origin == Origin::Scratch;
        if is_scratch && ui.button(t("scratch.edit")).on_hover_text(t("scratch.edit_tip")).clicked()
        {
            cx.send(Command::ShowEditor(source.id));
        }
        if explorer_serve::can_be_served(source) {
            explorer_serve::item(cx, ui, source);
        }
        let keys = commands::hint(cx, Action::Refresh);
        let refresh = egui::Button::new(t("explorer.refresh")).shortcut_text(keys);
        if ui.add(refresh).on_hover_text(t("explorer.refresh_tip")).clicked() {
            cx.send(Command::RefreshSource(source.id));
        }
        let can_add_root = (is_scratch || matches!(source.origin, Origin::Paths { .. }))
            && !source.problems.is_empty();
        if can_add_root
            && ui.button(t("explorer.add_root")).on_hover_text(t("explorer.root_tip")).clicked()
        {
            self.roots.entry(source.id).or_default();
        }
        let close_tip = if is_scratch { t("scratch.close_tip") } else { t("explorer.close_tip") };
        if ui.button(t("explorer.close")).on_hover_text(close_tip).clicked() {
            cx.send(Command::CloseSource(source.id));
        }
    }

    fn problem(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, source: &Source, problem_idx: usize) {
        let Some(problem) = source.problems.get(problem_idx) else { return };
        let words = text::problem(problem);
        let margin = egui::Margin { left: 8, right: 8, top: 2, bottom: 6 };
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            let error = ErrorText {
                what: &words.what,
                place: words.place.as_deref().unwrap_or(""),
                fix: &words.fix,
                is_warning: problem.severity == Severity::Warning,
            };
            error_block(ui, &error);
            let needs_root = matches!(problem.kind, ProblemKind::ImportNotFound { .. });
            let is_first = source
                .problems
                .iter()
                .position(|other| matches!(other.kind, ProblemKind::ImportNotFound { .. }))
                == Some(problem_idx);
            if (needs_root && is_first)
                || (problem_idx == 0 && !needs_root && self.roots.contains_key(&source.id))
            {
                self.root_field(cx, ui, source);
            }
        });
    }

    fn root_field(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, source: &Source) {
        let root = self.roots.entry(source.id).or_default();
        let mut is_entered = false;
        let size = vec2(ui.available_width(), theme::CONTROL);
        ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
            let tip = t("explorer.root_tip");
            let choose = ui.button(t("explorer.add_root"));
            if choose.on_hover_text(tip).clicked() {
                if root.trim().is_empty() {
                    cx.wish(Wish::Pick(Pick::Root(source.id)));
                } else {
                    is_entered = true;
                }
            }
            let field = TextEdit::singleline(root).hint_text(t("explorer.root_hint"));
            let response = full_width(ui, field.id_salt(("root", source.id)));
            let name = fill("explorer.root_of", &[("name", &source.name)]);
            name_field(&response, &name, root);
            is_entered |= is_enter(ui, &response);
        });
        let folder = root.trim();
        if is_entered && !folder.is_empty() {
            cx.send(Command::AddRoot { source: source.id, root: PathBuf::from(folder) });
            self.roots.remove(&source.id);
        }
    }

    fn load_area(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        ui.spacing_mut().item_spacing.y = space::S;
        if self.is_asking {
            self.ask_field(cx, ui);
        }
        let size = vec2(ui.available_width(), theme::CONTROL);
        let layout = Layout::right_to_left(Align::Center);
        let response = ui.allocate_ui_with_layout(size, layout, |ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            let keys = commands::hint(cx, Action::OpenFolder);
            let keys = Some(keys.as_str()).filter(|keys| !keys.is_empty());
            if icon_button(ui, icon::FOLDER_OPEN, t("explorer.load_folder"), keys).clicked() {
                cx.wish(Wish::Pick(Pick::SchemaFolder));
            }
            let field = TextEdit::singleline(&mut self.path).hint_text(t("explorer.path_hint"));
            full_width(ui, field)
        });
        let response = response.inner;
        name_field(&response, t("explorer.path"), &self.path);
        take_keyboard(cx, &response, &[Ask::GoToPath]);
        if is_enter(ui, &response) {
            let paths = read_paths(&self.path);
            if !paths.is_empty() {
                cx.send(Command::LoadPaths(paths));
                self.path.clear();
            }
        }
        response.on_hover_text(commands::tip(cx, t("explorer.path_tip"), Action::PastePath));
        explorer_load::buttons(cx, ui, &mut self.is_asking);
    }

    fn ask_field(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        let mut is_entered = false;
        let size = vec2(ui.available_width(), theme::CONTROL);
        ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
            let tip = t("explorer.ask_tip");
            is_entered |= primary_button(ui, t("explorer.ask_now"), tip).clicked();
            let field = TextEdit::singleline(&mut self.target)
                .font(theme::code_font())
                .hint_text(t("explorer.target_hint"));
            let response = full_width(ui, field);
            name_field(&response, t("explorer.target"), &self.target);
            take_keyboard(cx, &response, &[Ask::GoToServer]);
            is_entered |= is_enter(ui, &response);
        });
        let target = self.target.trim();
        if is_entered && !target.is_empty() {
            cx.send(Command::AskServer { target: target.to_owned() });
            self.is_asking = false;
            self.target.clear();
        }
    }
}

/// Paths as people paste them: one a line, maybe in quotes, maybe as `file://`.
fn read_paths(text: &str) -> Vec<PathBuf> {
    let lines = text.lines().map(|line| line.trim().trim_matches(['"', '\'']));
    let paths = lines.map(|line| line.strip_prefix("file://").unwrap_or(line));
    paths.filter(|line| !line.is_empty()).map(PathBuf::from).collect()
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

fn full_width(ui: &mut Ui, field: TextEdit<'_>) -> Response {
    let size = vec2(ui.available_width(), theme::CONTROL);
    ui.add_sized(size, field.align(egui::Align2::LEFT_CENTER).desired_width(size.x))
}

/// Gives a field the keyboard when one of these was asked for.
fn take_keyboard(cx: &PanelCx<'_>, response: &Response, asks: &[Ask]) {
    if cx.asks.iter().any(|ask| asks.contains(ask)) {
        response.request_focus();
    }
}

fn name_field(response: &Response, name: &str, value: &str) {
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::TextInput, true, name);
        info.current_text_value = Some(value.to_owned());
        info
    });
}

fn is_enter(ui: &Ui, response: &Response) -> bool {
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}
