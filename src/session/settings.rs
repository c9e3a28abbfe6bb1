//! What the person prefers: changed from the window or in the file, and in force at once either way.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::core::Core;
use super::message::Message;
use super::{DemoPhase, NoticeKind};
use crate::model::{
    Cause, Problem, ProblemKind, ProxiedCall, Severity, no_proxy_of_environment,
    proxy_of_environment,
};
use crate::net::{Network, authority_fault};
use crate::telemetry::Limits;
use crate::workspace::{ReadSettings, Setting, SettingChange, Settings};

impl Core {
    /// Changes what the person prefers; what follows from it happens here, but for listeners: whoever starts,
    /// stops or moves one does that and remembers it so.
    pub(super) fn change_settings(&mut self, change: impl FnOnce(&mut Settings)) {
        let before = self.state.settings.clone();
        change(&mut self.state.settings);
        if self.state.settings == before {
            return;
        }
        self.settings_took_effect(&before);
        self.save();
    }

    /// One change from the window.
    pub(super) fn change_setting(&mut self, change: SettingChange) {
        let mut wanted = self.state.settings.clone();
        change.apply(&mut wanted);
        self.adopt(wanted);
    }

    /// Reads the file again, away from here.
    pub(super) fn read_settings_file(&mut self) {
        let Some(store) = self.store.clone() else { return };
        let inbox = self.inbox.clone();
        self.tasks.spawn(async move {
            if let Ok(read) = tokio::task::spawn_blocking(move || store.load_settings()).await {
                inbox.send(Message::SettingsRead(Box::new(read))).await.ok();
            }
        });
    }

    /// The file was read: what differs from what it said before is in force, but for what was changed in the
    /// window a moment ago and is not written yet.
    pub(super) fn settings_read(&mut self, read: ReadSettings) {
        let ReadSettings { settings, problems } = read;
        let (kept, mut wanted) = (&self.kept_settings, self.state.settings.clone());
        for setting in Setting::ALL {
            if setting.is_same(kept, &self.state.settings) {
                setting.copy(&settings, &mut wanted);
            }
        }
        if kept.instance_ports == self.state.settings.instance_ports {
            wanted.instance_ports.clone_from(&settings.instance_ports);
        }
        if kept.shortcuts == self.state.settings.shortcuts {
            wanted.shortcuts.clone_from(&settings.shortcuts);
        }
        self.kept_settings = settings;
        self.note_settings_problems(problems);
        self.adopt(wanted);
    }

    /// The file says this now.
    pub(super) fn settings_saved(&mut self, saved: Settings, aside: Option<PathBuf>) {
        self.kept_settings = saved;
        // The folder may have come into being with the first file in it, and nobody watched it before.
        self.watch_files();
        self.read_settings_file();
        if let Some(kept) = aside {
            let problem = Problem::warning(ProblemKind::MendedSettings { kept });
            self.note(Some(Severity::Warning), NoticeKind::SettingsFile(problem));
        }
    }

    /// What is wrong with the file: each fault once, and none that was mended.
    pub(super) fn note_settings_problems(&mut self, problems: Vec<Problem>) {
        if *problems == *self.state.settings_problems {
            return;
        }
        let is_about_file = |kind: &NoticeKind| {
            matches!(kind, NoticeKind::SettingsFile(problem)
                if !matches!(problem.kind, ProblemKind::MendedSettings { .. }))
        };
        self.state.notices.retain(|notice| !is_about_file(&notice.kind));
        for problem in &problems {
            self.note(Some(problem.severity), NoticeKind::SettingsFile(problem.clone()));
        }
        self.state.settings_problems = problems.into();
    }

    fn adopt(&mut self, wanted: Settings) {
        if wanted == self.state.settings {
            return;
        }
        let before = std::mem::replace(&mut self.state.settings, wanted);
        self.settings_took_effect(&before);
        self.follow_listeners(&before);
        self.save();
    }

    /// What follows from another setting at once.
    fn settings_took_effect(&mut self, before: &Settings) {
        let after = &self.state.settings;
        if after.memory_mib != before.memory_mib {
            self.limits.send_replace(limits(after));
        }
        let concerns = [Setting::Proxy, Setting::NoProxy, Setting::CaFiles];
        if concerns.iter().any(|setting| !setting.is_same(before, after)) {
            self.apply_network();
        }
        let after = &self.state.settings;
        let (old, new) = (before.deadline_millis, after.deadline_millis);
        if old != new {
            for draft in self.state.drafts.iter_mut().filter(|d| d.options.deadline_millis == old) {
                let draft = Arc::make_mut(draft);
                draft.options.deadline_millis = new;
                draft.revision += 1;
            }
        }
    }

    /// Proxy and authorities hold for every connection from now on; what is wrong with a file is told later.
    pub(super) fn apply_network(&mut self) {
        let files = self.state.settings.ca_files.clone();
        self.engine.set_network(&network_of(&self.state.settings));
        let inbox = self.inbox.clone();
        self.tasks.spawn(async move {
            let check = move || -> BTreeMap<PathBuf, Cause> {
                let fault = |file: PathBuf| Some((file.clone(), authority_fault(&file)?));
                files.into_iter().filter_map(fault).collect()
            };
            if let Ok(faults) = tokio::task::spawn_blocking(check).await {
                inbox.send(Message::AuthoritiesChecked(faults)).await.ok();
            }
        });
    }

    /// Listeners start, stop and move as the settings say now.
    fn follow_listeners(&mut self, before: &Settings) {
        let after = self.state.settings.clone();
        let is_running = self.state.demo != DemoPhase::Stopped;
        if after.demo_enabled && !is_running && !before.demo_enabled {
            self.start_demo();
            if !after.gateway_enabled {
                self.stop_gateway();
            }
            return;
        }
        if !after.demo_enabled && before.demo_enabled {
            return self.stop_demo();
        }
        match (before.gateway_enabled, after.gateway_enabled) {
            (false, true) => self.start_gateway(),
            (true, false) => self.stop_gateway(),
            (true, true)
                if before.gateway_port != after.gateway_port && self.demo.gate.is_wanted() =>
            {
                self.end_gateway();
                self.run_gateway();
            }
            _ => {}
        }
        for (instance, port) in &after.instance_ports {
            if before.instance_ports.get(instance) != Some(port) {
                self.set_instance_port(instance.as_str().into(), *port);
            }
        }
    }
}

/// The network of these settings; without a proxy of their own, with that of the environment.
pub(super) fn network_of(settings: &Settings) -> Network {
    let environment = |name: &str| std::env::var(name).ok();
    let (mut proxy, mut no_proxy) = (settings.proxy.clone(), settings.no_proxy.clone());
    if proxy.is_none() {
        proxy = proxy_of_environment(ProxiedCall::Grpc, environment).unwrap_or_else(|unusable| {
            tracing::warn!(
                variable = unusable.variable,
                "no http://host:port, so not used as proxy"
            );
            None
        });
        no_proxy.extend(no_proxy_of_environment(environment));
    }
    Network { proxy, no_proxy, ca_files: settings.ca_files.clone() }
}

/// How much the telemetry keeps.
pub(super) fn limits(settings: &Settings) -> Limits {
    let max_bytes = (settings.memory_mib as usize) << 20;
    // As many traces as ever for what the memory was; each takes a few kilobytes.
    let default = Limits::default();
    let max_traces = default.max_traces.max(max_bytes / (default.max_bytes / default.max_traces));
    Limits { max_bytes, max_traces }
}
