//! What a node's menu offers: its newest call once more, and hands on the service and its instances.

use std::sync::Arc;

use egui::{Button, Ui};

use super::faults::FaultForm;
use super::{Action, Actions};
use crate::flow::{Node, NodeInstance};
use crate::model::{Fault, InstanceState, NodeKind, OTHERS, Whom};
use crate::session::Command;
use crate::text::{fill, t};

/// The menu of a node.
pub(super) fn show(ui: &mut Ui, node: &Node, actions: &mut Actions) {
    ui.set_min_width(180.0);
    if ui.add_enabled(node.n_calls > 0, Button::new(t("flow.play_latest"))).clicked() {
        actions.push(Action::PlayLatest(Arc::clone(&node.name)));
        ui.close();
    }
    match node.kind {
        NodeKind::Demo | NodeKind::Mock => of_service(ui, node, actions),
        NodeKind::Gateway => of_gateway(ui, node, actions),
        NodeKind::Client | NodeKind::External => {}
    }
    let is_server = match node.kind {
        NodeKind::Client => false,
        // Who was never called is a client that reports nothing.
        NodeKind::External => node.n_calls > 0 && &*node.name != OTHERS,
        NodeKind::Gateway | NodeKind::Demo | NodeKind::Mock => true,
    };
    if is_server && ui.button(t("tap.tap_node")).on_hover_text(t("tap.tap_node_tip")).clicked() {
        actions.push(Action::Send(Command::TapService(Arc::clone(&node.name))));
        ui.close();
    }
}

fn of_gateway(ui: &mut Ui, node: &Node, actions: &mut Actions) {
    let is_up = node.instances.iter().any(|i| i.state == Some(InstanceState::Ready));
    let (key, command) = if is_up {
        ("flow.stop", Command::StopGateway)
    } else {
        ("flow.start", Command::StartGateway)
    };
    if ui.button(fill(key, &[("instance", &node.name)])).clicked() {
        actions.push(Action::Send(command));
        ui.close();
    }
}

fn of_service(ui: &mut Ui, node: &Node, actions: &mut Actions) {
    ui.separator();
    if ui.button(t("flow.add_instance")).on_hover_text(t("flow.add_instance_tip")).clicked() {
        actions.push(Action::Send(Command::AddInstance(Arc::clone(&node.name))));
        ui.close();
    }
    let whom = Whom::Service(node.name.to_string());
    let (fault, borne) = (common_fault(node), borne(node));
    faults(ui, Bearer { whom, name: &node.name, fault, borne }, actions);
    ui.separator();
    all_of(ui, node, actions);
    for instance in declared(node) {
        ui.menu_button(&*instance.name, |ui| of_instance(ui, node, instance, actions));
    }
}

/// The life of all instances at once, where there is more than one.
fn all_of(ui: &mut Ui, node: &Node, actions: &mut Actions) {
    if declared(node).count() < 2 {
        return;
    }
    let mut item = |key, tip: Option<&str>, state, command: fn(Arc<str>) -> Command| {
        let meant = || declared(node).filter(|instance| instance.state == Some(state));
        if meant().next().is_none() {
            return;
        }
        let button = ui.button(fill(key, &[("service", &node.name)]));
        if tip.map_or(button.clone(), |tip| button.on_hover_text(tip)).clicked() {
            meant().for_each(|one| actions.push(Action::Send(command(Arc::clone(&one.name)))));
            ui.close();
        }
    };
    item("flow.start_all", None, InstanceState::Stopped, Command::StartInstance);
    item("flow.stop_all", None, InstanceState::Ready, Command::StopInstance);
    let tip = Some(t("flow.kill_tip"));
    item("flow.kill_all", tip, InstanceState::Ready, Command::KillInstance);
    ui.separator();
}

/// Those that are ours, beside those that are known from their spans alone.
fn declared(node: &Node) -> impl Iterator<Item = &NodeInstance> {
    node.instances.iter().filter(|instance| instance.state.is_some())
}

fn of_instance(ui: &mut Ui, node: &Node, instance: &NodeInstance, actions: &mut Actions) {
    ui.set_min_width(160.0);
    let name = || Arc::clone(&instance.name);
    let is_ready = instance.state == Some(InstanceState::Ready);
    if life_button(ui, instance, actions) {
        ui.close();
    }
    let mut item = |ui: &mut Ui, is_possible: bool, key, tip, command: Command| {
        let words = fill(key, &[("instance", &instance.name)]);
        if ui.add_enabled(is_possible, Button::new(words)).on_hover_text(tip).clicked() {
            actions.push(Action::Send(command));
            ui.close();
        }
    };
    item(ui, is_ready, "flow.kill", t("flow.kill_tip"), Command::KillInstance(name()));
    let has_siblings = declared(node).count() > 1;
    let remove = Command::RemoveInstance(name());
    item(ui, has_siblings, "flow.remove", t("flow.remove_tip"), remove);
    let log = Command::FollowLog(Some(name()));
    item(ui, true, "flow.log", t("flow.log_tip"), log);
    ui.separator();
    let whom = Whom::Instance(instance.name.to_string());
    let fault = instance.fault;
    let borne = (!fault.is_none()).then(|| crate::text::fault(&fault));
    faults(ui, Bearer { whom, name: &instance.name, fault, borne }, actions);
}

/// `Stop greeter-1` or `Start greeter-1`.
pub(super) fn life_button(ui: &mut Ui, instance: &NodeInstance, actions: &mut Actions) -> bool {
    let name = Arc::clone(&instance.name);
    let (key, command) = match instance.state {
        Some(InstanceState::Ready) => ("flow.stop", Command::StopInstance(name)),
        Some(InstanceState::Stopped) => ("flow.start", Command::StartInstance(name)),
        _ => return false,
    };
    let is_clicked = ui.button(fill(key, &[("instance", &instance.name)])).clicked();
    if is_clicked {
        actions.push(Action::Send(command));
    }
    is_clicked
}

/// Who may be given a fault.
struct Bearer<'a> {
    whom: Whom,
    name: &'a Arc<str>,
    /// What it bears as a whole.
    fault: Fault,
    /// What any part of it bears, in words.
    borne: Option<String>,
}

/// The items say what, their names for a reader also to whom: an instance's stand beside the service's.
fn faults(ui: &mut Ui, bearer: Bearer<'_>, actions: &mut Actions) {
    let Bearer { whom, name, fault, borne } = bearer;
    let item = |ui: &mut Ui, words: &str, tip: &str| {
        let response = ui.button(words).on_hover_text(tip);
        let is_clicked = response.clicked();
        response.accessible_name(format!("{words} {name}"));
        if is_clicked {
            ui.close();
        }
        is_clicked
    };
    let is_slow_wanted = item(ui, t("flow.slow"), t("flow.slow_tip"));
    if item(ui, t("flow.fail_some"), t("flow.fail_some_tip")) || is_slow_wanted {
        actions.push(Action::EditFault(FaultForm::new(whom.clone(), Arc::clone(name), fault)));
    }
    let mut set = |fault| {
        actions.push(Action::Send(Command::SetFault { whom: whom.clone(), fault }));
    };
    if !fault.is_hanging && item(ui, t("flow.hang"), t("flow.hang_tip")) {
        set(Fault { is_hanging: true, ..Fault::default() });
    }
    if borne.is_some_and(|words| item(ui, t("flow.leave_alone"), &words)) {
        set(Fault::default());
    }
}

/// The fault that all instances have; none where they differ.
fn common_fault(node: &Node) -> Fault {
    let mut faults = declared(node).map(|instance| instance.fault);
    let first = faults.next().unwrap_or_default();
    if faults.all(|fault| fault == first) { first } else { Fault::default() }
}

/// `payment-1: hangs`.
fn borne(node: &Node) -> Option<String> {
    let bearing = declared(node).filter(|instance| !instance.fault.is_none());
    let lines: Vec<_> = bearing
        .map(|instance| format!("{}: {}", instance.name, crate::text::fault(&instance.fault)))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
