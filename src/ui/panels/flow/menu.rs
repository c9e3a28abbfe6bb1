//! What a node's menu offers: its newest call once more, and hands on the service and its instances.

use std::sync::Arc;

use egui::{Button, Ui};

use super::faults::FaultForm;
use super::{Action, Actions};
use crate::flow::{Node, NodeInstance};
use crate::model::{Fault, InstanceState, NodeKind, Whom};
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
    let whom = Whom::Service(node.name.to_string());
    let fault = common_fault(node);
    ui.separator();
    if ui.button(t("flow.add_instance")).on_hover_text(t("flow.add_instance_tip")).clicked() {
        actions.push(Action::Send(Command::AddInstance(Arc::clone(&node.name))));
        ui.close();
    }
    faults(ui, &whom, &node.name, fault, actions);
    ui.separator();
    for instance in node.instances.iter().filter(|instance| instance.state.is_some()) {
        ui.menu_button(&*instance.name, |ui| of_instance(ui, node, instance, actions));
    }
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
    let has_siblings = node.instances.iter().filter(|i| i.state.is_some()).count() > 1;
    let remove = Command::RemoveInstance(name());
    item(ui, has_siblings, "flow.remove", t("flow.remove_tip"), remove);
    let log = Command::FollowLog(Some(name()));
    item(ui, true, "flow.log", t("flow.log_tip"), log);
    ui.separator();
    let whom = Whom::Instance(instance.name.to_string());
    faults(ui, &whom, &instance.name, instance.fault, actions);
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

/// The items say what, their names for a reader also to whom: an instance's stand beside the service's.
fn faults(ui: &mut Ui, whom: &Whom, name: &Arc<str>, fault: Fault, actions: &mut Actions) {
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
    if !fault.is_none() && item(ui, t("flow.leave_alone"), &crate::text::fault(&fault)) {
        set(Fault::default());
    }
}

/// The fault that all instances have; where they differ, that of the first that has one.
fn common_fault(node: &Node) -> Fault {
    node.instances.iter().map(|i| i.fault).find(|fault| !fault.is_none()).unwrap_or_default()
}
