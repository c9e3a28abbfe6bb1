//! The tree below the bytes: what each of them means.

use egui::text::LayoutJob;
use egui::{Align2, Rect, Role, ScrollArea, Sense, TextFormat, Ui, WidgetInfo, pos2, vec2};

use super::keys::{Move, Stop, offset_of, top_for};
use crate::text::wire_fault;
use crate::ui::theme::{self, CODE_ROW, Theme, space};
use crate::ui::widgets::icon;
use crate::wire::{DYNAMIC_TABLE, Node, Place};

const STEP: f32 = 14.0;

/// View state of one tree.
#[derive(Debug, Default)]
pub(super) struct TreeView {
    root: Option<Node>,
    rows: Vec<Row>,
    /// Those that were turned since: open ones closed, closed ones opened.
    toggled: std::collections::BTreeSet<Vec<usize>>,
    pub(super) chosen: Option<Vec<usize>>,
    is_new_choice: bool,
    /// Rows in sight.
    seen: std::ops::Range<usize>,
}

#[derive(Debug)]
struct Row {
    path: Vec<usize>,
    is_open: bool,
    is_branch: bool,
}

impl TreeView {
    /// Shows another tree.
    pub(super) fn set(&mut self, root: Option<Node>) {
        *self = Self { root, ..Self::default() };
        self.lay_out();
    }

    /// The places of the chosen node.
    pub(super) fn chosen_places(&self) -> &[Place] {
        self.chosen.as_ref().map_or(&[], |path| self.places(path))
    }

    pub(super) fn places(&self, path: &[usize]) -> &[Place] {
        self.root.as_ref().and_then(|root| root.get(path)).map_or(&[], |node| &node.places)
    }

    /// The smallest meaning of a byte.
    pub(super) fn path_to(&self, buffer: crate::wire::Buffer, offset: u64) -> Option<Vec<usize>> {
        self.root.as_ref()?.path_to(buffer, offset)
    }

    /// Chooses a node and opens the way to it.
    pub(super) fn choose(&mut self, path: Vec<usize>) {
        for len in 0..path.len() {
            let above = path.get(..len).unwrap_or_default();
            if !self.is_open(above) {
                self.turn(above.to_vec());
            }
        }
        self.chosen = Some(path);
        self.is_new_choice = true;
        self.lay_out();
    }

    fn is_open(&self, path: &[usize]) -> bool {
        let node = self.root.as_ref().and_then(|root| root.get(path));
        node.is_some_and(|node| is_open_at_first(node, path.len())) != self.toggled.contains(path)
    }

    fn turn(&mut self, path: Vec<usize>) {
        if !self.toggled.remove(&path) {
            self.toggled.insert(path);
        }
        self.lay_out();
    }

    fn lay_out(&mut self) {
        let mut rows = Vec::new();
        if let Some(root) = &self.root {
            self.add(root, &[], &mut rows);
        }
        self.rows = rows;
    }

    fn add(&self, node: &Node, path: &[usize], rows: &mut Vec<Row>) {
        let is_open = self.is_open(path);
        rows.push(Row { path: path.to_vec(), is_open, is_branch: !node.children.is_empty() });
        if is_open {
            for (idx, child) in node.children.iter().enumerate() {
                let below = [path, &[idx]].concat();
                self.add(child, &below, rows);
            }
        }
    }

    /// Moves the choice. Left closes a branch or goes to the one above, right opens it or goes into it.
    fn keys(&mut self, stop: &Stop) {
        let Some(wish) = stop.wish else { return };
        let at = self.rows.iter().position(|row| Some(&row.path) == self.chosen.as_ref());
        let now = at.and_then(|at| self.rows.get(at)).map(|row| {
            (row.path.clone(), row.is_branch && row.is_open, row.is_branch && !row.is_open)
        });
        match (wish, now) {
            (Move::Left, Some((path, true, _))) | (Move::Right, Some((path, _, true))) => {
                self.turn(path);
            }
            (Move::Left, Some((mut path, ..))) => {
                path.pop();
                self.choose(path);
            }
            (Move::Right, Some((_, false, _))) => {}
            _ => {
                let wish = if wish == Move::Right { Move::Down } else { wish };
                let row = wish.row(at, self.rows.len(), self.seen.len());
                let path = row.and_then(|row| self.rows.get(row)).map(|row| row.path.clone());
                if let Some(path) = path {
                    self.choose(path);
                }
            }
        }
    }

    /// Draws the tree; `hinted` is the node under the pointer elsewhere. Gives the node under the pointer here.
    pub(super) fn show(
        &mut self,
        theme: &Theme,
        ui: &mut Ui,
        hinted: Option<&[usize]>,
        stop: &Stop,
    ) -> Option<Vec<usize>> {
        self.keys(stop);
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut area = ScrollArea::vertical().auto_shrink([false, false]).id_salt("meaning");
        if std::mem::take(&mut self.is_new_choice)
            && let Some(at) =
                self.rows.iter().position(|row| Some(&row.path) == self.chosen.as_ref())
            && let Some(top) = top_for(at, &self.seen)
        {
            area = area.vertical_scroll_offset(offset_of(ui, top, self.rows.len(), CODE_ROW));
        }
        let (mut hovered, mut clicked, mut turned) = (None, None, None);
        area.show_rows(ui, CODE_ROW, self.rows.len(), |ui, shown| {
            self.seen = shown.clone();
            for row in self.rows.get(shown).unwrap_or_default() {
                let node = self.root.as_ref().and_then(|root| root.get(&row.path));
                let Some(node) = node else { continue };
                let is_chosen = self.chosen.as_ref() == Some(&row.path);
                let is_hinted = hinted == Some(&row.path);
                let response = draw(theme, ui, row, node, (is_chosen, is_hinted));
                if response.hovered() {
                    hovered = Some(row.path.clone());
                }
                let is_caret = response
                    .interact_pointer_pos()
                    .is_some_and(|at| at.x < response.rect.left() + indent(row) + STEP);
                if response.clicked() && !(row.is_branch && is_caret) {
                    clicked = Some(row.path.clone());
                }
                if response.clicked() {
                    ui.memory_mut(|memory| memory.request_focus(stop.id));
                }
                if row.is_branch && ((response.clicked() && is_caret) || response.double_clicked())
                {
                    turned = Some(row.path.clone());
                }
            }
        });
        if let Some(path) = clicked {
            self.chosen = Some(path);
        }
        if let Some(path) = turned {
            self.turn(path);
        }
        hovered
    }
}

/// Whoever has a value says in one line what its parts say in several; a frame's header is the same for all, and the
/// table of header fields is long.
fn is_open_at_first(node: &Node, depth: usize) -> bool {
    let is_aside = node.label == "Frame Header" || node.label == DYNAMIC_TABLE;
    (node.value.is_empty() || depth <= 1) && !is_aside
}

fn indent(row: &Row) -> f32 {
    space::XS + row.path.len() as f32 * STEP
}

fn draw(
    theme: &Theme,
    ui: &mut Ui,
    row: &Row,
    node: &Node,
    (is_chosen, is_hinted): (bool, bool),
) -> egui::Response {
    let size = vec2(ui.available_width(), CODE_ROW);
    // The tree as a whole has the keys.
    let (rect, response) = ui.allocate_exact_size(size, Sense::CLICK);
    let fault = node.fault.as_ref().map(wire_fault);
    let name = [&*node.label, &node.value, fault.as_deref().unwrap_or_default()];
    let name = name.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let painter = ui.painter();
    if is_chosen {
        painter.rect_filled(rect, 0.0, theme.selection);
    } else if is_hinted || response.hovered() {
        painter.rect_filled(rect, 0.0, theme.hover());
    }
    let x = rect.left() + indent(row);
    if row.is_branch {
        let caret = if row.is_open { icon::CARET_DOWN } else { icon::CARET_RIGHT };
        let at = pos2(x + 5.0, rect.center().y);
        painter.text(at, Align2::CENTER_CENTER, caret.0, theme::icon_font(9.0), theme.muted);
    }
    let mut job = LayoutJob::default();
    let part = |color| TextFormat::simple(theme::code_font(), color);
    job.append(&node.label, 0.0, part(theme.muted));
    if !node.value.is_empty() {
        let gap = if node.label.is_empty() { 0.0 } else { space::S };
        let value = node.value.replace(['\n', '\r'], " ");
        job.append(&value, gap, part(theme.text));
    }
    if let Some(fault) = &fault {
        job.append(fault, space::S, part(theme.slow));
    }
    let left = x + STEP;
    job.wrap = egui::text::TextWrapping::truncate_at_width((rect.right() - left).max(8.0));
    let galley = painter.layout_job(job);
    let is_cut = galley.elided;
    let at = Rect::from_min_max(pos2(left, rect.top()), rect.max).left_center();
    painter.galley(at - vec2(0.0, galley.size().y / 2.0), galley, theme.text);
    if is_cut { response.on_hover_text(name) } else { response }
}
