//! What the dots mean.

use std::sync::Arc;

use egui::{Align2, Galley, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::inset;
use super::packets::dot;
use crate::flow::{PacketShape, Playback};
use crate::text::{fill, format, list, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, space};

/// Room for a dot before its word.
const DOT: f32 = 14.0;
/// Height of a line.
const LINE: f32 = 16.0;

/// The legend in the lower right corner, in two lines where one is too long. Says where it stands.
pub(super) fn show(ui: &Ui, rect: Rect, playback: &Playback, cx: &PanelCx<'_>) -> Rect {
    let mut shapes = vec![
        (PacketShape::RequestOut, "flow.legend_out"),
        (PacketShape::AnswerBack, "flow.legend_back"),
        (PacketShape::Failed, "flow.legend_failed"),
    ];
    // Said where there are such: most pictures have none.
    if playback.has_messages() {
        shapes.push((PacketShape::MessageOut, "flow.legend_message"));
    }
    let painter = ui.painter_at(rect);
    let galley = |text: String| painter.layout_no_wrap(text, theme::small_font(), cx.theme.muted);
    let parts = shapes.into_iter().map(|(shape, key)| (Some(shape), galley(t(key).to_owned())));
    let parts: Vec<_> = parts.collect();
    let clock = (None, galley(clock_words(playback)));
    let place = inset(rect);
    let one_line: Vec<_> = parts.iter().cloned().chain([clock.clone()]).collect();
    let fits = width_of(&one_line) <= place.width();
    let lines = if fits { vec![one_line] } else { vec![parts, vec![clock]] };
    let width = lines.iter().map(|line| width_of(line)).fold(0.0, f32::max).min(place.width());
    let size = vec2(width, LINE * lines.len() as f32 + space::XS);
    let area = Rect::from_min_max(place.max - size, place.max);
    painter.rect_filled(area.expand2(vec2(space::XS, 0.0)), theme::RADIUS, cx.theme.ground);
    let words: Vec<_> = lines.iter().flatten().map(|(_, galley)| galley.text()).collect();
    let words = list(&words);
    let response = ui.interact(area, ui.scope_id().with("legend"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    for (line, idx) in lines.into_iter().zip(0_u8..) {
        let y = area.top() + space::XS / 2.0 + LINE * (f32::from(idx) + 0.5);
        let mut x = area.right() - width_of(&line);
        for (shape, galley) in line {
            if let Some(shape) = shape {
                dot(&painter, pos2(x + 4.0, y), shape, 0.85, cx.theme);
                x += DOT;
            }
            let step = galley.size().x + space::M;
            let at = Align2::LEFT_CENTER.anchor_size(pos2(x, y), galley.size()).min;
            painter.galley(at, galley, cx.theme.muted);
            x += step;
        }
    }
    area
}

/// Of one line of the legend.
fn width_of(line: &[(Option<PacketShape>, Arc<Galley>)]) -> f32 {
    let widths = line.iter().map(|(shape, galley)| {
        galley.size().x + space::M + if shape.is_some() { DOT } else { 0.0 }
    });
    (widths.sum::<f32>() - space::M).max(0.0)
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
