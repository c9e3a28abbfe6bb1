//! The whole window driven by its keys, its palette and its settings.

use std::sync::Arc;

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::window_tests::{FakeRoad, Window, fill_field, state, window};
use crate::model::{DraftId, Problem, ProblemKind, Protocol};
use crate::session::{Command, DemoPhase};
use crate::workspace::{Action, Draft, Setting, SettingChange, Shortcut};

const SIZE: (f32, f32) = (1280.0, 800.0);

pub(super) fn keys(window: &mut Window, text: &str) {
    let shortcut: Shortcut = text.parse().unwrap();
    let modifiers = Modifiers { shift: shortcut.shift, alt: shortcut.alt, ..Modifiers::NONE };
    let modifiers = if shortcut.ctrl { modifiers.plus(Modifiers::COMMAND) } else { modifiers };
    window.key_press_modifiers(modifiers, Key::from_name(shortcut.key()).unwrap());
    window.run_steps(4);
}

fn press(window: &mut Window, name: &str) {
    window.get_by_label(name).click();
    window.run_steps(4);
}

fn turn(window: &mut Window, name: &str) {
    window.get_by_role_and_label(Role::CheckBox, name).click();
    window.run_steps(4);
}

/// Sends what is asked for back, as the session would.
fn obey(road: &FakeRoad) -> Vec<Command> {
    let sent = road.sent();
    for command in &sent {
        road.publish(|state| match command.clone() {
            Command::EditDraft(draft) => {
                for old in state.drafts.iter_mut().filter(|old| old.id == draft.id) {
                    *old = Arc::clone(&draft);
                }
            }
            Command::ChangeSetting(change) => change.apply(&mut state.settings),
            Command::SetTheme(theme) => state.settings.theme = theme,
            _ => {}
        });
    }
    sent
}

pub(super) fn changes(road: &FakeRoad) -> Vec<SettingChange> {
    let sent = obey(road).into_iter();
    sent.filter_map(|c| if let Command::ChangeSetting(change) = c { Some(change) } else { None })
        .collect()
}

#[test]
fn the_palette_finds_and_runs_and_remembers() {
    let (mut window, road) = window(state(), SIZE);
    keys(&mut window, "Ctrl+K");
    fill_field(&mut window, "Find or run", "greeter/say");
    window.run_steps(3);
    assert!(format!("{:?}", obey(&road)).contains("OpenMethod"), "Enter opens the first hit");
    assert!(window.query_by_role_and_label(Role::TextInput, "Find or run").is_none(), "and closes");

    keys(&mut window, "Ctrl+K");
    let rows: Vec<String> = window
        .query_all_by_role(Role::Button)
        .filter_map(|node| node.accesskit_node().label())
        .filter(|label| label.ends_with(", command") || label.contains("greeter.proto"))
        .collect();
    assert!(rows.iter().any(|row| row == "Settings, command"), "{rows:?}");
    let hello = window.get_by_label("Greeter/SayHello, greeter.proto").rect().top();
    let settings = window.get_by_label("Settings, command").rect().top();
    assert!(hello < settings, "what was used last stands first");
    keys(&mut window, "Escape");
    assert!(window.query_by_role_and_label(Role::TextInput, "Find or run").is_none());
}

#[test]
fn the_palette_reaches_services_and_sources() {
    let (mut window, road) = window(state(), SIZE);
    let mut run = |words: &str| {
        keys(&mut window, "Ctrl+K");
        fill_field(&mut window, "Find or run", words);
        window.run_steps(3);
        format!("{:?}", obey(&road))
    };
    assert!(run("kill greeter-1").contains("KillInstance(\"greeter-1\")"));
    assert!(run("stop greeter-1").contains("StopInstance(\"greeter-1\")"));
    assert!(run("add an instance: greeter").contains("AddInstance(\"greeter\")"));
    assert!(run("serve greeter.proto").contains("ServeSource"));
}

#[test]
fn the_palette_opens_a_setting_with_the_keyboard_on_its_control() {
    let (mut window, _road) = window(state(), SIZE);
    keys(&mut window, "Ctrl+K");
    fill_field(&mut window, "Find or run", "default deadl");
    window.run_steps(6);
    assert!(window.get_by_role_and_label(Role::TextInput, "Default deadline").is_focused());
}

#[test]
fn arrows_choose_and_a_command_that_cannot_be_done_is_not_offered() {
    let (mut window, road) = window(state(), SIZE);
    keys(&mut window, "Ctrl+K");
    assert!(window.query_by_label("Start the demo, command").is_none());
    assert!(window.query_by_label("Stop the demo, command").is_some());
    window.get_by_role_and_label(Role::TextInput, "Find or run").type_text("theme");
    window.run_steps(3);
    keys(&mut window, "Down");
    keys(&mut window, "Enter");
    assert!(format!("{:?}", obey(&road)).contains("SetTheme"), "the second hit");
}

#[test]
fn a_command_listens_to_the_key_that_it_was_given() {
    let mut given = state();
    given.settings.shortcuts.insert(Action::Send, "F9".parse().ok());
    let (mut window, road) = window(given, SIZE);
    keys(&mut window, "Ctrl+Enter");
    assert_eq!(format!("{:?}", road.sent()), "[]");
    keys(&mut window, "F9");
    assert_eq!(format!("{:?}", road.sent()), "[SendCall(DraftId(7))]");
    window.get_by_label("F9");
}

#[test]
fn undo_and_redo_work_in_a_field_beside_it_and_behind_a_tab() {
    let (mut window, road) = window(state(), SIZE);
    let body =
        |window: &Window| window.state().shown_state().draft(DraftId(7)).unwrap().body.clone();
    let before = body(&window);
    let field = window.get_by_role_and_label(Role::TextInput, "name");
    field.focus();
    window.run_steps(2);
    window.get_by_role_and_label(Role::TextInput, "name").type_text("x");
    window.run_steps(3);
    obey(&road);
    window.run_steps(3);
    let after = body(&window);
    assert_ne!(before, after);
    keys(&mut window, "Ctrl+Z");
    obey(&road);
    assert_eq!(body(&window), before, "with the keyboard in the field");
    road.publish(|state| {
        state.drafts.push(Arc::new(Draft::new(DraftId(8), Protocol::Http)));
        state.active = Some(DraftId(8));
    });
    window.run_steps(3);
    road.publish(|state| state.active = Some(DraftId(7)));
    window.run_steps(3);
    window.ctx.memory_mut(egui::Memory::stop_text_input);
    keys(&mut window, "Ctrl+Y");
    obey(&road);
    assert_eq!(body(&window), after, "without a field, and behind another tab");
    window.get_by_role_and_label(Role::TextInput, "Filter methods").focus();
    window.run_steps(2);
    keys(&mut window, "Ctrl+Z");
    obey(&road);
    assert_eq!(body(&window), after, "the filter keeps its own undo");
}

#[test]
fn the_page_shows_changes_and_puts_back() {
    let (mut window, road) = window(state(), (1280.0, 1600.0));
    keys(&mut window, "Ctrl+,");
    assert!(window.get_by_role_and_label(Role::TextInput, "Search the settings").is_focused());
    press(&mut window, "More: Text size");
    assert_eq!(changes(&road), [SettingChange::FontSize(14)]);
    window.run_steps(3);
    press(&mut window, "Default: Text size");
    assert_eq!(changes(&road), [SettingChange::Reset(Setting::FontSize)]);
    window.run_steps(3);
    assert!(window.query_by_label("Default: Text size").is_none());
    press(&mut window, "Light");
    assert!(format!("{:?}", obey(&road)).contains("SetTheme(Light)"));
    turn(&mut window, "Reduce motion");
    assert!(format!("{:?}", obey(&road)).contains("SetReduceMotion(true)"));
    turn(&mut window, "Demo services");
    assert!(format!("{:?}", obey(&road)).contains("StopDemo"));
    road.publish(|state| {
        state.demo = DemoPhase::Stopped;
        state.settings.demo_enabled = false;
    });
    window.run_steps(3);
    turn(&mut window, "Demo services");
    assert!(format!("{:?}", obey(&road)).contains("StartDemo"));
    keys(&mut window, "Escape");
    assert!(window.query_by_label("Search the settings").is_none());
}

#[test]
fn the_search_leaves_what_fits_and_a_value_that_does_not_fit_says_why() {
    let (mut window, road) = window(state(), SIZE);
    keys(&mut window, "Ctrl+,");
    window.get_by_role_and_label(Role::TextInput, "Search the settings").type_text("connect proxy");
    window.run_steps(3);
    assert!(window.query_by_label("Less: Text size").is_none());
    fill_field(&mut window, "HTTP proxy", "socks5://a:1");
    window.run_steps(3);
    assert_eq!(changes(&road), []);
    window.get_by_label("Type it as http://host:port.");
    window.get_by_role_and_label(Role::TextInput, "HTTP proxy").focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    fill_field(&mut window, "HTTP proxy", "http://proxy.example:3128");
    window.run_steps(3);
    let proxy = "http://proxy.example:3128".parse().ok();
    assert_eq!(changes(&road), [SettingChange::Proxy(proxy)]);
}

#[test]
fn a_fault_is_said_in_the_language_of_now() {
    let (mut window, _road) = window(state(), (1280.0, 1600.0));
    keys(&mut window, "Ctrl+,");
    fill_field(&mut window, "HTTP proxy", "socks5://a:1");
    window.get_by_label("Type it as http://host:port.");
    // The window looks at itself in Chinese before it goes.
}

#[test]
fn a_shortcut_is_pressed_anew_and_a_key_that_is_taken_is_named() {
    let (mut window, road) = window(state(), SIZE);
    keys(&mut window, "Ctrl+,");
    window
        .get_by_role_and_label(Role::TextInput, "Search the settings")
        .type_text("fit the diagram");
    window.run_steps(3);
    let change = "Change the key of: Fit the diagram to its pane";
    press(&mut window, change);
    keys(&mut window, "Ctrl+K");
    window.get_by_label_contains("is the key of \"Find or run anything\"");
    press(&mut window, "Keep as it was");
    assert_eq!(changes(&road), []);
    press(&mut window, change);
    keys(&mut window, "B");
    window.get_by_label_contains("This key types text");
    press(&mut window, "Keep as it was");
    press(&mut window, change);
    keys(&mut window, "Ctrl+B");
    assert_eq!(changes(&road), [SettingChange::Shortcut(Action::Fit, "Ctrl+B".parse().ok())]);
    window.run_steps(3);
    press(&mut window, change);
    keys(&mut window, "Ctrl+K");
    press(&mut window, "Take it");
    assert_eq!(changes(&road), [SettingChange::Shortcut(Action::Fit, "Ctrl+K".parse().ok())]);
    window.run_steps(3);
    assert!(
        window.query_by_role_and_label(Role::TextInput, "Find or run").is_none(),
        "no command ran"
    );
}

#[test]
fn faults_of_the_file_stand_above_the_rows() {
    let kind = ProblemKind::UnknownSetting { name: "thme".into(), nearest: Some("theme".into()) };
    let mut faulty = state();
    faulty.settings_problems = vec![Problem::warning(kind)].into();
    let (mut window, _road) = window(faulty, SIZE);
    keys(&mut window, "Ctrl+,");
    window.get_by_label("There is no setting \"thme\".");
    window.get_by_label("Did you mean \"theme\"?");
}

#[test]
fn a_file_with_authorities_that_cannot_be_read_says_so_on_its_row() {
    let mut given = state();
    given.settings.ca_files = vec!["/ca/one.pem".into(), "/ca/two.pem".into()];
    given.ca_problems = Arc::new([("/ca/two.pem".into(), "no such file".into())].into());
    let (mut window, road) = window(given, SIZE);
    keys(&mut window, "Ctrl+,");
    window.get_by_role_and_label(Role::TextInput, "Search the settings").type_text("authorities");
    window.run_steps(3);
    let two = window.get_by_label("/ca/two.pem").rect().bottom();
    let fault = window.get_by_label("This file is not used: no such file.").rect().top();
    assert!((0.0..12.0).contains(&(fault - two)), "{fault} under {two}");
    press(&mut window, "Remove /ca/two.pem");
    assert_eq!(changes(&road), [SettingChange::CaFiles(vec!["/ca/one.pem".into()])]);
    window.run_steps(3);
    fill_field(&mut window, "Certificate authorities", "/ca/three.pem");
    let both = vec!["/ca/one.pem".into(), "/ca/three.pem".into()];
    assert_eq!(changes(&road), [SettingChange::CaFiles(both)]);
}

#[test]
fn every_control_of_page_and_palette_has_a_name() {
    for open in ["Ctrl+,", "Ctrl+K"] {
        let (mut window, _road) = window(state(), (1600.0, 1000.0));
        keys(&mut window, open);
        for node in window.root().children_recursive() {
            let node = node.accesskit_node();
            let is_operated =
                matches!(node.role(), Role::Button | Role::TextInput | Role::CheckBox | Role::Tab);
            assert!(
                !is_operated || node.label().is_some_and(|label| !label.is_empty()),
                "{node:?}"
            );
        }
    }
}

#[test]
fn a_pane_takes_the_keyboard_and_tab_goes_into_it() {
    let (mut window, _road) = window(state(), (1600.0, 1000.0));
    keys(&mut window, "Ctrl+4");
    assert!(window.get_by_role_and_label(Role::Group, "Flow").is_focused());
    keys(&mut window, "Tab");
    assert!(window.query_by_role_and_label(Role::Group, "Flow").is_none(), "no stop of its own");
    keys(&mut window, "Ctrl+1");
    assert!(window.get_by_role_and_label(Role::TextInput, "Filter methods").is_focused());
    keys(&mut window, "Ctrl+L");
    assert!(window.get_by_role_and_label(Role::TextInput, "Path to load").is_focused());
}
