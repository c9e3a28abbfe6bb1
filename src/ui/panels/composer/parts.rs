//! Small parts that the composer's tabs share.

use egui::{Color32, ComboBox, Id, Margin, Response, RichText, Stroke, TextEdit, Ui};

use crate::ui::theme::{self, CONTROL, Theme, space};
use crate::ui::widgets::{Icon, combo_caret, icon};

/// How a text field looks.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::ui::panels) struct FieldLook<'a> {
    /// What a reader says.
    pub name: &'a str,
    /// Ghost text while it is empty.
    pub hint: &'a str,
    /// The tooltip, empty for none.
    pub tip: &'a str,
    /// Points.
    pub width: f32,
    /// Whether what stands in it does not fit.
    pub is_wrong: bool,
    /// Whether its text is hidden.
    pub is_password: bool,
    /// Room kept free at its right end.
    pub reserved: f32,
    /// Room kept free at its left end.
    pub lead: f32,
    /// Its id, where the caller must know it before it is drawn.
    pub id: Option<Id>,
}

/// A one-line field in the monospaced font.
pub(in crate::ui::panels) fn field(
    ui: &mut Ui,
    text: &mut String,
    look: &FieldLook<'_>,
) -> Response {
    let theme = Theme::current(ui.ctx());
    let pad_y = ((CONTROL - theme::CODE - 4.0) / 2.0).floor() as i8;
    let margin = Margin {
        left: 8_i8.saturating_add(look.lead as i8),
        right: 8_i8.saturating_add(look.reserved as i8),
        top: pad_y,
        bottom: pad_y,
    };
    let mut edit = TextEdit::singleline(text)
        .font(theme::code_font())
        .text_color(theme.text)
        .hint_text(theme::code(look.hint).color(theme.faint))
        .password(look.is_password)
        .margin(margin)
        .min_size(egui::vec2(look.width, CONTROL))
        .desired_width(look.width);
    if let Some(id) = look.id {
        edit = edit.id(id);
    }
    let response = edit.show(ui).response.response.accessible_name(look.name);
    if look.is_wrong {
        let line = Stroke::new(1.0, theme.failed);
        ui.painter().rect_stroke(response.rect, theme::RADIUS, line, egui::StrokeKind::Inside);
    }
    if look.tip.is_empty() { response } else { response.on_hover_text(look.tip) }
}

/// A row of a table of settings: label column, then whatever.
pub(super) fn setting<R>(ui: &mut Ui, label: &str, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let theme = Theme::current(ui.ctx());
    let label_width = (ui.available_width() * 0.28).clamp(96.0, 150.0).round();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let (rect, _) =
            ui.allocate_exact_size(egui::vec2(label_width, CONTROL), egui::Sense::hover());
        let mut inside = ui.new_child(
            egui::UiBuilder::new()
                .max_rect(rect)
                .layout(egui::Layout::left_to_right(egui::Align::Center)),
        );
        inside.add(egui::Label::new(RichText::new(label).color(theme.muted)).truncate());
        contents(ui)
    })
    .inner
}

/// A quiet sentence.
pub(super) fn note(ui: &mut Ui, words: &str) {
    let theme = Theme::current(ui.ctx());
    ui.add(egui::Label::new(RichText::new(words).color(theme.muted)).wrap());
}

/// A small word beside a control, cut where the pane ends.
pub(super) fn faint(ui: &mut Ui, theme: &Theme, words: &str) {
    let label = egui::Label::new(theme::small(words).color(theme.faint)).truncate();
    ui.add(label).on_hover_text(words);
}

/// One problem in words, marked by shape and colour.
pub(super) fn problem_line(ui: &mut Ui, theme: &Theme, words: &str) {
    marked_line(ui, icon::WARNING_CIRCLE, theme.failed, words);
}

/// One warning in words, marked by shape and colour.
pub(super) fn warning_line(ui: &mut Ui, theme: &Theme, words: &str) {
    marked_line(ui, icon::WARNING, theme.slow, words);
}

fn marked_line(ui: &mut Ui, mark: Icon, color: Color32, words: &str) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        mark.show(ui, color);
        let text = theme::small(words).color(color);
        ui.add(egui::Label::new(text).wrap().selectable(true));
    });
}

/// A choice of one word among a few that are always all seen: `unset | false | true`.
pub(super) fn choice<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    chosen: Option<T>,
    entries: &[(T, &str)],
) -> Option<T> {
    let theme = Theme::current(ui.ctx());
    let mut picked = None;
    ui.spacing_mut().item_spacing.x = 0.0;
    for (value, text) in entries {
        let is_chosen = chosen == Some(*value);
        let color = if is_chosen { theme.text } else { theme.muted };
        let fill = if is_chosen { theme.selection } else { theme.field };
        let button = egui::Button::new(theme::code(*text).color(color))
            .fill(fill)
            .min_size(egui::vec2(48.0, CONTROL));
        let response = ui.add(button);
        response.widget_info(|| {
            let name = format!("{name}: {text}");
            egui::WidgetInfo::selected(egui::Role::RadioButton, true, is_chosen, name)
        });
        if response.clicked() {
            picked = Some(*value);
        }
    }
    ui.spacing_mut().item_spacing.x = space::S;
    picked
}

/// A list that opens, with the caret of the other menus.
pub(super) fn combo(id: &'static str, width: f32) -> ComboBox<'static> {
    ComboBox::from_id_salt(id).width(width).icon(combo_caret)
}
