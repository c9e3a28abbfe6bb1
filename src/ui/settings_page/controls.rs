//! The control of each row.

use std::sync::Arc;

use egui::{Response, RichText, Ui};

use super::fields::Field;
use super::{Control, Open, Row, default_link, in_force};
use crate::model::Scene;
use crate::session::Command;
use crate::text::{self, Language, fill, t};
use crate::ui::commands;
use crate::ui::cx::{PanelCx, Wish};
use crate::ui::panels::scene_chip;
use crate::ui::speech;
use crate::ui::theme::space;
use crate::ui::widgets::{Icon, icon, icon_button, segmented};
use crate::workspace::{Action, Setting, SettingChange, Theme};

const NUMBER: f32 = 84.0;
const TEXT: f32 = 230.0;

impl Open {
    /// Draws the control of a row; gives what takes the keyboard when the row is asked for.
    pub(super) fn control(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, row: &Row) -> Control {
        match row {
            Row::Setting(setting) => self.setting(cx, ui, row, *setting),
            Row::Port(instance) => self.instance_port(cx, ui, row, instance),
            Row::Layout => {
                let button = ui.button(t("settings.layout.button"));
                if button.clicked() {
                    cx.wish(Wish::ResetLayout);
                }
                Some(button)
            }
            Row::File => {
                let button = ui.button(t("settings.file.copy"));
                if button.clicked() {
                    commands::run(cx, ui.ctx(), Action::CopySettingsPath);
                }
                Some(button)
            }
            Row::Shortcut(action) => self.shortcut(cx, ui, row, *action),
        }
    }

    fn setting(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, row: &Row, setting: Setting) -> Control {
        let settings = in_force(cx);
        match setting {
            Setting::Theme => theme(cx, ui, row),
            Setting::Language => language(cx, ui, row),
            Setting::FontSize => font_size(cx, ui, row),
            Setting::Zoom => zoom(cx, ui, row),
            Setting::ReduceMotion => {
                switch(cx, ui, row, settings.reduce_motion, Command::SetReduceMotion)
            }
            Setting::Demo => switch(cx, ui, row, settings.demo_enabled, |is_on| {
                if is_on { Command::StartDemo } else { Command::StopDemo }
            }),
            Setting::Gateway => switch(cx, ui, row, settings.gateway_enabled, |is_on| {
                if is_on { Command::StartGateway } else { Command::StopGateway }
            }),
            Setting::GatewayPort => {
                let field = number(u64::from(settings.wanted_gateway_port()), "");
                Some(self.field(cx, ui, (row, &field), |text| {
                    read_number(text, 1, 65_535).map(|port| Command::SetGatewayPort(port as u16))
                }))
            }
            Setting::Scene => scene(cx, ui, row),
            Setting::Deadline => {
                let field =
                    number(settings.deadline_millis.unwrap_or(0), t("settings.unit.millis"));
                Some(self.field(cx, ui, (row, &field), |text| {
                    let millis = read_number(text, 0, 86_400_000)?;
                    let change = SettingChange::Deadline(Some(millis).filter(|millis| *millis > 0));
                    Ok(Command::ChangeSetting(change))
                }))
            }
            Setting::Memory => {
                let field = number(u64::from(settings.memory_mib), t("settings.unit.mib"));
                Some(self.field(cx, ui, (row, &field), |text| {
                    let mib = read_number(text, 16, 4_096)?;
                    Ok(Command::ChangeSetting(SettingChange::MemoryMib(mib as u32)))
                }))
            }
            Setting::Proxy => Some(self.proxy(cx, ui, row)),
            Setting::NoProxy => Some(self.no_proxy(cx, ui, row)),
            Setting::CaFiles => self.authorities(cx, ui, row),
        }
    }

    fn instance_port(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, row: &Row, name: &str) -> Control {
        let mut instances =
            cx.snapshot.topology.services.iter().flat_map(|service| &service.instances);
        let port = instances.find(|instance| &*instance.name == name)?.address.port();
        let field = number(u64::from(port), "");
        Some(self.field(cx, ui, (row, &field), |text| {
            let port = read_number(text, 1, 65_535)? as u16;
            Ok(Command::SetInstancePort { instance: Arc::from(name), port })
        }))
    }

    fn proxy(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, row: &Row) -> Response {
        let current = in_force(cx).proxy.as_ref().map(ToString::to_string).unwrap_or_default();
        let field = Field { current, width: TEXT, hint: "http://host:port", unit: "" };
        self.field(cx, ui, (row, &field), |text| {
            let proxy = match text {
                "" => None,
                text => Some(text.parse().map_err(|_error| t("settings.proxy.fault").to_owned())?),
            };
            Ok(Command::ChangeSetting(SettingChange::Proxy(proxy)))
        })
    }

    fn no_proxy(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, row: &Row) -> Response {
        let current = in_force(cx).no_proxy.join(", ");
        let field = Field { current, width: TEXT, hint: "example.com, 10.0.0.7", unit: "" };
        self.field(cx, ui, (row, &field), |text| {
            let hosts = text.split([',', ' ', ';']).map(str::trim).filter(|host| !host.is_empty());
            let hosts = hosts.map(ToOwned::to_owned).collect();
            Ok(Command::ChangeSetting(SettingChange::NoProxy(hosts)))
        })
    }
}

fn number(current: u64, unit: &str) -> Field<'_> {
    Field { current: current.to_string(), width: NUMBER, hint: "", unit }
}

fn read_number(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| fill("settings.number_fault", &[("least", &least), ("most", &most)]))
}

fn theme(cx: &PanelCx<'_>, ui: &mut Ui, row: &Row) -> Control {
    let mut theme = in_force(cx).theme;
    let entries = [
        (Theme::System, t("topbar.theme_system"), ""),
        (Theme::Dark, t("topbar.theme_dark"), ""),
        (Theme::Light, t("topbar.theme_light"), ""),
    ];
    ui.horizontal(|ui| {
        if segmented(ui, &mut theme, &entries) {
            cx.send(Command::SetTheme(theme));
        }
        default_link(cx, ui, row);
    });
    None
}

/// The system's language or one by name. What is chosen here counts more than what the command line said.
fn language(cx: &PanelCx<'_>, ui: &mut Ui, row: &Row) -> Control {
    let saved = in_force(cx).language.as_deref();
    let mut chosen = text::told_language().or(saved.and_then(Language::from_tag));
    let mut entries = vec![(None, t("topbar.language_system"), t("topbar.language_system_tip"))];
    entries.extend(Language::ALL.map(|known| (Some(known), speech::name(ui.ctx(), known), "")));
    ui.horizontal(|ui| {
        if segmented(ui, &mut chosen, &entries) {
            text::forget_told();
            cx.send(Command::SetLanguage(chosen.map(|language| language.tag().to_owned())));
        }
        default_link(cx, ui, row);
    });
    if let Some(tag) = saved.filter(|tag| Language::from_tag(tag).is_none()) {
        let used = speech::name(ui.ctx(), text::language());
        let args: [(&str, &dyn std::fmt::Display); 2] = [("tag", &tag), ("used", &used)];
        super::fields::fault_line(cx, ui, &fill("settings.language.fault", &args));
    }
    None
}

fn scene(cx: &PanelCx<'_>, ui: &mut Ui, row: &Row) -> Control {
    let mut scene = in_force(cx).scene;
    let entries = Scene::ALL.map(|scene| (scene, scene_chip::name_of(scene), ""));
    ui.vertical(|ui| {
        if segmented(ui, &mut scene, &entries) {
            cx.send(Command::SelectScene(scene));
        }
        default_link(cx, ui, row);
    });
    None
}

fn font_size(cx: &PanelCx<'_>, ui: &mut Ui, row: &Row) -> Control {
    let points = in_force(cx).font_size;
    let set = |points| cx.send(Command::ChangeSetting(SettingChange::FontSize(points)));
    let shown = fill("settings.points", &[("n", &points)]);
    let keys = [String::new(), String::new()];
    stepper(cx, ui, row, &shown, (points > 11, points < 18), keys, |is_more| {
        set(if is_more { points + 1 } else { points - 1 });
    })
}

fn zoom(cx: &PanelCx<'_>, ui: &mut Ui, row: &Row) -> Control {
    let percent = (in_force(cx).zoom * 100.0).round() as u32;
    let shown = fill("topbar.percent", &[("n", &percent)]);
    let can = |action| commands::is_enabled(cx, action);
    let keys = [Action::ZoomOut, Action::ZoomIn].map(|action| commands::hint(cx, action));
    let ctx = ui.ctx().clone();
    stepper(cx, ui, row, &shown, (can(Action::ZoomOut), can(Action::ZoomIn)), keys, |is_more| {
        commands::run(cx, &ctx, if is_more { Action::ZoomIn } else { Action::ZoomOut });
    })
}

/// `- 13 pt +`.
fn stepper(
    cx: &PanelCx<'_>,
    ui: &mut Ui,
    row: &Row,
    shown: &str,
    (can_less, can_more): (bool, bool),
    [less_keys, more_keys]: [String; 2],
    step: impl Fn(bool),
) -> Control {
    ui.horizontal(|ui| {
        ui.set_min_height(crate::ui::theme::CONTROL);
        ui.spacing_mut().item_spacing.x = space::XS;
        let button = |ui: &mut Ui, glyph: Icon, name: String, keys: &str, is_enabled: bool| {
            let keys = Some(keys).filter(|keys| !keys.is_empty());
            ui.add_enabled_ui(is_enabled, |ui| icon_button(ui, glyph, &name, keys)).inner
        };
        let less = fill("settings.less", &[("name", &row.name())]);
        let less = button(ui, icon::MINUS, less, &less_keys, can_less);
        if less.clicked() {
            step(false);
        }
        ui.label(RichText::new(shown).color(cx.theme.text));
        let more = fill("settings.more", &[("name", &row.name())]);
        let more = button(ui, icon::PLUS, more, &more_keys, can_more);
        if more.clicked() {
            step(true);
        }
        default_link(cx, ui, row);
        Some(if can_less { less } else { more })
    })
    .inner
}

fn switch(
    cx: &PanelCx<'_>,
    ui: &mut Ui,
    row: &Row,
    is_on: bool,
    command: impl Fn(bool) -> Command,
) -> Control {
    ui.horizontal(|ui| {
        let mut wanted = is_on;
        let words = if is_on { t("settings.on") } else { t("settings.off") };
        let response = ui.checkbox(&mut wanted, words).accessible_name(row.name());
        if response.changed() {
            cx.send(command(wanted));
        }
        default_link(cx, ui, row);
        Some(response)
    })
    .inner
}

/// The entry at the right end of the top bar.
pub(in crate::ui) fn button(cx: &PanelCx<'_>, ui: &mut Ui) {
    let keys = commands::hint(cx, Action::Settings);
    let keys = Some(keys.as_str()).filter(|keys| !keys.is_empty());
    if icon_button(ui, icon::GEAR, t("topbar.settings"), keys).clicked() {
        commands::run(cx, ui.ctx(), Action::Settings);
    }
}
