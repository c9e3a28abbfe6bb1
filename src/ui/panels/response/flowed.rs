//! How a call flowed: a sequence diagram with the real times and sizes.

mod paint;
mod seen;

use std::sync::Arc;

use egui::{ScrollArea, Ui, pos2, vec2};

use self::paint::{HEAD, Sheet};
use crate::flow::{SeenCall, Sequence};
use crate::model::{Call, Timestamp, Trace};
use crate::session::{Answer, WireLeg, WireReading};
use crate::text::t;
use crate::ui::cx::PanelCx;
use crate::ui::theme::space;
use crate::ui::widgets::empty_state;

/// View state.
#[derive(Debug, Default)]
pub(super) struct FlowedView {
    made: Option<Made>,
}

/// Of what the picture was made.
#[derive(Debug)]
struct Made {
    trace: Option<Arc<Trace>>,
    wire: Arc<WireReading>,
    legs: Arc<[WireLeg]>,
    /// For every call with bytes: which side of the wire they are, 0 being our own end.
    sides: Vec<usize>,
    sequence: Sequence,
}

/// A message of the picture whose bytes the person wants to see: the side, and the step there.
pub(super) type ShowStep = (usize, usize);

impl FlowedView {
    /// Draws the picture of a call that a draft sent.
    pub(super) fn show(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        (answer, call): (&Answer, &Call),
        trace: Option<&Arc<Trace>>,
    ) -> Option<ShowStep> {
        let (wire, legs) = (&answer.wire, &answer.legs);
        let is_same = self.made.as_ref().is_some_and(|made| {
            Arc::ptr_eq(&made.wire, wire)
                && Arc::ptr_eq(&made.legs, legs)
                && made.trace.as_ref().map(Arc::as_ptr) == trace.map(Arc::as_ptr)
        });
        // A call that runs grows with every frame.
        if !is_same || call.outcome.is_none() {
            let (seen, sides) = seen::calls(answer, call);
            self.made = Some(Made::of(trace, (wire, legs), (&seen, sides), cx.clock));
        }
        let made = self.made.as_ref()?;
        let (call_idx, step_idx) = picture(cx, ui, &made.sequence)?;
        Some((*made.sides.get(call_idx)?, step_idx))
    }

    /// Draws the picture of a trace whose bytes nobody kept.
    pub(super) fn show_trace(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, trace: &Arc<Trace>) {
        let is_same = self
            .made
            .as_ref()
            .is_some_and(|made| made.trace.as_ref().is_some_and(|known| Arc::ptr_eq(known, trace)));
        if !is_same {
            let (wire, legs) = (Arc::default(), Arc::default());
            let none: (&[SeenCall], _) = (&[], Vec::new());
            self.made = Some(Made::of(Some(trace), (&wire, &legs), none, cx.clock));
        }
        if let Some(made) = &self.made {
            picture(cx, ui, &made.sequence);
        }
    }
}

impl Made {
    fn of(
        trace: Option<&Arc<Trace>>,
        (wire, legs): (&Arc<WireReading>, &Arc<[WireLeg]>),
        (seen, sides): (&[SeenCall], Vec<usize>),
        now: Timestamp,
    ) -> Self {
        let sequence = Sequence::of(trace.map(|trace| &**trace), seen, now);
        let (wire, legs) = (Arc::clone(wire), Arc::clone(legs));
        Self { trace: trace.cloned(), wire, legs, sides, sequence }
    }
}

/// Draws it. Gives the call and the step of an arrow that was clicked.
fn picture(cx: &PanelCx<'_>, ui: &mut Ui, sequence: &Sequence) -> Option<(usize, usize)> {
    if sequence.arrows.is_empty() {
        empty_state(ui, t("response.flowed.none"), t("response.flowed.none_sentence"));
        return None;
    }
    let seen = ui.available_rect_before_wrap();
    let sheet = Sheet::of(sequence, seen.width());
    let mut clicked = None;
    ScrollArea::both().auto_shrink([false, false]).id_salt("sequence").show(ui, |ui| {
        let size = vec2(sheet.width().max(seen.width() - space::M), sheet.height());
        let (area, _) = ui.allocate_exact_size(size, egui::Sense::hover());
        let origin = area.min + vec2(0.0, HEAD);
        sheet.lifelines(cx.theme, ui, origin);
        sheet.works(cx.theme, ui, origin);
        clicked = sheet.arrows(cx.theme, ui, origin);
        // The names stay in view however far down one reads.
        let top = ui.clip_rect().top().max(area.top());
        sheet.heads(cx.theme, ui, pos2(area.left(), top));
    });
    clicked
}
