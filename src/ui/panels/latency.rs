//! The latency pane: how long calls take on each edge and method, as a histogram and as percentiles.

mod histogram;
mod over_time;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{Align, Layout, Margin, Ui};

use crate::model::{CLIENT, EdgeFigures, EdgeKey, OTHERS};
use crate::telemetry::Snapshot;
use crate::text::{fill, t};
use crate::ui::cx::{Ask, PanelCx};
use crate::ui::theme::space;
use crate::ui::widgets::{combo_caret, empty_state, segmented};

pub(in crate::ui::panels) use over_time::{next_column, places};

/// View state of the pane.
#[derive(Debug, Default)]
pub struct Latency {
    view: View,
    subject: Subject,
    shown: Shown,
}

/// What is drawn, made anew only for another picture or another subject.
#[derive(Debug, Default)]
struct Shown {
    of: Option<(u64, Subject)>,
    figures: EdgeFigures,
    rows: Vec<table::Row>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum View {
    #[default]
    OverTime,
    Histogram,
    Percentiles,
}

/// Whose durations are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Subject {
    /// Every call that the client made.
    #[default]
    All,
    /// Every call to one service.
    Service(Arc<str>),
    /// One edge, or one method of it.
    Edge(EdgeKey, Option<Arc<str>>),
}

impl Latency {
    /// Draws the pane.
    pub fn ui(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        for ask in cx.asks {
            match ask {
                Ask::ShowEdge(key) => self.subject = Subject::Edge(key.clone(), None),
                Ask::ShowService(name) => {
                    self.subject = Subject::Service(Arc::clone(name));
                }
                _ => {}
            }
        }
        egui::Frame::new().inner_margin(Margin::symmetric(8, 6)).show(ui, |ui| {
            self.head(cx, ui);
            ui.add_space(space::XS);
            self.look(cx.snapshot);
            let Shown { figures, rows, .. } = &self.shown;
            match self.view {
                View::OverTime => {
                    let quiet = if figures.histogram.is_empty() {
                        empty_words(cx.snapshot)
                    } else {
                        t("latency.over_time_quiet")
                    };
                    over_time::show(cx, ui, &figures.heat, quiet);
                    if let Some(wait) = next_column(&figures.heat, cx.clock) {
                        cx.wake_after(wait);
                    }
                }
                View::Percentiles if !rows.is_empty() => {
                    table::show(ui, cx.theme, rows, &mut self.subject);
                }
                View::Histogram if !figures.histogram.is_empty() => {
                    histogram::show(ui, cx.theme, figures);
                }
                View::Percentiles => {
                    let title = t("latency.empty_table");
                    empty_state(ui, title, t("latency.empty_table_sentence"));
                }
                View::Histogram => histogram::empty(ui, cx.theme, empty_words(cx.snapshot)),
            }
        });
    }

    fn look(&mut self, snapshot: &Snapshot) {
        let of = Some((snapshot.revision, self.subject.clone()));
        if self.shown.of == of {
            return;
        }
        let figures = figures_of(snapshot, &self.subject);
        self.shown = Shown { of, figures, rows: table::rows(snapshot) };
    }

    fn head(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        ui.horizontal(|ui| {
            let entries = [
                (View::OverTime, t("latency.over_time"), t("latency.over_time_tip")),
                (View::Histogram, t("latency.histogram"), t("latency.histogram_tip")),
                (View::Percentiles, t("latency.percentiles"), t("latency.percentiles_tip")),
            ];
            segmented(ui, &mut self.view, &entries);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| self.choose(cx, ui));
        });
    }

    fn choose(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        let combo = egui::ComboBox::from_id_salt("latency subject")
            .selected_text(self.subject.words())
            .width(ui.available_width().min(260.0))
            .icon(combo_caret)
            .truncate()
            .show_ui(ui, |ui| {
                ui.set_min_width(260.0);
                let all = Subject::All;
                ui.selectable_value(&mut self.subject, all.clone(), all.words());
                ui.separator();
                for name in callees(cx.snapshot) {
                    let service = Subject::Service(name);
                    ui.selectable_value(&mut self.subject, service.clone(), service.words());
                }
                ui.separator();
                for (key, edge) in &cx.snapshot.edges {
                    let whole = Subject::Edge(key.clone(), None);
                    ui.selectable_value(&mut self.subject, whole.clone(), whole.words());
                    // One method alone says nothing that its edge does not.
                    for operation in
                        edge.by_operation.keys().filter(|_| edge.by_operation.len() > 1)
                    {
                        let one = Subject::Edge(key.clone(), Some(Arc::clone(operation)));
                        let words = format!("    {operation}");
                        ui.selectable_value(&mut self.subject, one, words);
                    }
                }
            });
        let words = self.subject.words();
        combo.response.widget_info(|| {
            let mut info =
                egui::WidgetInfo::labeled(egui::Role::ComboBox, true, t("latency.subject"));
            info.current_text_value = Some(words.clone());
            info
        });
        combo.response.on_hover_text(t("latency.subject_tip"));
    }
}

impl Subject {
    /// `orders to payment · Charge`.
    fn words(&self) -> String {
        match self {
            Self::All => t("latency.all").to_owned(),
            Self::Service(name) => fill("latency.service", &[("service", name)]),
            Self::Edge(key, operation) => {
                let edge = fill("flow.edge", &[("caller", &key.caller), ("callee", &key.callee)]);
                match operation {
                    None => edge,
                    Some(operation) => format!("{edge} · {operation}"),
                }
            }
        }
    }
}

/// Who was called, by name.
fn callees(snapshot: &Snapshot) -> BTreeSet<Arc<str>> {
    snapshot.edges.keys().map(|key| Arc::clone(&key.callee)).collect()
}

/// What stands on axes without bars.
fn empty_words(snapshot: &Snapshot) -> &'static str {
    let has_ended = |edge: &EdgeFigures| !edge.histogram.is_empty();
    let is_first = !snapshot.edges.values().any(|edge| has_ended(&edge.total));
    if is_first { t("latency.empty_title") } else { t("latency.empty_here") }
}

/// The figures of a subject, of all its edges together.
fn figures_of(snapshot: &Snapshot, subject: &Subject) -> EdgeFigures {
    let mut sum = EdgeFigures::default();
    for (key, edge) in &snapshot.edges {
        match subject {
            Subject::All if matches!(&*key.caller, CLIENT | OTHERS) => sum.merge(&edge.total),
            Subject::Service(name) if key.callee == *name => sum.merge(&edge.total),
            Subject::Edge(wanted, None) if wanted == key => sum.merge(&edge.total),
            Subject::Edge(wanted, Some(operation)) if wanted == key => {
                if let Some(figures) = edge.by_operation.get(operation) {
                    sum.merge(figures);
                }
            }
            _ => {}
        }
    }
    sum
}
