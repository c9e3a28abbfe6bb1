//! The window changes its language while it runs, says why where it cannot, and takes Chinese however it is
//! typed.

use egui::{Event, ImeEvent, Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::bilingual::{add_chinese_font, assert_chinese};
use super::window_tests::{FakeRoad, Window, state, window};
use crate::session::State;
use crate::text::{Language, begin_with, language, told_language};

const SIZE: (f32, f32) = (1280.0, 800.0);

fn with_font() -> (Window, FakeRoad) {
    let (window, road) = window(state(), SIZE);
    assert!(add_chinese_font(&window.ctx), "install fonts-wqy-microhei, as ./test does");
    (window, road)
}

fn press(window: &mut Window, name: &str) {
    window.get_by_label(name).click();
    window.run_steps(3);
}

fn speak(window: &mut Window, road: &FakeRoad, tag: Option<&str>) {
    road.publish(|state| state.settings.language = tag.map(str::to_owned));
    window.run_steps(3);
}

#[test]
fn the_language_is_switched_live_and_back() {
    let (mut window, road) = with_font();
    press(&mut window, "Settings");
    speak(&mut window, &road, Some("zh-Hans"));
    // The open menu, the panes, what is kept from frame to frame.
    for words in ["发送", "设置", "减少动画", "greeter.proto, 文件", "storefront, 内置"]
    {
        assert!(window.query_all_by_label(words).next().is_some(), "{words}");
    }
    assert_chinese(&window);
    press(&mut window, "English");
    assert!(format!("{:?}", road.sent()).contains("SetLanguage(Some(\"en\"))"));
    speak(&mut window, &road, Some("en"));
    window.get_by_label("Send");
    window.get_by_label("greeter.proto, file");
    press(&mut window, "简体中文");
    assert!(format!("{:?}", road.sent()).contains("SetLanguage(Some(\"zh-Hans\"))"));
    speak(&mut window, &road, Some("zh-Hans"));
    press(&mut window, "系统");
    assert!(format!("{:?}", road.sent()).contains("SetLanguage(None)"));
    speak(&mut window, &road, None);
    window.get_by_label("Send");
}

#[test]
fn what_the_command_line_asked_for_holds_until_another_is_chosen() {
    let (mut window, road) = with_font();
    begin_with(Some(Language::SimplifiedChinese), None);
    speak(&mut window, &road, Some("en"));
    window.get_by_label("发送");
    press(&mut window, "设置");
    let chosen = window.get_by_label("简体中文").accesskit_node().toggled();
    assert_eq!(chosen, Some(egui::accesskit::Toggled::True));
    assert_eq!(format!("{:?}", road.sent()), "[]", "it is not saved");
    press(&mut window, "English");
    assert!(format!("{:?}", road.sent()).contains("SetLanguage(Some(\"en\"))"));
    assert_eq!(told_language(), None);
    window.get_by_label("Send");
}

#[test]
fn a_machine_without_chinese_letters_says_so_in_english() {
    let (mut window, road) = window(state(), SIZE);
    speak(&mut window, &road, Some("zh-Hans"));
    assert_eq!(language(), Language::English);
    window.get_by_label_contains("No font on this computer has the letters of Simplified Chinese");
    window.get_by_label_contains("fonts-noto-cjk");
    window.get_by_label("Send");
    press(&mut window, "Settings");
    let entry = window.get_by_label("Simplified Chinese").accesskit_node().toggled();
    assert_eq!(entry, Some(egui::accesskit::Toggled::True), "the choice stays");
    window.key_press(Key::Escape);
    window.run_steps(3);
    press(&mut window, "Dismiss");
    assert!(window.query_by_label_contains("fonts-noto-cjk").is_none());
}

/// The body of the draft in front.
fn body(window: &Window) -> String {
    let state: &State = window.state().shown_state();
    state.drafts[0].body.clone()
}

fn select_all(window: &mut Window, role: Role, name: &str) {
    window.get_by_role_and_label(role, name).focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(2);
}

#[test]
fn chinese_is_typed_through_an_input_method_and_as_text() {
    let (mut window, _road) = with_font();
    select_all(&mut window, Role::TextInput, "name");
    for (text, range) in [("n", 0..1), ("ni", 0..2), ("ni hao", 0..6)] {
        let text = text.to_owned();
        window.event(Event::Ime(ImeEvent::Preedit { text, active_range_chars: Some(range) }));
        window.run_steps(2);
    }
    window.event(Event::Ime(ImeEvent::Commit("你好".to_owned())));
    window.run_steps(3);
    assert_eq!(body(&window).replace([' ', '\n'], ""), r#"{"name":"你好"}"#);
    window.event(Event::Text("，世界".to_owned()));
    window.run_steps(3);
    assert!(body(&window).contains("\"你好，世界\""), "{}", body(&window));

    press(&mut window, "JSON");
    select_all(&mut window, Role::MultilineTextInput, "Body");
    window.event(Event::Text("{\"name\": \"再见\"}".to_owned()));
    window.run_steps(3);
    assert_eq!(body(&window), "{\"name\": \"再见\"}");

    press(&mut window, "Metadata");
    press(&mut window, "+ Add row");
    window.get_by_role_and_label(Role::TextInput, "Value of row 1").focus();
    window.run_steps(2);
    window.event(Event::Ime(ImeEvent::Commit("值".to_owned())));
    window.run_steps(3);
    let value = window.get_by_role_and_label(Role::TextInput, "Value of row 1");
    assert_eq!(value.accesskit_node().value().as_deref(), Some("值"));
}
