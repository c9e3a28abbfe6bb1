//! What the palette offers for each instance that runs or could.

use std::sync::Arc;

use super::items::{Found, Item};
use crate::model::{InstanceState, NodeKind};
use crate::session::Command;
use crate::text::{fill, t};
use crate::ui::cx::PanelCx;

/// What can be done to an instance, or to its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hand {
    Start,
    Stop,
    Kill,
    Log,
    /// One more instance of the service.
    Add,
}

impl Hand {
    pub(super) fn command(self, whom: Arc<str>) -> Command {
        match self {
            Self::Start => Command::StartInstance(whom),
            Self::Stop => Command::StopInstance(whom),
            Self::Kill => Command::KillInstance(whom),
            Self::Log => Command::FollowLog(Some(whom)),
            Self::Add => Command::AddInstance(whom),
        }
    }
}

/// All of them.
pub(super) fn all(cx: &PanelCx<'_>) -> Vec<Found> {
    let found = |hand, whom: &Arc<str>, name| Found {
        item: Item::Hand(hand, Arc::clone(whom)),
        name,
        kind: t("commands.find.command").to_owned(),
        is_code: false,
    };
    let services = cx.snapshot.topology.services.iter();
    let own = services.filter(|one| matches!(one.kind, NodeKind::Demo | NodeKind::Mock));
    let mut all = Vec::new();
    for service in own {
        let name = format!("{}: {}", t("flow.add_instance"), service.name);
        all.push(found(Hand::Add, &service.name, name));
        for instance in &service.instances {
            let hands: &[_] = match instance.state {
                InstanceState::Ready => {
                    &[(Hand::Stop, "flow.stop"), (Hand::Kill, "flow.kill"), (Hand::Log, "flow.log")]
                }
                InstanceState::Stopped => &[(Hand::Start, "flow.start"), (Hand::Log, "flow.log")],
                _ => &[],
            };
            for (hand, key) in hands {
                let name = fill(key, &[("instance", &instance.name)]);
                all.push(found(*hand, &instance.name, name));
            }
        }
    }
    all
}
