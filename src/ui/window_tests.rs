//! The whole window over a session that is none: real state in, commands out.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::bilingual::Bilingual;
use super::{App, Road};
use crate::model::{
    Clock, DraftId, Fault, GATEWAY, Instance, InstanceState, MethodPath, NodeKind, Problem,
    ProblemKind, Protocol, Service, ServiceProtocol, Severity, SourceId, Timestamp, Topology,
};
use crate::schema::{LoadKind, LoadRequest, load};
use crate::session::{
    Command, DemoPhase, GatewayView, HttpRoute, Notice, NoticeKind, Origin, Source, SourcePhase,
    State,
};
use crate::telemetry::Snapshot;
use crate::workspace::{Draft, SavedSource};

#[derive(Debug, Clone)]
pub(super) struct FakeRoad(Rc<RefCell<Inner>>);

#[derive(Debug)]
struct Inner {
    state: Arc<State>,
    snapshot: Arc<Snapshot>,
    is_dirty: bool,
    is_full: bool,
    sent: Vec<Command>,
    clock: Clock,
}

impl Road for FakeRoad {
    fn take_dirty(&self) -> bool {
        std::mem::take(&mut self.0.borrow_mut().is_dirty)
    }

    fn state(&self) -> Arc<State> {
        Arc::clone(&self.0.borrow().state)
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.borrow().snapshot)
    }

    fn try_send(&self, command: Command) -> Result<(), Box<Command>> {
        let mut inner = self.0.borrow_mut();
        if inner.is_full {
            return Err(Box::new(command));
        }
        // The window tells when it stands; what a person asks for is what these tests look at.
        if !matches!(command, Command::WindowShown { .. }) {
            inner.sent.push(command);
        }
        Ok(())
    }

    fn clock(&self) -> Clock {
        self.0.borrow().clock
    }

    fn is_ended(&self) -> bool {
        false
    }
}

impl FakeRoad {
    pub(super) fn publish(&self, change: impl FnOnce(&mut State)) {
        let mut inner = self.0.borrow_mut();
        let mut state = (*inner.state).clone();
        change(&mut state);
        state.revision += 1;
        inner.state = Arc::new(state);
        inner.is_dirty = true;
    }

    pub(super) fn sent(&self) -> Vec<Command> {
        std::mem::take(&mut self.0.borrow_mut().sent)
    }
}

pub(super) type Window = Bilingual<App<FakeRoad>>;

pub(super) fn window(state: State, size: (f32, f32)) -> (Window, FakeRoad) {
    let snapshot = Snapshot { topology: Arc::new(topology()), ..Snapshot::default() };
    let road = FakeRoad(Rc::new(RefCell::new(Inner {
        state: Arc::new(state),
        snapshot: Arc::new(snapshot),
        is_dirty: true,
        is_full: false,
        sent: Vec::new(),
        clock: Clock::start(),
    })));
    let given = road.clone();
    let harness = Harness::builder()
        .with_size(vec2(size.0, size.1))
        .with_max_steps(30)
        .build_eframe(move |creation| App::new(&creation.egui_ctx, given, Instant::now()));
    let mut harness = harness;
    harness.run_steps(4);
    // That the window stands is told once, in the second frame.
    let is_told = |command: &Command| matches!(command, Command::WindowShown { .. });
    road.0.borrow_mut().sent.retain(|command| !is_told(command));
    (harness.into(), road)
}

fn topology() -> Topology {
    let address: SocketAddr = "127.0.0.1:50051".parse().unwrap();
    let instance = |n: u16, state| Instance {
        name: format!("greeter-{n}").into(),
        address: SocketAddr::new(address.ip(), 50_050 + n),
        wanted_port: (n == 2).then_some(50_099),
        state,
        fault: Fault::default(),
    };
    let greeter = Service {
        name: "greeter".into(),
        kind: NodeKind::Demo,
        protocol: ServiceProtocol::Grpc,
        instances: vec![instance(1, InstanceState::Ready), instance(2, InstanceState::Stopped)],
    };
    Topology { services: vec![greeter], edges: Vec::new() }
}

fn greeter_path() -> MethodPath {
    MethodPath::parse("Greeter/SayHello").unwrap()
}

pub(super) fn state() -> State {
    let proto = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-protos/greeter.proto");
    let loaded = load(&LoadRequest { paths: vec![proto.clone()], roots: Vec::new() });
    let saved = SavedSource::Paths { paths: vec![proto.clone()], roots: Vec::new() };
    let greeter = Source {
        id: SourceId(1),
        name: "greeter.proto".to_owned(),
        origin: Origin::Paths { paths: vec![proto], kind: LoadKind::File },
        saved: saved.clone(),
        phase: SourcePhase::Ready,
        schema: Some(Arc::new(loaded.schema)),
        routes: Arc::default(),
        problems: Arc::default(),
        roots: Vec::new(),
    };
    let route = HttpRoute {
        method: "GET".to_owned(),
        path: "/products/{id}".to_owned(),
        sample_path: "/products/1".to_owned(),
        sample_body: String::new(),
        doc: "One product.".to_owned(),
    };
    let storefront = Source {
        id: SourceId(2),
        name: "storefront".to_owned(),
        origin: Origin::BuiltIn,
        saved: SavedSource::BuiltIn("storefront".to_owned()),
        schema: None,
        routes: vec![route].into(),
        ..greeter.clone()
    };
    let missing = ProblemKind::ImportNotFound {
        import: "money.proto".to_owned(),
        looked_in: vec![PathBuf::from("/protos")],
    };
    let legacy = Source {
        id: SourceId(3),
        name: "legacy.proto".to_owned(),
        phase: SourcePhase::Failed,
        schema: None,
        problems: vec![Problem::error(missing)].into(),
        ..greeter.clone()
    };
    let mut draft = Draft::new(DraftId(7), Protocol::Grpc);
    draft.method = Some(greeter_path());
    draft.source = Some(saved);
    draft.target = "127.0.0.1:8080".to_owned();
    draft.body = "{\"name\": \"Ada\"}".to_owned();
    State {
        sources: vec![Arc::new(greeter), Arc::new(storefront), Arc::new(legacy)],
        active: Some(draft.id),
        drafts: vec![Arc::new(draft)],
        demo: DemoPhase::Running,
        gateway: GatewayView {
            address: Some("127.0.0.1:8080".parse().unwrap()),
            state: Some(InstanceState::Ready),
            ..GatewayView::default()
        },
        notices: vec![Arc::new(notice(
            1,
            None,
            NoticeKind::DemoReady { took: Duration::from_millis(400) },
        ))],
        ..State::default()
    }
}

pub(super) fn notice(id: u64, severity: Option<Severity>, kind: NoticeKind) -> Notice {
    Notice { id, at: Timestamp(1), severity, kind }
}

/// Controls without a name: what a screen reader could not say and a test could not find.
fn unnamed(window: &Window) -> Vec<String> {
    let is_control = |role: Role| {
        matches!(
            role,
            Role::Button
                | Role::TextInput
                | Role::MultilineTextInput
                | Role::CheckBox
                | Role::ComboBox
                | Role::RadioButton
                | Role::Tab
                | Role::Link
                | Role::Slider
                | Role::SpinButton
        )
    };
    let root = window.root();
    let nodes = root.children_recursive().map(|node| node.accesskit_node());
    nodes
        .filter(|node| is_control(node.role()))
        .filter(|node| node.label().is_none_or(|label| label.trim().is_empty()))
        .map(|node| format!("{:?} at {:?}", node.role(), node.bounding_box()))
        .collect()
}

#[test]
fn every_control_is_named_in_every_state() {
    let problem = notice(
        2,
        Some(Severity::Error),
        NoticeKind::ListenFailed { listener: "greeter-1".into(), cause: "address in use".into() },
    );
    let with_problem = State {
        notices: vec![Arc::new(problem.clone()), Arc::new(Notice { id: 3, ..problem })],
        ..state()
    };
    let stopped =
        State { demo: DemoPhase::Stopped, gateway: GatewayView::default(), ..State::default() };
    for state in [State::default(), state(), with_problem, stopped] {
        for size in [(1280.0, 800.0), (1600.0, 1000.0)] {
            let (mut window, _road) = window(state.clone(), size);
            assert_eq!(unnamed(&window), Vec::<String>::new());
            for tab in ["Flow", "Latency", "Ask a server...", "Theme", "Settings"] {
                if let Some(node) = window.query_all_by_label(tab).next() {
                    node.click();
                }
                window.run_steps(3);
                assert_eq!(unnamed(&window), Vec::<String>::new(), "{tab}");
            }
        }
    }
}

#[test]
fn a_click_on_a_method_opens_it() {
    let (mut window, road) = window(state(), (1280.0, 800.0));
    window.get_by_role_and_label(Role::Button, "Greeter/SayHello").click();
    window.run_steps(3);
    let sent = road.sent();
    let is_opened = |command: &Command| matches!(command, Command::OpenMethod { source: SourceId(1), method } if *method == greeter_path());
    assert!(sent.iter().any(is_opened), "{sent:?}");
    window.get_by_label("GET /products/{id}").click();
    window.run_steps(3);
    let sent = road.sent();
    let is_route =
        |c: &Command| matches!(c, Command::OpenRoute { source: SourceId(2), route_idx: 0 });
    assert!(sent.iter().any(is_route), "{sent:?}");
}

pub(super) fn fill_field(window: &mut Window, name: &str, text: &str) {
    window.get_by_role_and_label(Role::TextInput, name).focus();
    window.run_steps(2);
    window.get_by_role_and_label(Role::TextInput, name).type_text(text);
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
}

#[test]
fn a_pasted_path_is_loaded_and_a_server_is_asked() {
    let (mut window, road) = window(state(), (1280.0, 800.0));
    fill_field(&mut window, "Path to load", "\"/protos/my shop\"");
    let sent = road.sent();
    let is_load = |c: &Command| matches!(c, Command::LoadPaths(paths) if *paths == [PathBuf::from("/protos/my shop")]);
    assert!(sent.iter().any(is_load), "{sent:?}");
    window.get_by_label("Ask a server...").click();
    window.run_steps(3);
    fill_field(&mut window, "Server to ask", "localhost:7001");
    let sent = road.sent();
    let is_asked =
        |c: &Command| matches!(c, Command::AskServer { target } if target == "localhost:7001");
    assert!(sent.iter().any(is_asked), "{sent:?}");
    fill_field(&mut window, "Import root for legacy.proto", "/more");
    let sent = road.sent();
    let is_root = |c: &Command| matches!(c, Command::AddRoot { source: SourceId(3), root } if root == Path::new("/more"));
    assert!(sent.iter().any(is_root), "{sent:?}");
}

#[test]
fn a_filter_leaves_what_fits() {
    let (mut window, _road) = window(state(), (1280.0, 800.0));
    window.get_by_label("Filter methods").focus();
    window.run_steps(2);
    window.get_by_label("Filter methods").type_text("prod");
    window.run_steps(3);
    let row = window.query_by_role_and_label(Role::Button, "Greeter/SayHello");
    assert!(row.is_none());
    assert!(window.query_by_label("GET /products/{id}").is_some());
}

#[test]
fn the_chips_stop_and_start_and_change_ports() {
    let (mut window, road) = window(state(), (1280.0, 800.0));
    window.get_by_label("cluster 1 of 2").click();
    window.run_steps(3);
    window.get_by_label("Stop greeter-1 and free its port").click();
    window.get_by_label("Start greeter-2").click();
    window.run_steps(3);
    fill_field(&mut window, "Port of greeter-1", "6");
    window.get_by_label("Stop demo").click();
    window.run_steps(3);
    window.get_by_label("gateway :8080").click();
    window.run_steps(3);
    let stop = format!("Stop {GATEWAY} and free its port");
    window.get_by_label(&stop).click();
    window.run_steps(3);
    let sent = format!("{:?}", road.sent());
    for part in
        ["StopInstance(\"greeter-1\")", "StartInstance(\"greeter-2\")", "StopDemo", "StopGateway"]
    {
        assert!(sent.contains(part), "{part} in {sent}");
    }
}

#[test]
fn keys_send_and_close_what_is_shown() {
    let (mut window, road) = window(state(), (1280.0, 800.0));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    window.run_steps(2);
    window.key_press(Key::F5);
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::W);
    window.run_steps(2);
    let sent = road.sent();
    assert!(sent.iter().any(|c| matches!(c, Command::SendCall(DraftId(7)))), "{sent:?}");
    assert!(sent.iter().any(|c| matches!(c, Command::RefreshSource(SourceId(1)))), "{sent:?}");
    assert!(!sent.iter().any(|c| matches!(c, Command::RefreshSource(SourceId(2)))), "{sent:?}");
    assert!(sent.iter().any(|c| matches!(c, Command::CloseDraft(DraftId(7)))), "{sent:?}");
}

#[test]
fn what_is_typed_stays_until_the_session_has_it() {
    let (mut window, road) = window(state(), (1280.0, 800.0));
    let mut typed = Draft::clone(&window.state().shown_state().drafts[0]);
    typed.revision = 5;
    typed.body = "typed".to_owned();
    road.0.borrow_mut().is_full = true;
    window.state_mut().type_for_test(typed.clone());
    // A publication of an older text does not win over what was typed since.
    road.publish(|state| state.n_dropped = 1);
    window.run_steps(2);
    assert_eq!(window.state().shown_state().drafts[0].body, "typed");
    assert!(road.sent().is_empty());
    road.0.borrow_mut().is_full = false;
    window.run_steps(2);
    let sent = road.sent();
    let is_edit = |c: &Command| matches!(c, Command::EditDraft(draft) if draft.body == "typed");
    assert!(sent.iter().any(is_edit), "{sent:?}");
    // The session's own newer text wins.
    road.publish(|state| {
        state.drafts[0] = Arc::new(Draft { revision: 6, body: "sample".to_owned(), ..typed });
    });
    window.run_steps(2);
    assert_eq!(window.state().shown_state().drafts[0].body, "sample");
}

#[test]
fn the_layout_is_reset_and_saved() {
    let (mut window, road) = window(state(), (1280.0, 800.0));
    window.get_by_label("Settings").click();
    window.run_steps(3);
    window.get_by_label("Reset layout").click();
    window.run_steps(3);
    let sent = road.sent();
    let is_saved =
        |c: &Command| matches!(c, Command::SaveLayout(text) if text.starts_with("1 wide "));
    assert!(sent.iter().any(is_saved), "{sent:?}");
}

#[test]
fn a_problem_is_said_copied_and_dismissed() {
    let problem = notice(9, Some(Severity::Error), NoticeKind::NotSent { draft: DraftId(7) });
    let state = State { notices: vec![Arc::new(problem)], ..state() };
    let (mut window, road) = window(state, (1280.0, 800.0));
    window.get_by_label("Dismiss").click();
    window.run_steps(3);
    let sent = road.sent();
    assert!(sent.iter().any(|c| matches!(c, Command::DismissNotice(9))), "{sent:?}");
}
