//! The top bar: what runs, on which ports, and the menus to change it.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Align, Layout, Popup, PopupCloseBehavior, Response, RichText, TextEdit, Ui, vec2};

use super::scene_chip;
use super::settings::theme_menu;
use super::traffic::traffic_chip;
use crate::model::{CLIENT, GATEWAY, Instance, InstanceState, NodeKind};
use crate::session::{Command, DemoPhase};
use crate::text::{count, fill, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{Dot, badge_in, chip, icon, icon_button, labelled_dot};
use crate::ui::{palette, settings_page};

/// View state of the bar.
#[derive(Debug, Default)]
pub struct TopBar {
    /// Ports being typed, by listener.
    ports: BTreeMap<Arc<str>, String>,
}

impl TopBar {
    /// Draws the bar.
    pub fn ui(&mut self, cx: &PanelCx<'_>, n_dropped: u64, ui: &mut Ui) {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = space::M;
            ui.add_space(space::M);
            ui.label(
                theme::strong("Hoplens")
                    .size(theme::scaled(theme::TEXT + 1.0))
                    .color(cx.theme.text),
            );
            scene_chip::show(cx, ui);
            self.cluster_chip(cx, ui);
            self.gateway_chip(cx, ui);
            traffic_chip(cx, ui);
            if n_dropped > 0 {
                let words = count("topbar.dropped", n_dropped, &[]);
                badge_in(ui, &words, cx.theme.slow).on_hover_text(t("topbar.dropped_tip"));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                ui.add_space(space::S);
                settings_page::button(cx, ui);
                theme_menu(cx, ui);
                palette::button(cx, ui);
            });
        });
    }

    fn cluster_chip(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        let instances = demo_instances(cx);
        let n_all = instances.len();
        let n_ready = instances.iter().filter(|i| i.state == InstanceState::Ready).count();
        let (dot, words) = match cx.state.demo {
            DemoPhase::Stopped => (Dot::Off, t("topbar.cluster_off").to_owned()),
            DemoPhase::Starting => (
                Dot::Partial,
                fill("topbar.cluster_starting", &[("ready", &n_ready), ("all", &n_all)]),
            ),
            DemoPhase::Running => {
                let dot = if n_ready == n_all { Dot::Healthy } else { Dot::Partial };
                (dot, fill("topbar.cluster", &[("ready", &n_ready), ("all", &n_all)]))
            }
        };
        let button = chip(ui, Some(dot), &words, &words, t("topbar.cluster_tip"));
        let menu = form_menu(&button);
        menu.show(|ui| {
            menu_style(ui);
            let has_stopped = cx.state.demo == DemoPhase::Stopped;
            if has_stopped {
                if ui
                    .button(t("topbar.start_demo"))
                    .on_hover_text(t("topbar.start_demo_tip"))
                    .clicked()
                {
                    cx.send(Command::StartDemo);
                    ui.close();
                }
                return;
            }
            for instance in instances {
                self.listener_row(cx, ui, &Listener::of(instance));
            }
            ui.separator();
            if ui.button(t("topbar.stop_demo")).on_hover_text(t("topbar.stop_demo_tip")).clicked() {
                cx.send(Command::StopDemo);
                ui.close();
            }
        });
    }

    fn gateway_chip(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        let gateway = &cx.state.gateway;
        let (dot, words) = match (gateway.address, gateway.state) {
            (Some(address), Some(InstanceState::Draining | InstanceState::Starting)) => {
                (Dot::Partial, fill("topbar.gateway", &[("port", &address.port())]))
            }
            (Some(address), _) => {
                let dot = if gateway.problems.is_empty() { Dot::Healthy } else { Dot::Partial };
                (dot, fill("topbar.gateway", &[("port", &address.port())]))
            }
            (None, Some(InstanceState::Starting)) => {
                (Dot::Partial, t("topbar.gateway_starting").to_owned())
            }
            (None, _) => (Dot::Off, t("topbar.gateway_off").to_owned()),
        };
        let button = chip(ui, Some(dot), &words, &words, t("topbar.gateway_tip"));
        let menu = form_menu(&button);
        menu.show(|ui| {
            menu_style(ui);
            self.listener_row(cx, ui, &Listener::gateway(cx));
            for problem in gateway.problems.iter() {
                let line = crate::text::problem(problem).one_line();
                ui.label(theme::small(line).color(cx.theme.slow));
            }
        });
    }

    /// One listener: state, name, address with copy, port field, stop or start.
    fn listener_row(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, listener: &Listener) {
        let name = &listener.name;
        ui.horizontal(|ui| {
            ui.set_min_height(theme::CONTROL);
            ui.spacing_mut().item_spacing.x = space::S;
            let state = t(state_key(listener.state));
            labelled_dot(ui, dot_of(listener.state), &format!("{name}: {state}"))
                .on_hover_text(state);
            column(ui, 96.0, RichText::new(&**name).color(cx.theme.text));
            let address = listener.address.as_deref().unwrap_or("");
            column(ui, 128.0, theme::code(address).color(cx.theme.muted));
            let copy = fill("topbar.copy_address", &[("name", name)]);
            ui.add_enabled_ui(!address.is_empty(), |ui| {
                if icon_button(ui, icon::COPY, &copy, None).clicked() {
                    ui.copy_text(address.to_owned());
                }
            });
            self.port_field(cx, ui, listener);
            let is_off = listener.state == InstanceState::Stopped;
            let (glyph, key) = if is_off {
                (icon::PLAY, "topbar.start_one")
            } else {
                (icon::STOP, "topbar.stop_one")
            };
            if icon_button(ui, glyph, &fill(key, &[("name", name)]), None).clicked() {
                cx.send(listener.toggle());
            }
        });
        if let Some(wanted) = listener.wanted_port {
            let words = fill("topbar.port_taken", &[("port", &wanted)]);
            ui.label(theme::small(words).color(cx.theme.slow));
        }
    }

    fn port_field(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, listener: &Listener) {
        let current = listener.port.map(|port| port.to_string()).unwrap_or_default();
        let typed = self.ports.entry(Arc::clone(&listener.name)).or_insert_with(|| current.clone());
        let name = fill("topbar.port_of", &[("name", &listener.name)]);
        let field = TextEdit::singleline(typed)
            .id_salt(("port", &listener.name))
            .font(theme::code_font())
            .char_limit(5)
            .align(egui::Align2::LEFT_CENTER)
            .desired_width(64.0);
        let response = ui.add(field);
        response.widget_info(|| {
            let mut info = egui::WidgetInfo::labeled(egui::Role::TextInput, true, &name);
            info.current_text_value = Some(typed.clone());
            info
        });
        let response = response.on_hover_text(t("topbar.port_tip"));
        let is_entered =
            response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        if is_entered {
            match typed.trim().parse::<u16>() {
                Ok(port) if port > 0 && Some(port) != listener.port => {
                    cx.send(listener.set_port(port));
                }
                _ => {}
            }
        }
        if !response.has_focus() && !is_entered {
            typed.clone_from(&current);
        }
    }
}

/// What a row of a chip's menu is about.
struct Listener {
    name: Arc<str>,
    address: Option<String>,
    port: Option<u16>,
    wanted_port: Option<u16>,
    state: InstanceState,
    is_gateway: bool,
}

impl Listener {
    fn of(instance: &Instance) -> Self {
        Self {
            name: Arc::clone(&instance.name),
            address: Some(instance.address.to_string()),
            port: Some(instance.address.port()),
            wanted_port: instance.wanted_port,
            state: instance.state,
            is_gateway: false,
        }
    }

    fn gateway(cx: &PanelCx<'_>) -> Self {
        let gateway = &cx.state.gateway;
        Self {
            name: Arc::from(GATEWAY),
            address: gateway.address.map(|address| address.to_string()),
            port: gateway.address.map(|address| address.port()),
            wanted_port: gateway.wanted_port,
            state: gateway.state.unwrap_or(InstanceState::Stopped),
            is_gateway: true,
        }
    }

    fn toggle(&self) -> Command {
        match (self.is_gateway, self.state == InstanceState::Stopped) {
            (true, true) => Command::StartGateway,
            (true, false) => Command::StopGateway,
            (false, true) => Command::StartInstance(Arc::clone(&self.name)),
            (false, false) => Command::StopInstance(Arc::clone(&self.name)),
        }
    }

    fn set_port(&self, port: u16) -> Command {
        if self.is_gateway {
            Command::SetGatewayPort(port)
        } else {
            Command::SetInstancePort { instance: Arc::clone(&self.name), port }
        }
    }
}

fn demo_instances<'a>(cx: &PanelCx<'a>) -> Vec<&'a Instance> {
    let services = cx.snapshot.topology.services.iter();
    services
        .filter(|service| service.kind == NodeKind::Demo && &*service.name != CLIENT)
        .flat_map(|service| &service.instances)
        .collect()
}

fn dot_of(state: InstanceState) -> Dot {
    match state {
        InstanceState::Ready => Dot::Healthy,
        InstanceState::Starting | InstanceState::Draining => Dot::Partial,
        InstanceState::Stopped => Dot::Off,
    }
}

fn state_key(state: InstanceState) -> &'static str {
    match state {
        InstanceState::Ready => "topbar.state_ready",
        InstanceState::Starting => "topbar.state_starting",
        InstanceState::Draining => "topbar.state_draining",
        InstanceState::Stopped => "topbar.state_stopped",
    }
}

/// A menu that holds fields: they look as they do elsewhere, and it stays until one clicks beside it.
fn form_menu(button: &Response) -> Popup<'_> {
    Popup::menu(button)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .style(egui::style::StyleModifier::default())
}

fn menu_style(ui: &mut Ui) {
    ui.spacing_mut().item_spacing.y = 2.0;
}

/// Text in a column of this width.
fn column(ui: &mut Ui, width: f32, text: RichText) {
    let layout = Layout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(vec2(width, theme::ROW), layout, |ui| {
        ui.set_min_width(width);
        ui.add(egui::Label::new(text).truncate());
    });
}
