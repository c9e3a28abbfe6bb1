//! The bars, as the exporter draws them, in the window's own letters.

use std::sync::Arc;

use egui::{Align2, Color32, Role, Sense, Ui, WidgetInfo, vec2};

use crate::flow::{Align, Chart, Mark, Tone, marks};
use crate::session::{Comparison, comparison_chart};
use crate::text::{Language, compare_word, language, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, Theme};

/// The picture of the comparison that was shown last.
#[derive(Debug, Default)]
pub(super) struct Picture(Option<(Arc<Comparison>, Language, Chart)>);

impl Picture {
    /// Draws it as wide as there is room.
    pub(super) fn ui(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, comparison: &Arc<Comparison>) {
        let is_same = |(of, spoken, _): &(Arc<Comparison>, _, _)| {
            Arc::ptr_eq(of, comparison) && *spoken == language()
        };
        if !self.0.as_ref().is_some_and(is_same) {
            // The page has the title.
            let chart = comparison_chart(comparison, &compare_word);
            let chart = Chart { title: String::new(), subtitle: String::new(), ..chart };
            self.0 = Some((Arc::clone(comparison), language(), chart));
        }
        let Some((_, _, chart)) = &self.0 else { return };
        let (marks, height) = marks(chart, ui.available_width());
        let size = vec2(ui.available_width(), height);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, t("compare.page.picture")));
        let pointer = response.hover_pos();
        let mut pointed = None;
        for mark in &marks {
            match mark {
                Mark::Bar { rect: bar, tone, words } => {
                    let bar = bar.translate(rect.min.to_vec2());
                    ui.painter().rect_filled(bar, 1.0, color(cx.theme, *tone));
                    // The thinnest bar can still be pointed at.
                    let near = bar.expand2(vec2(1.0, 2.0));
                    if !words.is_empty() && pointer.is_some_and(|at| near.contains(at)) {
                        pointed = Some(words);
                    }
                }
                Mark::Words { at, align, size, tone, text } => {
                    let anchor = match align {
                        Align::Left => Align2::LEFT_CENTER,
                        Align::Right => Align2::RIGHT_CENTER,
                        Align::Center => Align2::CENTER_CENTER,
                    };
                    let font =
                        if *size < theme::TEXT { theme::small_font() } else { theme::text_font() };
                    let at = *at + rect.min.to_vec2();
                    ui.painter().text(at, anchor, text, font, color(cx.theme, *tone));
                }
            }
        }
        if let Some(words) = pointed {
            response.on_hover_text_at_pointer(words.as_str());
        }
    }
}

fn color(theme: &Theme, tone: Tone) -> Color32 {
    match tone {
        Tone::Data(idx) => theme.data.get(idx).copied().unwrap_or(theme.text),
        Tone::Doubtful => theme.slow,
        Tone::Text => theme.text,
        Tone::Muted => theme.muted,
        Tone::Line => theme.hairline,
    }
}
