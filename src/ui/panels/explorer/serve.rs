//! Serving a source: the button on its row, its item in the menu, and what the badge says meanwhile.

use egui::Ui;

use super::rows::is_noise;
use crate::session::{Command, Source};
use crate::text::{fill, t};
use crate::ui::cx::PanelCx;
use crate::ui::widgets::{icon, icon_button};

/// Whether a source has a method of its own that could be answered.
pub(in crate::ui) fn can_be_served(source: &Source) -> bool {
    let services = source.schema.iter().flat_map(|schema| schema.services());
    let mut own = services.filter(|service| {
        !is_noise(&service.full_name) && service.full_name != "grpc.health.v1.Health"
    });
    own.any(|service| !service.methods.is_empty())
}

/// `mock :50123`; nothing for a source that is not served.
pub(super) fn badge(cx: &PanelCx<'_>, source: &Source) -> Option<String> {
    let mock = cx.state.mocks.get(&source.id)?;
    Some(match mock.address {
        Some(address) => fill("explorer.mock_at", &[("port", &address.port())]),
        None => t("explorer.mock_starting").to_owned(),
    })
}

/// The button on the row.
pub(super) fn button(cx: &PanelCx<'_>, ui: &mut Ui, source: &Source) {
    let is_served = cx.state.mocks.contains_key(&source.id);
    let (glyph, key) = if is_served {
        (icon::STOP, "explorer.stop_serving_source")
    } else {
        (icon::PLAY, "explorer.serve_source")
    };
    if icon_button(ui, glyph, &fill(key, &[("name", &source.name)]), None).clicked() {
        cx.send(command(source, is_served));
    }
}

/// The item of the menu.
pub(super) fn item(cx: &PanelCx<'_>, ui: &mut Ui, source: &Source) {
    let is_served = cx.state.mocks.contains_key(&source.id);
    let (words, tip) = if is_served {
        (t("explorer.stop_serving"), t("explorer.stop_serving_tip"))
    } else {
        (t("explorer.serve"), t("explorer.serve_tip"))
    };
    if ui.button(words).on_hover_text(tip).clicked() {
        cx.send(command(source, is_served));
    }
}

fn command(source: &Source, is_served: bool) -> Command {
    if is_served { Command::StopServing(source.id) } else { Command::ServeSource(source.id) }
}
