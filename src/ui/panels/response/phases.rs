//! The phase bar: where the time of a call went, to scale, with a legend that names every figure.

use std::time::Duration;

use egui::{Color32, Label, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use crate::model::{Phase, PhaseTime, Timing};
use crate::text::{format, list, phase, t};
use crate::ui::theme::{self, Theme, space};

const HEIGHT: f32 = 5.0;
/// A phase that took any time at all is seen.
const MIN_WIDTH: f32 = 2.0;
const GAP: f32 = 1.0;

/// The colour of a phase. Seven phases share four data colours; those of the way there are paler.
pub(super) fn color(theme: &Theme, phase: Phase) -> Color32 {
    let [wait, send, connect, receive] = theme.data;
    match phase {
        Phase::LookUp => theme::mix(theme.panel, receive, 0.55),
        Phase::Connect => connect,
        Phase::Proxy => theme::mix(theme.panel, connect, 0.55),
        Phase::Tls => theme::mix(theme.panel, send, 0.55),
        Phase::Send => send,
        Phase::Wait => wait,
        Phase::Receive => receive,
    }
}

/// The colour of what no phase accounts for.
pub(super) fn rest_color(theme: &Theme) -> Color32 {
    theme::mix(theme.panel, theme.muted, 0.45)
}

/// One stretch of the bar.
struct Part {
    name: &'static str,
    color: Color32,
    took: Duration,
    tip: &'static str,
}

/// The phases that took time, in their order, and what is left of the total.
fn taken(timing: &Timing, theme: &Theme) -> Vec<Part> {
    let phases = timing.iter().filter_map(|(kind, time)| match time {
        PhaseTime::Took(took) => {
            Some(Part { name: phase(kind), color: color(theme, kind), took, tip: "" })
        }
        PhaseTime::Kept | PhaseTime::Absent => None,
    });
    let mut parts: Vec<Part> = phases.collect();
    let took = timing.rest();
    if !parts.is_empty() && !took.is_zero() {
        let (name, tip) = (t("response.phase.other"), t("response.phase.other_tip"));
        parts.push(Part { name, color: rest_color(theme), took, tip });
    }
    parts
}

/// Widths that add up to `room`, in proportion, each at least [`MIN_WIDTH`].
fn widths(times: &[Duration], room: f32) -> Vec<f32> {
    let total: f64 = times.iter().map(Duration::as_secs_f64).sum();
    let spare = (room - times.len() as f32 * MIN_WIDTH).max(0.0);
    times
        .iter()
        .map(|time| {
            let share = if total > 0.0 { time.as_secs_f64() / total } else { 0.0 };
            MIN_WIDTH + spare * share as f32
        })
        .collect()
}

/// Draws bar and legend; `beside` is said behind the legend.
pub(super) fn show(ui: &mut Ui, timing: &Timing, beside: Option<&str>) {
    let theme = Theme::current(ui.ctx());
    let parts = taken(timing, theme);
    if parts.is_empty() {
        return;
    }
    let words: Vec<String> =
        parts.iter().map(|part| format!("{} {}", part.name, format::duration(part.took))).collect();
    let width = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, list(&words)));
    let times: Vec<Duration> = parts.iter().map(|part| part.took).collect();
    let room = width - GAP * (parts.len().saturating_sub(1)) as f32;
    let mut x = rect.left();
    for (part, width) in parts.iter().zip(widths(&times, room)) {
        let stretch = Rect::from_min_size(egui::pos2(x, rect.top()), vec2(width, HEIGHT));
        ui.painter().rect_filled(stretch, 2.0, part.color);
        x += width + GAP;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::M, 2.0);
        ui.spacing_mut().interact_size.y = 16.0;
        for part in &parts {
            legend(ui, theme, part);
        }
        if timing.get(Phase::Connect) == PhaseTime::Kept {
            ui.label(theme::small(t("response.kept")).color(theme.muted));
        }
        if let Some(words) = beside {
            // Whole in the next line where this one is full.
            ui.add(Label::new(theme::small(words).color(theme.muted)).extend());
        }
    });
}

fn legend(ui: &mut Ui, theme: &Theme, part: &Part) {
    let entry = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        let (dot, _) = ui.allocate_exact_size(vec2(8.0, 8.0), Sense::hover());
        ui.painter().rect_filled(dot, 1.0, part.color);
        ui.label(theme::small(part.name).color(theme.muted));
        ui.label(theme::small(format::duration(part.took)).color(theme.text));
    });
    if !part.tip.is_empty() {
        entry.response.on_hover_text(part.tip);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_add_up_to_the_total() {
        let mut timing = Timing::default();
        timing.total = Duration::from_millis(5);
        let theme = &Theme::DARK;
        assert!(taken(&timing, theme).is_empty());
        timing.set(Phase::Connect, PhaseTime::Took(Duration::from_millis(1)));
        timing.set(Phase::Wait, PhaseTime::Took(Duration::from_millis(3)));
        let parts = taken(&timing, theme);
        assert_eq!(parts.iter().map(|part| part.took).sum::<Duration>(), timing.total);
        assert_eq!(parts.last().map(|part| part.name), Some("Other"));
    }

    #[test]
    fn a_bar_fills_its_room_and_shows_the_smallest_phase() {
        let times = [Duration::from_nanos(1), Duration::from_millis(50), Duration::ZERO];
        let got = widths(&times, 500.0);
        assert!((got.iter().sum::<f32>() - 500.0).abs() < 0.01, "{got:?}");
        assert!(got.iter().all(|width| *width >= MIN_WIDTH), "{got:?}");
        assert!(widths(&[Duration::ZERO], 100.0)[0] >= MIN_WIDTH);
    }
}
