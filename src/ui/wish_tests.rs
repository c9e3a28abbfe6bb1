//! What the window sends when menus, keys, dialogs and dropped files are used.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::cx::{PemFile, Pick};
use super::window_tests::{FakeRoad, Window, fill_field, notice, state, window};
use crate::model::{DraftId, Protocol, Scene, Severity, SourceId};
use crate::schema::load_text;
use crate::session::{Command, NoticeKind, Source, State, SystemTheme};
use crate::text::is_key;
use crate::workspace::{Draft, Theme};

const SIZE: (f32, f32) = (1280.0, 800.0);

fn press(window: &mut Window, name: &str) {
    window.get_by_label(name).click();
    window.run_steps(3);
}

fn assert_sent(road: &FakeRoad, wanted: &str) {
    let sent = format!("{:?}", road.sent());
    assert!(sent.contains(wanted), "{wanted} in {sent}");
}

#[test]
fn a_zoom_is_kept_and_comes_back() {
    let (mut window, road) = window(state(), SIZE);
    road.publish(|state| state.settings.zoom = 1.5);
    window.run_steps(3);
    assert!((window.ctx.zoom_factor() - 1.5).abs() < 0.01);
    assert!(!format!("{:?}", road.sent()).contains("SetZoom"));
    // As egui's own keys do.
    window.ctx.set_zoom_factor(1.2);
    window.run_steps(3);
    assert_sent(&road, "SetZoom(1.2)");
    // An older publication does not win.
    road.publish(|state| state.n_dropped += 1);
    window.run_steps(3);
    assert!((window.ctx.zoom_factor() - 1.2).abs() < 0.01);
    road.publish(|state| state.settings.zoom = 1.2);
    window.run_steps(3);
    assert!(!format!("{:?}", road.sent()).contains("SetZoom"));
}

#[test]
fn the_theme_follows_the_desktop_unless_it_was_chosen() {
    let cases = [
        (Theme::System, Some(SystemTheme::Light), false),
        (Theme::System, Some(SystemTheme::Dark), true),
        (Theme::System, None, true),
        (Theme::Light, Some(SystemTheme::Dark), false),
        (Theme::Dark, Some(SystemTheme::Light), true),
    ];
    for (theme, system_theme, is_dark) in cases {
        let mut state = State { system_theme, ..state() };
        state.settings.theme = theme;
        let (window, _road) = window(state, SIZE);
        let got = window.ctx.theme() == egui::Theme::Dark;
        assert_eq!(got, is_dark, "{theme:?} {system_theme:?}");
    }
}

#[test]
fn a_new_call_is_grpc_or_http() {
    let (mut window, road) = window(state(), SIZE);
    press(&mut window, "New draft");
    press(&mut window, "New gRPC call");
    assert_sent(&road, "NewGrpcDraft");
    press(&mut window, "New draft");
    press(&mut window, "New HTTP request");
    assert_sent(&road, "NewHttpDraft");
}

#[test]
fn control_tab_goes_round_the_drafts() {
    let (mut window, road) = window(state(), SIZE);
    road.publish(|state| {
        state.drafts.push(Arc::new(Draft::new(DraftId(8), Protocol::Http)));
        state.drafts.push(Arc::new(Draft::new(DraftId(9), Protocol::Http)));
    });
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::CTRL, Key::Tab);
    window.run_steps(2);
    assert_sent(&road, "[ActivateDraft(DraftId(8))]");
    window.key_press_modifiers(Modifiers::CTRL.plus(Modifiers::SHIFT), Key::Tab);
    window.run_steps(2);
    assert_sent(&road, "[ActivateDraft(DraftId(9))]");
}

#[test]
fn a_typed_port_is_asked_for() {
    let (mut window, road) = window(state(), SIZE);
    press(&mut window, "cluster 1 of 2");
    type_over(&mut window, "Port of greeter-1", "6001");
    assert_sent(&road, "SetInstancePort { instance: \"greeter-1\", port: 6001 }");
    type_over(&mut window, "Port of greeter-1", "99999");
    assert_eq!(format!("{:?}", road.sent()), "[]");
    window.key_press(Key::Escape);
    window.run_steps(3);
    press(&mut window, "gateway :8080");
    type_over(&mut window, "Port of gateway", "6002");
    assert_sent(&road, "SetGatewayPort(6002)");
}

fn type_over(window: &mut Window, name: &str, text: &str) {
    window.get_by_role_and_label(Role::TextInput, name).focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    fill_field(window, name, text);
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("is read by the session".to_owned())
    }
}

#[test]
fn dropped_files_are_loaded_as_one_source() {
    let (mut window, road) = window(state(), SIZE);
    let files = ["/protos/a.proto", "/protos/b.proto"];
    let dropped = files.map(|path| Arc::new(Dropped(path.into())) as egui::DroppedFileHandle);
    window.input_mut().dropped_files = dropped.to_vec();
    window.run_steps(2);
    assert_sent(&road, "[LoadPaths([\"/protos/a.proto\", \"/protos/b.proto\"])]");
}

#[test]
fn a_dialog_does_what_it_was_opened_for_and_nothing_when_dismissed() {
    let (mut window, road) = window(state(), SIZE);
    let draft = DraftId(7);
    for purpose in
        [Pick::Schemas, Pick::SchemaFolder, Pick::Root(SourceId(3)), Pick::Pem(draft, PemFile::Ca)]
    {
        window.state_mut().picked(purpose, Vec::new());
    }
    assert_eq!(format!("{:?}", road.sent()), "[]");
    window.state_mut().picked(Pick::SchemaFolder, vec!["/protos".into()]);
    window.state_mut().picked(Pick::Root(SourceId(3)), vec!["/more".into()]);
    window.state_mut().picked(Pick::Pem(draft, PemFile::Key), vec!["/key.pem".into()]);
    let sent = format!("{:?}", road.sent());
    for part in
        ["LoadPaths([\"/protos\"])", "root: \"/more\"", "key_file: \"/key.pem\"", "revision: 1"]
    {
        assert!(sent.contains(part), "{part} in {sent}");
    }
}

#[test]
fn arrow_keys_close_and_open_a_branch_of_the_explorer() {
    let (mut window, _road) = window(state(), SIZE);
    let row = "greeter.proto, file";
    window.get_by_label(row).focus();
    window.run_steps(2);
    window.key_press(Key::ArrowLeft);
    window.run_steps(3);
    assert!(window.query_by_role_and_label(Role::Button, "Greeter/SayHello").is_none());
    window.key_press(Key::ArrowRight);
    window.run_steps(3);
    assert!(window.query_by_role_and_label(Role::Button, "Greeter/SayHello").is_some());
}

#[test]
fn all_problems_are_dismissed_at_once() {
    let problem = |id| {
        let kind = NoticeKind::NotSent { draft: DraftId(7) };
        Arc::new(notice(id, Some(Severity::Error), kind))
    };
    let state = State { notices: vec![problem(4), problem(5)], ..state() };
    let (mut window, road) = window(state, SIZE);
    press(&mut window, "2 problems");
    press(&mut window, "Dismiss all");
    assert_sent(&road, "[DismissNotice(4), DismissNotice(5)]");
}

#[test]
fn no_key_of_the_catalogue_is_shown() {
    for state in [State::default(), state()] {
        let (mut window, _road) = window(state, (1600.0, 1000.0));
        let tabs = [
            "JSON",
            "Metadata",
            "Auth",
            "Options",
            "Theme",
            "New draft",
            "Choose a method",
            "Ask a server...",
            "Percentiles",
            "Find or run",
            "Settings",
        ];
        for tab in tabs {
            if let Some(node) = window.query_all_by_label(tab).next() {
                node.click();
            }
            window.run_steps(3);
            for node in window.root().children_recursive() {
                let node = node.accesskit_node();
                let said = [node.label(), node.value(), node.description()];
                for words in said.into_iter().flatten() {
                    assert!(!is_key(&words), "{words} after {tab}");
                }
            }
            // A menu or page would cover what comes next.
            window.key_press(Key::Escape);
            window.run_steps(2);
        }
    }
}

#[test]
fn ports_that_were_taken_together_are_one_sentence() {
    let taken = |id: u64| {
        let kind = NoticeKind::PortTaken {
            listener: format!("greeter-{id}").into(),
            wanted: 50_050,
            got: 50_060 + id as u16,
        };
        Arc::new(notice(id, Some(Severity::Warning), kind))
    };
    let notices = (1..=12).map(taken).collect();
    let (mut window, road) = window(State { notices, ..state() }, SIZE);
    window.get_by_label_contains("12 ports were taken");
    press(&mut window, "1 problem");
    window.get_by_label_contains("greeter-7 listens on 50067");
    window.get_all_by_label("Dismiss").last().unwrap().click();
    window.run_steps(3);
    let n_dismissed = format!("{:?}", road.sent()).matches("DismissNotice").count();
    assert_eq!(n_dismissed, 12);
}

#[test]
fn a_new_source_stands_first_and_is_marked_and_its_methods_are_told_apart() {
    let (mut window, road) = window(state(), SIZE);
    let before = window.get_all_by_label_contains("SayHello").count();
    road.publish(|state| {
        let mut source = Source::clone(&state.sources[0]);
        source.id = SourceId(40);
        source.name = "mine.proto".to_owned();
        state.sources.push(Arc::new(source));
    });
    window.run_steps(3);
    let row =
        window.get_by(|node| node.label().is_some_and(|label| label.starts_with("mine.proto, ")));
    assert!(row.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True), "marked");
    assert!(window.get_all_by_label_contains("SayHello").count() > before);
    window.get_by_role_and_label(Role::Button, "Greeter/SayHello");
    window.get_by_role_and_label(Role::Button, "Greeter/SayHello, from mine.proto");
}

#[test]
fn a_scene_is_chosen_in_the_top_bar() {
    let (mut window, road) = window(state(), SIZE);
    press(&mut window, "Scene: Shop");
    window.get_by_label("Shop");
    press(&mut window, "Hello through the gateway");
    assert_sent(&road, "SelectScene(ThroughGateway)");
    road.publish(|state| state.settings.scene = Scene::ThroughGateway);
    window.run_steps(3);
    window.get_by_label("Scene: Hello through the gateway");
}

#[test]
fn equal_tabs_are_told_apart_by_where_they_go() {
    let mut state = state();
    let direct = Draft {
        id: DraftId(8),
        target: "127.0.0.1:50051".to_owned(),
        ..Draft::clone(&state.drafts[0])
    };
    state.drafts.push(Arc::new(direct));
    let (window, _road) = window(state, SIZE);
    window.get_by_role_and_label(Role::Tab, "SayHello · 127.0.0.1:8080");
    window.get_by_role_and_label(Role::Tab, "SayHello · greeter-1");
}

const PROTO: &str = "syntax = \"proto3\";\nmessage A {}\n";

#[test]
fn a_pasted_proto_opens_unless_something_else_is_being_written() {
    let (mut window, road) = window(state(), SIZE);
    window.event(egui::Event::Paste(PROTO.to_owned()));
    window.run_steps(3);
    assert_sent(&road, "NewScratch(\"syntax");
    for field in ["Path to load", "Filter methods"] {
        window.get_by_role_and_label(Role::TextInput, field).focus();
        window.run_steps(2);
        window.event(egui::Event::Paste(PROTO.to_owned()));
        window.run_steps(3);
        assert_sent(&road, "NewScratch(\"syntax");
        let field = window.get_by_role_and_label(Role::TextInput, field);
        assert_eq!(field.accesskit_node().value().as_deref().unwrap_or_default(), "");
    }
    // What is no proto goes into the field, and a proto into a field of the request.
    window.event(egui::Event::Paste("hello".to_owned()));
    window.run_steps(3);
    window.get_by_role_and_label(Role::TextInput, "name").focus();
    window.run_steps(2);
    window.event(egui::Event::Paste(PROTO.to_owned()));
    window.run_steps(3);
    assert!(!format!("{:?}", road.sent()).contains("NewScratch"));
}

#[test]
fn a_new_proto_begins_with_a_service_that_compiles() {
    for size in [SIZE, (960.0, 600.0)] {
        let (mut window, road) = window(state(), size);
        press(&mut window, "New proto...");
        let sent = road.sent();
        let template = sent.iter().find_map(|command| match command {
            Command::NewScratch(text) => Some(text),
            _ => None,
        });
        let loaded = load_text("a.proto", template.unwrap(), &[]);
        assert_eq!((loaded.problems, loaded.schema.n_methods()), (Vec::new(), 1));
        for name in ["Load proto...", "New proto...", "Ask a server..."] {
            assert!(window.get_by_label(name).rect().width() > 60.0);
        }
    }
}
