//! Words as filled outlines, by the font that is shipped.

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider as _};
use tiny_skia::{Path, PathBuilder};

use crate::flow::chart::Align;

/// The font of texts; the window uses it too.
pub(crate) const INTER: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.otf");

/// The outline of a text whose middle line is `y`; `None` when nothing of it can be seen.
pub(super) fn outline(text: &str, (x, y): (f32, f32), align: Align, size: f32) -> Option<Path> {
    let font = FontRef::new(INTER).ok()?;
    let (at_size, location) = (Size::new(size), LocationRef::default());
    let metrics = font.metrics(at_size, location);
    let advances = font.glyph_metrics(at_size, location);
    let charmap = font.charmap();
    let glyphs: Vec<GlyphId> = text.chars().filter_map(|c| charmap.map(c)).collect();
    let advance = |glyph: GlyphId| advances.advance_width(glyph).unwrap_or_default();
    let width: f32 = glyphs.iter().copied().map(advance).sum();
    let left = match align {
        Align::Left => x,
        Align::Right => x - width,
        Align::Center => x - width / 2.0,
    };
    // Between the height of capitals and the line that they stand on.
    let capitals = metrics.cap_height.unwrap_or(size * 0.7);
    let mut pen = Pen { path: PathBuilder::new(), x: left, y: y + capitals / 2.0 };
    let outlines = font.outline_glyphs();
    for glyph in glyphs {
        if let Some(outline) = outlines.get(glyph) {
            // A glyph that is broken leaves its place empty.
            outline.draw(DrawSettings::unhinted(at_size, location), &mut pen).ok();
        }
        pen.x += advance(glyph);
    }
    pen.path.finish()
}

/// Puts a glyph, whose y axis points up, where it belongs.
struct Pen {
    path: PathBuilder,
    x: f32,
    y: f32,
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(self.x + x, self.y - y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(self.x + x, self.y - y);
    }

    fn quad_to(&mut self, cx0: f32, cy0: f32, x: f32, y: f32) {
        self.path.quad_to(self.x + cx0, self.y - cy0, self.x + x, self.y - y);
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.path.cubic_to(
            self.x + cx0,
            self.y - cy0,
            self.x + cx1,
            self.y - cy1,
            self.x + x,
            self.y - y,
        );
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_where_they_are_put() {
        let check = |align: Align, left: f32, right: f32| {
            let bounds = outline("HTTP/2", (100.0, 50.0), align, 20.0).unwrap().bounds();
            assert!(
                (bounds.left() - left).abs() < 3.0 && (bounds.right() - right).abs() < 3.0,
                "{align:?} {bounds:?}"
            );
            assert!((bounds.top() + bounds.bottom() - 100.0).abs() < 4.0, "{bounds:?}");
        };
        let width = outline("HTTP/2", (0.0, 0.0), Align::Left, 20.0).unwrap().bounds().right();
        check(Align::Left, 100.0, 100.0 + width);
        check(Align::Right, 100.0 - width, 100.0);
        check(Align::Center, 100.0 - width / 2.0, 100.0 + width / 2.0);
        assert!(outline("  ", (0.0, 0.0), Align::Left, 20.0).is_none());
    }
}
