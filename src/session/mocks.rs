//! Schemas that are served: their service in the cluster, their routes at the gateway, their answers, and the
//! drafts that go to them.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use super::core::Core;
use super::demo::begun;
use super::drafts::TUTORIAL_TARGET;
use super::hands::not_done;
use super::message::Message;
use super::{MockEdit, MockView, NoticeKind, Origin, Source};
use crate::cluster::{MockPlan, check_mock_answer, demo_services};
use crate::model::{
    CLIENT, ChangeKind, GATEWAY, MethodPath, MockAnswer, NotDone, OTHERS, Problem, Severity,
    SourceId, Topology,
};
use crate::workspace::{SavedMock, SavedSource};

/// What is kept of mocks whose source is not served now.
#[derive(Debug, Default)]
pub(super) struct MockBook {
    kept: Arc<[SavedMock]>,
}

impl MockBook {
    pub(super) fn new(kept: Vec<SavedMock>) -> Self {
        Self { kept: kept.into() }
    }

    fn of(&self, source: &SavedSource) -> Option<&SavedMock> {
        self.kept.iter().find(|kept| kept.source == *source)
    }

    fn put(&mut self, mock: SavedMock) {
        self.forget(&mock.source);
        self.kept = self.kept.iter().cloned().chain(std::iter::once(mock)).collect();
    }

    /// What was kept of a source is kept of another one, unless that one has answers of its own.
    pub(super) fn hand_over(&mut self, from: &SavedSource, to: &SavedSource) {
        let known = self.of(from).cloned();
        self.forget(from);
        if let Some(known) = known
            && self.of(to).is_none_or(|kept| kept.answers.is_empty())
        {
            self.put(SavedMock { source: to.clone(), ..known });
        }
    }

    /// Keeps nothing more of a source that cannot come back.
    pub(super) fn forget(&mut self, source: &SavedSource) {
        if self.of(source).is_some() {
            self.kept = self.kept.iter().filter(|kept| kept.source != *source).cloned().collect();
        }
    }

    /// Everything to be written.
    pub(super) fn all(&self) -> Arc<[SavedMock]> {
        Arc::clone(&self.kept)
    }
}

impl Core {
    /// Serves the schema of a source: a real server on a port of its own.
    pub(super) fn serve_source(&mut self, id: SourceId) {
        let Some(source) = self.state.source(id).cloned() else { return };
        if source.schema.is_none() || self.state.mocks.contains_key(&id) {
            return;
        }
        let kept = self.mocks.of(&source.saved).cloned();
        let answers = kept.as_ref().map(|kept| kept.answers.clone()).unwrap_or_default();
        let edit = |answer: MockAnswer| MockEdit {
            in_force: answer.clone(),
            typed: answer,
            problems: Arc::default(),
        };
        let view = MockView {
            name: self.name_for(&source),
            address: None,
            answers: answers.into_iter().map(|(method, answer)| (method, edit(answer))).collect(),
        };
        self.state.mocks.insert(id, Arc::new(view));
        self.check_answers(id);
        self.put_on_stage(id, kept.and_then(|kept| kept.port));
    }

    /// Tells the cluster what the source's mock is now.
    fn put_on_stage(&mut self, id: SourceId, port: Option<u16>) {
        let (Some(view), Some(source)) = (self.state.mocks.get(&id), self.state.source(id)) else {
            return;
        };
        let Some(schema) = &source.schema else { return };
        let answers = view.answers.iter();
        let plan = MockPlan {
            name: Arc::clone(&view.name),
            schema: (**schema).clone(),
            answers: answers.map(|(path, edit)| (path.clone(), edit.in_force.clone())).collect(),
            port,
        };
        let (cluster, inbox) = (self.demo.cluster.clone(), self.inbox.clone());
        let name = Arc::clone(&view.name);
        let served = begun(async move {
            let served = cluster.serve(plan).await.map_err(not_done);
            let address = || address_of(&cluster.topology().borrow(), &name);
            served.and_then(|()| address().ok_or(NotDone::Overtaken))
        });
        self.tasks.spawn(async move {
            let result = served.await;
            inbox.send(Message::MockServed { source: id, result }).await.ok();
        });
    }

    /// It is served, or could not be.
    pub(super) fn mock_served(&mut self, id: SourceId, result: Result<SocketAddr, NotDone>) {
        let Some(view) = self.state.mocks.get(&id).cloned() else { return };
        match result {
            Ok(address) if view.address.is_none() => {
                self.move_mock(id, address);
                self.changed(ChangeKind::Served(Arc::clone(&view.name)));
                self.keep_mock(id, true);
                self.route_to_mocks();
                self.say_who_has_the_route(id, &view.name, address);
                let topology = Arc::clone(&self.demo.cluster.topology().borrow());
                self.note_taken_ports_of(topology.service(&view.name).into_iter());
            }
            Ok(_) => {}
            Err(why) => {
                if view.address.is_none() {
                    self.state.mocks.remove(&id);
                }
                let kind = NoticeKind::NotDone { whom: Arc::clone(&view.name), why };
                self.note(Some(Severity::Error), kind);
            }
        }
        self.cluster_changed();
    }

    /// Frees the port; the source's drafts go back to where they went before.
    pub(super) fn stop_serving(&mut self, id: SourceId) {
        self.keep_mock(id, false);
        let Some(view) = self.state.mocks.remove(&id) else { return };
        if let (Some(source), Some(address)) = (self.state.source(id).cloned(), view.address) {
            self.retarget(&source, &[address.to_string()], &self.target_without_mock(&source));
        }
        let cluster = self.demo.cluster.clone();
        self.do_to(Arc::clone(&view.name), async move {
            cluster.unserve(&view.name).await?;
            Ok(ChangeKind::Unserved(Arc::clone(&view.name)))
        });
        self.route_to_mocks();
    }

    /// What the person wants a method to answer. A text that does not fit is kept with its problems, and the
    /// answer before it stays in force.
    pub(super) fn set_mock_answer(&mut self, id: SourceId, method: MethodPath, answer: MockAnswer) {
        let Some(view) = self.state.mocks.get_mut(&id) else { return };
        let view = Arc::make_mut(view);
        view.answers.entry(method).or_default().typed = answer;
        self.check_answers(id);
        self.put_on_stage(id, None);
        self.keep_mock(id, true);
    }

    /// Reads what was typed for each method: what fits comes into force. Where neither that nor what was in force
    /// fits a contract that changed, the sample answers.
    fn check_answers(&mut self, id: SourceId) {
        let schema = self.state.source(id).and_then(|source| source.schema.clone());
        let (Some(schema), Some(view)) = (schema, self.state.mocks.get_mut(&id)) else { return };
        for (method, edit) in &mut Arc::make_mut(view).answers {
            let problems = check_mock_answer(&schema, method, &edit.typed.body);
            edit.in_force.fault = edit.typed.fault;
            if is_fit(&problems) {
                edit.in_force.body.clone_from(&edit.typed.body);
            } else if !is_fit(&check_mock_answer(&schema, method, &edit.in_force.body)) {
                edit.in_force.body.clear();
            }
            edit.problems = problems.into();
        }
    }

    /// A source was read again: its mock answers by the new contract.
    pub(super) fn mock_follows_source(&mut self, id: SourceId) {
        if self.state.mocks.contains_key(&id) {
            self.check_answers(id);
            self.put_on_stage(id, None);
            self.route_to_mocks();
            return;
        }
        let saved = self.state.source(id).map(|source| source.saved.clone());
        let was_served =
            saved.and_then(|saved| self.mocks.of(&saved)).is_some_and(|kept| kept.is_served);
        if was_served {
            self.serve_source(id);
        }
    }

    /// Instances came, went or moved: the mocks' addresses follow, and with them the drafts.
    pub(super) fn follow_mocks(&mut self, topology: &Topology) {
        let moved: Vec<_> = self
            .state
            .mocks
            .iter()
            .filter_map(|(id, view)| {
                let (known, now) = (view.address?, address_of(topology, &view.name)?);
                (known != now).then_some((*id, now))
            })
            .collect();
        if moved.is_empty() {
            return;
        }
        for (id, address) in moved {
            self.move_mock(id, address);
        }
        self.route_to_mocks();
    }

    fn move_mock(&mut self, id: SourceId, address: SocketAddr) {
        let (Some(view), Some(source)) = (
            self.state.mocks.get_mut(&id),
            self.state.sources.iter().find(|source| source.id == id).cloned(),
        ) else {
            return;
        };
        let before = Arc::make_mut(view).address.replace(address);
        let kept = self.mocks.of(&source.saved);
        let mut from: Vec<_> = before.map(|before| before.to_string()).into_iter().collect();
        from.extend(kept.and_then(|kept| kept.port).map(|port| format!("127.0.0.1:{port}")));
        // Only the wish to serve draws drafts to the mock. One that was pointed elsewhere since then stays there.
        if kept.is_none_or(|kept| !kept.is_served) {
            from.extend([String::new(), self.target_without_mock(&source)]);
        }
        self.retarget(&source, &from, &address.to_string());
    }

    /// Drafts of this source that go to one of `from` go to `to`.
    fn retarget(&mut self, source: &Source, from: &[String], to: &str) {
        for draft in &mut self.state.drafts {
            let is_own = draft.source.as_ref() == Some(&source.saved) && draft.method.is_some();
            if is_own && draft.target != to && from.contains(&draft.target) {
                let draft = Arc::make_mut(draft);
                to.clone_into(&mut draft.target);
                draft.revision += 1;
            }
        }
        self.save();
    }

    /// Where drafts of this source go when nobody serves it here.
    fn target_without_mock(&self, source: &Source) -> String {
        match &source.origin {
            Origin::BuiltIn => self.gateway_target(),
            Origin::Reflection { target, .. } => target.clone(),
            Origin::Paths { .. } | Origin::Scratch => TUTORIAL_TARGET.to_owned(),
        }
    }

    pub(super) fn keep_mock(&mut self, id: SourceId, is_served: bool) {
        let (Some(view), Some(source)) = (self.state.mocks.get(&id), self.state.source(id)) else {
            return;
        };
        let told = view.answers.iter().filter(|(_, edit)| !edit.typed.is_usual());
        let mock = SavedMock {
            source: source.saved.clone(),
            is_served,
            port: view.address.map(|address| address.port()),
            answers: told.map(|(path, edit)| (path.clone(), edit.typed.clone())).collect(),
        };
        self.mocks.put(mock);
        self.save();
    }

    /// A name that a diagram and a route can bear, and that nobody else has.
    fn name_for(&self, source: &Source) -> Arc<str> {
        let is_served = |name: &str| self.state.mocks.values().any(|mock| *mock.name == *name);
        free_name(&source.name, is_served).into()
    }

    /// A mock of a service that the demo has gets none of the gateway's calls: the routes of the file come first.
    fn say_who_has_the_route(&mut self, id: SourceId, mock: &Arc<str>, address: SocketAddr) {
        let schema = self.state.source(id).and_then(|source| source.schema.as_ref());
        let own = schema.iter().flat_map(|schema| schema.services());
        let own: Vec<&str> = own.map(|service| service.full_name.as_str()).collect();
        let built_in = self.state.sources.iter().filter(|source| source.origin == Origin::BuiltIn);
        let mut routed = built_in
            .filter_map(|source| source.schema.as_ref())
            .flat_map(|schema| schema.services())
            .map(|service| &service.full_name)
            .filter(|name| !name.starts_with("grpc."));
        let Some(service) = routed.find(|name| own.contains(&name.as_str())).cloned() else {
            return;
        };
        let kind = NoticeKind::RoutedElsewhere { mock: Arc::clone(mock), service, address };
        self.note(Some(Severity::Warning), kind);
    }

    /// The gateway's routes to what is served, behind the routes of the person's own file.
    pub(super) fn mock_routes(&self) -> String {
        let mut text = String::new();
        for (id, view) in &self.state.mocks {
            let schema = self.state.source(*id).and_then(|source| source.schema.as_ref());
            let (Some(schema), Some(address)) = (schema, view.address) else { continue };
            let services = schema.services().iter().map(|service| service.full_name.as_str());
            route(&mut text, &view.name, address.port(), services);
        }
        text
    }
}

/// Whether an answer with these problems can be given.
fn is_fit(problems: &[Problem]) -> bool {
    !problems.iter().any(|problem| problem.severity == Severity::Error)
}

/// One `GRPCRoute` document. Every name in it is made of letters, digits, `-`, `.` and `_`.
fn route<'a>(text: &mut String, name: &str, port: u16, services: impl Iterator<Item = &'a str>) {
    let matches: String = services.fold(String::new(), |mut all, service| {
        write!(all, "\n        - method:\n            service: {service}").unwrap_or_default();
        all
    });
    write!(
        text,
        "\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute\nmetadata:\n  name: {name}\n  \
         namespace: demo\nspec:\n  parentRefs:\n    - name: hoplens\n  rules:\n    - matches:{matches}\n      \
         backendRefs:\n        - name: {name}\n          port: {port}\n"
    )
    .unwrap_or_default();
}

pub(super) fn address_of(topology: &Topology, service: &str) -> Option<SocketAddr> {
    let service = topology.service(service)?;
    service.instances.first().map(|instance| instance.address)
}

/// The name of a service for what is called so, which no other has: neither one of the demo, run it or not,
/// nor one that is in use.
pub(super) fn free_name(name: &str, is_used: impl Fn(&str) -> bool) -> String {
    let is_taken = |name: &str| {
        demo_services().any(|(demo, _)| demo == name)
            || [CLIENT, GATEWAY, OTHERS].contains(&name)
            || is_used(name)
    };
    let name = slug(name);
    let mut names = std::iter::once(name.clone())
        .chain(std::iter::once(format!("{name}-mock")))
        .chain((2..).map(|n| format!("{name}-mock-{n}")));
    names.find(|name| !is_taken(name)).unwrap_or(name)
}

/// `Online Boutique/demo.proto` becomes `demo`, `127.0.0.1:7001` becomes `127-0-0-1-7001`.
fn slug(name: &str) -> String {
    let stem = name.rsplit(['/', '\\']).next().unwrap_or(name);
    // `a.proto +2` stands for three files: they are called by the first.
    let stem = stem.split(" +").next().unwrap_or(stem);
    let stem = stem.strip_suffix(".proto").unwrap_or(stem);
    let mut slug = String::new();
    for c in stem.chars().take(60) {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "schema".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::gateway;

    #[test]
    fn names_suit_a_route() {
        let check = |name: &str, expect: &str| assert_eq!(slug(name), expect);
        check("demo.proto", "demo");
        check("Online Boutique/My_Demo.v2.proto", "my-demo-v2");
        check("127.0.0.1:7001", "127-0-0-1-7001");
        check("odd.proto +3", "odd");
        check("商店.proto", "schema");
        check("shop, 7 files", "shop-7-files");
    }

    #[test]
    fn routes_stand_beside_the_usual_ones_and_are_read() {
        let mut text = gateway::DEFAULT_CONFIG.to_owned();
        route(&mut text, "demo", 7001, ["hipstershop.CartService", "a.B"].into_iter());
        let (config, problems) = gateway::parse(Path::new("f.yaml"), &text);
        assert_eq!(problems, []);
        assert!(config.edges().iter().any(|edge| &*edge.callee == "demo"));
        let (usual, _) = gateway::parse(Path::new("f.yaml"), gateway::DEFAULT_CONFIG);
        assert_eq!(config.edges().len(), usual.edges().len() + 1);
    }
}
