//! The size of everything: kept by the session, changed by the menu and by egui's own keys.

use egui::Context;

/// Sizes that differ less than this are the same.
const SAME: f32 = 0.001;
/// Smaller cannot be read.
const MIN: f32 = 0.5;
/// Bigger leaves no room for two panes.
const MAX: f32 = 3.0;

/// Between egui, which zooms by Ctrl with plus, minus and 0, and the settings.
#[derive(Debug, Default)]
pub(super) struct Zoom {
    /// What the settings said when egui was told last.
    given: Option<f32>,
    /// What egui had in the frame before.
    seen: Option<f32>,
    /// What was sent to the session and has not come back.
    sent: Option<f32>,
}

impl Zoom {
    /// Tells egui what the settings say. Gives what the session must be told.
    pub(super) fn follow(&mut self, ctx: &Context, wanted: f32) -> Option<f32> {
        let is_same = |a: Option<f32>, b: f32| a.is_some_and(|a| (a - b).abs() < SAME);
        let now = ctx.zoom_factor();
        // egui takes a new size at the next frame, so only what changed since the last one is a wish.
        let is_changed = self.seen.is_some() && !is_same(self.seen, now);
        self.seen = Some(now);
        if is_same(self.sent, wanted) {
            (self.given, self.sent) = (Some(wanted), None);
            ctx.set_zoom_factor(wanted);
        } else if self.sent.is_none() && !is_same(self.given, wanted) {
            self.given = Some(wanted);
            ctx.set_zoom_factor(wanted.clamp(MIN, MAX));
            return None;
        }
        let is_wish = is_changed && !is_same(self.given, now);
        is_wish.then(|| {
            let kept = now.clamp(MIN, MAX);
            self.sent = Some(kept);
            kept
        })
    }
}
