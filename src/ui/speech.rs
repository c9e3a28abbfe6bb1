//! The language of the window: follows the settings while it runs, and speaks only what can be drawn.

use egui::{Align, Context, Frame, Label, Layout, Margin, Panel, Ui};

use super::cx::PanelCx;
use super::theme::{self, space};
use crate::text::{Language, fill, language, set_language, t, wanted_language};

/// Which language was wanted last, and whether it could be had.
#[derive(Debug, Default)]
pub(super) struct Speech {
    wanted: Option<Language>,
    /// The language whose letters no font has, until the person has read that.
    missing: Option<Language>,
}

impl Speech {
    /// Takes the setting, a language tag. Inside a pass: fonts are asked.
    pub(super) fn follow(&mut self, setting: Option<&str>, ctx: &Context) {
        let wanted = wanted_language(setting);
        if self.wanted == Some(wanted) {
            return;
        }
        self.wanted = Some(wanted);
        let is_drawn = can_draw(ctx, wanted);
        self.missing = (!is_drawn).then_some(wanted);
        let spoken = if is_drawn { wanted } else { Language::English };
        if spoken != language() {
            set_language(spoken);
            // What was drawn outside of this pass, such as a menu that is open, is drawn anew too.
            ctx.request_repaint();
        }
    }

    /// Says in English why the window does not speak the language that was chosen.
    pub(super) fn banner(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        let Some(missing) = self.missing else { return };
        let frame = Frame::new().fill(cx.theme.selection).inner_margin(Margin::symmetric(12, 4));
        Panel::top("font banner").frame(frame).resizable(false).show(ui, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::M;
                if ui.button(t("status.dismiss")).clicked() {
                    self.missing = None;
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let words = fill("status.no_font", &[("language", &missing.english_name())]);
                    ui.add(Label::new(words).wrap());
                });
            });
        });
    }
}

/// Whether the fonts of this computer have the letters of a language.
pub(super) fn can_draw(ctx: &Context, language: Language) -> bool {
    let own_name = language.own_name();
    own_name.is_ascii() || ctx.fonts_mut(|fonts| fonts.has_glyphs(&theme::text_font(), own_name))
}

/// What a menu calls a language: its own name where that can be read.
pub(super) fn name(ctx: &Context, language: Language) -> &'static str {
    if can_draw(ctx, language) { language.own_name() } else { language.english_name() }
}
