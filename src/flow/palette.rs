//! The colours, once: the window's theme and the exporters take them from here.

/// A colour, sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// Every colour of one theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Behind everything.
    pub ground: Rgb,
    /// A pane.
    pub panel: Rgb,
    /// A node's card.
    pub node: Rgb,
    /// A node's border: 3:1 against the ground.
    pub node_line: Rgb,
    /// Separators.
    pub hairline: Rgb,
    /// What is read first.
    pub text: Rgb,
    /// What explains it.
    pub muted: Rgb,
    /// What is read last.
    pub faint: Rgb,
    /// The one accent: links, focus, the button.
    pub accent: Rgb,
    /// Text on the accent.
    pub on_accent: Rgb,
    /// Behind what is selected.
    pub selection: Rgb,
    /// Behind what can be typed into.
    pub field: Rgb,
    /// State: well.
    pub healthy: Rgb,
    /// State: slow.
    pub slow: Rgb,
    /// State: failed, and nothing else.
    pub failed: Rgb,
    /// Data (phases, fields, direction), never a state.
    pub data: [Rgb; 4],
}

/// The dark theme.
pub const DARK: Palette = Palette {
    ground: Rgb(0x0c, 0x0f, 0x14),
    panel: Rgb(0x14, 0x19, 0x20),
    node: Rgb(0x1c, 0x23, 0x2d),
    node_line: Rgb(0x50, 0x63, 0x7a),
    hairline: Rgb(0x2a, 0x33, 0x40),
    text: Rgb(0xdd, 0xe4, 0xec),
    muted: Rgb(0x9a, 0xa6, 0xb5),
    faint: Rgb(0x8e, 0x9a, 0xaa),
    accent: Rgb(0x5a, 0xb0, 0xff),
    on_accent: Rgb(0x0c, 0x0f, 0x14),
    selection: Rgb(0x15, 0x31, 0x4d),
    field: Rgb(0x10, 0x15, 0x1b),
    healthy: Rgb(0x43, 0xb5, 0x81),
    slow: Rgb(0xe3, 0xa6, 0x3b),
    failed: Rgb(0xf6, 0x6c, 0x6b),
    data: [
        Rgb(0x5a, 0xb0, 0xff),
        Rgb(0xb7, 0x95, 0xf5),
        Rgb(0x4f, 0xd0, 0xc9),
        Rgb(0xec, 0x93, 0xb5),
    ],
};

/// The light theme.
pub const LIGHT: Palette = Palette {
    ground: Rgb(0xe9, 0xed, 0xf2),
    panel: Rgb(0xff, 0xff, 0xff),
    node: Rgb(0xff, 0xff, 0xff),
    node_line: Rgb(0x7a, 0x87, 0x9a),
    hairline: Rgb(0xd3, 0xda, 0xe3),
    text: Rgb(0x17, 0x20, 0x2c),
    muted: Rgb(0x46, 0x52, 0x64),
    faint: Rgb(0x5a, 0x66, 0x75),
    accent: Rgb(0x14, 0x63, 0xbd),
    on_accent: Rgb(0xff, 0xff, 0xff),
    selection: Rgb(0xdc, 0xeb, 0xfb),
    field: Rgb(0xf6, 0xf8, 0xfb),
    healthy: Rgb(0x17, 0x74, 0x4a),
    slow: Rgb(0x8a, 0x57, 0x00),
    failed: Rgb(0xb9, 0x2c, 0x2c),
    data: [
        Rgb(0x14, 0x63, 0xbd),
        Rgb(0x6b, 0x3f, 0xc0),
        Rgb(0x0a, 0x74, 0x6e),
        Rgb(0xa8, 0x31, 0x6b),
    ],
};

impl Rgb {
    /// The contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio").
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Relative luminance, 0 to 1 (WCAG 2.2, "relative luminance").
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_reaches_4_5_to_1_on_every_ground_it_stands_on() {
        let mut failures = Vec::new();
        for (theme, p) in [("dark", DARK), ("light", LIGHT)] {
            let grounds = [
                ("ground", p.ground),
                ("panel", p.panel),
                ("node", p.node),
                ("field", p.field),
                ("selection", p.selection),
            ];
            let [a, b, c, d] = p.data;
            let texts = [
                ("text", p.text),
                ("muted", p.muted),
                ("faint", p.faint),
                ("accent", p.accent),
                ("healthy", p.healthy),
                ("slow", p.slow),
                ("failed", p.failed),
                ("data 1", a),
                ("data 2", b),
                ("data 3", c),
                ("data 4", d),
            ];
            let pairs =
                texts.iter().flat_map(|text| grounds.iter().map(move |ground| (*text, *ground)));
            for (text, ground) in pairs.chain([(("on_accent", p.on_accent), ("accent", p.accent))])
            {
                let contrast = text.1.contrast(ground.1);
                if contrast < 4.5 {
                    failures.push(format!("{theme}: {} on {} {contrast:.2}", text.0, ground.0));
                }
            }
        }
        assert!(failures.is_empty(), "{failures:#?}");
    }

    #[test]
    fn the_line_of_a_node_reaches_3_to_1_against_the_ground() {
        for palette in [DARK, LIGHT] {
            let contrast = palette.node_line.contrast(palette.ground);
            assert!(contrast >= 3.0, "{contrast:.2}");
        }
    }

    #[test]
    fn contrast_as_the_standard_says() {
        let (black, white) = (Rgb(0, 0, 0), Rgb(255, 255, 255));
        assert!((black.contrast(white) - 21.0).abs() < 1e-9);
        assert!((white.contrast(white) - 1.0).abs() < 1e-9);
        assert!((white.contrast(Rgb(0x77, 0x77, 0x77)) - 4.48).abs() < 0.01);
    }
}
