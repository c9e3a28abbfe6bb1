//! One panel on a bench: real state in, commands out, driven by accessible name and role.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use egui::{Ui, vec2};
use egui_kittest::Harness;

use super::bilingual::Bilingual;
use super::cx::{Ask, Outbox, PanelCx};
use super::theme::{self, Theme};
use crate::model::Timestamp;
use crate::session::{Command, State};
use crate::telemetry::Snapshot;

/// A panel and what surrounds it.
#[derive(Debug)]
pub(crate) struct Bench<P> {
    /// The panel.
    pub(crate) panel: P,
    /// What it reads; edits of drafts are applied here.
    pub(crate) state: State,
    /// What it reads.
    pub(crate) snapshot: Arc<Snapshot>,
    /// The moment that it is told.
    pub(crate) clock: Timestamp,
    /// Asks that it is given in the next frame.
    pub(crate) asks: Vec<Ask>,
    /// Commands that it sent, `EditDraft` included, in order.
    pub(crate) sent: Vec<Command>,
    /// After how long it wants to be drawn again, as of the last frame.
    pub(crate) wake_after: Option<Duration>,
    /// Asks that it made.
    pub(crate) asked: Vec<Ask>,
}

/// Puts a panel on a bench of this size.
pub(crate) fn bench<P: 'static>(
    panel: P,
    (state, snapshot): (State, Snapshot),
    size: (f32, f32),
    draw: impl Fn(&mut P, &PanelCx<'_>, &mut Ui) + 'static,
) -> Bilingual<Bench<P>> {
    let bench = Bench {
        panel,
        state,
        snapshot: Arc::new(snapshot),
        clock: Timestamp(1_800_000_000_000_000_000),
        asks: Vec::new(),
        sent: Vec::new(),
        wake_after: None,
        asked: Vec::new(),
    };
    let harness = Harness::builder()
        .with_size(vec2(size.0, size.1))
        .with_theme(egui::Theme::Dark)
        .with_context_setup(theme::install)
        .build_ui_state(
            move |ui, bench: &mut Bench<P>| {
                let outbox = RefCell::new(Outbox::default());
                let asks = std::mem::take(&mut bench.asks);
                let now = ui.input(|input| input.time);
                let theme = Theme::current(ui.ctx());
                let times = (now, bench.clock);
                let cx = PanelCx::new(&bench.state, &bench.snapshot, times, theme, &asks, &outbox);
                draw(&mut bench.panel, &cx, ui);
                let outbox = outbox.into_inner();
                for (id, draft) in outbox.edits {
                    if let Some(old) = bench.state.drafts.iter_mut().find(|old| old.id == id) {
                        *old = Arc::clone(&draft);
                    }
                    bench.sent.push(Command::EditDraft(draft));
                }
                bench.sent.extend(outbox.commands);
                bench.asked.extend(outbox.asks);
                bench.wake_after = outbox.wake_after;
                if outbox.is_moving {
                    ui.ctx().request_repaint();
                }
            },
            bench,
        );
    harness.into()
}
