//! Headers and trailers, apart, in the order in which they came; and what was sent.

use std::collections::BTreeMap;

use egui::{Label, RichText, ScrollArea, Ui, vec2};

use super::binary::BytesLook;
use crate::model::{Call, CallBody, Header, Headers};
use crate::text::{fill, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{badge_in, toggle_button, tool_button};
use crate::wire::{decode_binary_line, is_binary_name};

/// View state of the tab.
#[derive(Debug, Default)]
pub(super) struct HeadersView {
    /// How the bytes of `-bin` values are shown, by name; base64 where nothing was chosen.
    looks: BTreeMap<String, BytesLook>,
}

/// The headers of one section.
#[derive(Clone, Copy)]
struct Section<'a> {
    title: &'a str,
    headers: &'a Headers,
    /// Whether they were sent: credentials among them are ours.
    hides_secrets: bool,
    /// Whether `-bin` names hold bytes, as gRPC says.
    is_grpc: bool,
}

impl HeadersView {
    /// Draws the tab.
    pub(super) fn show(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, call: &Call) {
        let is_grpc = matches!(call.request.body, CallBody::Grpc { .. });
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            let title = match call.http_status {
                Some(status) => fill("response.headers.with_status", &[("status", &status)]),
                None => t("response.headers.received").to_owned(),
            };
            let sections = [
                (title.as_str(), &call.headers, false),
                (t("response.headers.trailers"), &call.trailers, false),
                (t("response.headers.sent"), &call.request.headers, true),
            ];
            for (section_idx, (title, headers, hides_secrets)) in sections.into_iter().enumerate() {
                let section = Section { title, headers, hides_secrets, is_grpc };
                ui.push_id(section_idx, |ui| self.section(cx, ui, section));
            }
        });
    }

    fn section(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, section: Section<'_>) {
        let Section { title, headers, hides_secrets, is_grpc } = section;
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
        for (row_idx, header) in headers.iter().enumerate() {
            let is_hidden = hides_secrets && header.is_secret();
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
                if is_hidden {
                    value(cx, ui, "•••".to_owned());
                } else if is_grpc && is_binary_name(&header.name) {
                    ui.push_id(row_idx, |ui| ui.vertical(|ui| self.bytes(cx, ui, header)));
                } else {
                    value(cx, ui, header.text().into_owned());
                }
            });
        }
        ui.add_space(space::S);
    }

    /// A value that is bytes, and how else it can be read.
    fn bytes(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, header: &Header) {
        let Some(values) = decode_binary_line(&header.value) else {
            value(cx, ui, header.text().into_owned());
            badge_in(ui, t("response.headers.not_base64"), cx.theme.slow)
                .on_hover_text(t("response.headers.not_base64_tip"));
            return;
        };
        let key = header.name.to_ascii_lowercase();
        let chosen = self.looks.get(&key).copied().unwrap_or_default();
        let read = chosen.read(&values).filter(|_| chosen != BytesLook::Base64);
        let look = if read.is_some() { chosen } else { BytesLook::Base64 };
        value(cx, ui, read.unwrap_or_else(|| header.text().into_owned()));
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            for one in BytesLook::ALL {
                // Bytes that are no text have no such look.
                if one != BytesLook::Base64 && one.read(&values).is_none() {
                    continue;
                }
                let words: [(&str, &dyn std::fmt::Display); 2] =
                    [("name", &header.name), ("look", &one.name())];
                let tip = fill("response.headers.look", &words);
                let button = toggle_button(ui, one == look, one.name(), &tip);
                if button.accessible_name(tip.as_str()).clicked() {
                    self.looks.insert(key.clone(), one);
                }
            }
        });
    }
}

/// A value as it is, broken where the pane ends.
fn value(cx: &PanelCx<'_>, ui: &mut Ui, text: String) {
    // Values have no spaces to break at; the right end stays free for the scroll bar.
    let format = egui::TextFormat::simple(theme::code_font(), cx.theme.text);
    let mut job = egui::text::LayoutJob::single_section(text, format);
    job.wrap.break_anywhere = true;
    job.wrap.max_width = (ui.available_width() - space::M).max(80.0);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    ui.add(Label::new(galley).selectable(true));
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
