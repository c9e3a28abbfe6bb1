//! The dots: one for each request, on one clock per call. Shapes differ, not only colours.

use egui::{Painter, Pos2, Response, Shape, Stroke, Ui, vec2};

use super::camera::View;
use super::scene::Scene;
use super::{Action, Actions};
use crate::flow::{Packet, PacketShape};
use crate::ui::theme::Theme;

/// How near a click must be to a dot to open its call, in points.
const REACH: f32 = 9.0;

/// Draws the dots; a click on one opens its call.
pub(super) fn show(
    ui: &Ui,
    view: &View,
    scene: &Scene,
    packets: &[Packet],
    background: &Response,
    theme: &Theme,
    actions: &mut Actions,
) {
    let painter = ui.painter_at(view.rect);
    let place = |packet: &Packet| Some(view.to_screen(scene.path(&packet.edge)?.at(packet.t)));
    for packet in packets {
        if let Some(at) = place(packet).filter(|at| view.rect.contains(*at)) {
            dot(&painter, at, packet.shape, view.zoom.clamp(0.7, 1.3), theme);
        }
    }
    let Some(click) = background.interact_pointer_pos().filter(|_| background.clicked()) else {
        return;
    };
    let nearest = packets
        .iter()
        .filter_map(|packet| Some((place(packet)?.distance(click), packet.trace)))
        .filter(|(distance, _)| *distance <= REACH)
        .min_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((_, trace)) = nearest {
        actions.push(Action::OpenCall(trace));
    }
}

/// One dot; the legend draws with it too.
pub(super) fn dot(painter: &Painter, at: Pos2, shape: PacketShape, scale: f32, theme: &Theme) {
    let radius = 4.0 * scale;
    match shape {
        PacketShape::RequestOut => {
            painter.circle_filled(at, radius, theme.accent);
        }
        PacketShape::AnswerBack => {
            painter.circle(at, radius, theme.ground, Stroke::new(1.8, theme.accent));
        }
        PacketShape::Waiting => {
            painter.circle(at, radius, theme.ground, Stroke::new(1.8, theme.muted));
            painter.circle_filled(at, radius * 0.3, theme.muted);
        }
        PacketShape::Failed => {
            let r = radius * 1.35;
            let points =
                vec![at - vec2(0.0, r), at + vec2(r, 0.0), at + vec2(0.0, r), at - vec2(r, 0.0)];
            painter.add(Shape::convex_polygon(points, theme.failed, Stroke::NONE));
        }
    }
}
