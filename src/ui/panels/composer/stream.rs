//! What a draft whose stream is open shows under its method: how the sending stands, and its end.

use egui::{Align, Label, Layout, Ui};

use crate::model::CallKind;
use crate::session::{Command, StreamView};
use crate::text::{fill, format, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{Dot, labelled_dot, tool_button};
use crate::workspace::Draft;

/// The stream of the draft's newest call, while that runs.
pub(super) fn running<'a>(cx: &PanelCx<'a>, draft: &Draft) -> Option<&'a StreamView> {
    let call = cx.state.answers.get(&draft.id)?.call.as_ref()?;
    let stream = cx.state.streams.get(&draft.id)?;
    (call.outcome.is_none() && stream.call == call.id).then_some(&**stream)
}

/// The same, while the person can send messages into it.
pub(super) fn to_send<'a>(cx: &PanelCx<'a>, draft: &Draft) -> Option<&'a StreamView> {
    running(cx, draft).filter(|stream| stream.is_sending && stream.kind != CallKind::ServerStream)
}

/// Draws the line, while the stream is open.
pub(super) fn bar(cx: &PanelCx<'_>, ui: &mut Ui, draft: &Draft) {
    let Some(stream) = running(cx, draft) else { return };
    let can_send = to_send(cx, draft).is_some();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let words =
            t(if can_send { "composer.stream.open" } else { "composer.stream.half_closed" });
        labelled_dot(ui, if can_send { Dot::Healthy } else { Dot::Off }, words);
        ui.label(theme::small(words).color(cx.theme.text));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if can_send {
                let (words, tip) = (t("composer.stream.end"), t("composer.stream.end_tip"));
                if tool_button(ui, words, tip).clicked() {
                    cx.send(Command::HalfClose(draft.id));
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let label = Label::new(theme::small(counts(stream)).color(cx.theme.muted));
                ui.add(label.truncate());
            });
        });
    });
}

fn counts(stream: &StreamView) -> String {
    let (sent, received) = (stream.sent.n_messages, stream.received.n_messages);
    let (sent, received) = (format::thousands(sent), format::thousands(received));
    let words = fill("composer.stream.counts", &[("sent", &sent), ("received", &received)]);
    if stream.n_waiting == 0 {
        return words;
    }
    let waiting = fill("composer.stream.waiting", &[("n", &stream.n_waiting)]);
    crate::text::list(&[&words, &waiting])
}
