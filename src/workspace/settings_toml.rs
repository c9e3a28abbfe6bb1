//! `settings.toml`, version 1.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Settings, Theme};
use crate::model::Scene;

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(default)]
struct File {
    version: u32,
    theme: String,
    demo: bool,
    gateway: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway_port: Option<u16>,
    reduce_motion: bool,
    zoom: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    scene: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    ports: BTreeMap<String, u16>,
}

impl Default for File {
    fn default() -> Self {
        Self::from(&Settings::default())
    }
}

impl From<&Settings> for File {
    fn from(settings: &Settings) -> Self {
        Self {
            version: VERSION,
            theme: theme_name(settings.theme).to_owned(),
            demo: settings.demo_enabled,
            gateway: settings.gateway_enabled,
            gateway_port: settings.gateway_port,
            reduce_motion: settings.reduce_motion,
            zoom: f64::from(settings.zoom),
            language: settings.language.clone(),
            scene: scene_name(settings.scene).to_owned(),
            ports: settings.instance_ports.clone(),
        }
    }
}

pub(super) fn write(settings: &Settings) -> Result<String, toml::ser::Error> {
    toml::to_string_pretty(&File::from(settings))
}

pub(super) fn read(text: &str) -> Result<Settings, toml::de::Error> {
    let file: File = toml::from_str(text)?;
    let zoom = file.zoom as f32;
    Ok(Settings {
        theme: theme_from(&file.theme),
        demo_enabled: file.demo,
        gateway_enabled: file.gateway,
        gateway_port: file.gateway_port,
        instance_ports: file.ports,
        reduce_motion: file.reduce_motion,
        // A window at zoom 0 could never be mended from within.
        zoom: if zoom.is_finite() { zoom.clamp(0.5, 3.0) } else { 1.0 },
        language: file.language,
        scene: scene_from(&file.scene),
    })
}

fn theme_name(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "system",
        Theme::Dark => "dark",
        Theme::Light => "light",
    }
}

fn theme_from(name: &str) -> Theme {
    match name {
        "dark" => Theme::Dark,
        "light" => Theme::Light,
        _ => Theme::System,
    }
}

fn scene_name(scene: Scene) -> &'static str {
    match scene {
        Scene::Hello => "hello",
        Scene::ThroughGateway => "hello-through-gateway",
        Scene::Shop => "shop",
    }
}

fn scene_from(name: &str) -> Scene {
    Scene::ALL.into_iter().find(|scene| scene_name(*scene) == name).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back() {
        let settings = Settings {
            theme: Theme::Light,
            demo_enabled: false,
            gateway_enabled: false,
            gateway_port: Some(18_080),
            instance_ports: [("greeter-1".to_owned(), 50_061)].into(),
            reduce_motion: true,
            zoom: 1.5,
            language: Some("en".into()),
            scene: Scene::Hello,
        };
        assert_eq!(read(&write(&settings).unwrap()).unwrap(), settings);
        for scene in Scene::ALL {
            let settings = Settings { scene, ..Settings::default() };
            assert_eq!(read(&write(&settings).unwrap()).unwrap().scene, scene);
        }
        assert_eq!(read("").unwrap(), Settings::default());
    }

    #[test]
    fn what_a_later_version_adds_is_passed_over() {
        let text =
            "version = 9\ntheme = \"sepia\"\ndemo = false\nsound = { on = true }\nzoom = 0.0";
        let settings = read(text).unwrap();
        assert_eq!((settings.theme, settings.demo_enabled), (Theme::System, false));
        assert!((settings.zoom - 0.5).abs() < f32::EPSILON);
    }

    #[test]
    fn what_is_broken_is_refused() {
        for text in ["theme = ", "demo = 7", "gateway_port = 70000"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
