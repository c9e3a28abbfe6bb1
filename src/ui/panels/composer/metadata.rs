//! Metadata or headers: rows that are sent, in their order.

use egui::{Align, Layout, Ui};

use super::parts::{self, FieldLook};
use crate::model::{Headers, Protocol};
use crate::text::{fill, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{CONTROL, space};
use crate::ui::widgets::{icon, icon_button, link};
use crate::wire::{BinaryFault, binary_fault, is_binary_name};
use crate::workspace::{Draft, MetadataRow};

/// Draws the rows.
pub(super) fn show(cx: &PanelCx<'_>, ui: &mut Ui, draft: &mut Draft) {
    if draft.metadata.is_empty() {
        let words = match draft.protocol {
            Protocol::Grpc => t("composer.metadata.none"),
            Protocol::Http => t("composer.metadata.no_headers"),
        };
        parts::note(ui, words);
        ui.add_space(space::XS);
    }
    let mut removed = None;
    for (row_idx, row) in draft.metadata.iter_mut().enumerate() {
        ui.push_id(row_idx, |ui| {
            if show_row(ui, row, row_idx + 1, draft.protocol) {
                removed = Some(row_idx);
            }
        });
        if let Some(fault) = fault_of(row, draft.protocol) {
            ui.horizontal(|ui| {
                ui.add_space(CONTROL);
                match fault {
                    BinaryFault::Hex => {
                        parts::problem_line(ui, cx.theme, t("composer.metadata.not_hex"));
                    }
                    BinaryFault::Base64 => {
                        parts::warning_line(ui, cx.theme, t("composer.metadata.not_base64"));
                    }
                }
            });
        }
        if row.stays_in_memory() {
            ui.horizontal(|ui| {
                ui.add_space(CONTROL);
                parts::faint(ui, cx.theme, t("composer.memory_only"));
            });
        }
    }
    if let Some(row_idx) = removed {
        draft.metadata.remove(row_idx);
    }
    if link(ui, t("composer.metadata.add"), t("composer.metadata.add_tip")).clicked() {
        draft.metadata.push(MetadataRow::new("", ""));
    }
}

/// One row. Says whether it is to be taken out.
fn show_row(ui: &mut Ui, row: &mut MetadataRow, number: usize, protocol: Protocol) -> bool {
    let mut is_removed = false;
    ui.horizontal(|ui| {
        let name = fill("composer.metadata.enabled", &[("n", &number)]);
        ui.add(egui::Checkbox::without_text(&mut row.is_enabled))
            .accessible_name(name.as_str())
            .on_hover_text(name.as_str());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            let remove = fill("composer.metadata.remove", &[("n", &number)]);
            is_removed = icon_button(ui, icon::X, &remove, None).clicked();
            secret_button(ui, row, number);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                fields(ui, row, number, protocol);
            });
        });
    });
    is_removed
}

fn secret_button(ui: &mut Ui, row: &mut MetadataRow, number: usize) {
    let (mark, name) = if row.is_secret {
        (icon::EYE_SLASH, fill("composer.metadata.not_secret", &[("n", &number)]))
    } else {
        (icon::EYE, fill("composer.metadata.secret", &[("n", &number)]))
    };
    if icon_button(ui, mark, &name, None).clicked() {
        row.is_secret = !row.is_secret;
    }
}

fn fields(ui: &mut Ui, row: &mut MetadataRow, number: usize, protocol: Protocol) {
    let room = ui.available_width() - space::XS;
    let name_width = (room * 0.38).clamp(80.0, 260.0);
    let name = fill("composer.metadata.name", &[("n", &number)]);
    let look = FieldLook {
        name: &name,
        hint: t("composer.metadata.name_hint"),
        width: name_width,
        is_wrong: !row.name.is_empty() && !is_header_name(&row.name),
        tip: if row.name.is_empty() || is_header_name(&row.name) {
            ""
        } else {
            t("composer.metadata.bad_name")
        },
        ..FieldLook::default()
    };
    parts::field(ui, &mut row.name, &look);
    let name = fill("composer.metadata.value", &[("n", &number)]);
    let is_binary = protocol == Protocol::Grpc && is_binary_name(row.name.trim());
    let hint = t("composer.metadata.value_hint");
    let look = FieldLook {
        name: &name,
        hint: if is_binary { t("composer.metadata.binary_hint") } else { hint },
        width: (room - name_width).max(80.0),
        is_wrong: fault_of(row, protocol).is_some(),
        is_password: row.stays_in_memory(),
        ..FieldLook::default()
    };
    parts::field(ui, &mut row.value, &look);
}

/// What is wrong with the bytes that a row stands for.
fn fault_of(row: &MetadataRow, protocol: Protocol) -> Option<BinaryFault> {
    if protocol == Protocol::Http {
        return None;
    }
    let mut headers = Headers::new();
    headers.push(row.name.trim(), row.value.clone());
    headers.iter().find_map(binary_fault)
}

/// A token (RFC 9110 section 5.6.2).
fn is_header_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
