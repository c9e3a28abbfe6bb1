//! Which language the words are in.

use std::sync::atomic::{AtomicU8, Ordering};

/// A language that has a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum Language {
    /// English, complete.
    #[default]
    English,
}

static CHOSEN: AtomicU8 = AtomicU8::new(Language::English as u8);

impl Language {
    /// All, in the order of the menu.
    pub const ALL: [Self; 1] = [Self::English];

    /// The language tag (BCP 47), as settings keep it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
        }
    }

    /// Its own name for itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
        }
    }

    /// From a tag that [`Self::tag`] wrote.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }
}

/// The language of this process.
pub fn language() -> Language {
    let chosen = CHOSEN.load(Ordering::Relaxed);
    Language::ALL.into_iter().find(|language| *language as u8 == chosen).unwrap_or_default()
}

/// Changes the language of this process; words that were fetched before stay as they are.
pub fn set_language(language: Language) {
    CHOSEN.store(language as u8, Ordering::Relaxed);
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
        assert_eq!(Language::from_tag("tlh"), None);
    }
}
