//! The fonts that are shipped, and the families that they make.

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily};

/// Family of the heavier cut.
pub(super) const STRONG: &str = "strong";
/// Family of the icons.
pub(super) const ICONS: &str = "icons";

const FILES: [(&str, &[u8]); 4] = [
    ("Inter", crate::flow::INTER),
    ("Inter SemiBold", include_bytes!("../../assets/fonts/Inter-SemiBold.otf")),
    ("JetBrains Mono", include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf")),
    ("Phosphor", include_bytes!("../../assets/fonts/Phosphor.ttf")),
];

/// Our families. egui's own fonts stand behind ours; what all of them lack comes from the system's fonts.
pub(super) fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let behind = |fonts: &FontDefinitions, family: &FontFamily| {
        fonts.families.get(family).cloned().unwrap_or_default()
    };
    let text_behind = behind(&fonts, &FontFamily::Proportional);
    let code_behind = behind(&fonts, &FontFamily::Monospace);
    for (name, bytes) in FILES {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let family = |first: &[&str], rest: &[String]| -> Vec<String> {
        first.iter().map(|name| (*name).to_owned()).chain(rest.iter().cloned()).collect()
    };
    let families = [
        (FontFamily::Proportional, family(&["Inter", "Phosphor"], &text_behind)),
        (FontFamily::Monospace, family(&["JetBrains Mono", "Inter", "Phosphor"], &code_behind)),
        (FontFamily::Name(STRONG.into()), family(&["Inter SemiBold", "Phosphor"], &text_behind)),
        (FontFamily::Name(ICONS.into()), family(&["Phosphor", "Inter"], &[])),
    ];
    fonts.families.extend(families);
    fonts
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;

    use crate::ui::theme;
    use crate::ui::widgets::icon;

    #[test]
    fn every_icon_is_in_the_font() {
        let mut harness = Harness::builder().with_context_setup(theme::install).build_ui(|ui| {
            for icon in icon::ALL {
                let font = theme::icon_font(14.0);
                assert!(ui.fonts_mut(|fonts| fonts.has_glyphs(&font, icon.0)), "{icon:?}");
            }
        });
        harness.run_steps(2);
    }
}
