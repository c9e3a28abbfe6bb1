//! What the user prefers.

use std::collections::BTreeMap;

use crate::model::Scene;

/// Preferences of this user on this machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Dark, light, or as the desktop is.
    pub theme: Theme,
    /// Whether the demo cluster starts with the window.
    pub demo_enabled: bool,
    /// Whether the gateway starts with the window.
    pub gateway_enabled: bool,
    /// The gateway's port; `None` for 8080.
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
        }
    }
}
