//! Headers and trailers, apart, in the order in which they came; and what was sent.

use egui::{Label, RichText, ScrollArea, Ui, vec2};

use crate::model::{Call, Headers};
use crate::text::{fill, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, space};
use crate::ui::widgets::tool_button;

/// Draws the tab.
pub(super) fn show(cx: &PanelCx<'_>, ui: &mut Ui, call: &Call) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let title = match call.http_status {
            Some(status) => fill("response.headers.with_status", &[("status", &status)]),
            None => t("response.headers.received").to_owned(),
        };
        section(cx, ui, &title, &call.headers, false);
        section(cx, ui, t("response.headers.trailers"), &call.trailers, false);
        section(cx, ui, t("response.headers.sent"), &call.request.headers, true);
    });
}

fn section(cx: &PanelCx<'_>, ui: &mut Ui, title: &str, headers: &Headers, hides_secrets: bool) {
    ui.horizontal(|ui| {
        ui.label(theme::strong(title).color(cx.theme.text));
        if !headers.is_empty() {
            let tip = fill("response.headers.copy_tip", &[("title", &title)]);
            let copy = tool_button(ui, t("response.headers.copy"), &tip);
            if copy.accessible_name(tip.as_str()).clicked() {
                ui.copy_text(as_text(headers, hides_secrets));
            }
        }
    });
    if headers.is_empty() {
        ui.label(RichText::new(t("response.headers.none")).color(cx.theme.faint));
    }
    let name_width = (ui.available_width() * 0.34).clamp(110.0, 220.0).round();
    for header in headers {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let name = theme::code(header.name.as_str()).color(cx.theme.muted);
            ui.allocate_ui_with_layout(
                vec2(name_width, theme::CODE_ROW),
                egui::Layout::left_to_right(egui::Align::Min),
                |ui| {
                    ui.set_min_width(name_width);
                    ui.add(Label::new(name).truncate()).on_hover_text(&header.name);
                },
            );
            let is_hidden = hides_secrets && header.is_secret();
            let value = if is_hidden { "•••".to_owned() } else { header.text().into_owned() };
            // Values have no spaces to break at; the right end stays free for the scroll bar.
            let format = egui::TextFormat::simple(theme::code_font(), cx.theme.text);
            let mut job = egui::text::LayoutJob::single_section(value, format);
            job.wrap.break_anywhere = true;
            job.wrap.max_width = (ui.available_width() - space::M).max(80.0);
            let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
            ui.add(Label::new(galley).selectable(true));
        });
    }
    ui.add_space(space::S);
}

fn as_text(headers: &Headers, hides_secrets: bool) -> String {
    let mut out = String::new();
    for header in headers {
        let is_hidden = hides_secrets && header.is_secret();
        out.push_str(&header.name);
        out.push_str(": ");
        out.push_str(&if is_hidden { "•••".into() } else { header.text() });
        out.push('\n');
    }
    out
}
