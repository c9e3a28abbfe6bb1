//! The editor in its states, driven by accessible names.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::model::{DraftId, Protocol, Severity, SourceId};
use crate::schema::load_text;
use crate::session::{
    Command, MAX_SCRATCH_BYTES, MockView, Origin, Scratch, Source, SourcePhase, State,
};
use crate::telemetry::Snapshot;
use crate::ui::bilingual::Bilingual;
use crate::ui::panels::composer::Composer;
use crate::ui::testing::{Bench, bench};
use crate::workspace::{self, Draft, Overwrite, SavedSource, ScratchPlace};

const GOOD: &str =
    "syntax = \"proto3\";\nservice A {\n  rpc Go (M) returns (M);\n}\nmessage M {}\n";
const BROKEN: &str =
    "syntax = \"proto3\";\nservice A {\n  rpc Go (M) returns (M)\n}\nmessage M {}\n";
const EDITOR: &str = "Text of scratch-1.proto";

type Table = Bilingual<Bench<Composer>>;

/// A scratch in front; `kept` is the last text that compiled.
fn state(text: &str, kept: Option<&str>) -> State {
    let id = SourceId(5);
    let scratch = Scratch {
        source: id,
        name: "scratch-1.proto".to_owned(),
        text: text.into(),
        revision: 1,
        n_checked: 1,
        roots: Vec::new(),
        has_tab: true,
        taken: None,
    };
    let loaded = load_text("scratch-1.proto", text, &[]);
    let is_broken = loaded.problems.iter().any(|p| p.severity == Severity::Error);
    let kept = kept.map(|kept| load_text("scratch-1.proto", kept, &[]).schema);
    let source = Source {
        id,
        name: "scratch-1.proto".to_owned(),
        origin: Origin::Scratch,
        saved: SavedSource::Scratch("scratch-1.proto".to_owned()),
        phase: if is_broken { SourcePhase::Failed } else { SourcePhase::Ready },
        schema: if is_broken { kept.map(Arc::new) } else { Some(Arc::new(loaded.schema)) },
        routes: Arc::default(),
        problems: loaded.problems.into(),
        roots: Vec::new(),
    };
    State {
        sources: vec![Arc::new(source)],
        scratches: vec![Arc::new(scratch)],
        editor: Some(id),
        drafts: vec![Arc::new(Draft::new(DraftId(7), Protocol::Http))],
        ..State::default()
    }
}

fn table(state: State, size: (f32, f32)) -> Table {
    let start = (state, Snapshot::default());
    let mut table = bench(Composer::default(), start, size, Composer::ui);
    table.run_steps(3);
    table
}

fn sent(table: &mut Table) -> Vec<Command> {
    std::mem::take(&mut table.state_mut().sent)
}

fn edits(table: &mut Table) -> Vec<(u64, String)> {
    let edit = |command| match command {
        Command::EditScratch { source: SourceId(5), text, revision } => {
            Some((revision, text.to_string()))
        }
        _ => None,
    };
    sent(table).into_iter().filter_map(edit).collect()
}

#[test]
fn a_text_that_compiles_says_so() {
    for size in [(560.0, 400.0), (320.0, 260.0)] {
        let table = table(state(GOOD, None), size);
        table.get_by_label("Compiles: 1 service, 1 method.");
        let editor = table.get_by_role_and_label(Role::MultilineTextInput, EDITOR);
        assert_eq!(editor.accesskit_node().value().as_deref(), Some(GOOD));
        assert!(table.get_by_label("Save as file...").rect().right() <= size.0);
        assert!(table.query_by_label_contains("Line ").is_none());
    }
}

#[test]
fn an_error_stands_at_its_line_and_below() {
    let mut table = table(state(BROKEN, Some(GOOD)), (560.0, 400.0));
    table.get_by_label("1 problem. Calls use the last text that compiled.");
    let mark = table.get_by_label_contains("Line 4: This is not valid protobuf");
    let editor = table.get_by_role_and_label(Role::MultilineTextInput, EDITOR).rect();
    assert!(editor.contains_rect(mark.rect().shrink(0.5)), "{:?} in {editor:?}", mark.rect());
    let both = table.query_all_by_label_contains("Correct the marked place.");
    let lowest = both.map(|node| node.rect().bottom()).fold(0.0, f32::max);
    assert!(lowest > editor.bottom() && lowest <= 400.0, "{lowest}");
    table.get_by_label("4:1").click();
    table.run_steps(3);
    table.event(Event::Text(";".into()));
    table.run_steps(3);
    let (_, text) = edits(&mut table).pop().unwrap();
    assert_eq!(text, BROKEN.replacen("}\n", ";}\n", 1), "the cursor is where it breaks");
    let nothing = self::table(state(BROKEN, None), (560.0, 400.0));
    nothing.get_by_label("1 problem. Nothing of it can be called yet.");
}

#[test]
fn what_is_typed_reaches_the_session_however_busy_it_is() {
    let mut table = table(state(GOOD, None), (560.0, 400.0));
    table.get_by_role_and_label(Role::MultilineTextInput, EDITOR).focus();
    table.run_steps(2);
    sent(&mut table);
    table.key_press_modifiers(Modifiers::COMMAND, Key::A);
    table.event(Event::Text("a".into()));
    table.run_steps(2);
    // One for what was taken out, one for what was put in.
    assert_eq!(edits(&mut table), [(3, "a".to_owned())]);
    // Not taken: it comes again, and is sent while another tab is in front too.
    table.state_mut().state.editor = None;
    table.run_steps(8);
    assert!(edits(&mut table).contains(&(3, "a".to_owned())));
    let taken = |scratch: &mut Scratch| {
        scratch.text = "a".into();
        scratch.revision = 3;
    };
    taken(Arc::make_mut(&mut table.state_mut().state.scratches[0]));
    table.run_steps(2);
    sent(&mut table);
    table.run_steps(8);
    assert_eq!(edits(&mut table), []);
}

#[test]
fn a_text_never_grows_beyond_its_limit() {
    let big = format!("// {}\n", "x".repeat(MAX_SCRATCH_BYTES - 100));
    let mut table = table(state(&big, None), (560.0, 400.0));
    table.get_by_role_and_label(Role::MultilineTextInput, EDITOR).focus();
    table.run_steps(2);
    table.event(Event::Paste("y".repeat(200)));
    table.run_steps(2);
    table.get_by_label_contains("A scratch holds up to 1.0");
    assert_eq!(edits(&mut table).len(), 0);
    table.event(Event::Text("z".into()));
    table.run_steps(2);
    assert!(table.query_by_label_contains("A scratch holds up to").is_none());
    assert_eq!(edits(&mut table).len(), 1);
}

#[test]
fn a_scratch_is_saved_where_a_path_says() {
    let mut table = table(state(GOOD, None), (560.0, 400.0));
    table.get_by_label("Save as file...").click();
    table.run_steps(3);
    let field = |table: &mut Table, text: &str| {
        table.get_by_role_and_label(Role::TextInput, "File to save as").focus();
        table.run_steps(2);
        table.key_press_modifiers(Modifiers::COMMAND, Key::A);
        table.event(Event::Text(text.into()));
        table.run_steps(2);
    };
    field(&mut table, "shop.proto");
    table.get_by_label("Write the whole path, from / or ~/ on.");
    table.get_by_label("Save").click();
    table.run_steps(2);
    let is_save = |command: &&Command| matches!(command, Command::SaveScratch { .. });
    assert!(sent(&mut table).iter().find(is_save).is_none());
    field(&mut table, "/srv/shop.proto");
    table.key_press(Key::Enter);
    table.run_steps(2);
    let wanted = PathBuf::from("/srv/shop.proto");
    let saves = |table: &mut Table, wanted_overwrite: Overwrite| {
        let found = sent(table).into_iter().any(|command| match command {
            Command::SaveScratch { source: SourceId(5), path, overwrite } => {
                path == wanted && overwrite == wanted_overwrite
            }
            _ => false,
        });
        assert!(found, "{wanted_overwrite:?}");
    };
    saves(&mut table, Overwrite::Refuse);
    Arc::make_mut(&mut table.state_mut().state.scratches[0]).taken = Some(wanted.clone());
    table.run_steps(2);
    table.get_by_label("/srv/shop.proto is there already.");
    table.get_by_label("Replace it").click();
    table.run_steps(2);
    saves(&mut table, Overwrite::Replace);
    table.get_by_label("Cancel").click();
    table.run_steps(2);
    assert!(table.query_by_label("File to save as").is_none());
}

#[test]
fn a_scratch_is_served_once_it_compiled() {
    let mut table = table(state(GOOD, None), (560.0, 400.0));
    table.get_by_label("Serve").click();
    table.run_steps(2);
    assert!(format!("{:?}", sent(&mut table)).contains("ServeSource(SourceId(5))"));
    let address = Some("127.0.0.1:7001".parse().unwrap());
    let mock = MockView { name: "scratch-1".into(), address, answers: BTreeMap::new() };
    table.state_mut().state.mocks.insert(SourceId(5), Arc::new(mock));
    table.run_steps(2);
    table.get_by_label("Stop serving").click();
    table.run_steps(2);
    assert!(format!("{:?}", sent(&mut table)).contains("StopServing(SourceId(5))"));
    let mut nothing = self::table(state(BROKEN, None), (560.0, 400.0));
    nothing.get_by_label("Serve").click();
    nothing.run_steps(2);
    assert!(!format!("{:?}", sent(&mut nothing)).contains("ServeSource"));
}

#[test]
fn editors_have_tabs_and_closed_ones_open_again() {
    let mut start = state(GOOD, None);
    let closed = workspace::Scratch {
        name: "scratch-2.proto".to_owned(),
        text: "kept".into(),
        roots: Vec::new(),
        place: ScratchPlace::Closed,
    };
    start.closed_scratches = vec![Arc::new(closed)];
    let mut table = table(start, (560.0, 400.0));
    let press = |table: &mut Table, name: &str| {
        table.get_by_label(name).click();
        table.run_steps(3);
        format!("{:?}", sent(table))
    };
    table.get_by_role_and_label(Role::Tab, "GET /");
    assert!(press(&mut table, "scratch-1.proto").contains("ShowEditor(SourceId(5))"));
    assert!(press(&mut table, "Close scratch-1.proto").contains("CloseEditor(SourceId(5))"));
    press(&mut table, "New draft");
    let reopened = press(&mut table, "Reopen scratch-2.proto");
    assert!(reopened.contains("ReopenScratch(\"scratch-2.proto\")"), "{reopened}");
    press(&mut table, "New draft");
    assert!(press(&mut table, "New proto...").contains("NewScratch"));
}

#[test]
fn an_import_that_is_missing_is_counted_beside_what_compiles() {
    let text = GOOD.replacen('\n', "\nimport \"no/such.proto\";\n", 1);
    let table = table(state(&text, None), (560.0, 400.0));
    table.get_by_label("1 warning. Compiles: 1 service, 1 method.");
}
