//! A chart as a picture file (PNG, ISO/IEC 15948).

use emath::Rect;
use tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Transform};

use super::letters::outline;
use super::marks::{Mark, marks};
use super::{Chart, Palette, Rgb};

/// Width of the picture, in points.
const WIDTH: f32 = 1000.0;
/// Around everything, in points.
const MARGIN: f32 = 24.0;
/// Pixels to a point, for screens of today.
const SCALE: f32 = 2.0;
/// As high as a picture may be, in pixels.
const HIGHEST: f32 = 20_000.0;

/// Draws it; `None` only when there is no memory for it. Its words are those that the shipped font has letters for.
pub fn png(chart: &Chart, palette: &Palette) -> Option<Vec<u8>> {
    let (marks, height) = marks(chart, WIDTH - 2.0 * MARGIN);
    let pixels = |points: f32| (points * SCALE).clamp(1.0, HIGHEST).ceil() as u32;
    let mut picture = Pixmap::new(pixels(WIDTH), pixels(height + 2.0 * MARGIN))?;
    picture.fill(color(palette.panel));
    for mark in marks {
        let (path, tone) = match mark {
            Mark::Bar { rect, tone, .. } => (bar(rect), tone),
            Mark::Words { at, align, size, tone, text } => {
                (outline(&text, (at.x, at.y), align, size), tone)
            }
        };
        if let Some(path) = path {
            fill(&mut picture, &path, tone.of(palette));
        }
    }
    write(&picture)
}

fn bar(rect: Rect) -> Option<Path> {
    let rect = tiny_skia::Rect::from_ltrb(rect.left(), rect.top(), rect.right(), rect.bottom())?;
    Some(PathBuilder::from_rect(rect))
}

fn fill(picture: &mut Pixmap, path: &Path, rgb: Rgb) {
    let mut paint = Paint::default();
    paint.set_color(color(rgb));
    let place = Transform::from_scale(SCALE, SCALE).pre_translate(MARGIN, MARGIN);
    picture.fill_path(path, &paint, FillRule::Winding, place, None);
}

fn color(Rgb(red, green, blue): Rgb) -> Color {
    Color::from_rgba8(red, green, blue, u8::MAX)
}

fn write(picture: &Pixmap) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, picture.width(), picture.height());
    encoder.set_color(::png::ColorType::Rgba);
    encoder.set_depth(::png::BitDepth::Eight);
    let mut writer = encoder.write_header().ok()?;
    // Every pixel is opaque: premultiplied or not is the same.
    writer.write_image_data(picture.data()).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::chart::testing::sample;
    use crate::flow::{DARK, LIGHT};

    #[test]
    fn a_picture_has_its_bars_in_their_colours_and_words_beside_them() {
        for palette in [DARK, LIGHT] {
            let bytes = png(&sample(), &palette).unwrap();
            let mut reader = ::png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            let info = reader.next_frame(&mut pixels).unwrap();
            assert_eq!(info.width, 2000);
            let n_of = |Rgb(r, g, b): Rgb| {
                pixels.chunks_exact(4).filter(|pixel| *pixel == [r, g, b, 255]).count()
            };
            let [first, second, ..] = palette.data;
            let share = n_of(second) as f64 / n_of(first) as f64;
            assert!((2.5..3.5).contains(&share), "three times as long: {share}");
            assert!(n_of(palette.text) > 100, "words");
            let total = pixels.len() / 4;
            assert!(n_of(palette.panel) > total / 2, "mostly ground");
        }
    }
}
