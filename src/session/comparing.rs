//! Comparing a draft's call by every way, beside everything else: begun, followed, given up.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::compare::{Deserted, compare, target_at};
use super::core::Core;
use super::message::Message;
use super::prepare::prepare;
use super::settings::network_of;
use super::{
    CompareOrder, ComparePlaces, CompareProgress, Comparison, NoticeKind, Refusal, comparison_csv,
};
use crate::cluster;
use crate::engine::Engine;
use crate::flow::{Chart, Palette, png};
use crate::model::{CallKind, DraftId, MethodPath, NoWay, Request, Target};
use crate::workspace::{Draft, SavedSource};

/// Between two words on how far it is.
const QUIET: Duration = Duration::from_millis(50);

/// The comparison that is shown.
#[derive(Debug, Clone, Default)]
pub struct CompareView {
    /// Whose call; `None` before the first one.
    pub draft: Option<DraftId>,
    /// Whether it runs.
    pub is_running: bool,
    /// How far it is, once it has begun to call.
    pub progress: Option<CompareProgress>,
    /// What came of it.
    pub result: Option<Arc<Comparison>>,
    /// Why it could not begin.
    pub refusal: Option<Arc<Refusal>>,
}

/// The comparison under way.
#[derive(Debug, Default)]
pub(super) struct Comparing {
    generation: u64,
    end: Option<DropGuard>,
}

/// A file to write.
#[derive(Debug, Clone)]
pub enum CompareFile {
    /// The figures of the comparison that is shown.
    Csv,
    /// This picture in these colours.
    Png(Arc<Chart>, Palette),
}

impl Core {
    /// Makes the draft's call so many times by each way. One that still runs is given up.
    pub(super) fn compare(&mut self, id: DraftId, n_calls: u32) {
        self.cancel_compare();
        let Some(draft) = self.state.draft(id).cloned() else { return };
        let order = prepare(&draft, &self.state).and_then(|request| {
            let schema = self.state.schema_of(&draft).ok_or(Refusal::UnknownMethod)?;
            let method = draft.method.as_ref().and_then(|method| schema.method(method));
            if method.is_some_and(|method| method.kind != CallKind::Unary) {
                return Err(Refusal::Streaming);
            }
            let places = self.compare_places(&draft, &request);
            CompareOrder::new(schema, request, is_builtin(&draft), n_calls)
                .map(|order| (order, places))
                .ok_or(Refusal::UnknownMethod)
        });
        let (order, places) = match order {
            Ok(order) => order,
            Err(refusal) => {
                let refusal = Some(Arc::new(refusal));
                let view = CompareView { draft: Some(id), refusal, ..CompareView::default() };
                self.state.compare = view;
                return;
            }
        };
        self.state.compare =
            CompareView { draft: Some(id), is_running: true, ..CompareView::default() };
        let end = CancellationToken::new();
        self.comparing.end = Some(end.clone().drop_guard());
        let generation = self.comparing.generation;
        let comparison = self.comparison(order, places, generation, end);
        self.tasks.spawn(comparison);
    }

    /// Gives it up; what it has found so far is lost.
    pub(super) fn cancel_compare(&mut self) {
        self.comparing.end = None;
        self.comparing.generation += 1;
        self.state.compare.is_running = false;
        self.state.compare.progress = None;
    }

    /// It went on.
    pub(super) fn compare_went_on(&mut self, generation: u64, progress: CompareProgress) {
        if generation == self.comparing.generation && self.comparing.end.is_some() {
            self.state.compare.progress = Some(progress);
        }
    }

    /// It came to its end.
    pub(super) fn compared(&mut self, generation: u64, comparison: Comparison) {
        if generation == self.comparing.generation {
            self.cancel_compare();
            self.state.compare.result = Some(Arc::new(comparison));
        }
    }

    /// Writes a file of the comparison that is shown; the person has agreed that one which is there may go.
    pub(super) fn save_comparison(&mut self, file: CompareFile, path: PathBuf) {
        let Some(comparison) = self.state.compare.result.clone() else { return };
        let content = move || match file {
            CompareFile::Csv => Ok(comparison_csv(&comparison).into_bytes()),
            CompareFile::Png(chart, palette) => {
                png(&chart, &palette).ok_or_else(|| std::io::ErrorKind::OutOfMemory.into())
            }
        };
        self.export(path, content, |path| NoticeKind::ComparisonSaved { path });
    }

    fn comparison(
        &self,
        order: CompareOrder,
        mut places: ComparePlaces,
        generation: u64,
        end: CancellationToken,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (recorder, inbox) = (self.recorder.clone(), self.inbox.clone());
        let (config, known) = (self.gateway_config(), self.demo.cluster.endpoints());
        let network = network_of(&self.state.settings);
        let told = Mutex::new(Instant::now());
        let tell = {
            let inbox = inbox.clone();
            move |progress| {
                let mut told = told.lock();
                if told.elapsed() >= QUIET {
                    *told = Instant::now();
                    // One that finds no room is made up for by the next.
                    inbox.try_send(Message::CompareWentOn { generation, progress }).ok();
                }
            }
        };
        let work = async move {
            let known = Arc::clone(&known.borrow());
            let started = match places.gateway {
                Ok(_) => Deserted::start(config, &known).await.ok(),
                Err(_) => None,
            };
            let (deserted, run) = started.unzip();
            places.deserted = deserted.as_ref().map(|deserted| deserted.target.clone());
            let engine = || {
                let engine = Engine::new(recorder.clone());
                engine.set_network(&network);
                engine
            };
            let serving = async {
                if let Some(run) = run {
                    run.await;
                }
                std::future::pending::<Infallible>().await
            };
            tokio::select! {
                comparison = compare(&order, &places, engine, tell) => comparison,
                never = serving => match never {},
            }
        };
        async move {
            if let Some(comparison) = end.run_until_cancelled(work).await {
                let comparison = Box::new(comparison);
                inbox.send(Message::Compared { generation, comparison }).await.ok();
            }
        }
    }

    /// Where the ways of a draft's call lead: to our own services where they serve it, else to where the draft goes.
    fn compare_places(&self, draft: &Draft, request: &Request) -> ComparePlaces {
        let method = draft.method.as_ref();
        let service = method.and_then(|method| self.service_behind(draft, method));
        let endpoints = self.demo.cluster.endpoints();
        let endpoints = endpoints.borrow();
        let place = |service: &str| -> Option<Target> {
            Some(target_at(endpoints.get(service)?.first()?.address))
        };
        let gateway = self.state.gateway.address.map(target_at);
        // A draft that goes to the gateway says nothing of where the service is.
        let own = Some(request.target.clone())
            .filter(|target| gateway.as_ref().is_none_or(|it| it.address != target.address));
        let grpc = match &service {
            Some(service) => place(service),
            None => own,
        };
        let is_routed = service.is_some();
        ComparePlaces {
            grpc: grpc.ok_or(NoWay::NoServer),
            json: place(cluster::JSON_SERVICE).ok_or(NoWay::NoServer),
            gateway: match gateway {
                Some(gateway) if is_routed => Ok(gateway),
                Some(_) => Err(NoWay::NoRoute),
                None => Err(NoWay::NoGateway),
            },
            deserted: None,
        }
    }

    /// The service of ours that serves a draft's method.
    fn service_behind(&self, draft: &Draft, method: &MethodPath) -> Option<Arc<str>> {
        if is_builtin(draft) {
            return cluster::service_of(method).map(Arc::from);
        }
        let mut sources = self.state.sources.iter();
        let source = sources.find(|it| Some(&it.saved) == draft.source.as_ref())?;
        let mock = self.state.mocks.get(&source.id)?;
        mock.address.map(|_| Arc::clone(&mock.name))
    }
}

fn is_builtin(draft: &Draft) -> bool {
    matches!(draft.source, Some(SavedSource::BuiltIn(_)))
}
