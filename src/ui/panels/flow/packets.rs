//! The dots: one for each request, on one clock per call. Shapes differ, not only colours.

use egui::{
    Color32, CursorIcon, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo,
    vec2,
};

use super::camera::View;
use super::scene::Scene;
use super::{Action, Actions};
use crate::flow::{Packet, PacketShape};
use crate::model::TraceId;
use crate::text::t;
use crate::ui::theme::Theme;

/// How near a click must be to a dot to open its call, in points.
const REACH: f32 = 9.0;

/// A dot that the pointer holds: it stays clickable where it was taken while the dot itself moves on.
pub(super) type Held = Option<(TraceId, Pos2)>;

/// Draws the dots.
pub(super) fn paint(
    painter: &Painter,
    view: &View,
    scene: &Scene,
    packets: &[Packet],
    theme: &Theme,
) {
    let scale = view.zoom.clamp(0.7, 1.3);
    for packet in packets {
        if let Some(at) = place(view, scene, packet) {
            dot(painter, at, packet.shape, scale, theme);
        }
    }
}

/// Takes a click on the dot under the pointer: it opens its call. Above everything else in the picture,
/// since a dot may wait at the border of a card.
pub(super) fn interact(
    ui: &Ui,
    view: &View,
    scene: &Scene,
    packets: &[Packet],
    held: &mut Held,
    actions: &mut Actions,
) {
    let is_down = ui.input(|input| input.pointer.primary_down());
    let pointer = ui.input(|input| input.pointer.latest_pos());
    let Some(pointer) = pointer.filter(|at| view.rect.contains(*at)) else { return };
    let nearest = || {
        let places = packets.iter().filter_map(|packet| {
            let at = place(view, scene, packet)?;
            Some((at.distance(pointer), packet.trace, at))
        });
        let within = places.filter(|(distance, ..)| *distance <= REACH);
        let nearest = within.min_by(|a, b| a.0.total_cmp(&b.0));
        nearest.map(|(_, trace, at)| (trace, at))
    };
    let Some((trace, at)) = held.or_else(nearest) else { return };
    let spot = Rect::from_center_size(at, Vec2::splat(2.0 * REACH));
    let response = ui.interact(spot, ui.scope_id().with("packet"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, t("flow.open_call")));
    *held = (is_down && response.is_pointer_button_down_on()).then_some((trace, at));
    if response.clicked() {
        actions.push(Action::OpenCall(trace));
    }
    response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(t("flow.open_call"));
}

fn place(view: &View, scene: &Scene, packet: &Packet) -> Option<Pos2> {
    let at = view.to_screen(scene.path(&packet.edge)?.at(packet.t));
    view.rect.contains(at).then_some(at)
}

/// One dot; the legend draws with it too. Discs alone, which are ready-made textures: a circle with a line
/// around it is some 200 triangles, and hundreds of them are on screen under load.
pub(super) fn dot(painter: &Painter, at: Pos2, shape: PacketShape, scale: f32, theme: &Theme) {
    let radius = 4.0 * scale;
    match shape {
        PacketShape::RequestOut => {
            painter.circle_filled(at, radius, theme.accent);
        }
        PacketShape::AnswerBack => {
            ring(painter, at, radius, theme.accent, theme);
        }
        PacketShape::MessageOut => {
            painter.circle_filled(at, radius * 0.7, theme.accent);
        }
        PacketShape::MessageBack => {
            ring(painter, at, radius * 0.5, theme.accent, theme);
        }
        PacketShape::Waiting => {
            ring(painter, at, radius, theme.muted, theme);
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

fn ring(painter: &Painter, at: Pos2, radius: f32, color: Color32, theme: &Theme) {
    painter.circle_filled(at, radius + 1.8, color);
    painter.circle_filled(at, radius, theme.ground);
}
