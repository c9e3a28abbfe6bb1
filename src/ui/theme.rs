//! How everything looks: colours from the palette, a 4-px grid, two type sizes and one monospace.
//!
//! Nothing else in this room names a colour, a font size or a margin in numbers of its own.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use egui::style::{ScrollAnimation, ScrollStyle, Selection, WidgetVisuals, Widgets};
use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, RichText, Shadow, Stroke, Style,
    TextStyle, Visuals, vec2,
};

use super::fonts;
use crate::flow::{DARK, LIGHT, Palette, Rgb};

/// The grid, in points: every distance is one of these.
pub mod space {
    /// Between parts of one thing.
    pub const XS: f32 = 4.0;
    /// Between things.
    pub const S: f32 = 8.0;
    /// Between groups, and a pane's own margin.
    pub const M: f32 = 12.0;
    /// Around what stands alone.
    pub const L: f32 = 16.0;
    /// Around an empty state.
    pub const XL: f32 = 24.0;
}

/// Height of a control: button, field, combo box.
pub const CONTROL: f32 = 28.0;
/// Height of a row of a list or a tree.
pub const ROW: f32 = 24.0;
/// Height of a row of monospaced text.
pub const CODE_ROW: f32 = 20.0;
/// Height of the top bar.
pub const TOP_BAR: f32 = 40.0;
/// Height of a strip of tabs.
pub const TAB_STRIP: f32 = 32.0;
/// Height of the status bar.
pub const STATUS_BAR: f32 = 28.0;
/// Corners of controls.
pub const RADIUS: CornerRadius = CornerRadius::same(4);
/// Corners of cards, menus and windows.
pub const RADIUS_LARGE: CornerRadius = CornerRadius::same(8);

/// What is read: 13, unless the person chose another size.
pub const TEXT: f32 = 13.0;
/// What explains it: 11.
pub const SMALL: f32 = 11.0;
/// Code, addresses, bytes: 12.
pub const CODE: f32 = 12.0;

thread_local! {
    /// The size that the person chose, as a multiple of the usual one. The window draws on one thread.
    static SCALE: Cell<f32> = const { Cell::new(1.0) };
}

/// A size of text as the person wants it.
pub fn scaled(size: f32) -> f32 {
    (size * SCALE.get() * 2.0).round() / 2.0
}

/// How long a control takes to change its look, in seconds.
const ANIMATION: f32 = 0.1;

/// The colours of one theme, ready for egui.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Theme {
    /// Whether this is the dark one.
    pub is_dark: bool,
    /// Behind everything.
    pub ground: Color32,
    /// A pane.
    pub panel: Color32,
    /// A node's card.
    pub node: Color32,
    /// A node's border.
    pub node_line: Color32,
    /// Separators.
    pub hairline: Color32,
    /// What is read first.
    pub text: Color32,
    /// What explains it.
    pub muted: Color32,
    /// What is read last.
    pub faint: Color32,
    /// The one accent.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Behind what is selected.
    pub selection: Color32,
    /// Behind what can be typed into.
    pub field: Color32,
    /// State: well.
    pub healthy: Color32,
    /// State: slow, or worth knowing.
    pub slow: Color32,
    /// State: failed, and nothing else.
    pub failed: Color32,
    /// Data (phases, fields, direction), never a state.
    pub data: [Color32; 4],
}

impl Theme {
    /// The dark theme.
    pub const DARK: Self = Self::of(&DARK, true);
    /// The light theme.
    pub const LIGHT: Self = Self::of(&LIGHT, false);

    /// The theme that egui draws with now.
    pub fn current(ctx: &Context) -> &'static Self {
        match ctx.theme() {
            egui::Theme::Dark => &Self::DARK,
            egui::Theme::Light => &Self::LIGHT,
        }
    }

    const fn of(palette: &Palette, is_dark: bool) -> Self {
        let [phase, field, direction, other] = palette.data;
        Self {
            is_dark,
            ground: color(palette.ground),
            panel: color(palette.panel),
            node: color(palette.node),
            node_line: color(palette.node_line),
            hairline: color(palette.hairline),
            text: color(palette.text),
            muted: color(palette.muted),
            faint: color(palette.faint),
            accent: color(palette.accent),
            on_accent: color(palette.on_accent),
            selection: color(palette.selection),
            field: color(palette.field),
            healthy: color(palette.healthy),
            slow: color(palette.slow),
            failed: color(palette.failed),
            data: [color(phase), color(field), color(direction), color(other)],
        }
    }

    /// A one-pixel line in the colour of separators.
    pub fn hairline_stroke(&self) -> Stroke {
        Stroke::new(1.0, self.hairline)
    }

    /// The ring around what has the keyboard.
    pub fn focus_stroke(&self) -> Stroke {
        Stroke::new(1.5, self.accent)
    }

    /// Behind a row or a quiet button under the pointer.
    pub fn hover(&self) -> Color32 {
        mix(self.panel, self.hairline, 0.55)
    }

    /// A wash of a colour over the panel: behind problems and banners.
    pub fn wash(&self, color: Color32) -> Color32 {
        mix(self.panel, color, 0.12)
    }
}

/// Any colour of a palette, for parts that paint data.
pub const fn color(Rgb(r, g, b): Rgb) -> Color32 {
    Color32::from_rgb(r, g, b)
}

/// `share` of `over` on top of `under`, both opaque.
pub fn mix(under: Color32, over: Color32, share: f32) -> Color32 {
    under.lerp_to_gamma(over, share)
}

/// Text that explains.
pub fn small(text: impl Into<String>) -> RichText {
    RichText::new(text).size(scaled(SMALL))
}

/// Text that heads or names.
pub fn strong(text: impl Into<String>) -> RichText {
    RichText::new(text).font(strong_font(scaled(TEXT)))
}

/// Code, addresses, bytes.
pub fn code(text: impl Into<String>) -> RichText {
    RichText::new(text).font(code_font())
}

/// The text font.
pub fn text_font() -> FontId {
    FontId::new(scaled(TEXT), FontFamily::Proportional)
}

/// The small text font.
pub fn small_font() -> FontId {
    FontId::new(scaled(SMALL), FontFamily::Proportional)
}

/// The heavier cut of the text font.
pub fn strong_font(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(fonts::STRONG.into()))
}

/// The monospaced font.
pub fn code_font() -> FontId {
    FontId::new(scaled(CODE), FontFamily::Monospace)
}

/// The icon font.
pub fn icon_font(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(fonts::ICONS.into()))
}

/// Gives a context our fonts and both themes. Once, before the first frame.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts::definitions());
    ctx.set_style_of(egui::Theme::Dark, Arc::new(style(&Theme::DARK)));
    ctx.set_style_of(egui::Theme::Light, Arc::new(style(&Theme::LIGHT)));
}

/// Whether controls may move: fold, fade, scroll smoothly.
pub(super) fn set_motion(ctx: &Context, moves: bool) {
    ctx.all_styles_mut(|style| style.animation_time = if moves { ANIMATION } else { 0.0 });
}

/// Gives all text but that of the diagram another size; `points` is that of what is read.
pub(super) fn set_text_size(ctx: &Context, points: u8) {
    SCALE.set(f32::from(points) / TEXT);
    ctx.all_styles_mut(|style| style.text_styles = text_styles());
}

fn text_styles() -> BTreeMap<TextStyle, FontId> {
    [
        (TextStyle::Small, small_font()),
        (TextStyle::Body, text_font()),
        (TextStyle::Button, text_font()),
        (TextStyle::Heading, strong_font(scaled(TEXT))),
        (TextStyle::Monospace, code_font()),
    ]
    .into()
}

fn style(theme: &Theme) -> Style {
    let mut style = Style {
        text_styles: text_styles(),
        visuals: visuals(theme),
        animation_time: ANIMATION,
        scroll_animation: ScrollAnimation::none(),
        compact_menu_style: true,
        ..Style::default()
    };
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(space::S, space::XS);
    spacing.button_padding = vec2(10.0, space::XS);
    spacing.interact_size = vec2(CONTROL, CONTROL);
    spacing.window_margin = Margin::same(12);
    spacing.menu_margin = Margin::same(6);
    spacing.menu_width = 320.0;
    spacing.indent = space::L;
    spacing.icon_width = 16.0;
    spacing.icon_width_inner = 10.0;
    spacing.icon_spacing = 6.0;
    spacing.combo_width = 80.0;
    spacing.combo_height = 320.0;
    spacing.text_edit_width = 200.0;
    spacing.tooltip_width = 360.0;
    spacing.scroll = ScrollStyle {
        bar_width: 8.0,
        floating_width: 4.0,
        floating_allocated_width: 0.0,
        bar_inner_margin: 2.0,
        bar_outer_margin: 2.0,
        handle_min_length: 24.0,
        foreground_color: true,
        dormant_handle_opacity: 0.25,
        active_handle_opacity: 0.45,
        interact_handle_opacity: 0.7,
        dormant_background_opacity: 0.0,
        active_background_opacity: 0.0,
        interact_background_opacity: 0.0,
        ..ScrollStyle::floating()
    };
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
    style
}

fn visuals(theme: &Theme) -> Visuals {
    let base = if theme.is_dark { Visuals::dark() } else { Visuals::light() };
    let shadow = Shadow {
        offset: [0, 6],
        blur: 20,
        spread: 0,
        color: Color32::from_black_alpha(if theme.is_dark { 110 } else { 40 }),
    };
    Visuals {
        dark_mode: theme.is_dark,
        override_text_color: None,
        weak_text_color: Some(theme.faint),
        widgets: widgets(theme),
        selection: Selection { bg_fill: theme.selection, stroke: Stroke::new(1.0, theme.accent) },
        hyperlink_color: theme.accent,
        faint_bg_color: mix(theme.panel, theme.hairline, 0.25),
        extreme_bg_color: theme.field,
        text_edit_bg_color: Some(theme.field),
        code_bg_color: theme.field,
        warn_fg_color: theme.slow,
        error_fg_color: theme.failed,
        window_corner_radius: RADIUS_LARGE,
        window_shadow: shadow,
        window_fill: theme.panel,
        window_stroke: Stroke::new(1.0, theme.node_line),
        menu_corner_radius: RADIUS_LARGE,
        panel_fill: theme.panel,
        popup_shadow: shadow,
        text_cursor: egui::style::TextCursorStyle {
            stroke: Stroke::new(1.5, theme.accent),
            // Nothing on screen blinks, and a still cursor asks for no frames.
            blink: false,
            ..base.text_cursor
        },
        button_frame: true,
        indent_has_left_vline: false,
        striped: false,
        slider_trailing_fill: true,
        interact_cursor: None,
        ..base
    }
}

fn widgets(theme: &Theme) -> Widgets {
    let control = |fill: Color32, line: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, line),
        fg_stroke: Stroke::new(1.0, text),
        corner_radius: RADIUS,
        expansion: 0.0,
    };
    let strong_line = mix(theme.hairline, theme.node_line, 0.7);
    Widgets {
        noninteractive: control(theme.panel, theme.hairline, theme.text),
        inactive: control(theme.field, theme.hairline, theme.text),
        hovered: control(theme.hover(), strong_line, theme.text),
        // Also what has the keyboard, so that the focus is seen on every kind of control.
        active: WidgetVisuals {
            bg_stroke: theme.focus_stroke(),
            ..control(theme.hover(), theme.accent, theme.text)
        },
        open: control(theme.hover(), strong_line, theme.text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.2, relative luminance and contrast ratio.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let luminance = |c: Color32| {
            let linear = |v: u8| {
                let v = f32::from(v) / 255.0;
                if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * linear(c.r()) + 0.7152 * linear(c.g()) + 0.0722 * linear(c.b())
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_can_be_read_on_every_ground_that_it_stands_on() {
        for theme in [Theme::DARK, Theme::LIGHT] {
            let grounds = [theme.ground, theme.panel, theme.node, theme.field, theme.hover()];
            let texts = [
                theme.text,
                theme.muted,
                theme.faint,
                theme.accent,
                theme.healthy,
                theme.slow,
                theme.failed,
            ];
            for text in texts {
                for ground in grounds {
                    let ratio = contrast(text, ground);
                    assert!(ratio >= 4.5, "{text:?} on {ground:?}: {ratio:.2}");
                }
            }
            for text in [theme.text, theme.muted, theme.accent] {
                assert!(contrast(text, theme.selection) >= 4.5, "{text:?} on the selection");
            }
            assert!(contrast(theme.on_accent, theme.accent) >= 4.5);
            for wash in [theme.failed, theme.slow, theme.accent] {
                assert!(contrast(theme.text, theme.wash(wash)) >= 4.5);
                assert!(contrast(theme.muted, theme.wash(wash)) >= 4.5);
            }
            assert!(contrast(theme.node_line, theme.ground) >= 2.3);
        }
    }
}
