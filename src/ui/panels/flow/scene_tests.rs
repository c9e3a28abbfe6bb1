//! What of the picture each scene shows, and how one becomes another.

use egui::Role;
use egui_kittest::kittest::Queryable as _;

use super::tests::{Pane, SIZE, button, pane_of, store};
use super::*;
use crate::flow::testing::{at, order, trace_id};
use crate::model::Scene;
use crate::session::{DemoPhase, State};
use crate::workspace::Settings;

fn in_scene(scene: Scene) -> State {
    State { settings: Settings { scene, ..Settings::default() }, ..State::default() }
}

fn is_shown(pane: &Pane, name: &str) -> bool {
    pane.query_all_by_label_contains(name).next().is_some()
}

#[test]
fn each_scene_shows_its_own_and_says_what_to_do() {
    for (scene, shown, hidden) in [
        (Scene::Hello, &["client, 0", "greeter, 2", "client to greeter"][..], &["gateway, "][..]),
        (Scene::ThroughGateway, &["client, 0", "gateway, 1", "gateway to greeter"], &["orders, "]),
        (
            Scene::Shop,
            &["client, 0", "gateway, 1", "orders, ", "payment, "],
            &["client to greeter"],
        ),
    ] {
        for size in [SIZE, (480.0, 420.0), (1_100.0, 700.0)] {
            let pane = pane_of(in_scene(scene), store(), 0, size);
            for name in shown {
                let place = button(&pane, name);
                assert!(Rect::from_min_size(egui::Pos2::ZERO, size.into()).contains_rect(place));
            }
            for name in hidden {
                assert!(!is_shown(&pane, name), "{name} in {scene:?}");
            }
            pane.get_by_label("Choose a method on the left");
        }
    }
}

#[test]
fn another_scene_is_fitted_anew_and_nodes_slide_there() {
    for is_still in [false, true] {
        let mut state = in_scene(Scene::Shop);
        state.settings.reduce_motion = is_still;
        let mut pane = pane_of(state, store(), 0, SIZE);
        let before = button(&pane, "greeter, 2 instances");
        pane.state_mut().state.settings.scene = Scene::Hello;
        pane.run_steps(1);
        let first = button(&pane, "greeter, 2 instances");
        pane.run_steps(40);
        let there = button(&pane, "greeter, 2 instances");
        assert!(there.center().distance(before.center()) > 40.0, "{before:?} {there:?}");
        let is_under_way = first.center().distance(there.center()) > 5.0;
        assert_eq!(is_under_way, !is_still, "{before:?} {first:?} {there:?}");
        pane.state_mut().state.settings.scene = Scene::Shop;
        pane.run_steps(40);
        let back = button(&pane, "greeter, 2 instances");
        assert!(back.center().distance(before.center()) < 1.0, "{before:?} {back:?}");
    }
}

#[test]
fn a_call_outside_the_scene_shows_while_it_is_made() {
    let mut reports = store();
    reports.feed(order(1));
    let mut pane = pane_of(in_scene(Scene::Hello), reports, 60, SIZE);
    let greeter = button(&pane, "greeter, 2 instances");
    for name in ["gateway, 1 instance, 1 call", "orders to payment, 1 call"] {
        assert!(is_shown(&pane, name), "{name}");
    }
    let mut later = store();
    later.feed(order(1));
    let mut snapshot = later.snapshot(60_000);
    snapshot.revision += 10;
    pane.state_mut().snapshot = Arc::new(snapshot);
    pane.state_mut().clock = at(60_000);
    pane.run_steps(40);
    assert!(!is_shown(&pane, "gateway, 1 instance"), "the call is over");
    pane.get_by_role_and_label(Role::Button, "client to greeter, 0 calls");
    // What is played again is seen on its way.
    pane.state_mut().asks = vec![Ask::PlayTrace(trace_id(1))];
    pane.run_steps(3);
    assert!(is_shown(&pane, "orders to payment, 1 call"));
    assert!(greeter.width() > 0.0);
}

#[test]
fn a_stopped_demo_offers_to_start() {
    let mut state = in_scene(Scene::Shop);
    state.demo = DemoPhase::Stopped;
    let mut pane = pane_of(state, store(), 0, SIZE);
    pane.get_by_label("The demo is stopped");
    pane.get_by_label("Start demo").click();
    pane.run_steps(2);
    assert!(matches!(pane.state().sent[..], [Command::StartDemo]));
}

#[test]
fn calls_of_guests_are_no_first_call_of_a_scene() {
    let mut reports = store();
    reports.feed(order(1));
    let pane = pane_of(in_scene(Scene::Hello), reports, 60, SIZE);
    assert!(is_shown(&pane, "orders, "));
    pane.get_by_label("Choose a method on the left");
}

#[test]
fn a_scene_that_was_called_says_what_it_shows() {
    let mut reports = store();
    reports.feed(order(1));
    let pane = pane_of(in_scene(Scene::ThroughGateway), reports, 60, SIZE);
    pane.get_by_label("The gateway takes the instances of the greeter in turn.");
    assert!(!is_shown(&pane, "Choose a method on the left"));
}

#[test]
fn guests_move_nothing_of_a_scene() {
    let quiet = pane_of(in_scene(Scene::ThroughGateway), store(), 0, SIZE);
    let mut reports = store();
    reports.feed(order(1));
    let busy = pane_of(in_scene(Scene::ThroughGateway), reports, 60, SIZE);
    let levels = |pane: &Pane| {
        ["client, ", "gateway, 1", "greeter, 2"].map(|name| button(pane, name).center().y)
    };
    for pane in [&quiet, &busy] {
        let [client, gateway, greeter] = levels(pane);
        assert!((client - gateway).abs() < 1.0 && (gateway - greeter).abs() < 1.0);
    }
    assert!(is_shown(&busy, "orders, "));
}
