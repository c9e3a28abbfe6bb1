//! The icon of the window: two nodes and the hop between them, drawn from the palette.

use egui::IconData;

use crate::flow::{DARK, Rgb};

const SIZE: u32 = 64;

/// The icon.
pub(super) fn icon() -> IconData {
    let mut rgba = Vec::with_capacity((SIZE * SIZE * 4) as usize);
    for y in 0..SIZE {
        for x in 0..SIZE {
            let Rgb(r, g, b) = pixel(x as f32 + 0.5, y as f32 + 0.5);
            rgba.extend([r, g, b, alpha(x as f32 + 0.5, y as f32 + 0.5)]);
        }
    }
    IconData { rgba, width: SIZE, height: SIZE }
}

fn pixel(x: f32, y: f32) -> Rgb {
    let is_in = |cx: f32, cy: f32, radius: f32| (x - cx).hypot(y - cy) <= radius;
    // The hop is an arc between the nodes.
    let hop = ((x - 32.0).hypot(y - 44.0) - 22.0).abs() <= 2.5 && y < 40.0;
    match () {
        () if is_in(12.0, 44.0, 8.0) => DARK.accent,
        () if is_in(52.0, 44.0, 8.0) => DARK.healthy,
        () if is_in(32.0, 22.0, 5.0) => DARK.text,
        () if hop => DARK.muted,
        () => DARK.panel,
    }
}

fn alpha(x: f32, y: f32) -> u8 {
    let half = SIZE as f32 / 2.0;
    let corner = 14.0;
    let dx = ((x - half).abs() - (half - corner)).max(0.0);
    let dy = ((y - half).abs() - (half - corner)).max(0.0);
    if dx.hypot(dy) <= corner { 255 } else { 0 }
}
