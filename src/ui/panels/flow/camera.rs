//! Which part of the diagram is on screen: pan, zoom, fit.
//!
//! Until the person pans or zooms, the whole diagram is fitted. Once calls were made that fit stands still
//! too: it is made anew only when the pane changes its size or something would lie out of view.

use egui::{Painter, Pos2, Rect, Response, Ui, Vec2, pos2};

use super::scene::{SLIDE, slid};
use crate::ui::theme::{self, Theme, space};

/// The diagram is never drawn larger or smaller than this by the wheel.
const ZOOM: std::ops::RangeInclusive<f32> = 0.25..=3.0;
/// Fitting does not blow a small diagram up beyond this.
const MAX_FIT: f32 = 1.3;
/// Height at the lower end of the pane that belongs to the legend.
const LEGEND: f32 = 28.0;
/// Distance of the dots of the ground, in points at zoom 1.
const DOTS: f32 = 32.0;

/// Where the person looks.
#[derive(Debug, Default)]
pub(super) struct Camera {
    /// `None` follows the diagram.
    held: Option<Held>,
    /// The newest fit.
    fitted: Option<View>,
    /// What the last frame showed.
    last: Option<View>,
    /// What was shown before the newest scene, and when that came.
    glide: Option<(View, f64)>,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    /// The point of the diagram at the middle of the pane.
    focus: Pos2,
    zoom: f32,
}

/// From the diagram's points to those of the screen, for one frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub(super) rect: Rect,
    pub(super) zoom: f32,
    focus: Pos2,
}

impl Camera {
    /// Fits from now on, until the person pans or zooms.
    pub(super) fn fit_again(&mut self) {
        self.held = None;
        self.fitted = None;
    }

    /// Fits another picture: the view goes there while the nodes slide.
    pub(super) fn glide_to_fit(&mut self, now: f64, is_still: bool) {
        self.glide = self.last.filter(|_| !is_still).map(|view| (view, now));
        self.fit_again();
    }

    /// Whether the view is on its way.
    pub(super) fn is_gliding(&self, now: f64) -> bool {
        self.glide.is_some_and(|(_, since)| now - since < SLIDE)
    }

    /// Takes in what the person did to the background and says what is on screen.
    pub(super) fn view(
        &mut self,
        ui: &Ui,
        pane: &Response,
        bounds: Rect,
        is_settled: bool,
        now: f64,
    ) -> View {
        let rect = pane.rect;
        let mut view = match self.held {
            Some(Held { focus, zoom }) => View { rect, zoom, focus },
            None => self.fit(rect, bounds, is_settled),
        };
        match self.glide {
            Some((from, since)) if self.held.is_none() => {
                view = from.towards(view, slid(since, now));
            }
            _ => self.glide = None,
        }
        if pane.dragged() && pane.drag_delta() != Vec2::ZERO {
            view.focus -= pane.drag_delta() / view.zoom;
            self.hold(view);
        }
        if let Some(at) =
            ui.input(|input| input.pointer.hover_pos()).filter(|_| pane.contains_pointer())
        {
            let factor = ui
                .input(|input| input.zoom_delta() * (input.smooth_scroll_delta().y / 240.0).exp());
            if (factor - 1.0).abs() > f32::EPSILON {
                let zoom = (view.zoom * factor).clamp(*ZOOM.start(), *ZOOM.end());
                let under = view.world_at(at);
                view.zoom = zoom;
                // What is under the pointer stays under it.
                view.focus = under - (at - rect.center()) / zoom;
                self.hold(view);
            }
        }
        self.last = Some(view);
        view
    }

    fn fit(&mut self, rect: Rect, bounds: Rect, is_settled: bool) -> View {
        let shows_all = |view: &View| {
            let seen = view.rect_to_screen(bounds);
            view.rect == rect && view.frame().expand(1.0).contains_rect(seen)
        };
        let stands = self.fitted.filter(|view| is_settled && shows_all(view));
        let view = stands.unwrap_or_else(|| View::fitting(rect, bounds));
        self.fitted = Some(view);
        view
    }

    fn hold(&mut self, view: View) {
        self.held = Some(Held { focus: view.focus, zoom: view.zoom });
    }
}

impl View {
    /// All of the diagram, with room for the legend below.
    fn fitting(rect: Rect, bounds: Rect) -> Self {
        let room = frame(rect);
        let size = bounds.size().max(Vec2::splat(1.0));
        let share = room.size() / size;
        let zoom = share.x.min(share.y).clamp(*ZOOM.start(), MAX_FIT);
        let focus = bounds.center() - (room.center() - rect.center()) / zoom;
        Self { rect, zoom, focus }
    }

    /// A share of the way to another view.
    fn towards(self, to: Self, share: f32) -> Self {
        let zoom = self.zoom + (to.zoom - self.zoom) * share;
        Self { rect: to.rect, zoom, focus: self.focus.lerp(to.focus, share) }
    }

    /// The part of the pane that a fitted diagram stands in.
    fn frame(&self) -> Rect {
        frame(self.rect)
    }

    pub(super) fn to_screen(self, point: Pos2) -> Pos2 {
        self.rect.center() + (point - self.focus) * self.zoom
    }

    pub(super) fn rect_to_screen(self, rect: Rect) -> Rect {
        Rect::from_min_max(self.to_screen(rect.min), self.to_screen(rect.max))
    }

    pub(super) fn world_at(self, point: Pos2) -> Pos2 {
        self.focus + (point - self.rect.center()) / self.zoom
    }

    /// A font size at this zoom, in half points so that few sizes are rasterised; small text does
    /// not shrink as long as the cards have room for it.
    pub(super) fn font(&self, size: f32) -> f32 {
        let scaled = ((size * self.zoom * 2.0).round() / 2.0).max(1.0);
        if self.zoom >= 0.75 { scaled.max(size.min(theme::SMALL)) } else { scaled }
    }

    /// Whether text would still be read.
    pub(super) fn has_text(&self) -> bool {
        self.zoom >= 0.45
    }

    /// The ground with its grid of dots.
    pub(super) fn ground(&self, painter: &Painter, theme: &Theme) {
        painter.rect_filled(self.rect, 0.0, theme.ground);
        let step = DOTS * self.zoom;
        if step < 12.0 {
            return;
        }
        let color = theme::mix(theme.ground, theme.node_line, 0.3);
        let origin = self.to_screen(Pos2::ZERO);
        let first = |origin: f32, min: f32| min + (origin - min).rem_euclid(step);
        let mut y = first(origin.y, self.rect.top());
        while y < self.rect.bottom() {
            let mut x = first(origin.x, self.rect.left());
            while x < self.rect.right() {
                painter.circle_filled(pos2(x, y), 0.8, color);
                x += step;
            }
            y += step;
        }
    }
}

/// Where a fitted diagram stands: the pane without its margin and the legend.
pub(super) fn frame(pane: Rect) -> Rect {
    let margin = if pane.width() < 640.0 { space::M } else { space::L };
    let mut frame = pane.shrink(margin);
    frame.max.y = (frame.max.y - LEGEND).max(frame.min.y + 1.0);
    frame
}
