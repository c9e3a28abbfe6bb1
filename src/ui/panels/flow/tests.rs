use std::time::Duration;

use egui::{Role, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::*;
use crate::flow::PacketShape;
use crate::flow::testing::{Reports, at, call_of_a_stranger, order, topology, trace_id};
use crate::model::{Change, ChangeKind, Fault, InstanceState, Span, Topology, Whom};
use crate::session::State;
use crate::ui::bilingual::Bilingual;
use crate::ui::testing::{Bench, bench};
use crate::ui::theme;

pub(super) type Pane = Bilingual<Bench<Flow>>;

pub(super) const SIZE: (f32, f32) = (775.0, 500.0);

pub(super) fn store() -> Reports {
    Reports::new()
}

fn feed(store: &mut Reports, spans: impl IntoIterator<Item = Span>) {
    store.feed(spans);
}

pub(super) fn pane_with(store: Reports, millis: u64, size: (f32, f32)) -> Pane {
    pane_of(State::default(), store, millis, size)
}

/// The pane over this state.
pub(super) fn pane_of(state: State, mut store: Reports, millis: u64, size: (f32, f32)) -> Pane {
    let start = (state, Snapshot::default());
    let mut pane = bench(Flow::default(), start, size, |flow, cx, ui| {
        ui.horizontal(|ui| flow.tools(cx, ui));
        flow.ui(cx, ui);
    });
    pane.state_mut().clock = at(millis);
    pane.state_mut().snapshot = Arc::new(store.snapshot(millis));
    pane.run_steps(4);
    pane
}

/// After one good call, which has just ended and begins to play.
fn called() -> Pane {
    let mut store = store();
    feed(&mut store, order(1));
    pane_with(store, 60, SIZE)
}

fn rect_of(pane: &Pane, name: &str) -> Rect {
    pane.get_by_label(name).rect()
}

/// The button whose name begins like this.
pub(super) fn button(pane: &Pane, name: &str) -> Rect {
    let begins = |node: &egui_kittest::Node<'_>| {
        let node = node.accesskit_node();
        node.role() == Role::Button && node.label().is_some_and(|label| label.starts_with(name))
    };
    pane.root().children_recursive().find(begins).map(|node| node.rect()).expect(name)
}

fn packets(pane: &Pane) -> Vec<crate::flow::Packet> {
    pane.state().panel.playback.packets(pane.state().clock)
}

/// Where a dot is drawn.
fn spot(pane: &Pane, packet: &crate::flow::Packet) -> egui::Pos2 {
    let flow = &pane.state().panel;
    flow.seen.unwrap().to_screen(flow.scene.path(&packet.edge).unwrap().at(packet.t))
}

#[test]
fn before_the_first_call_the_cluster_is_there_and_says_what_to_do() {
    for size in [SIZE, (480.0, 420.0), (1_100.0, 700.0)] {
        let pane = pane_with(store(), 0, size);
        let nodes =
            ["client, 0 calls", "gateway, 1 instance, 0 calls", "greeter, 2 instances, 0 calls"];
        let edges = ["client to gateway, 0 calls", "orders to payment, 0 calls"];
        for name in nodes.iter().chain(&edges) {
            let node = pane.get_by_role_and_label(Role::Button, name);
            let area = Rect::from_min_size(egui::Pos2::ZERO, size.into());
            assert!(area.contains_rect(node.rect()), "{name} at {size:?}");
        }
        pane.get_by_label("Choose a method on the left");
        let view = pane.state().panel.seen.unwrap();
        assert!(view.zoom >= 0.99 && view.font(theme::SMALL) >= theme::SMALL, "{}", view.zoom);
        let legend = pane.get_by_label_contains("request out, answer back").rect();
        assert!(legend.right() <= size.0, "{legend:?}");
    }
}

#[test]
fn names_tell_the_figures() {
    let pane = called();
    let node = pane.get_by_label_contains("payment, 2 instances, 1 call, p99 ");
    let edge = pane.get_by_label_contains("orders to payment, 1 call, p50 30");
    assert!(edge.accesskit_node().label().unwrap().contains(", p99 30"));
    assert!(node.rect().width() > 100.0);
}

#[test]
fn every_control_has_a_name() {
    let mut pane = called();
    pane.get_by_label_contains("greeter, 2 instances").click();
    pane.run_steps(3);
    let roles = [Role::Button, Role::Tab, Role::ComboBox, Role::Row];
    for node in pane.root().children_recursive() {
        let node = node.accesskit_node();
        let is_named = node.label().is_some_and(|label| !label.trim().is_empty());
        assert!(is_named || !roles.contains(&node.role()), "{node:?}");
    }
}

#[test]
fn a_node_and_an_edge_open_their_card_ask_latency_and_escape_closes() {
    let mut pane = called();
    pane.get_by_label_contains("greeter, 2 instances").click();
    pane.run_steps(3);
    assert_eq!(pane.state().asked, [Ask::ShowService("greeter".into())]);
    pane.get_by_label("greeter-2");
    pane.get_by_label("Close inspector");
    pane.key_press(Key::Escape);
    pane.run_steps(3);
    assert!(pane.query_by_label("Close inspector").is_none());
    pane.get_by_label_contains("orders to payment, 1 call").click();
    pane.run_steps(3);
    let key = EdgeKey { caller: "orders".into(), callee: "payment".into() };
    assert_eq!(pane.state().asked[1..], [Ask::ShowEdge(key)]);
    pane.get_by_label("orders → payment");
    pane.get_by_label("Close inspector").click();
    pane.run_steps(3);
    assert!(pane.query_by_label("orders → payment").is_none());
}

#[test]
fn the_card_shows_all_of_itself_in_small_panes_too() {
    for size in [(480.0, 330.0), SIZE] {
        let mut store = store();
        feed(&mut store, order(1));
        let mut pane = pane_with(store, 60, size);
        for (node, part) in [
            ("greeter, 2 instances", "Stop greeter-2"),
            ("payment, 2 instances", "Play again slowly"),
        ] {
            pane.get_by_label_contains(node).click();
            pane.run_steps(4);
            let rect = rect_of(&pane, part);
            assert!(rect.bottom() < size.1 - 12.0 && rect.left() > 0.0, "{part} {rect:?}");
        }
    }
}

#[test]
fn a_new_service_moves_nothing() {
    let mut store = store();
    feed(&mut store, order(1));
    let mut pane = pane_with(store, 60, SIZE);
    let known = ["client, ", "gateway, 1", "greeter, 2", "orders, 1", "payment, 2"];
    let rects = |pane: &Pane| known.map(|name| button(pane, name));
    let before = rects(&pane);
    let mut more = self::store();
    feed(&mut more, order(1));
    feed(&mut more, [call_of_a_stranger()]);
    let mut snapshot = more.snapshot(70);
    snapshot.revision += 10;
    pane.state_mut().snapshot = Arc::new(snapshot);
    pane.run_steps(30);
    let stranger = button(&pane, "127.0.0.1:7001, 1 call");
    assert_eq!(rects(&pane), before);
    assert!(before.iter().all(|rect| !rect.intersects(stranger)), "{stranger:?}");
    assert!(Rect::from_min_size(egui::Pos2::ZERO, SIZE.into()).contains_rect(stranger));
}

#[test]
fn a_dot_opens_its_call() {
    let mut pane = called();
    pane.state_mut().clock = at(280);
    pane.run_steps(2);
    let packet = packets(&pane).into_iter().next().unwrap();
    assert_eq!(packet.shape, PacketShape::RequestOut);
    let at_dot = spot(&pane, &packet);
    pane.hover_at(at_dot);
    pane.run_steps(2);
    pane.get_by_role_and_label(Role::Button, "Open this call");
    let button = egui::PointerButton::Primary;
    for pressed in [true, false] {
        let modifiers = Modifiers::NONE;
        pane.event(egui::Event::PointerButton { pos: at_dot, button, pressed, modifiers });
        pane.run_steps(1);
        // The dot moves on while the button is down; the click is still meant for it.
        pane.state_mut().clock = at(360);
    }
    pane.run_steps(2);
    assert_eq!(pane.state().asked, [Ask::ShowTrace(trace_id(1))]);
}

#[test]
fn frozen_keeps_picture_and_dots() {
    let mut pane = called();
    pane.state_mut().clock = at(280);
    pane.run_steps(1);
    pane.get_by_label("Freeze").click();
    pane.run_steps(2);
    let before = packets(&pane);
    assert!(!before.is_empty());
    let mut more = store();
    feed(&mut more, order(1).into_iter().chain(order(2)));
    let mut snapshot = more.snapshot(900);
    snapshot.revision += 10;
    pane.state_mut().snapshot = Arc::new(snapshot);
    pane.state_mut().clock = at(9_000);
    pane.run_steps(3);
    assert_eq!(packets(&pane), before);
    pane.get_by_label_contains("payment, 2 instances, 1 call,");
    pane.get_by_label("Freeze").click();
    pane.run_steps(3);
    pane.get_by_label_contains("payment, 2 instances, 2 calls");
}

#[test]
fn instances_are_stopped_and_started_from_card_and_menu() {
    let mut topology = Topology::clone(&topology());
    let greeter = topology.services.iter_mut().find(|s| &*s.name == "greeter").unwrap();
    greeter.instances[1].state = InstanceState::Stopped;
    let mut store = store();
    store.set_topology(Arc::new(topology));
    let mut pane = pane_with(store, 0, SIZE);
    let name = "greeter, 1 of 2 instances, 0 calls";
    pane.get_by_label(name).click_secondary();
    pane.run_steps(3);
    pane.get_by_label("greeter-1").click();
    pane.run_steps(3);
    pane.get_by_label("Stop greeter-1").click();
    pane.run_steps(3);
    pane.get_by_label(name).click();
    pane.run_steps(3);
    pane.get_by_label("Start greeter-2").click();
    pane.run_steps(3);
    let sent = &pane.state().sent;
    let stop = |c: &Command| matches!(c, Command::StopInstance(name) if &**name == "greeter-1");
    let start = |c: &Command| matches!(c, Command::StartInstance(name) if &**name == "greeter-2");
    assert!(sent.iter().any(stop) && sent.iter().any(start), "{sent:?}");
    pane.get_by_label("gateway, 1 instance, 0 calls").click_secondary();
    pane.run_steps(3);
    pane.get_by_label("Stop gateway").click();
    pane.run_steps(3);
    assert!(matches!(pane.state().sent.last(), Some(Command::StopGateway)));
}

#[test]
fn the_menu_of_a_card_opens_by_keyboard_and_gives_the_keyboard_back() {
    use egui::{Key, Modifiers};
    for (held, key) in [(Modifiers::SHIFT, Key::F10), (Modifiers::NONE, Key::Menu)] {
        let mut pane = called();
        let is_greeter = |node: &egui_kittest::Node<'_>| {
            node.accesskit_node().label().is_some_and(|label| label.starts_with("greeter, "))
        };
        pane.root().children_recursive().find(is_greeter).unwrap().focus();
        pane.run_steps(2);
        pane.key_press_modifiers(held, key);
        pane.run_steps(6);
        pane.get_by_label("Add an instance");
        let focused =
            pane.root().children_recursive().find(egui_kittest::Node::is_focused).unwrap();
        let name = focused.accesskit_node().label().unwrap();
        assert!(!name.starts_with("greeter, "), "{name} has the keyboard");
        pane.key_press(Key::Escape);
        pane.run_steps(3);
        assert!(pane.query_by_label("Add an instance").is_none());
        assert!(pane.root().children_recursive().find(is_greeter).unwrap().is_focused());
    }
}

#[test]
fn wheel_and_drag_look_elsewhere_and_fit_comes_back() {
    let mut pane = called();
    let name = "gateway, 1 instance";
    let fitted = button(&pane, name);
    pane.hover_at(fitted.center());
    let (unit, phase) = (egui::MouseWheelUnit::Point, egui::TouchPhase::Move);
    let (delta, modifiers) = (Vec2::new(0.0, 120.0), Modifiers::NONE);
    let source = egui::MouseWheelSource::Wheel;
    pane.event(egui::Event::MouseWheel { unit, delta, phase, modifiers, source });
    pane.run_steps(20);
    let zoomed = button(&pane, name);
    assert!(zoomed.width() > fitted.width() * 1.2);
    assert!(zoomed.center().distance(fitted.center()) < 1.0, "zooms at the pointer");
    pane.get_by_label("Fit").click();
    pane.run_steps(30);
    assert_eq!(button(&pane, name), fitted);
    // A node that is dragged stays where it was put, and Fit lets it go home.
    let to = fitted.center() + Vec2::new(0.0, 120.0);
    pane.drag_at(fitted.center());
    pane.run_steps(1);
    pane.hover_at(to);
    pane.run_steps(1);
    pane.drop_at(to);
    pane.run_steps(3);
    let moved = button(&pane, name);
    assert!((moved.center() - to).length() < 12.0, "{moved:?}");
    pane.get_by_label("Fit").click();
    pane.run_steps(30);
    assert_eq!(button(&pane, name), fitted);
}

#[test]
fn stillness_shows_no_dots_and_asks_for_no_frames() {
    let mut store = store();
    feed(&mut store, order(1));
    let mut pane = pane_with(store, 60, SIZE);
    pane.state_mut().state.settings.reduce_motion = true;
    pane.state_mut().clock = at(280);
    pane.run();
    let dot = spot(&pane, &packets(&pane)[0]);
    pane.hover_at(dot);
    pane.run();
    assert!(pane.query_by_label("Open this call").is_none());
}

#[test]
fn a_call_is_played_again_on_request() {
    let mut pane = called();
    pane.state_mut().clock = at(60_000);
    pane.run_steps(2);
    assert!(packets(&pane).is_empty());
    pane.get_by_label_contains("payment, 2 instances").click();
    pane.run_steps(3);
    pane.get_by_label("Play again slowly").click();
    pane.run_steps(3);
    let ask = Ask::PlayTrace(trace_id(1));
    assert!(pane.state().asked.contains(&ask));
    pane.state_mut().asks = vec![ask];
    pane.run_steps(1);
    pane.state_mut().clock = at(60_000) + Duration::from_millis(200);
    pane.run_steps(1);
    assert_eq!(packets(&pane).len(), 1);
    pane.get_by_label_contains("one dot, one request; slowed ");
}

/// Opens the menu of an instance.
fn menu_of(pane: &mut Pane, node: &str, instance: &str) {
    pane.get_by_label(node).click_secondary();
    pane.run_steps(3);
    pane.get_by_label(instance).click();
    pane.run_steps(3);
}

#[test]
fn hands_are_laid_on_services_and_instances() {
    let mut pane = pane_with(store(), 0, SIZE);
    let name = "greeter, 2 instances, 0 calls";
    let check = |pane: &mut Pane, item: &str, is_sent: fn(&Command) -> bool| {
        menu_of(pane, name, "greeter-1");
        pane.get_by_label(item).click();
        pane.run_steps(3);
        let sent = pane.state().sent.last();
        assert!(sent.is_some_and(is_sent), "{item}: {sent:?}");
    };
    check(&mut pane, "Kill greeter-1", |c| matches!(c, Command::KillInstance(_)));
    check(&mut pane, "Remove greeter-1", |c| matches!(c, Command::RemoveInstance(_)));
    check(&mut pane, "Log of greeter-1", |c| matches!(c, Command::FollowLog(Some(_))));
    check(
        &mut pane,
        "Hang greeter-1",
        |c| matches!(c, Command::SetFault { whom: Whom::Instance(_), fault } if fault.is_hanging),
    );
    pane.get_by_label(name).click_secondary();
    pane.run_steps(3);
    pane.get_by_label("Add an instance").click();
    pane.run_steps(3);
    assert!(matches!(pane.state().sent.last(), Some(Command::AddInstance(_))));
}

/// The pane, with these instances of `payment`.
fn with_payment(instances: [(InstanceState, Fault); 2]) -> Pane {
    let mut topology = Topology::clone(&topology());
    let payment = topology.services.iter_mut().find(|s| &*s.name == "payment").unwrap();
    for (instance, (state, fault)) in payment.instances.iter_mut().zip(instances) {
        (instance.state, instance.fault) = (state, fault);
    }
    let mut store = store();
    store.set_topology(Arc::new(topology));
    pane_with(store, 0, SIZE)
}

fn open_payment(pane: &mut Pane) {
    let is_payment = |node: &egui_kittest::Node<'_>| {
        node.accesskit_node().label().is_some_and(|label| label.starts_with("payment, "))
    };
    pane.root().children_recursive().find(is_payment).unwrap().click_secondary();
    pane.run_steps(3);
}

#[test]
fn all_instances_are_stopped_started_and_killed_at_once() {
    let check = |states: [InstanceState; 2], item: &str, expect: &[&str]| {
        let mut pane = with_payment(states.map(|state| (state, Fault::default())));
        open_payment(&mut pane);
        let Some(item) = pane.query_by_label(item) else {
            return assert_eq!(expect, &[""; 0], "{item}");
        };
        item.click();
        pane.run_steps(3);
        let sent = pane.state().sent.iter().filter_map(|command| match command {
            Command::StopInstance(name) => Some(format!("stop {name}")),
            Command::StartInstance(name) => Some(format!("start {name}")),
            Command::KillInstance(name) => Some(format!("kill {name}")),
            _ => None,
        });
        assert_eq!(sent.collect::<Vec<_>>(), expect);
    };
    let (ready, stopped) = (InstanceState::Ready, InstanceState::Stopped);
    check([ready, ready], "Stop all of payment", &["stop payment-1", "stop payment-2"]);
    check([ready, stopped], "Stop all of payment", &["stop payment-1"]);
    check([ready, stopped], "Start all of payment", &["start payment-2"]);
    check([ready, ready], "Kill all of payment", &["kill payment-1", "kill payment-2"]);
    check([ready, ready], "Start all of payment", &[]);
    check([stopped, stopped], "Kill all of payment", &[]);
}

#[test]
fn a_fault_of_one_instance_is_not_that_of_the_service() {
    let (ready, hung) = (InstanceState::Ready, Fault { is_hanging: true, ..Fault::default() });
    let mut pane = with_payment([(ready, hung), (ready, Fault::default())]);
    open_payment(&mut pane);
    pane.get_by_label("Leave alone payment");
    pane.get_by_label("Hang payment");
    pane.get_by_label("Slow... payment").click();
    pane.run_steps(3);
    let hang = pane.get_by_role_and_label(Role::CheckBox, "Hang: answer nothing at all");
    assert_eq!(hang.accesskit_node().toggled(), Some(egui::accesskit::Toggled::False));

    let mut pane = with_payment([(ready, hung), (ready, hung)]);
    open_payment(&mut pane);
    assert!(pane.query_by_label("Hang payment").is_none(), "all of it hangs");
}

#[test]
fn a_pane_that_is_lower_than_the_form_cuts_nothing_off() {
    let start = (State::default(), Snapshot::default());
    let mut pane = bench(Flow::default(), start, (775.0, 620.0), |flow, cx, ui| {
        let low = Rect::from_min_size(ui.max_rect().min, Vec2::new(775.0, 220.0));
        ui.scope_builder(egui::UiBuilder::new().max_rect(low), |ui| flow.ui(cx, ui));
    });
    pane.state_mut().snapshot = Arc::new(store().snapshot(0));
    pane.run_steps(4);
    open_payment(&mut pane);
    pane.get_by_label("Slow... payment").click();
    pane.run_steps(3);
    let apply = pane.get_by_label("Apply").rect().center();
    let close = pane.get_by_label("Close without a change").rect();
    assert!(close.top() > 0.0 && apply.y < 620.0, "{close:?} {apply:?}");
    for pressed in [true, false] {
        let (pos, button, modifiers) = (apply, egui::PointerButton::Primary, Modifiers::NONE);
        pane.hover_at(apply);
        pane.event(egui::Event::PointerButton { pos, button, pressed, modifiers });
        pane.run_steps(2);
    }
    assert!(matches!(pane.state().sent.last(), Some(Command::SetFault { .. })));
}

#[test]
fn a_form_slows_a_service_and_makes_it_fail() {
    let mut pane = pane_with(store(), 0, SIZE);
    pane.get_by_label("payment, 2 instances, 0 calls").click_secondary();
    pane.run_steps(3);
    pane.get_by_label("Slow... payment").click();
    pane.run_steps(3);
    pane.get_by_label("What payment has to bear");
    for field in ["Answers come later by", "Share of calls that fail"] {
        pane.get_by_role_and_label(Role::SpinButton, field);
    }
    let right = |pane: &mut Pane, field: &str| {
        let field = pane.get_by_role_and_label(Role::Slider, field);
        field.focus();
        pane.run_steps(2);
        pane.key_press(Key::ArrowRight);
        pane.run_steps(2);
    };
    right(&mut pane, "Answers come later by");
    right(&mut pane, "Share of calls that fail");
    pane.get_by_label("slowed by 10.0 ms, 1 % fail with UNAVAILABLE");
    pane.get_by_label("Apply").click();
    pane.run_steps(3);
    let Some(Command::SetFault { whom, fault }) = pane.state().sent.last() else {
        panic!("{:?}", pane.state().sent)
    };
    assert_eq!(*whom, Whom::Service("payment".into()));
    assert_eq!(fault.delay.map(|delay| delay.longest.as_millis()), Some(10));
    assert_eq!(fault.failing.map(|failing| failing.percent), Some(1));
    assert!(pane.query_by_label("What payment has to bear").is_none(), "the form is done with");
}

#[test]
fn the_strip_below_tells_calls_and_changes_by_name() {
    let mut pane = called();
    pane.get_by_label("1 call in the last three minutes");
    let kind = ChangeKind::Killed("payment-1".into());
    pane.state_mut().state.changes = Arc::new(vec![Change { at: at(60), kind }]);
    pane.state_mut().clock = at(12_060);
    pane.run_steps(2);
    pane.get_by_label("payment-1 killed, 12 s ago");
    pane.state_mut().clock = at(200_000);
    pane.run_steps(2);
    pane.get_by_label("0 calls in the last three minutes");
    assert!(pane.query_by_label_contains("payment-1 killed").is_none());
}
