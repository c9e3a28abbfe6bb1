//! The page over the whole window: opened, run, followed, saved.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use crate::model::Way;
use crate::session::{Command, CompareFile, CompareProgress, CompareView, sample_comparison};
use crate::ui::cx::Pick;
use crate::ui::window_tests::{FakeRoad, Window, state, window};

fn opened() -> (Window, FakeRoad) {
    let (mut window, road) = window(state(), (1280.0, 800.0));
    window.get_by_label("Compare by every way...").click();
    window.run_steps(4);
    (window, road)
}

#[test]
fn run_asks_for_the_shown_draft_and_cancel_gives_it_up() {
    let (mut window, road) = opened();
    let draft = window.state().shown_state().active.unwrap();
    window.get_by_label("The same call by every way");
    window.get_by_label("Run").click();
    window.run_steps(3);
    let sent = road.sent();
    let is_run =
        |c: &Command| matches!(c, Command::Compare { draft: of, n_calls: 200 } if *of == draft);
    assert!(sent.iter().any(is_run), "{sent:?}");

    let progress = Some(CompareProgress { way: Way::ALL[2], n_done: 250, n_all: 1_200 });
    let running =
        CompareView { draft: Some(draft), is_running: true, progress, ..CompareView::default() };
    road.publish(|state| state.compare = running);
    window.run_steps(3);
    window.get_by_label("gRPC, 250 of 1,200 calls");
    assert!(window.query_by_label("Run").is_none());
    window.get_by_label("Cancel").click();
    window.run_steps(3);
    assert!(matches!(road.sent().as_slice(), [Command::CancelCompare]));
}

#[test]
fn what_came_of_it_is_told_and_saved() {
    let (mut window, road) = opened();
    let draft = window.state().shown_state().active;
    let result = Some(Arc::new(sample_comparison()));
    road.publish(|state| {
        state.compare = CompareView { draft, result, ..CompareView::default() };
    });
    window.run_steps(3);
    // Way, calls, failed, connections, then times.
    window.get_by_label_contains("gRPC, 4, 1, 1, 5.00 ms");
    window.get_by_label_contains("gRPC, kept, 10 / 20, 100 / 50");
    window.get_by_label_contains("Bars of the bytes");
    window.get_by_label_contains("there is no gateway");
    for save in ["Save table...", "Save picture..."] {
        window.get_by_label(save);
    }
    let path = PathBuf::from("/out/compare");
    window.state_mut().picked(Pick::SaveCompareCsv, vec![path.clone()]);
    window.state_mut().picked(Pick::SaveComparePng, vec![path]);
    let sent = road.sent();
    let [
        Command::SaveComparison { file: CompareFile::Csv, .. },
        Command::SaveComparison { file: CompareFile::Png(chart, _), .. },
    ] = sent.as_slice()
    else {
        panic!("{sent:?}");
    };
    assert_eq!(chart.title, "Greeter/SayHello");

    window.key_press_modifiers(Modifiers::NONE, Key::Escape);
    window.run_steps(4);
    assert!(window.query_by_label("Save table...").is_none(), "closed");
}

/// What another draft's call came to is not shown as this one's.
#[test]
fn each_draft_has_its_own_comparison() {
    let (mut window, road) = opened();
    let result = Some(Arc::new(sample_comparison()));
    road.publish(|state| {
        state.compare = CompareView { draft: None, result, ..CompareView::default() };
    });
    window.run_steps(3);
    window.get_by_label("The same call by every way");
}
