//! Which language the words are in.

use std::cell::Cell;
use std::sync::atomic::{AtomicU8, Ordering};

/// A language that has a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum Language {
    /// English, complete: what another catalogue lacks is said in it.
    #[default]
    English = 1,
    /// Simplified Chinese, complete.
    SimplifiedChinese = 2,
}

impl Language {
    /// All, in the order of the menu.
    pub const ALL: [Self; 2] = [Self::English, Self::SimplifiedChinese];

    /// The language tag (BCP 47), as settings keep it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::SimplifiedChinese => "zh-Hans",
        }
    }

    /// Its own name for itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::SimplifiedChinese => "简体中文",
        }
    }

    /// Its English name, for where its own letters cannot be drawn.
    pub fn english_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::SimplifiedChinese => "Simplified Chinese",
        }
    }

    /// From a tag as settings, people and systems write it: `zh-Hans`, `zh`, `zh_CN.UTF-8`, `en-GB`.
    /// Traditional Chinese (`zh-Hant`, `zh-TW`, `zh-HK`, `zh-MO`) is another language, and unknown.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let bare = tag.split(['.', '@']).next().unwrap_or_default();
        let mut parts = bare.split(['-', '_']).map(str::to_ascii_lowercase);
        match parts.next()?.as_str() {
            "en" => Some(Self::English),
            "zh" => {
                // A script says more than a region does: `zh-Hans-HK`.
                let rest: Vec<String> = parts.collect();
                let has = |wanted: &[&str]| rest.iter().any(|part| wanted.contains(&part.as_str()));
                let is_traditional = !has(&["hans"]) && has(&["hant", "tw", "hk", "mo"]);
                (!is_traditional).then_some(Self::SimplifiedChinese)
            }
            _ => None,
        }
    }

    /// The form of a count in this language: the last part of its key.
    pub(super) fn form(self, n: u64) -> &'static str {
        match (self, n) {
            (Self::English, 1) => "one",
            (Self::English | Self::SimplifiedChinese, _) => "other",
        }
    }

    fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|language| *language as u8 == number)
    }
}

/// The one state of this room. 0 stands for none.
struct Cells {
    chosen: AtomicU8,
    told: AtomicU8,
    system: AtomicU8,
}

impl Cells {
    const fn new() -> Self {
        Self { chosen: AtomicU8::new(0), told: AtomicU8::new(0), system: AtomicU8::new(0) }
    }
}

#[cfg(not(test))]
fn cells() -> &'static Cells {
    static CELLS: Cells = Cells::new();
    &CELLS
}

/// Each test has a thread of its own, and so a language of its own.
#[cfg(test)]
fn cells() -> &'static Cells {
    thread_local!(static CELLS: &'static Cells = Box::leak(Box::new(Cells::new())));
    CELLS.with(|cells| *cells)
}

fn get(cell: &AtomicU8) -> Option<Language> {
    Language::from_number(cell.load(Ordering::Relaxed))
}

thread_local!(static SPOKEN: Cell<Option<Language>> = const { Cell::new(None) });

/// The language of this process, or the one that [`speaking`] has chosen for now.
pub fn language() -> Language {
    SPOKEN.get().or_else(|| get(&cells().chosen)).unwrap_or_default()
}

/// Asks for words in this language, on this thread.
pub fn speaking<T>(language: Language, ask: impl FnOnce() -> T) -> T {
    let before = SPOKEN.replace(Some(language));
    let words = ask();
    SPOKEN.set(before);
    words
}

/// Changes the language of this process; words that were fetched before stay as they are.
pub fn set_language(language: Language) {
    cells().chosen.store(language as u8, Ordering::Relaxed);
}

/// What this process was told when it started: the language that was asked for by name, which wins over
/// every setting, and the system's, which counts where there is no setting.
pub fn begin_with(told: Option<Language>, system: Option<Language>) {
    let number = |language: Option<Language>| language.map_or(0, |language| language as u8);
    cells().told.store(number(told), Ordering::Relaxed);
    cells().system.store(number(system), Ordering::Relaxed);
    set_language(wanted_language(None));
}

/// The language that this process is to speak under a setting (a tag); `None` follows the system.
pub fn wanted_language(setting: Option<&str>) -> Language {
    let system = || get(&cells().system).unwrap_or_default();
    told_language().or_else(|| setting.and_then(Language::from_tag)).unwrap_or_else(system)
}

/// The language that was asked for by name at the start, if the person has not chosen another since.
pub fn told_language() -> Option<Language> {
    get(&cells().told)
}

/// Forgets the language that was asked for by name: the person has chosen another since.
pub fn forget_told() {
    cells().told.store(0, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_is_found_by_its_tag() {
        for known in Language::ALL {
            assert_eq!(Language::from_tag(known.tag()), Some(known));
            set_language(known);
            assert_eq!(language(), known);
        }
        let check = |tags: &[&str], wanted: Option<Language>| {
            for tag in tags {
                assert_eq!(Language::from_tag(tag), wanted, "{tag}");
            }
        };
        let chinese =
            ["zh", "zh-CN", "zh_CN.UTF-8", "zh-SG", "ZH_hans", "zh-Hans-HK", "zh_CN@pinyin"];
        check(&chinese, Some(Language::SimplifiedChinese));
        check(&["en", "en-GB", "en_US.UTF-8", "EN"], Some(Language::English));
        check(
            &["tlh", "", "C", "POSIX", "C.UTF-8", "zh-TW", "zh-Hant", "zh_HK.UTF-8", "zhx"],
            None,
        );
    }

    #[test]
    fn what_was_told_wins_then_the_setting_then_the_system() {
        use Language::{English, SimplifiedChinese};
        let check = |told, setting, system, wanted| {
            begin_with(told, system);
            assert_eq!(wanted_language(setting), wanted, "{told:?} {setting:?} {system:?}");
        };
        check(Some(SimplifiedChinese), Some("en"), Some(English), SimplifiedChinese);
        check(None, Some("zh-Hans"), Some(English), SimplifiedChinese);
        check(None, Some("en"), Some(SimplifiedChinese), English);
        check(None, Some("tlh"), Some(SimplifiedChinese), SimplifiedChinese);
        check(None, None, Some(SimplifiedChinese), SimplifiedChinese);
        check(None, None, None, English);
        begin_with(Some(SimplifiedChinese), None);
        assert_eq!(language(), SimplifiedChinese);
        forget_told();
        assert_eq!(wanted_language(Some("en")), English);
    }

    #[test]
    fn a_test_does_not_hear_the_language_of_another() {
        set_language(Language::SimplifiedChinese);
        let other = std::thread::Builder::new().spawn(language).unwrap();
        assert_eq!(other.join().unwrap(), Language::English);
    }
}
