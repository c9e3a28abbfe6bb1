//! The line with the method's full name, and the list to choose another one from.

use std::sync::Arc;

use egui::{Id, Popup, PopupCloseBehavior, ScrollArea, TextEdit, Ui};

use crate::model::{CallKind, MethodPath};
use crate::session::Source;
use crate::text::t;
use crate::ui::commands;
use crate::ui::cx::PanelCx;
use crate::ui::panels::explorer::rows;
use crate::ui::theme::{self, CONTROL, space};
use crate::ui::widgets::{icon, icon_button};
use crate::workspace::{Action, Draft};

/// More hits than this are not listed: another letter is quicker than scrolling.
const MAX_HITS: usize = 200;
const WIDTH: f32 = 520.0;

/// Draws the line; choosing another method changes the draft.
pub(super) fn show(cx: &PanelCx<'_>, ui: &mut Ui, draft: &mut Draft) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let mut job = egui::text::LayoutJob::default();
        let format = |color| egui::TextFormat::simple(theme::code_font(), color);
        let full = draft.method.as_ref().map(ToString::to_string).unwrap_or_default();
        match &draft.method {
            Some(method) => {
                job.append(&format!("{}/", method.service), 0.0, format(cx.theme.muted));
                job.append(&method.method, 0.0, format(cx.theme.text));
            }
            None => job.append(t("composer.method.none"), 0.0, format(cx.theme.faint)),
        }
        let room = ui.available_width() - 3.0 * CONTROL;
        job.wrap = egui::text::TextWrapping::truncate_at_width(room);
        ui.add(egui::Label::new(job).selectable(true)).on_hover_text(full.as_str());
        ui.add_space(space::XS);
        picker(cx, ui, draft);
        if draft.method.is_some()
            && icon_button(ui, icon::COPY, t("composer.copy_method"), None).clicked()
        {
            ui.copy_text(full);
        }
        if commands::is_enabled(cx, Action::Compare) {
            let name = commands::name(Action::Compare);
            let keys = commands::hint(cx, Action::Compare);
            let keys = Some(keys.as_str()).filter(|keys| !keys.is_empty());
            if icon_button(ui, icon::CHART_BAR, name, keys).clicked() {
                commands::run(cx, ui.ctx(), Action::Compare);
            }
        }
    });
}

fn picker(cx: &PanelCx<'_>, ui: &mut Ui, draft: &mut Draft) {
    let button = icon_button(ui, icon::CARET_DOWN, t("composer.method.choose"), None);
    let id = button.id.with("filter");
    if button.clicked() {
        ui.data_mut(|data| data.insert_temp(id, String::new()));
    }
    Popup::menu(&button)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .style(egui::style::StyleModifier::default())
        .show(|ui| {
            ui.set_width(WIDTH);
            let filter = filter_field(ui, id, button.clicked());
            if let Some((source, method)) = hits(cx, ui, &filter) {
                if draft.body.trim().is_empty() {
                    "{}".clone_into(&mut draft.body);
                }
                draft.method = Some(method);
                draft.source = Some(source.saved.clone());
                ui.close();
            }
        });
}

fn filter_field(ui: &mut Ui, id: Id, is_new: bool) -> String {
    let mut filter: String = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let field = TextEdit::singleline(&mut filter)
        .hint_text(t("composer.method.filter"))
        .align(egui::Align2::LEFT_CENTER)
        .desired_width(WIDTH)
        .min_size(egui::vec2(WIDTH, CONTROL));
    let response = ui.add(field).accessible_name(t("composer.method.filter"));
    if is_new {
        response.request_focus();
    }
    ui.data_mut(|data| data.insert_temp(id, filter.clone()));
    filter
}

/// The unary methods of all sources that fit; the one that was clicked.
fn hits<'a>(cx: &PanelCx<'a>, ui: &mut Ui, filter: &str) -> Option<(&'a Arc<Source>, MethodPath)> {
    let methods = cx.state.sources.iter().flat_map(|source| {
        let services = source.schema.iter().flat_map(|schema| schema.services());
        let methods = services.filter(|s| !rows::is_noise(&s.full_name));
        methods.flat_map(|service| &service.methods).map(move |method| (source, method))
    });
    let filter = filter.trim().to_lowercase();
    let mut fitting: Vec<_> = methods
        .filter(|(_, method)| method.kind == CallKind::Unary)
        .map(|(source, method)| (source, &method.path, method.path.to_string()))
        .filter(|(_, _, name)| crate::ui::fuzzy::matches(&filter, name))
        .collect();
    // What holds the very word comes before what only has its letters.
    fitting.sort_by_key(|(_, _, name)| !name.to_lowercase().contains(&filter));
    let mut picked = None;
    ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
        ui.set_min_width(WIDTH);
        ui.spacing_mut().item_spacing.y = 0.0;
        let is_empty = fitting.is_empty();
        for (source, path, name) in fitting.into_iter().take(MAX_HITS) {
            let size = egui::vec2(0.0, theme::ROW);
            let row = egui::Button::selectable(false, theme::code(name)).truncate().min_size(size);
            ui.spacing_mut().interact_size.y = theme::ROW;
            if ui.add(row).on_hover_text(source.name.as_str()).clicked() {
                picked = Some((source, path.clone()));
            }
        }
        if is_empty {
            super::parts::note(ui, t("composer.method.no_hit"));
        }
    });
    picked
}
