//! Keys of the whole window where something else has them too: a field, an editor, a page, a list that changes.

use std::sync::Arc;

use egui::Role;
use egui::accesskit::Toggled;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::command_tests::{changes, keys};
use super::window_tests::{Window, state, window};
use crate::model::{
    Call, CallBody, CallId, DraftId, MethodPath, Request, SourceId, Timestamp, TraceContext,
};
use crate::session::{Account, Answer, AnswerBody, Scratch};
use crate::workspace::SettingChange;

const SIZE: (f32, f32) = (1280.0, 800.0);

#[test]
fn esc_leaves_a_field_first_and_cancels_then() {
    let mut given = state();
    given.answers.insert(DraftId(7), Arc::new(running()));
    let (mut window, road) = window(given, SIZE);
    window.get_by_role_and_label(Role::TextInput, "name").focus();
    window.run_steps(2);
    keys(&mut window, "Escape");
    assert_eq!(format!("{:?}", road.sent()), "[]", "the field is left");
    keys(&mut window, "Escape");
    assert_eq!(format!("{:?}", road.sent()), "[CancelCall(DraftId(7))]");
}

/// A call that nobody has answered yet.
fn running() -> Answer {
    let method = MethodPath::parse("Greeter/SayHello").unwrap();
    let body = CallBody::Grpc { method, messages: Vec::new() };
    let request = Arc::new(Request::new("127.0.0.1:8080".parse().unwrap(), body));
    let call = Call::begin(CallId(1), request, Timestamp(1), TraceContext::root());
    Answer {
        draft: DraftId(7),
        refusal: None,
        call: Some(Arc::new(call)),
        body: AnswerBody::None,
        wire: Arc::default(),
        legs: Arc::default(),
        account: Account::default(),
        trace: None,
        trail: None,
        trouble: Arc::default(),
    }
}

#[test]
fn editors_are_among_what_the_keys_step_through_and_close() {
    let mut given = state();
    let scratch = Scratch {
        source: SourceId(1),
        name: "scratch-1.proto".to_owned(),
        text: "".into(),
        revision: 1,
        n_checked: 1,
        roots: Vec::new(),
        has_tab: true,
        taken: None,
    };
    given.scratches = vec![Arc::new(scratch)];
    let (mut window, road) = window(given, SIZE);
    keys(&mut window, "Ctrl+Tab");
    assert_eq!(format!("{:?}", road.sent()), "[ShowEditor(SourceId(1))]");
    road.publish(|state| (state.active, state.editor) = (None, Some(SourceId(1))));
    window.run_steps(3);
    road.sent();
    keys(&mut window, "Ctrl+Tab");
    assert_eq!(format!("{:?}", road.sent()), "[ActivateDraft(DraftId(7))]");
    // Behind a page nothing is closed.
    keys(&mut window, "Ctrl+,");
    keys(&mut window, "Ctrl+W");
    assert_eq!(format!("{:?}", road.sent()), "[]");
    keys(&mut window, "Escape");
    keys(&mut window, "Ctrl+W");
    assert_eq!(format!("{:?}", road.sent()), "[CloseEditor(SourceId(1))]");
}

#[test]
fn what_is_being_typed_counts_when_the_page_is_closed_by_its_key() {
    let (mut window, road) = window(state(), SIZE);
    keys(&mut window, "Ctrl+,");
    window.get_by_role_and_label(Role::TextInput, "Search the settings").type_text("proxy");
    window.run_steps(3);
    window.get_by_role_and_label(Role::TextInput, "HTTP proxy").focus();
    window.run_steps(2);
    let field = window.get_by_role_and_label(Role::TextInput, "HTTP proxy");
    field.type_text("http://proxy.example:3128");
    window.run_steps(3);
    keys(&mut window, "Ctrl+,");
    assert!(window.query_by_label("Search the settings").is_none());
    let proxy = "http://proxy.example:3128".parse().ok();
    assert_eq!(changes(&road), [SettingChange::Proxy(proxy)]);
}

#[test]
fn what_was_chosen_stays_chosen_when_the_list_changes() {
    let (mut window, road) = window(state(), SIZE);
    keys(&mut window, "Ctrl+K");
    window.get_by_role_and_label(Role::TextInput, "Find or run").type_text("gateway");
    window.run_steps(3);
    keys(&mut window, "Down");
    let chosen = |window: &Window| {
        let rows = window.query_all_by_role(Role::Button);
        let rows = rows.map(|node| node.accesskit_node());
        let mut rows = rows.filter(|node| node.toggled() == Some(Toggled::True));
        rows.find_map(|node| node.label()).unwrap()
    };
    let before = chosen(&window);
    // Another command can be done now, and stands above it.
    road.publish(|state| state.gateway.address = None);
    window.run_steps(3);
    assert_eq!(chosen(&window), before);
}
