use egui::{Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::*;
use crate::flow::testing::{Reports, failed_refund, order};
use crate::model::{Change, ChangeKind};
use crate::session::State;
use crate::ui::bilingual::Bilingual;
use crate::ui::testing::{Bench, bench};

type Pane = Bilingual<Bench<Latency>>;

fn pane(n_orders: u64, size: (f32, f32)) -> Pane {
    let mut reports = Reports::new();
    reports.feed((1..=n_orders).flat_map(order));
    if n_orders > 0 {
        reports.feed([failed_refund()]);
    }
    let snapshot = reports.snapshot(60);
    let mut pane = bench(Latency::default(), (State::default(), snapshot), size, Latency::ui);
    pane.run_steps(3);
    pane
}

fn shown(pane: &Pane) -> String {
    let combo = pane.get_by_role(Role::ComboBox);
    combo.accesskit_node().value().unwrap_or_default()
}

#[test]
fn before_the_first_call_the_axis_waits() {
    for size in [(775.0, 330.0), (480.0, 220.0)] {
        let mut pane = pane(0, size);
        pane.get_by_label("Latency appears here with the first call");
        pane.get_by_label("Percentiles").click();
        pane.run_steps(3);
        pane.get_by_label("Nothing measured yet");
        pane.get_by_label_contains("once a call has ended");
    }
}

#[test]
fn the_histogram_tells_percentiles_and_never_an_average() {
    let mut pane = pane(3, (775.0, 330.0));
    pane.get_by_label("Histogram").click();
    pane.run_steps(3);
    let image = pane.get_by_role(Role::Image);
    let name = image.accesskit_node().label().unwrap();
    assert!(name.starts_with("3 calls · p50 50"), "{name}");
    assert!(name.contains(" · p90 ") && name.contains(" · p99 ") && name.contains(" · slowest "));
    assert_eq!(shown(&pane), "all calls");
}

#[test]
fn the_table_lists_edges_and_their_methods_and_a_row_shows_its_histogram() {
    for size in [(775.0, 330.0), (480.0, 330.0)] {
        let mut pane = pane(3, size);
        pane.get_by_label("Percentiles").click();
        pane.run_steps(3);
        pane.get_by_label_contains("client to gateway, 3 calls, 0 % failed, p50 50");
        pane.get_by_label_contains("orders to payment, 4 calls, 25 % failed");
        pane.get_by_label_contains("Charge, 3 calls, 0 % failed, p50 30");
        pane.get_by_label_contains("Refund, 1 calls, 100 % failed, p50 7").click();
        pane.run_steps(3);
        assert_eq!(shown(&pane), "orders to payment · Refund");
        pane.get_by_label("Histogram").click();
        pane.run_steps(3);
        let image = pane.get_by_role(Role::Image);
        assert!(image.accesskit_node().label().unwrap().starts_with("1 call · p50 7"));
    }
}

#[test]
fn what_is_selected_in_the_diagram_is_shown() {
    let mut pane = pane(3, (775.0, 330.0));
    let key = EdgeKey { caller: "gateway".into(), callee: "greeter".into() };
    for (ask, expect) in [
        (Ask::ShowService("payment".into()), "calls to payment"),
        (Ask::ShowEdge(key), "gateway to greeter"),
    ] {
        pane.state_mut().asks = vec![ask];
        pane.run_steps(3);
        assert_eq!(shown(&pane), expect);
    }
    pane.get_by_label_contains("No call has ended here yet");
}

#[test]
fn the_subject_is_chosen_by_mouse_and_keyboard() {
    let mut pane = pane(3, (775.0, 600.0));
    pane.get_by_role(Role::ComboBox).click();
    pane.run_steps(3);
    pane.get_by_label("calls to orders").click();
    pane.run_steps(3);
    assert_eq!(shown(&pane), "calls to orders");
    pane.get_by_role(Role::ComboBox).focus();
    pane.run_steps(2);
    pane.key_press(Key::Space);
    pane.run_steps(3);
    pane.get_by_label("orders to payment");
    pane.get_by_label_contains("Charge").click();
    pane.run_steps(3);
    assert_eq!(shown(&pane), "orders to payment · Charge");
}

#[test]
fn the_last_minutes_show_calls_and_go_quiet() {
    for size in [(775.0, 330.0), (480.0, 220.0)] {
        let mut pane = pane(3, size);
        pane.state_mut().clock = crate::flow::testing::at(60);
        let change = |millis, kind| Change { at: crate::flow::testing::at(millis), kind };
        pane.state_mut().state.changes = Arc::new(vec![
            change(10, ChangeKind::Killed("payment-1".into())),
            change(20, ChangeKind::Traffic { per_second: 20 }),
        ]);
        pane.run_steps(2);
        pane.get_by_label("3 calls in the last three minutes");
        pane.state_mut().clock = crate::flow::testing::at(600_000);
        pane.run_steps(2);
        pane.get_by_label("No call has ended here in the last three minutes");
    }
}
