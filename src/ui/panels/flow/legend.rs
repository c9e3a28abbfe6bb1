//! What the dots mean, and what to do when there are none.

use egui::{Align2, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::inset;
use super::packets::dot;
use crate::flow::{PacketShape, Playback};
use crate::text::{fill, format, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, space};

/// The legend in the lower right corner.
pub(super) fn show(ui: &mut Ui, rect: Rect, playback: &Playback, cx: &PanelCx<'_>) {
    let mut parts = vec![
        (Some(PacketShape::RequestOut), t("flow.legend_out").to_owned()),
        (Some(PacketShape::AnswerBack), t("flow.legend_back").to_owned()),
        (Some(PacketShape::Failed), t("flow.legend_failed").to_owned()),
    ];
    parts.push((None, clock_words(playback)));
    let painter = ui.painter_at(rect);
    let galleys: Vec<_> = parts
        .into_iter()
        .map(|(shape, text)| {
            (shape, painter.layout_no_wrap(text, theme::small_font(), cx.theme.muted))
        })
        .collect();
    let width = |shape: Option<PacketShape>, text: f32| {
        text + if shape.is_some() { 14.0 } else { 0.0 } + space::L
    };
    let total: f32 = galleys.iter().map(|(shape, galley)| width(*shape, galley.size().x)).sum();
    let bottom = inset(rect).bottom();
    let mut x = (inset(rect).right() - total).max(rect.left() + space::S);
    let box_rect = Rect::from_min_max(
        pos2(x - space::S, bottom - 18.0),
        pos2(inset(rect).right(), bottom + 2.0),
    );
    painter.rect_filled(box_rect, 4.0, theme::mix(cx.theme.ground, cx.theme.panel, 0.6));
    let words: Vec<&str> = galleys.iter().map(|(_, galley)| galley.text()).collect();
    let words = words.join(", ");
    let response = ui.interact(box_rect, ui.scope_id().with("legend"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    for (shape, galley) in galleys {
        let step = width(shape, galley.size().x);
        if let Some(shape) = shape {
            dot(&painter, pos2(x + 4.0, bottom - 8.0), shape, 0.85, cx.theme);
            x += 14.0;
        }
        let size = galley.size();
        let at = Align2::LEFT_CENTER.anchor_size(pos2(x, bottom - 8.0), size).min;
        painter.galley(at, galley, cx.theme.muted);
        x += step - if shape.is_some() { 14.0 } else { 0.0 };
    }
}

/// `one dot, one request; slowed 40 times`.
fn clock_words(playback: &Playback) -> String {
    let times = |factor: f64| format::thousands(factor.round().max(1.0) as u64);
    match playback.slowdown() {
        None => t("flow.legend_clock").to_owned(),
        Some((least, most)) if most.round() <= least.round() => {
            fill("flow.legend_slowed", &[("times", &times(most))])
        }
        Some((least, most)) => {
            fill("flow.legend_slowed_range", &[("least", &times(least)), ("most", &times(most))])
        }
    }
}

/// The banner of the first minute: a call is ready to be sent.
pub(super) fn first_call(ui: &mut Ui, rect: Rect, cx: &PanelCx<'_>) {
    let operation =
        cx.active_draft().map(|draft| draft.operation()).filter(|name| !name.is_empty());
    let (title, sentence) = match operation {
        Some(name) => (fill("flow.first_title", &[("method", &name)]), t("flow.first_sentence")),
        None => (t("flow.first_choose").to_owned(), t("flow.first_choose_sentence")),
    };
    let place = Rect::from_min_size(inset(rect).min, vec2(inset(rect).width().min(360.0), 60.0));
    ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
        egui::Frame::new()
            .fill(cx.theme.selection)
            .corner_radius(theme::RADIUS)
            .inner_margin(egui::Margin::symmetric(14, 10))
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.label(theme::strong(title));
                ui.label(theme::small(sentence).color(cx.theme.muted));
            });
    });
}
