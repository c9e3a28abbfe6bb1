//! The laid-out text of the editor, kept while the text is the same: a still editor lays out nothing.

use std::any::TypeId;
use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

use egui::text::{CharIndex, LayoutJob};
use egui::{Color32, Galley, TextBuffer, Ui};

use crate::ui::theme;

/// A text that counts its changes, so that nobody needs to compare it.
#[derive(Debug)]
pub(super) struct Counted<'a> {
    /// The text.
    pub text: &'a mut String,
    /// Raised by each change.
    pub revision: &'a Cell<u64>,
    /// The text never grows beyond so many bytes.
    pub limit: usize,
    /// Set when something found no room.
    pub is_refused: &'a Cell<bool>,
}

impl TextBuffer for Counted<'_> {
    fn is_mutable(&self) -> bool {
        true
    }

    fn as_str(&self) -> &str {
        self.text
    }

    fn insert_text(&mut self, text: &str, at: CharIndex) -> usize {
        if self.text.len() + text.len() > self.limit {
            self.is_refused.set(true);
            return 0;
        }
        self.revision.set(self.revision.get() + 1);
        self.text.insert_text(text, at)
    }

    fn delete_char_range(&mut self, range: Range<CharIndex>) {
        // A paste first takes out what is selected, be it nothing.
        if range.start == range.end {
            return;
        }
        self.revision.set(self.revision.get() + 1);
        self.text.delete_char_range(range);
    }

    fn type_id(&self) -> TypeId {
        TypeId::of::<Counted<'static>>()
    }
}

/// What a layout depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LookOf {
    /// Which text.
    pub revision: u64,
    /// Its colours.
    pub is_dark: bool,
    /// Where rows break.
    pub wrap: f32,
}

/// The newest layout.
#[derive(Debug, Default)]
pub(super) struct KeptGalley {
    kept: Option<Kept>,
}

#[derive(Debug)]
struct Kept {
    look: LookOf,
    /// A layout of one letter, asked for in each frame: egui gives the same one as long as its atlas of
    /// glyphs stands. With another atlas old layouts point at the wrong glyphs.
    probe: Arc<Galley>,
    galley: Arc<Galley>,
}

impl KeptGalley {
    /// The layout of this look; `job` is asked for only when nothing kept will do.
    pub(super) fn get(
        &mut self,
        ui: &Ui,
        look: LookOf,
        job: impl FnOnce() -> LayoutJob,
    ) -> Arc<Galley> {
        let probe = ui.painter().layout_no_wrap("0".to_owned(), theme::code_font(), Color32::WHITE);
        if let Some(kept) = &self.kept
            && kept.look == look
            && Arc::ptr_eq(&kept.probe, &probe)
        {
            return Arc::clone(&kept.galley);
        }
        let galley = ui.fonts_mut(|fonts| fonts.layout_job(job()));
        self.kept = Some(Kept { look, probe, galley: Arc::clone(&galley) });
        galley
    }
}

#[cfg(test)]
mod tests {
    use egui::{Context, FontId, RawInput};

    use super::*;

    #[test]
    fn a_layout_is_kept_until_text_size_or_atlas_change() {
        let ctx = Context::default();
        let mut kept = KeptGalley::default();
        let mut n_jobs = 0;
        let mut frame = |ctx: &Context, revision: u64| {
            let mut output = ctx.run_ui(RawInput::default(), |ui| {
                let look = LookOf { revision, is_dark: true, wrap: f32::INFINITY };
                kept.get(ui, look, || {
                    n_jobs += 1;
                    LayoutJob::simple_singleline("a".into(), FontId::monospace(12.0), Color32::RED)
                });
            });
            output.textures_delta.clear();
            n_jobs
        };
        frame(&ctx, 1);
        let settled = frame(&ctx, 1);
        assert_eq!(frame(&ctx, 1), settled, "a still text is not laid out");
        assert!(frame(&ctx, 2) > settled, "another text");
        let settled = frame(&ctx, 2);
        assert_eq!(frame(&ctx, 2), settled);
        ctx.set_theme(egui::Theme::Light);
        frame(&ctx, 2);
        assert!(frame(&ctx, 2) > settled, "the atlas of the light theme is another one");
    }
}
