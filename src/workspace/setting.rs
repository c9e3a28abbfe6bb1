//! The single keys of `settings.toml`: how each is called there, what it may be, how it is read and written.

use std::path::PathBuf;

use toml_edit::{Array, Value};

use super::{Settings, Theme};
use crate::model::Scene;

/// One key at the top of `settings.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Setting {
    /// Dark, light, or as the desktop is.
    Theme,
    /// The language of the window.
    Language,
    /// Size of text.
    FontSize,
    /// Size of everything.
    Zoom,
    /// Whether motion is stilled.
    ReduceMotion,
    /// Whether the demo starts with the window.
    Demo,
    /// Whether the gateway starts with the window.
    Gateway,
    /// Where the gateway listens.
    GatewayPort,
    /// What of the demo the diagram shows.
    Scene,
    /// How long a new draft waits.
    Deadline,
    /// Memory for recorded spans.
    Memory,
    /// Where calls that leave this machine go through.
    Proxy,
    /// Which of them do not.
    NoProxy,
    /// Which authorities are trusted beside the system's.
    CaFiles,
}

/// Where the gateway listens unless told otherwise.
pub(super) const GATEWAY_PORT: u16 = 8080;
/// A day, in milliseconds.
const MAX_DEADLINE: u64 = 86_400_000;

impl Setting {
    /// All, in the order of the file.
    pub const ALL: [Self; 14] = [
        Self::Theme,
        Self::Language,
        Self::FontSize,
        Self::Zoom,
        Self::ReduceMotion,
        Self::Demo,
        Self::Gateway,
        Self::GatewayPort,
        Self::Scene,
        Self::Deadline,
        Self::Memory,
        Self::Proxy,
        Self::NoProxy,
        Self::CaFiles,
    ];

    /// The key in the file.
    pub fn key(self) -> &'static str {
        match self {
            Self::Theme => "theme",
            Self::Language => "language",
            Self::FontSize => "font_size",
            Self::Zoom => "zoom",
            Self::ReduceMotion => "reduce_motion",
            Self::Demo => "demo",
            Self::Gateway => "gateway",
            Self::GatewayPort => "gateway_port",
            Self::Scene => "scene",
            Self::Deadline => "deadline_ms",
            Self::Memory => "memory_mib",
            Self::Proxy => "proxy",
            Self::NoProxy => "no_proxy",
            Self::CaFiles => "ca_files",
        }
    }

    /// What it may be, in signs that need no words.
    pub(super) fn range(self) -> &'static str {
        match self {
            Self::Theme => r#""system" | "dark" | "light""#,
            Self::Language => r#""system" | "en" | "zh-Hans""#,
            Self::FontSize => "11..18",
            Self::Zoom => "0.5..3.0",
            Self::ReduceMotion | Self::Demo | Self::Gateway => "true | false",
            Self::GatewayPort => "1..65535",
            Self::Scene => r#""hello" | "hello-through-gateway" | "shop""#,
            Self::Deadline => "0..86400000",
            Self::Memory => "16..4096",
            Self::Proxy => r#""http://host:port" | """#,
            Self::NoProxy => r#"["host", ...]"#,
            Self::CaFiles => r#"["/path/to/ca.pem", ...]"#,
        }
    }

    /// Whether both say the same about it.
    pub fn is_same(self, a: &Settings, b: &Settings) -> bool {
        self.write(a).to_string() == self.write(b).to_string()
    }

    /// Whether it is as it was shipped.
    pub fn is_default(self, settings: &Settings) -> bool {
        self.is_same(settings, &Settings::default())
    }

    /// Takes it over from one to the other.
    pub fn copy(self, from: &Settings, to: &mut Settings) {
        self.read(&self.write(from), to);
    }

    /// The value that stands in the file.
    pub(super) fn write(self, settings: &Settings) -> Value {
        match self {
            Self::Theme => theme_name(settings.theme).into(),
            Self::Language => settings.language.as_deref().unwrap_or(SYSTEM).into(),
            Self::FontSize => i64::from(settings.font_size).into(),
            // As it was meant: 1.1, not 1.10000002.
            Self::Zoom => ((f64::from(settings.zoom) * 1_000.0).round() / 1_000.0).into(),
            Self::ReduceMotion => settings.reduce_motion.into(),
            Self::Demo => settings.demo_enabled.into(),
            Self::Gateway => settings.gateway_enabled.into(),
            Self::GatewayPort => i64::from(settings.wanted_gateway_port()).into(),
            Self::Scene => scene_name(settings.scene).into(),
            Self::Deadline => number(settings.deadline_millis.unwrap_or(0).min(MAX_DEADLINE)),
            Self::Memory => i64::from(settings.memory_mib).into(),
            Self::Proxy => {
                settings.proxy.as_ref().map(ToString::to_string).unwrap_or_default().into()
            }
            Self::NoProxy => settings.no_proxy.iter().collect::<Array>().into(),
            Self::CaFiles => {
                let paths = settings.ca_files.iter().map(|path| path.display().to_string());
                paths.collect::<Array>().into()
            }
        }
    }

    /// Takes a value of the file over; `None` when it does not fit, and then nothing changes.
    pub(super) fn read(self, value: &Value, settings: &mut Settings) -> Option<()> {
        match self {
            Self::Theme => settings.theme = theme_from(value.as_str()?)?,
            Self::Language => {
                let tag = value.as_str()?.trim();
                let is_tag = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
                if tag.is_empty() || !tag.chars().all(is_tag) {
                    return None;
                }
                settings.language = (tag != SYSTEM).then(|| tag.to_owned());
            }
            Self::FontSize => settings.font_size = whole(value, 11, 18)?.try_into().ok()?,
            Self::Zoom => {
                let zoom = value.as_float().or_else(|| value.as_integer().map(|n| n as f64))?;
                // A window at zoom 0 could never be mended from within.
                settings.zoom = Some(zoom).filter(|zoom| (0.5..=3.0).contains(zoom))? as f32;
            }
            Self::ReduceMotion => settings.reduce_motion = value.as_bool()?,
            Self::Demo => settings.demo_enabled = value.as_bool()?,
            Self::Gateway => settings.gateway_enabled = value.as_bool()?,
            Self::GatewayPort => {
                let port = port(value)?;
                settings.gateway_port = (port != GATEWAY_PORT).then_some(port);
            }
            Self::Scene => settings.scene = scene_from(value.as_str()?)?,
            Self::Deadline => {
                let millis = whole(value, 0, MAX_DEADLINE as i64)?.try_into().ok()?;
                settings.deadline_millis = Some(millis).filter(|millis| *millis > 0);
            }
            Self::Memory => settings.memory_mib = whole(value, 16, 4_096)?.try_into().ok()?,
            Self::Proxy => {
                let text = value.as_str()?.trim();
                settings.proxy = if text.is_empty() { None } else { Some(text.parse().ok()?) };
            }
            Self::NoProxy => settings.no_proxy = texts(value)?,
            Self::CaFiles => {
                settings.ca_files = texts(value)?.into_iter().map(PathBuf::from).collect();
            }
        }
        Some(())
    }
}

/// Stands for what the system says.
const SYSTEM: &str = "system";

/// A TCP port that can be asked for.
pub(super) fn port(value: &Value) -> Option<u16> {
    whole(value, 1, 65_535)?.try_into().ok()
}

fn whole(value: &Value, least: i64, most: i64) -> Option<i64> {
    value.as_integer().filter(|number| (least..=most).contains(number))
}

fn number(value: u64) -> Value {
    i64::try_from(value).unwrap_or(i64::MAX).into()
}

fn texts(value: &Value) -> Option<Vec<String>> {
    let array = value.as_array()?;
    array.iter().map(|entry| entry.as_str().map(ToOwned::to_owned)).collect()
}

fn theme_name(theme: Theme) -> &'static str {
    match theme {
        Theme::System => SYSTEM,
        Theme::Dark => "dark",
        Theme::Light => "light",
    }
}

fn scene_name(scene: Scene) -> &'static str {
    match scene {
        Scene::Hello => "hello",
        Scene::ThroughGateway => "hello-through-gateway",
        Scene::Shop => "shop",
    }
}

fn scene_from(name: &str) -> Option<Scene> {
    Scene::ALL.into_iter().find(|scene| scene_name(*scene) == name)
}

fn theme_from(name: &str) -> Option<Theme> {
    [Theme::System, Theme::Dark, Theme::Light].into_iter().find(|theme| theme_name(*theme) == name)
}
