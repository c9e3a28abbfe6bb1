//! The laid-out text of the editor, kept while the text is the same: a still editor lays out nothing.

use std::any::TypeId;
use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

use egui::text::{CharIndex, LayoutJob};
use egui::{Galley, TextBuffer, Ui};

/// A text that counts its changes, so that nobody needs to compare it.
#[derive(Debug)]
pub(super) struct Counted<'a> {
    /// The text.
    pub text: &'a mut String,
    /// Raised by each change.
    pub revision: &'a Cell<u64>,
}

impl TextBuffer for Counted<'_> {
    fn is_mutable(&self) -> bool {
        true
    }

    fn as_str(&self) -> &str {
        self.text
    }

    fn insert_text(&mut self, text: &str, at: CharIndex) -> usize {
        self.revision.set(self.revision.get() + 1);
        self.text.insert_text(text, at)
    }

    fn delete_char_range(&mut self, range: Range<CharIndex>) {
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
    kept: Option<(LookOf, f32, Arc<Galley>)>,
    atlas_fill: f32,
}

impl KeptGalley {
    /// The layout of this look; `job` is asked for only when nothing kept will do.
    pub(super) fn get(
        &mut self,
        ui: &Ui,
        look: LookOf,
        job: impl FnOnce() -> LayoutJob,
    ) -> Arc<Galley> {
        let scale = ui.ctx().pixels_per_point();
        let fill = atlas_fill(ui);
        // The atlas of glyphs only grows, until it is emptied; then old layouts point at nothing.
        let is_emptied = fill < self.atlas_fill;
        if let Some((kept_look, kept_scale, galley)) = &self.kept
            && !is_emptied
            && *kept_look == look
            && kept_scale.to_bits() == scale.to_bits()
        {
            self.atlas_fill = fill;
            return Arc::clone(galley);
        }
        let galley = ui.fonts_mut(|fonts| fonts.layout_job(job()));
        self.atlas_fill = atlas_fill(ui);
        self.kept = Some((look, scale, Arc::clone(&galley)));
        galley
    }
}

#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method's lifetime is too narrow"
)]
fn atlas_fill(ui: &Ui) -> f32 {
    ui.fonts(|fonts| fonts.font_atlas_fill_ratio())
}
