//! Copying a request for another tool, and pasting a command: by menu, by name and by the clipboard.

use std::sync::Arc;

use egui::{Event, OutputCommand, Role};
use egui_kittest::kittest::Queryable as _;

use super::window_tests::{FakeRoad, Window, state, window};
use crate::session::{Command, CopiedText};
use crate::workspace::Action;

const SIZE: (f32, f32) = (1280.0, 800.0);
const LINE: &str = "grpcurl -plaintext localhost:50051 Greeter/SayHello";

fn sent(road: &FakeRoad) -> String {
    format!("{:?}", road.sent())
}

/// What went into the clipboard in the next frame.
fn copied(window: &mut Window) -> Vec<String> {
    window.step();
    let commands = window.output().platform_output.commands.iter();
    let texts = commands.filter_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    texts.collect()
}

#[test]
fn the_menu_copies_for_every_tool_and_the_text_goes_into_the_clipboard_once() {
    let (mut window, road) = window(state(), SIZE);
    for (entry, format) in [("Copy as grpcurl", "Grpcurl"), ("Copy as Rust (tonic)", "Rust")] {
        window.get_by_label("Copy this request for another tool").click();
        window.run_steps(3);
        window.get_by_label(entry).click();
        window.run_steps(3);
        let sent = sent(&road);
        assert!(sent.contains(&format!("format: {format}")), "{sent}");
    }
    for n in 1..3 {
        let text = format!("{LINE} {n}");
        road.publish(|state| {
            state.copied = Some(Arc::new(CopiedText { n, text: text.clone() }));
        });
        assert_eq!(copied(&mut window), [text]);
        // What the person copies after that stays.
        road.publish(|state| state.traffic = Arc::default());
        assert_eq!(copied(&mut window), Vec::<String>::new());
    }
}

#[test]
fn a_pasted_command_becomes_a_draft_unless_something_else_is_being_written() {
    let (mut window, road) = window(state(), SIZE);
    let paste = |window: &mut Window, text: &str| {
        window.event(Event::Paste(text.to_owned()));
        window.run_steps(3);
        let commands = road.sent();
        commands.iter().find_map(|command| match command {
            Command::PasteGrpcurl(text) => Some(text.to_string()),
            _ => None,
        })
    };
    assert_eq!(paste(&mut window, LINE).as_deref(), Some(LINE));
    assert_eq!(paste(&mut window, "no command"), None);
    // Into the target it is no address either.
    window.get_by_role_and_label(Role::TextInput, "Target").focus();
    window.run_steps(2);
    assert_eq!(paste(&mut window, LINE).as_deref(), Some(LINE));
    window.get_by_role_and_label(Role::TextInput, "name").focus();
    window.run_steps(2);
    assert_eq!(paste(&mut window, LINE), None);
    // Asked for by name, whatever is in the clipboard is meant.
    let keys = "Ctrl+Shift+G".parse().unwrap();
    road.publish(|state| {
        state.settings.shortcuts.insert(Action::PasteGrpcurl, Some(keys));
    });
    window.run_steps(2);
    let keys = egui::Modifiers::COMMAND | egui::Modifiers::SHIFT;
    window.key_press_modifiers(keys, egui::Key::G);
    window.run_steps(2);
    assert_eq!(paste(&mut window, "no command").as_deref(), Some("no command"));
    assert_eq!(paste(&mut window, "no command"), None);
}
