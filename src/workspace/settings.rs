//! What the user prefers.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::setting::GATEWAY_PORT;
use super::{Action, Setting, Shortcut};
use crate::model::{ProxyAddress, Scene};

/// Preferences of this user on this machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Dark, light, or as the desktop is.
    pub theme: Theme,
    /// Whether the demo cluster starts with the window.
    pub demo_enabled: bool,
    /// Whether the gateway starts with the window.
    pub gateway_enabled: bool,
    /// The gateway's port; `None` for the usual one.
    pub gateway_port: Option<u16>,
    /// Ports that the user gave to instances, by instance name (`greeter-1`).
    pub instance_ports: BTreeMap<String, u16>,
    /// Whether motion is stilled.
    pub reduce_motion: bool,
    /// 1.0 is the size that the system asks for; 0.5 to 3.0.
    pub zoom: f32,
    /// A language tag (`en`, `zh-Hans`); `None` follows the system.
    pub language: Option<String>,
    /// What of the demo the diagram shows.
    pub scene: Scene,
    /// Size of text in points, 11 to 18.
    pub font_size: u8,
    /// Deadline of new drafts in milliseconds; `None` waits for ever.
    pub deadline_millis: Option<u64>,
    /// Memory for recorded spans, in MiB; 16 to 4096.
    pub memory_mib: u32,
    /// Where calls that leave this machine go through.
    pub proxy: Option<ProxyAddress>,
    /// Hosts that are called without the proxy.
    pub no_proxy: Vec<String>,
    /// PEM files with roots that every call trusts beside the system's.
    pub ca_files: Vec<PathBuf>,
    /// Keys that the user gave to actions, or took from them.
    pub shortcuts: BTreeMap<Action, Option<Shortcut>>,
}

/// How the window looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Theme {
    /// As the desktop is.
    #[default]
    System,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            demo_enabled: true,
            gateway_enabled: true,
            gateway_port: None,
            instance_ports: BTreeMap::new(),
            reduce_motion: false,
            zoom: 1.0,
            language: None,
            scene: Scene::Shop,
            font_size: 13,
            deadline_millis: Some(15_000),
            memory_mib: 64,
            proxy: None,
            no_proxy: Vec::new(),
            ca_files: Vec::new(),
            shortcuts: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// Where the gateway asks to listen.
    pub fn wanted_gateway_port(&self) -> u16 {
        self.gateway_port.unwrap_or(GATEWAY_PORT)
    }

    /// The key that an action has now.
    pub fn shortcut(&self, action: Action) -> Option<Shortcut> {
        self.shortcuts.get(&action).copied().unwrap_or_else(|| action.default_shortcut())
    }

    /// The other action that has this key.
    pub fn holder_of(&self, shortcut: Shortcut, but: Action) -> Option<Action> {
        let is_holder =
            |action: &Action| *action != but && self.shortcut(*action) == Some(shortcut);
        Action::ALL.into_iter().find(is_holder)
    }
}

/// One change of the settings.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingChange {
    /// Size of text in points.
    FontSize(u8),
    /// Deadline of new drafts in milliseconds; `None` waits for ever.
    Deadline(Option<u64>),
    /// Memory for recorded spans, in MiB.
    MemoryMib(u32),
    /// The proxy, or none.
    Proxy(Option<ProxyAddress>),
    /// Hosts that are called without the proxy.
    NoProxy(Vec<String>),
    /// PEM files with roots.
    CaFiles(Vec<PathBuf>),
    /// Give an action a key, or take it away. An action that had the key loses it.
    Shortcut(Action, Option<Shortcut>),
    /// Give an action back its first key. An action that has it now loses it.
    ResetShortcut(Action),
    /// Give an instance the port that was shipped, from the next start on.
    ResetPort(String),
    /// Put one setting back to its default.
    Reset(Setting),
}

impl SettingChange {
    /// Carries the change out; values out of range are brought into it.
    pub fn apply(self, settings: &mut Settings) {
        match self {
            Self::FontSize(points) => settings.font_size = points.clamp(11, 18),
            Self::Deadline(millis) => settings.deadline_millis = millis,
            Self::MemoryMib(mib) => settings.memory_mib = mib.clamp(16, 4_096),
            Self::Proxy(proxy) => settings.proxy = proxy,
            Self::NoProxy(hosts) => settings.no_proxy = hosts,
            Self::CaFiles(files) => settings.ca_files = files,
            Self::Shortcut(action, shortcut) => give(settings, action, shortcut),
            Self::ResetShortcut(action) => give(settings, action, action.default_shortcut()),
            Self::ResetPort(instance) => drop(settings.instance_ports.remove(&instance)),
            Self::Reset(setting) => setting.copy(&Settings::default(), settings),
        }
    }
}

fn give(settings: &mut Settings, action: Action, shortcut: Option<Shortcut>) {
    let mut put = |action: Action, shortcut: Option<Shortcut>| {
        if shortcut == action.default_shortcut() {
            settings.shortcuts.remove(&action);
        } else {
            settings.shortcuts.insert(action, shortcut);
        }
    };
    put(action, shortcut);
    if let Some(other) = shortcut.and_then(|shortcut| settings.holder_of(shortcut, action)) {
        give(settings, other, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_belongs_to_one_action() {
        let mut settings = Settings::default();
        let send = Action::Send.default_shortcut();
        SettingChange::Shortcut(Action::Palette, send).apply(&mut settings);
        assert_eq!(
            (settings.shortcut(Action::Palette), settings.shortcut(Action::Send)),
            (send, None)
        );
        SettingChange::ResetShortcut(Action::Send).apply(&mut settings);
        assert_eq!(
            (settings.shortcut(Action::Palette), settings.shortcut(Action::Send)),
            (None, send)
        );
        SettingChange::ResetShortcut(Action::Palette).apply(&mut settings);
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn values_are_brought_into_their_range() {
        let mut settings = Settings::default();
        SettingChange::FontSize(40).apply(&mut settings);
        SettingChange::MemoryMib(1).apply(&mut settings);
        assert_eq!((settings.font_size, settings.memory_mib), (18, 16));
        SettingChange::Reset(Setting::FontSize).apply(&mut settings);
        assert_eq!((settings.font_size, settings.memory_mib), (13, 16));
    }
}
