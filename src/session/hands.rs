//! Hands on the services: single instances started, stopped, killed, added, removed and given faults at the
//! person's wish, and the log that is being read.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::core::Core;
use super::demo::begun;
use super::message::{Done, Message};
use super::{LogView, NoticeKind};
use crate::cluster::{ClusterError, ClusterHandle};
use crate::model::{Change, ChangeKind, Fault, LogLine, NotDone, Severity, Whom};

/// At most so many changes are kept.
const MAX_CHANGES: usize = 200;
/// How often a followed log is looked at.
const LOOK: Duration = Duration::from_millis(250);

impl Core {
    pub(super) fn stop_instance(&mut self, instance: Arc<str>) {
        let cluster = self.demo.cluster.clone();
        self.do_to(Arc::clone(&instance), async move {
            cluster.stop_instance(&instance).await.map(|()| ChangeKind::Stopped(instance))
        });
    }

    pub(super) fn start_instance(&mut self, instance: Arc<str>) {
        let cluster = self.demo.cluster.clone();
        self.do_to(Arc::clone(&instance), async move {
            cluster.start_instance(&instance).await?;
            let port = port_of(&cluster, &instance);
            Ok(ChangeKind::Started { instance, port })
        });
    }

    pub(super) fn kill_instance(&mut self, instance: Arc<str>) {
        let cluster = self.demo.cluster.clone();
        self.do_to(Arc::clone(&instance), async move {
            cluster.kill(&instance).await.map(|()| ChangeKind::Killed(instance))
        });
    }

    pub(super) fn add_instance(&mut self, service: Arc<str>) {
        let cluster = self.demo.cluster.clone();
        self.do_to(Arc::clone(&service), async move {
            cluster.add_instance(&service).await.map(ChangeKind::Added)
        });
    }

    pub(super) fn remove_instance(&mut self, instance: Arc<str>) {
        let cluster = self.demo.cluster.clone();
        self.do_to(Arc::clone(&instance), async move {
            cluster.remove_instance(&instance).await.map(|()| ChangeKind::Removed(instance))
        });
    }

    pub(super) fn set_fault(&mut self, whom: Whom, fault: Fault) {
        let cluster = self.demo.cluster.clone();
        let name: Arc<str> = match &whom {
            Whom::Demo => "cluster".into(),
            Whom::Service(name) | Whom::Instance(name) => name.as_str().into(),
        };
        self.do_to(Arc::clone(&name), async move {
            cluster.set_fault(whom, fault).await?;
            Ok(ChangeKind::Fault { whom: name, fault })
        });
    }

    pub(super) fn set_instance_port(&mut self, instance: Arc<str>, port: u16) {
        let (cluster, inbox) = (self.demo.cluster.clone(), self.inbox.clone());
        let whom = Arc::clone(&instance);
        let work = begun(async move { cluster.set_port(&instance, port).await });
        self.tasks.spawn(async move {
            let done = match work.await {
                Ok(address) => Done::Moved(address.port()),
                Err(error) => Done::Failed(not_done(error)),
            };
            inbox.send(Message::Done { whom, done }).await.ok();
        });
    }

    pub(super) fn do_to(
        &mut self,
        whom: Arc<str>,
        work: impl Future<Output = Result<ChangeKind, ClusterError>> + Send + 'static,
    ) {
        let inbox = self.inbox.clone();
        let work = begun(work);
        self.tasks.spawn(async move {
            let done = work.await.map_or_else(|error| Done::Failed(not_done(error)), Done::Changed);
            inbox.send(Message::Done { whom, done }).await.ok();
        });
    }

    pub(super) fn done(&mut self, whom: Arc<str>, done: Done) {
        match done {
            Done::Changed(kind) => self.changed(kind),
            Done::Moved(port) => {
                self.change_settings(|settings| {
                    settings.instance_ports.insert(whom.to_string(), port);
                });
                self.changed(ChangeKind::Started { instance: whom, port });
            }
            Done::Failed(why) => {
                self.note(Some(Severity::Error), NoticeKind::NotDone { whom, why });
            }
        }
        self.cluster_changed();
    }

    /// Marks a change on the time line and tells it.
    pub(super) fn changed(&mut self, kind: ChangeKind) {
        let change = Change { at: self.recorder.now(), kind: kind.clone() };
        let changes = Arc::make_mut(&mut self.state.changes);
        let surplus = (changes.len() + 1).saturating_sub(MAX_CHANGES);
        changes.drain(..surplus);
        changes.push(change);
        self.note(None, NoticeKind::Changed(kind));
    }

    /// Reads the log of this instance from now on, or none.
    pub(super) fn follow_log(&mut self, instance: Option<Arc<str>>) {
        // Whoever followed another one ends with its guard.
        self.demo.log_follower = None;
        self.state.log =
            instance.clone().map(|instance| Arc::new(LogView { instance, lines: Vec::new() }));
        let Some(instance) = instance else { return };
        let stop = CancellationToken::new();
        self.demo.log_follower = Some(stop.clone().drop_guard());
        let (cluster, inbox) = (self.demo.cluster.clone(), self.inbox.clone());
        let shutdown = self.shutdown.clone();
        self.tasks.spawn(async move {
            let follow = async {
                let mut n_known = u64::MAX;
                // An instance that is gone has no more to say.
                while let Ok(log) = cluster.log(&instance, n_known).await {
                    if let Some(log) = log {
                        n_known = log.n_written;
                        let instance = Arc::clone(&instance);
                        inbox.send(Message::Logged { instance, lines: log.lines }).await.ok();
                    }
                    tokio::time::sleep(LOOK).await;
                }
            };
            tokio::select! {
                () = follow => {}
                () = stop.cancelled() => {}
                () = shutdown.cancelled() => {}
            }
        });
    }

    pub(super) fn logged(&mut self, instance: Arc<str>, lines: Vec<LogLine>) {
        if self.state.log.as_ref().is_some_and(|log| log.instance == instance) {
            self.state.log = Some(Arc::new(LogView { instance, lines }));
        }
    }
}

/// Why the cluster did not do it, as a fact.
pub(super) fn not_done(error: ClusterError) -> NotDone {
    match error {
        ClusterError::TooMany { most } => NotDone::TooMany { most },
        ClusterError::LastOne(_) => NotDone::LastOne,
        ClusterError::Port { port, .. } => NotDone::Port { port, cause: error.cause() },
        ClusterError::Overtaken => NotDone::Overtaken,
        ClusterError::NothingToServe => NotDone::NothingToServe,
        other => NotDone::Gone { cause: other.cause() },
    }
}

/// Where an instance listens now.
fn port_of(cluster: &ClusterHandle, instance: &str) -> u16 {
    let topology = cluster.topology();
    let topology = topology.borrow();
    let mut instances = topology.services.iter().flat_map(|service| &service.instances);
    instances.find(|known| &*known.name == instance).map_or(0, |known| known.address.port())
}
