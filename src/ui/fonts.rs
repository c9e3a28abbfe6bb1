//! The fonts that are shipped, and the families that they make.

use egui::{FontDefinitions, FontFamily};

/// Family of the heavier cut.
pub(super) const STRONG: &str = "strong";
/// Family of the icons.
pub(super) const ICONS: &str = "icons";

/// Our families; what they lack is looked for in the system's fonts.
pub(super) fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let text = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    fonts.families.insert(FontFamily::Name(STRONG.into()), text.clone());
    fonts.families.insert(FontFamily::Name(ICONS.into()), text);
    fonts
}
