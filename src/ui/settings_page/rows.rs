//! The rows of the page: what each is called, what it is for, and which of them belong together.

use crate::model::{CLIENT, NodeKind};
use crate::session::Command;
use crate::text::{fill, t};
use crate::ui::commands;
use crate::ui::cx::PanelCx;
use crate::workspace::{Action, Setting, SettingChange};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::ui) enum Row {
    /// One of the settings.
    Setting(Setting),
    /// The port of a demo instance.
    Port(String),
    /// Panes as they were at first.
    Layout,
    /// Where all this is kept.
    File,
    /// The key of a command.
    Shortcut(Action),
}

impl Row {
    /// What it is called.
    pub(in crate::ui) fn name(&self) -> String {
        let words = match self {
            Self::Setting(setting) => setting_name(*setting),
            Self::Port(instance) => return fill("settings.port_of", &[("name", instance)]),
            Self::Layout => t("settings.layout.name"),
            Self::File => t("settings.file.name"),
            Self::Shortcut(action) => commands::name(*action),
        };
        words.to_owned()
    }

    /// What it is for.
    pub(super) fn explanation(&self, cx: &PanelCx<'_>) -> String {
        let words = match self {
            Self::Setting(setting) => setting_words(*setting),
            Self::Port(_) | Self::Shortcut(_) => "",
            Self::Layout => t("settings.layout.words"),
            Self::File => {
                let file = cx.state.settings_file.as_ref();
                return file.map(|file| file.display().to_string()).unwrap_or_default();
            }
        };
        words.to_owned()
    }

    /// Whether every word that was typed stands in its name, its explanation or its key in the file.
    pub(super) fn fits(&self, query: &str) -> bool {
        let (words, key) = match self {
            Self::Setting(setting) => (setting_words(*setting), setting.key()),
            Self::Port(instance) => (t("settings.ports_words"), instance.as_str()),
            Self::Layout => (t("settings.layout.words"), ""),
            Self::File => ("", "settings.toml"),
            Self::Shortcut(action) => (t("settings.group.shortcuts"), action.name()),
        };
        let all = format!("{} {words} {key}", self.name()).to_lowercase();
        query.to_lowercase().split_whitespace().all(|word| all.contains(word))
    }

    /// What puts it back to what was shipped; `None` while it is that.
    pub(super) fn reset(&self, cx: &PanelCx<'_>) -> Option<Command> {
        let settings = &cx.state.settings;
        let change = match self {
            Self::Setting(setting) if !setting.is_default(settings) => {
                SettingChange::Reset(*setting)
            }
            Self::Port(instance) if settings.instance_ports.contains_key(instance) => {
                SettingChange::ResetPort(instance.clone())
            }
            Self::Shortcut(action) if settings.shortcuts.contains_key(action) => {
                SettingChange::ResetShortcut(*action)
            }
            _ => return None,
        };
        Some(Command::ChangeSetting(change))
    }
}

/// All rows in groups, in their order.
pub(in crate::ui) fn groups(cx: &PanelCx<'_>) -> Vec<(&'static str, Vec<Row>)> {
    use Setting as S;
    let of = |settings: &[Setting]| settings.iter().copied().map(Row::Setting).collect::<Vec<_>>();
    let mut looks = of(&[S::Theme, S::Language, S::FontSize, S::Zoom, S::ReduceMotion]);
    looks.push(Row::Layout);
    let services = cx.snapshot.topology.services.iter();
    let demo =
        services.filter(|service| service.kind == NodeKind::Demo && &*service.name != CLIENT);
    let ports = demo.flat_map(|service| &service.instances).map(|i| Row::Port(i.name.to_string()));
    let mut listeners = of(&[S::Demo, S::Scene, S::Gateway, S::GatewayPort]);
    listeners.extend(ports);
    let mut kept = of(&[S::Memory]);
    if cx.state.settings_file.is_some() {
        kept.push(Row::File);
    }
    vec![
        (t("settings.group.looks"), looks),
        (t("settings.group.calls"), of(&[S::Deadline, S::Proxy, S::NoProxy, S::CaFiles])),
        (t("settings.group.listeners"), listeners),
        (t("settings.group.kept"), kept),
        (t("settings.group.shortcuts"), Action::ALL.into_iter().map(Row::Shortcut).collect()),
    ]
}

fn setting_name(setting: Setting) -> &'static str {
    match setting {
        Setting::Theme => t("settings.theme.name"),
        Setting::Language => t("settings.language.name"),
        Setting::FontSize => t("settings.font_size.name"),
        Setting::Zoom => t("settings.zoom.name"),
        Setting::ReduceMotion => t("settings.reduce_motion.name"),
        Setting::Demo => t("settings.demo.name"),
        Setting::Gateway => t("settings.gateway.name"),
        Setting::GatewayPort => t("settings.gateway_port.name"),
        Setting::Scene => t("settings.scene.name"),
        Setting::Deadline => t("settings.deadline.name"),
        Setting::Memory => t("settings.memory.name"),
        Setting::Proxy => t("settings.proxy.name"),
        Setting::NoProxy => t("settings.no_proxy.name"),
        Setting::CaFiles => t("settings.ca_files.name"),
    }
}

fn setting_words(setting: Setting) -> &'static str {
    match setting {
        Setting::Theme => t("settings.theme.words"),
        Setting::Language => t("settings.language.words"),
        Setting::FontSize => t("settings.font_size.words"),
        Setting::Zoom => t("settings.zoom.words"),
        Setting::ReduceMotion => t("settings.reduce_motion.words"),
        Setting::Demo => t("settings.demo.words"),
        Setting::Gateway => t("settings.gateway.words"),
        Setting::GatewayPort => t("settings.gateway_port.words"),
        Setting::Scene => t("settings.scene.words"),
        Setting::Deadline => t("settings.deadline.words"),
        Setting::Memory => t("settings.memory.words"),
        Setting::Proxy => t("settings.proxy.words"),
        Setting::NoProxy => t("settings.no_proxy.words"),
        Setting::CaFiles => t("settings.ca_files.words"),
    }
}
