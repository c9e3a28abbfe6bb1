//! The Mock tab of the whole window: what is typed there, and what others change meanwhile.

use std::sync::Arc;

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;

use super::window_tests::{FakeRoad, Window, state, window};
use crate::model::{Delay, MethodPath, MockAnswer, Problem, ProblemKind, SourceId, Spread};
use crate::schema::load_text;
use crate::session::{Command, MockEdit, MockView};

const SIZE: (f32, f32) = (1600.0, 1000.0);

fn say() -> MethodPath {
    MethodPath::parse("Greeter/SayHello").unwrap()
}

/// The session says that the method answers this.
fn say_answer(road: &FakeRoad, answer: &MockAnswer) {
    let (in_force, typed) = (answer.clone(), answer.clone());
    say_edit(road, MockEdit { in_force, typed, problems: Arc::default() });
}

fn say_edit(road: &FakeRoad, edit: MockEdit) {
    road.publish(|state| {
        let mock = MockView {
            name: "greeter-mock".into(),
            address: Some("127.0.0.1:7001".parse().unwrap()),
            answers: [(say(), edit)].into(),
        };
        state.mocks.insert(SourceId(1), Arc::new(mock));
    });
}

fn opened(answer: &MockAnswer) -> (Window, FakeRoad) {
    let (mut window, road) = window(state(), SIZE);
    say_answer(&road, answer);
    window.run_steps(3);
    window.get_by_label("Mock").click();
    window.run_steps(4);
    road.sent();
    (window, road)
}

fn body(text: &str) -> MockAnswer {
    MockAnswer { body: format!("{{\"message\": \"{text}\"}}"), ..MockAnswer::default() }
}

/// What the editor holds.
fn shown(window: &Window) -> String {
    window.get_by_role(Role::MultilineTextInput).value().unwrap_or_default()
}

fn last_answer(road: &FakeRoad) -> Option<MockAnswer> {
    road.sent().into_iter().rev().find_map(|command| match command {
        Command::SetMockAnswer { answer, .. } => Some(answer),
        _ => None,
    })
}

#[test]
fn an_answer_that_changes_elsewhere_is_shown_and_not_overwritten() {
    let (mut window, road) = opened(&body("first"));
    assert!(shown(&window).contains("first"));
    // Another draft of the same method.
    say_answer(&road, &body("second"));
    window.run_steps(3);
    assert!(shown(&window).contains("second"), "{}", shown(&window));
    window.get_by_role(Role::MultilineTextInput).focus();
    window.run_steps(2);
    window.get_by_role(Role::MultilineTextInput).type_text(" ");
    window.run_steps(3);
    let sent = last_answer(&road).unwrap();
    assert!(sent.body.contains("second"), "{sent:?}");
    // What the session says meanwhile is older than what was typed.
    say_answer(&road, &body("second"));
    window.run_steps(3);
    assert_eq!(shown(&window), sent.body);
}

#[test]
fn undo_in_the_answer_leaves_the_request_alone() {
    let (mut window, road) = opened(&body("first"));
    window.get_by_role(Role::MultilineTextInput).focus();
    window.run_steps(2);
    window.get_by_role(Role::MultilineTextInput).type_text("typed");
    window.run_steps(3);
    say_answer(&road, &last_answer(&road).unwrap());
    window.run_steps(3);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(4);
    assert!(!shown(&window).contains("typed"), "{}", shown(&window));
    assert!(!format!("{:?}", road.sent()).contains("EditDraft"));
}

#[test]
fn a_look_at_the_tab_changes_nothing() {
    let mut answer = body("first");
    let longest = std::time::Duration::from_millis(80);
    answer.fault.delay = Some(Delay { longest, spread: Spread::Tail });
    let (mut window, road) = opened(&answer);
    window.run_steps(3);
    assert_eq!(format!("{:?}", road.sent()), "[]");
}

#[test]
fn the_tab_says_what_is_in_force() {
    let (mut window, road) = opened(&body("first"));
    let mut check = |in_force: MockAnswer, problem: fn(ProblemKind) -> Problem, words: &str| {
        let (name, message) = ("massage".to_owned(), "HelloReply".to_owned());
        let kind = ProblemKind::UnknownField { name, message, nearest: None };
        let problems = [problem(kind)].into();
        say_edit(&road, MockEdit { in_force, typed: body("second"), problems });
        window.run_steps(3);
        window.get_by_label_contains(words);
    };
    check(body("first"), Problem::error, "so the answer before it stays in force");
    check(MockAnswer::default(), Problem::error, "so the sample answers until it does");
    check(body("second"), Problem::warning, "In force, but");
}

/// How many messages a server stream has, and how far apart, stands beside its answer.
#[test]
fn a_server_stream_has_a_number_of_messages_and_a_pause() {
    let (mut window, road) = opened(&MockAnswer::default());
    assert!(window.query_by_label("Pause").is_none());
    let text =
        "syntax = \"proto3\"; message M {} service Greeter { rpc SayHello(M) returns (stream M); }";
    let streams = load_text("greeter.proto", text, &[]).schema;
    road.publish(|state| {
        for source in state.sources.iter_mut().filter(|source| source.id == SourceId(1)) {
            Arc::make_mut(source).schema = Some(Arc::new(streams.clone()));
        }
    });
    window.run_steps(4);
    window.get_by_label_contains("A server stream: this JSON, so many times.");
    let pause = window.get_by_role_and_label(Role::SpinButton, "Pause");
    pause.click();
    window.run_steps(4);
    window.event(egui::Event::Text("750".to_owned()));
    window.run_steps(2);
    window.key_press(egui::Key::Enter);
    window.run_steps(4);
    let answer = last_answer(&road).unwrap();
    assert_eq!((answer.stream.n_messages, answer.stream.pace.as_millis()), (3, 750));
}
