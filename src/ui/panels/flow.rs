//! The flow pane: who calls whom, and every call on its way.

mod camera;
mod caption;
mod edges;
mod faults;
mod inspector;
mod keys;
mod legend;
mod log;
mod menu;
mod nodes;
mod packets;
mod scene;
#[cfg(test)]
mod scene_tests;
#[cfg(test)]
mod tests;
mod timeline;

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{Key, Modifiers, Rect, Sense, Ui, pos2, vec2};

use crate::flow::Playback;
use crate::model::{EdgeKey, TraceId};
use crate::session::Command;
use crate::telemetry::Snapshot;
use crate::text::{fill, t};
use crate::ui::cx::{Ask, PanelCx};
use crate::ui::widgets::{toggle_button, tool_button};

use camera::Camera;
use scene::Scene;

/// A lower pane belongs to the diagram alone.
const LEAST_WITH_STRIP: f32 = 240.0;

/// View state of the pane.
#[derive(Debug, Default)]
pub struct Flow {
    playback: Playback,
    scene: Scene,
    camera: Camera,
    /// The picture that was kept when the person froze it.
    frozen: Option<Arc<Snapshot>>,
    selected: Option<Selected>,
    held: packets::Held,
    /// What the last frame showed.
    #[cfg(test)]
    seen: Option<camera::View>,
    timeline: timeline::Timeline,
    /// The fault that is being described.
    fault: Option<faults::FaultForm>,
    /// A trace that is to be played again and has still to be fetched.
    wanted: Option<TraceId>,
}

/// What the inspector shows.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Selected {
    Node(Arc<str>),
    Edge(EdgeKey),
}

impl Flow {
    /// Draws the tools at the right end of the pane's tab strip (right to left).
    pub fn tools(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        if tool_button(ui, t("flow.fit"), t("flow.fit_tip")).clicked() {
            self.fit(cx);
        }
        let is_frozen = self.frozen.is_some();
        if toggle_button(ui, is_frozen, t("flow.freeze"), t("flow.freeze_tip")).clicked() {
            self.turn_freeze(cx);
        }
    }

    fn fit(&mut self, cx: &PanelCx<'_>) {
        self.camera.fit_again();
        self.scene.forget_pins(cx.state.settings.reduce_motion);
    }

    fn turn_freeze(&mut self, cx: &PanelCx<'_>) {
        let is_frozen = self.frozen.is_some();
        self.frozen = if is_frozen { None } else { Some(Arc::clone(cx.snapshot)) };
        self.playback.set_frozen(!is_frozen, cx.clock);
    }

    /// Draws the pane.
    pub fn ui(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        self.hear(cx);
        let snapshot = self.frozen.clone().unwrap_or_else(|| Arc::clone(cx.snapshot));
        let is_still = cx.state.settings.reduce_motion;
        self.playback.update(&snapshot, cx.clock);

        let whole = ui.available_rect_before_wrap();
        let has_strip = whole.height() > LEAST_WITH_STRIP;
        let strip = if has_strip { timeline::HEIGHT } else { 0.0 };
        let size = whole.size() - vec2(0.0, strip);
        let (rect, background) = ui.allocate_exact_size(size, Sense::click_and_drag());
        if has_strip {
            let place = Rect::from_min_max(rect.left_bottom(), whole.max);
            self.timeline.show(cx, ui, place, &snapshot, self.frozen.is_some());
        }
        self.scene.set_room(rect.size(), camera::frame(rect).size());
        let scene = cx.state.settings.scene;
        let played = self.played(scene);
        if self.scene.update(&snapshot, (scene, played), cx.now, is_still) {
            self.camera.glide_to_fit(cx.now, is_still);
        }
        let is_settled = self.scene.is_settled();
        let bounds = self.scene.bounds();
        let view = self.camera.view(ui, &background, bounds, is_settled, cx.now);
        let painter = ui.painter_at(rect);
        #[cfg(test)]
        {
            self.seen = Some(view);
        }
        view.ground(&painter, cx.theme);
        let selected = self.selected.clone();
        let mut actions = Actions::default();
        edges::paint(&painter, &self.lines(cx, &view, is_still));
        edges::interact(ui, &view, &self.scene, &background, &mut actions);
        nodes::show(ui, cx, &view, &mut self.scene, selected.as_ref(), &mut actions);
        edges::labels(&painter, &self.lines(cx, &view, is_still));
        if !is_still {
            let packets = self.playback.packets(cx.clock);
            packets::paint(&painter, &view, &self.scene, &packets, cx.theme);
            packets::interact(ui, &view, &self.scene, &packets, &mut self.held, &mut actions);
        }
        let legend = legend::show(ui, rect, &self.playback, cx);
        if self.scene.is_called() {
            caption::note(ui, rect, scene, cx.theme);
        } else {
            caption::first_call(ui, rect, cx);
        }
        if let Some(selected) = &selected {
            let place = Rect::from_min_max(rect.min, pos2(rect.right(), legend.top()));
            inspector::show(ui, cx, place, &self.scene, &snapshot, selected, &mut actions);
            let is_covered = ui.memory(|memory| memory.top_modal_layer().is_some());
            let is_free =
                !is_covered && !ui.ctx().text_edit_focused() && !egui::Popup::is_any_open(ui.ctx());
            if is_free && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
                actions.push(Action::Select(None));
            }
        }
        if let Some(log) = &cx.state.log {
            let place = Rect::from_min_max(rect.min, pos2(rect.right(), legend.top()));
            log::show(cx, ui, place, log, &mut actions);
        }
        if let Some(mut form) = self.fault.take()
            && form.show(cx, ui, rect, &mut actions)
        {
            self.fault = Some(form);
        }
        self.carry_out(cx, actions);
        self.ask_for_frames(cx, is_still);
    }

    fn lines<'a>(
        &'a self,
        cx: &'a PanelCx<'_>,
        view: &'a camera::View,
        is_still: bool,
    ) -> edges::Lines<'a> {
        let selected = self.selected.as_ref();
        let (scene, playback) = (&self.scene, &self.playback);
        edges::Lines { view, scene, playback, selected, is_still, theme: cx.theme }
    }

    /// Edges outside the scene on which old calls are played again.
    fn played(&self, scene: crate::model::Scene) -> BTreeSet<EdgeKey> {
        match scene.edges() {
            Some(_) => self.playback.replayed().cloned().collect(),
            None => BTreeSet::new(),
        }
    }

    /// What other panes ask for.
    fn hear(&mut self, cx: &PanelCx<'_>) {
        for ask in cx.asks {
            match ask {
                Ask::PlayTrace(trace) => {
                    self.wanted = Some(*trace);
                    self.frozen = None;
                    cx.send(Command::FetchTrace(*trace));
                }
                Ask::Freeze => self.turn_freeze(cx),
                Ask::Fit => self.fit(cx),
                _ => {}
            }
        }
        let Some(wanted) = self.wanted else { return };
        let fetched = cx.state.traces.get(&wanted).and_then(|slot| slot.value());
        if let Some(trace) = cx.snapshot.trace(wanted).or(fetched) {
            self.playback.replay(trace, &cx.snapshot.topology, cx.clock);
            self.wanted = None;
        }
    }

    fn carry_out(&mut self, cx: &PanelCx<'_>, actions: Actions) {
        for action in actions.0 {
            match action {
                Action::Select(selected) => {
                    match &selected {
                        Some(Selected::Edge(key)) => cx.ask(Ask::ShowEdge(key.clone())),
                        Some(Selected::Node(name)) => cx.ask(Ask::ShowService(Arc::clone(name))),
                        None => {}
                    }
                    // The log stands where the inspector does.
                    if selected.is_some() && cx.state.log.is_some() {
                        cx.send(Command::FollowLog(None));
                    }
                    self.selected = selected;
                }
                Action::OpenCall(trace) => cx.ask(Ask::ShowTrace(trace)),
                Action::PlayLatest(service) => {
                    let latest = cx.snapshot.traces.iter().rev().find(|trace| {
                        trace.spans.iter().any(|span| span.service == service && !span.is_internal)
                    });
                    if let Some(trace) = latest {
                        cx.ask(Ask::PlayTrace(trace.id));
                    }
                }
                Action::Send(command) => {
                    if matches!(command, Command::FollowLog(Some(_))) {
                        self.selected = None;
                    }
                    cx.send(command);
                }
                Action::EditFault(form) => self.fault = Some(form),
            }
        }
    }

    fn ask_for_frames(&self, cx: &PanelCx<'_>, is_still: bool) {
        if self.scene.is_sliding(cx.now) || self.camera.is_gliding(cx.now) {
            cx.request_motion();
        }
        if is_still {
            return;
        }
        match self.playback.next_wakeup(cx.clock) {
            Some(at) if at <= cx.clock => cx.request_motion(),
            Some(at) => cx.wake_after(at.since(cx.clock)),
            None => {}
        }
    }
}

/// What the person did to the picture this frame.
#[derive(Debug, Default)]
struct Actions(Vec<Action>);

#[derive(Debug)]
enum Action {
    Select(Option<Selected>),
    OpenCall(TraceId),
    PlayLatest(Arc<str>),
    Send(Command),
    EditFault(faults::FaultForm),
}

impl Actions {
    fn push(&mut self, action: Action) {
        self.0.push(action);
    }
}

/// `1 instance`, `2 of 3 instances`.
fn instances_text(n_ready: usize, n_all: usize) -> String {
    if n_ready == n_all {
        crate::text::count("flow.instances", n_all as u64, &[])
    } else {
        fill("flow.instances_ready", &[("ready", &n_ready), ("all", &n_all)])
    }
}

/// A rectangle that keeps away from the pane's border.
fn inset(rect: Rect) -> Rect {
    rect.shrink(crate::ui::theme::space::M)
}
