use super::*;
use crate::workspace::Theme;

/// Reads a text and gives its problems as `line:column what`.
fn faults(text: &str) -> (Settings, Vec<String>) {
    let read = read(text);
    let faults = read.problems.iter().map(|problem| {
        let place = problem.place.as_ref().unwrap();
        let what = match &problem.kind {
            ProblemKind::UnknownSetting { name, nearest } => {
                format!("{name} ? {}", nearest.as_deref().unwrap_or("-"))
            }
            ProblemKind::WrongSetting { name, found, .. } => format!("{name} = {found}"),
            ProblemKind::SharedShortcut { name, keys, other } => format!("{name} {keys} {other}"),
            ProblemKind::SettingsSyntax { .. } => "syntax".to_owned(),
            other => format!("{other:?}"),
        };
        format!("{}:{} {what}", place.line, place.column)
    });
    (read.settings.clone(), faults.collect())
}

#[test]
fn a_fault_is_told_at_its_place_with_the_nearest_name() {
    let check = |text: &str, wanted: &[&str]| {
        // Whatever is wrong, the rest is in force.
        let text = format!("{text}\ndemo = false\n");
        let (settings, found) = faults(&text);
        assert_eq!(found, wanted, "{text}");
        let rest = Settings { demo_enabled: false, ..Settings::default() };
        assert_eq!(settings, rest, "{text}");
    };
    check("", &[]);
    check("thme = \"dark\"", &["1:1 thme ? theme"]);
    check("\n  font-size = 12", &["2:3 font-size ? font_size"]);
    check("memory_mb = 64", &["1:1 memory_mb ? memory_mib"]);
    check("colour_of_the_sky = 1", &["1:1 colour_of_the_sky ? -"]);
    check("zoom = 9", &["1:8 zoom = 9"]);
    check("zoom = \"big\"", &["1:8 zoom = \"big\""]);
    check("zoom = nan", &["1:8 zoom = nan"]);
    check("theme = \"sepia\"", &["1:9 theme = \"sepia\""]);
    check("font_size = 10\nreduce_motion = 1", &["1:13 font_size = 10", "2:17 reduce_motion = 1"]);
    check("gateway_port = 70000", &["1:16 gateway_port = 70000"]);
    check("deadline_ms = -1", &["1:15 deadline_ms = -1"]);
    check("proxy = \"socks5://a:1\"", &["1:9 proxy = \"socks5://a:1\""]);
    check("no_proxy = [1]", &["1:12 no_proxy = [1]"]);
    check("ca_files = \"/a.pem\"", &["1:12 ca_files = \"/a.pem\""]);
    check("ports = { greeter-1 = 0 }", &["1:23 ports.greeter-1 = 0"]);
    check("shortcuts = { sned = \"F9\" }", &["1:15 shortcuts.sned ? shortcuts.send"]);
    check("shortcuts = { send = \"Crtl+K\" }", &["1:22 shortcuts.send = \"Crtl+K\""]);
    check("shortcuts = { send = \"Ctrl+K\" }", &["1:22 shortcuts.send Ctrl+K palette"]);
    check("theme = dark", &["1:9 syntax"]);
    check("theme = \"dark", &["1:14 syntax"]);
    check("zoom 2", &["1:6 syntax"]);
    check("zoom = = 2\nthme = 1", &["1:8 syntax", "2:1 thme ? theme"]);
    check("zoom = 1.0\nzoom = 2.0\nzoom = 3.0", &["2:1 syntax", "3:1 syntax"]);
}

#[test]
fn a_file_of_any_age_opens() {
    let old = "version = 1\ntheme = \"light\"\ndemo = false\ngateway = true\ngateway_port = 18080\n\
               reduce_motion = true\nzoom = 1.5\nlanguage = \"en\"\n\n[ports]\ngreeter-1 = 50061\n";
    let settings = Settings {
        theme: Theme::Light,
        demo_enabled: false,
        gateway_port: Some(18_080),
        instance_ports: [("greeter-1".to_owned(), 50_061)].into(),
        reduce_motion: true,
        zoom: 1.5,
        language: Some("en".into()),
        ..Settings::default()
    };
    assert_eq!(faults(old), (settings, Vec::new()));
    assert_eq!(faults(""), (Settings::default(), Vec::new()));
    let newer = "version = 9\nsound = { on = true }\nzoom = 2\n";
    assert_eq!(faults(newer), (Settings { zoom: 2.0, ..Settings::default() }, Vec::new()));
}

#[test]
fn keys_can_be_swapped_and_taken_away() {
    let text = "[shortcuts]\nsend = \"Ctrl+K\"\npalette = \"Ctrl+Enter\"\nundo = \"\"\n";
    let (settings, found) = faults(text);
    assert_eq!(found, [] as [&str; 0]);
    assert_eq!(settings.shortcut(Action::Send), "Ctrl+K".parse().ok());
    assert_eq!(settings.shortcut(Action::Undo), None);
    let (settings, found) = faults("[shortcuts]\nfit = \"F9\"\nfreeze = \"F9\"\n");
    assert_eq!(found, ["2:7 shortcuts.fit F9 freeze"]);
    assert_eq!(settings.shortcut(Action::Freeze), "F9".parse().ok());
}

#[test]
fn what_is_no_toml_at_all_is_all_defaults() {
    for text in ["\u{0}\u{1}\u{2}", "\"\"\"\n\n", &"=\n".repeat(100)] {
        let (settings, found) = faults(text);
        assert_eq!(settings, Settings::default(), "{text:?}");
        assert!(!found.is_empty(), "{text:?}");
    }
}
