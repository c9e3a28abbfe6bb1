//! The icons that are used, by name; glyphs of the Phosphor font.

use egui::{RichText, Ui};

use crate::ui::theme;

/// One glyph of the icon font.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Icon(pub &'static str);

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $glyph:literal),* $(,)?) => {
        $($(#[$doc])* pub const $name: Icon = Icon($glyph);)*
        /// All of them, for the test that the font has each.
        pub const ALL: &[Icon] = &[$($name),*];
    };
}

icons! {
    /// Open a menu, or an open branch.
    CARET_DOWN = "\u{e136}",
    /// A closed branch.
    CARET_RIGHT = "\u{e13a}",
    /// Well.
    CHECK = "\u{e182}",
    /// Compare.
    CHART_BAR = "\u{e150}",
    /// Close, remove.
    X = "\u{e4f6}",
    /// Add.
    PLUS = "\u{e3d4}",
    /// Less.
    MINUS = "\u{e32a}",
    /// Copy.
    COPY = "\u{e1ca}",
    /// Search.
    SEARCH = "\u{e30c}",
    /// Failed.
    WARNING_CIRCLE = "\u{e4e2}",
    /// Worth knowing.
    WARNING = "\u{e4e0}",
    /// Read again.
    REFRESH = "\u{e036}",
    /// TLS.
    LOCK = "\u{e308}",
    /// Plaintext.
    LOCK_OPEN = "\u{e30a}",
    /// Play.
    PLAY = "\u{e3d0}",
    /// Freeze.
    PAUSE = "\u{e39e}",
    /// Stop.
    STOP = "\u{e46c}",
    /// A folder.
    FOLDER_OPEN = "\u{e256}",
    /// A file.
    FILE = "\u{e230}",
    /// More.
    DOTS = "\u{e1fe}",
    /// Drag this pane.
    GRIP = "\u{eae2}",
    /// Fit to the pane.
    FIT = "\u{e0a2}",
    /// Out.
    ARROW_RIGHT = "\u{e06c}",
    /// Back.
    ARROW_LEFT = "\u{e058}",
    /// Down.
    ARROW_DOWN = "\u{e03e}",
    /// Up.
    ARROW_UP = "\u{e08e}",
    /// Settings.
    GEAR = "\u{e270}",
    /// The theme.
    MOON = "\u{e330}",
    /// The light theme.
    SUN = "\u{e472}",
    /// As the system.
    MONITOR = "\u{e32e}",
    /// Secret.
    EYE_SLASH = "\u{e224}",
    /// Visible.
    EYE = "\u{e220}",
}

impl Icon {
    /// The glyph as text of this size.
    pub fn text(self, size: f32) -> RichText {
        RichText::new(self.0).font(theme::icon_font(size))
    }

    /// The glyph as decoration: no reader reads it.
    pub fn show(self, ui: &mut Ui, color: egui::Color32) {
        let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(16.0), egui::Sense::hover());
        ui.painter().text(
            rect.center(),
            egui::Align2::CENTER_CENTER,
            self.0,
            theme::icon_font(14.0),
            color,
        );
    }
}
