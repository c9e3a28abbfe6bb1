//! The shoppers: how many calls they make, at which gateway, and what became of them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::DemoPhase;
use super::core::Core;
use super::message::Message;
use crate::cluster::{Traffic, run_traffic};
use crate::gateway::DEMO_API_KEY;
use crate::model::{ChangeKind, TrafficFigures};
use crate::telemetry::Recorder;

/// How often the figures are told while they change.
const TELL: Duration = Duration::from_millis(250);

/// What the shoppers go by. They stay away until they are called.
#[derive(Debug)]
pub(super) struct TrafficControl {
    per_second: watch::Sender<u32>,
    gateway: watch::Sender<Option<SocketAddr>>,
}

impl TrafficControl {
    /// Starts the tasks; they end with `shutdown`.
    pub(super) fn start(
        recorder: Recorder,
        inbox: mpsc::Sender<Message>,
        tasks: &mut JoinSet<()>,
        shutdown: CancellationToken,
    ) -> Self {
        let control =
            Self { per_second: watch::Sender::default(), gateway: watch::Sender::default() };
        let traffic = Traffic {
            per_second: control.per_second.subscribe(),
            gateway: control.gateway.subscribe(),
            api_key: DEMO_API_KEY,
        };
        let (figures, news) = watch::channel(TrafficFigures::default());
        tasks.spawn(tell(news, inbox));
        tasks.spawn(async move {
            if let Err(error) = run_traffic(traffic, recorder, figures, shutdown).await {
                tracing::error!(%error, "there will be no traffic");
            }
        });
        control
    }
}

/// Passes figures on until the shoppers have ended.
async fn tell(mut news: watch::Receiver<TrafficFigures>, inbox: mpsc::Sender<Message>) {
    while news.changed().await.is_ok() {
        let figures = news.borrow_and_update().clone();
        if inbox.send(Message::Shopped(figures)).await.is_err() {
            return;
        }
        tokio::time::sleep(TELL).await;
    }
}

impl Core {
    /// So many calls a second from now on.
    pub(super) fn set_traffic(&mut self, per_second: u32) {
        if self.state.traffic.per_second == per_second {
            return;
        }
        Arc::make_mut(&mut self.state.traffic).per_second = per_second;
        self.demo.traffic.per_second.send_replace(per_second);
        self.changed(ChangeKind::Traffic { per_second });
    }

    /// Cluster or gateway came, moved or went. Nobody comes before the shop is open: their first calls would
    /// fail for no reason that is worth a look.
    pub(super) fn shoppers_follow(&self) {
        let is_open = self.state.demo == DemoPhase::Running;
        let gateway = self.state.gateway.address.filter(|_| is_open);
        let known = &self.demo.traffic.gateway;
        known.send_if_modified(|known| std::mem::replace(known, gateway) != gateway);
    }

    pub(super) fn shopped(&mut self, figures: TrafficFigures) {
        Arc::make_mut(&mut self.state.traffic).figures = figures;
    }
}
