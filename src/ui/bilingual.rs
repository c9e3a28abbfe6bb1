//! What every test of the window ends with: the same panel in the same state once more in Chinese.
//!
//! A test drives a panel by its English names. When it lets go of it, the panel stands as that test left it, with
//! its menus and cards open, and changes its language where it stands, as it does for a person. So each state
//! that a test builds is drawn in both languages, and a glyph that no font has (egui's own panic), a key
//! without words or an English sentence that stayed fails that test.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};

use egui::{
    Context, FontData, FontFamily,
    epaint::text::{FallbackRequest, FontInsert, FontPriority, InsertFontFamily},
};
use egui_kittest::Harness;
use egui_kittest::kittest::NodeT as _;

use crate::text::{Language, is_key, language, left_in_english, set_language};

/// Where systems keep a font that has the letters of GB 2312; `./test` installs the first.
const FONTS: [&str; 4] = [
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/wenquanyi/wqy-microhei/wqy-microhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
];

static CHINESE: LazyLock<Option<FontData>> = LazyLock::new(|| {
    FONTS.iter().find_map(|path| std::fs::read(path).ok()).map(FontData::from_owned)
});

/// A harness that looks at itself in Chinese before it goes.
pub(crate) struct Bilingual<S: 'static>(Harness<'static, S>);

impl<S> From<Harness<'static, S>> for Bilingual<S> {
    fn from(harness: Harness<'static, S>) -> Self {
        Self(harness)
    }
}

impl<S> Deref for Bilingual<S> {
    type Target = Harness<'static, S>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<S> DerefMut for Bilingual<S> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<S> Drop for Bilingual<S> {
    fn drop(&mut self) {
        // A test that has failed, and a machine without the font, which one test complains about.
        if std::thread::panicking() || !add_chinese_font(&self.0.ctx) {
            return;
        }
        let before = language();
        set_language(Language::SimplifiedChinese);
        self.0.run_steps(3);
        assert_chinese(&self.0);
        set_language(before);
    }
}

/// Gives a context the letters of Chinese, as the system's fonts do in the real window.
pub(crate) fn add_chinese_font(ctx: &Context) -> bool {
    let Some(data) = CHINESE.as_ref() else { return false };
    ctx.add_font_provider(Arc::new(move |request: &FallbackRequest<'_>| {
        Some(FontInsert {
            name: "Chinese".to_owned(),
            data: data.clone(),
            families: vec![in_family(request.family)],
        })
    }));
    true
}

fn in_family(family: &FontFamily) -> InsertFontFamily {
    InsertFontFamily { family: family.clone(), priority: FontPriority::Lowest }
}

/// Looks at all that is shown, and at all that is said to who cannot see it.
pub(crate) fn assert_chinese<S>(harness: &Harness<'_, S>) {
    for node in harness.root().children_recursive() {
        let node = node.accesskit_node();
        let said = [node.label(), node.placeholder().map(str::to_owned), node.description()];
        for words in said.into_iter().flatten() {
            assert!(!is_key(&words), "{words} has no words");
            if let Some(sentence) = left_in_english(&words) {
                panic!("{words:?} is still the English {sentence:?}");
            }
        }
    }
}

#[test]
fn this_machine_has_a_chinese_font() {
    assert!(CHINESE.is_some(), "install fonts-wqy-microhei, as ./test does; looked for {FONTS:?}");
}

#[test]
fn a_key_and_an_english_sentence_are_found() {
    let check = |words: &str, is_broken: bool| {
        let found = is_key(words) || left_in_english(words).is_some();
        assert_eq!(found, is_broken, "{words}");
    };
    check("composer.tab.form", true);
    check("Press Send, or Ctrl Enter. The answer, its timing and its bytes appear here.", true);
    check("Stop greeter-1 and free its port", true);
    check("greeter-1 started on port 50051", true);
    check("greeter.proto, built in", true);
    check("停止 greeter-1 并释放端口", false);
    check("greeter.proto", false);
    check("flow", false);
    check("SayHello", false);
}
