//! The menus of what the person prefers: theme, motion, size, layout, demo.

use egui::{Align, Layout, Popup, PopupCloseBehavior, RichText, Ui};

use crate::session::{Command, DemoPhase};
use crate::text::{self, Language, fill, t};
use crate::ui::cx::{PanelCx, Wish};
use crate::ui::speech;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{icon, icon_button, segmented};
use crate::workspace::Theme as ThemeChoice;

/// Sizes that the menu steps through, in percent.
const ZOOMS: [u32; 9] = [50, 75, 90, 100, 110, 125, 150, 200, 300];
const WIDTH: f32 = 264.0;

/// The button with the moon or the sun.
pub(super) fn theme_menu(cx: &PanelCx<'_>, ui: &mut Ui) {
    let glyph = if cx.theme.is_dark { icon::MOON } else { icon::SUN };
    let button = icon_button(ui, glyph, t("topbar.theme"), None);
    Popup::menu(&button).show(|ui| {
        ui.set_min_width(140.0);
        let chosen = cx.state.settings.theme;
        for (choice, words) in themes() {
            if ui.selectable_label(chosen == choice, words).clicked() {
                cx.send(Command::SetTheme(choice));
                ui.close();
            }
        }
    });
}

fn themes() -> [(ThemeChoice, &'static str); 3] {
    [
        (ThemeChoice::System, t("topbar.theme_system")),
        (ThemeChoice::Dark, t("topbar.theme_dark")),
        (ThemeChoice::Light, t("topbar.theme_light")),
    ]
}

/// The button with the gear.
pub(super) fn settings_menu(cx: &PanelCx<'_>, ui: &mut Ui) {
    let button = icon_button(ui, icon::GEAR, t("topbar.settings"), None);
    let menu = Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    menu.style(egui::style::StyleModifier::default()).show(|ui| {
        ui.set_width(WIDTH);
        ui.spacing_mut().item_spacing.y = space::XS;
        let mut theme = cx.state.settings.theme;
        ui.label(theme::small(t("topbar.theme")).color(cx.theme.muted));
        let entries = themes().map(|(choice, words)| (choice, words, ""));
        if segmented(ui, &mut theme, &entries) {
            cx.send(Command::SetTheme(theme));
        }
        ui.separator();
        language(cx, ui);
        ui.separator();
        zoom(cx, ui);
        let mut is_still = cx.state.settings.reduce_motion;
        let tip = t("topbar.reduce_motion_tip");
        if ui.checkbox(&mut is_still, t("topbar.reduce_motion")).on_hover_text(tip).changed() {
            cx.send(Command::SetReduceMotion(is_still));
        }
        ui.separator();
        if wide_button(ui, "topbar.reset_layout", "topbar.reset_layout_tip") {
            cx.wish(Wish::ResetLayout);
            ui.close();
        }
        demo(cx, ui);
    });
}

/// The system's language or one by name. What is chosen here counts more than what the command line said.
fn language(cx: &PanelCx<'_>, ui: &mut Ui) {
    ui.label(theme::small(t("topbar.language")).color(cx.theme.muted));
    let saved = cx.state.settings.language.as_deref().and_then(Language::from_tag);
    let mut chosen = text::told_language().or(saved);
    let mut entries = vec![(None, t("topbar.language_system"), t("topbar.language_system_tip"))];
    let named = Language::ALL.map(|known| (Some(known), speech::name(ui.ctx(), known), ""));
    entries.extend(named);
    if segmented(ui, &mut chosen, &entries) {
        text::forget_told();
        cx.send(Command::SetLanguage(chosen.map(|language| language.tag().to_owned())));
    }
}

fn demo(cx: &PanelCx<'_>, ui: &mut Ui) {
    let is_stopped = cx.state.demo == DemoPhase::Stopped;
    let (words, tip, command) = if is_stopped {
        ("topbar.start_demo", "topbar.start_demo_tip", Command::StartDemo)
    } else {
        ("topbar.stop_demo", "topbar.stop_demo_tip", Command::StopDemo)
    };
    if wide_button(ui, words, tip) {
        cx.send(command);
        ui.close();
    }
}

fn wide_button(ui: &mut Ui, words: &'static str, tip: &'static str) -> bool {
    let size = egui::vec2(ui.available_width(), theme::CONTROL);
    ui.add(egui::Button::new(t(words)).min_size(size)).on_hover_text(t(tip)).clicked()
}

fn zoom(cx: &PanelCx<'_>, ui: &mut Ui) {
    let percent = (cx.state.settings.zoom * 100.0).round() as u32;
    let smaller = ZOOMS.iter().rev().find(|zoom| **zoom < percent);
    let bigger = ZOOMS.iter().find(|zoom| **zoom > percent);
    let step = |ui: &mut Ui, glyph, name: &str, keys, to: Option<&u32>| {
        ui.add_enabled_ui(to.is_some(), |ui| {
            if icon_button(ui, glyph, name, Some(keys)).clicked()
                && let Some(to) = to
            {
                cx.send(Command::SetZoom(*to as f32 / 100.0));
            }
        });
    };
    ui.horizontal(|ui| {
        ui.label(RichText::new(t("topbar.zoom")).color(cx.theme.text));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            step(ui, icon::PLUS, t("topbar.zoom_in"), "Ctrl +", bigger);
            ui.label(fill("topbar.percent", &[("n", &percent)]));
            step(ui, icon::MINUS, t("topbar.zoom_out"), "Ctrl -", smaller);
        });
    });
}
