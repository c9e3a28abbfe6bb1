//! The features that change what a field is or how it is written (descriptor.proto, `FeatureSet`).

use prost::Message as _;
use prost_types::UninterpretedOption;

use crate::wire::{ProtoValue, proto_fields};

/// Where `FileOptions` has its features.
pub(super) const OF_FILE: u32 = 50;
/// Where `MessageOptions` has them.
pub(super) const OF_MESSAGE: u32 = 12;
/// Where `FieldOptions` has them.
pub(super) const OF_FIELD: u32 = 21;
/// Where `OneofOptions` has them.
pub(super) const OF_ONEOF: u32 = 1;
/// Where `EnumOptions` has them.
pub(super) const OF_ENUM: u32 = 7;

/// Where options of all kinds have what a parser left as words.
const UNINTERPRETED: u32 = 999;
/// The features that matter here as a `.proto` writes them: name, value, and the numbers of both.
const WORDS: [(&str, &str, u32, u64); 9] = [
    ("field_presence", "EXPLICIT", 1, 1),
    ("field_presence", "IMPLICIT", 1, 2),
    ("field_presence", "LEGACY_REQUIRED", 1, 3),
    ("enum_type", "OPEN", 2, 1),
    ("enum_type", "CLOSED", 2, 2),
    ("repeated_field_encoding", "PACKED", 3, 1),
    ("repeated_field_encoding", "EXPANDED", 3, 2),
    ("message_encoding", "LENGTH_PREFIXED", 5, 1),
    ("message_encoding", "DELIMITED", 5, 2),
];

/// What holds at one place of a file. The default is that of the editions 2023 and 2024 alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Features {
    pub presence: Presence,
    pub lists: Lists,
    pub messages: Messages,
    pub enums: Enums,
}

/// Whether a field that holds one value can be unset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Presence {
    #[default]
    Explicit,
    Implicit,
    Required,
}

/// How a list of numbers is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Lists {
    #[default]
    Packed,
    Expanded,
}

/// How a message within a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Messages {
    #[default]
    LengthPrefixed,
    Delimited,
}

/// Whether an enum has values without a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Enums {
    #[default]
    Open,
    Closed,
}

impl Features {
    /// What holds where these options stand, which have their features at `number`.
    pub(super) fn with(mut self, options: &[u8], number: u32) -> Self {
        for field in proto_fields(options).fields {
            let content = options.get(field.content).unwrap_or_default();
            if field.value != ProtoValue::Length {
                continue;
            }
            if field.number == number {
                for feature in proto_fields(content).fields {
                    if let ProtoValue::Varint(value) = feature.value {
                        self.set(feature.number, value);
                    }
                }
            } else if field.number == UNINTERPRETED
                && let Ok(option) = UninterpretedOption::decode(content)
            {
                self.read(&option);
            }
        }
        self
    }

    /// Takes `features.field_presence = IMPLICIT` and `features = { field_presence: IMPLICIT }`. Whether the words are
    /// right is checked by the pool, which knows the options too.
    fn read(&mut self, option: &UninterpretedOption) {
        let mut name = option.name.iter().filter(|part| !part.is_extension);
        if name.next().is_none_or(|part| part.name_part != "features") {
            return;
        }
        if let Some(feature) = name.next() {
            self.set_words(&feature.name_part, option.identifier_value());
        } else {
            let is_sign = |c: char| !c.is_ascii_alphanumeric() && c != '_';
            let words: Vec<_> =
                option.aggregate_value().split(is_sign).filter(|word| !word.is_empty()).collect();
            for pair in words.windows(2) {
                if let [feature, value] = pair {
                    self.set_words(feature, value);
                }
            }
        }
    }

    fn set_words(&mut self, feature: &str, value: &str) {
        let found = WORDS.iter().find(|(name, word, ..)| (*name, *word) == (feature, value));
        if let Some((_, _, number, value)) = found {
            self.set(*number, *value);
        }
    }

    fn set(&mut self, feature: u32, value: u64) {
        match (feature, value) {
            (1, 1) => self.presence = Presence::Explicit,
            (1, 2) => self.presence = Presence::Implicit,
            (1, 3) => self.presence = Presence::Required,
            (2, 1) => self.enums = Enums::Open,
            (2, 2) => self.enums = Enums::Closed,
            (3, 1) => self.lists = Lists::Packed,
            (3, 2) => self.lists = Lists::Expanded,
            (5, 1) => self.messages = Messages::LengthPrefixed,
            (5, 2) => self.messages = Messages::Delimited,
            // Checks of UTF-8, of JSON names, of naming and of visibility are for compilers.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_and_the_inner_one_holds() {
        // features { field_presence: IMPLICIT }, features { message_encoding: DELIMITED field_presence: 9 }
        let options = b"\xaa\x01\x02\x08\x02\x18\x01\xaa\x01\x04\x28\x02\x08\x09";
        let outer = Features { lists: Lists::Expanded, ..Features::default() };
        let inner = outer.with(options, OF_FIELD);
        let wanted = Features {
            presence: Presence::Implicit,
            messages: Messages::Delimited,
            lists: Lists::Expanded,
            enums: Enums::Open,
        };
        assert_eq!(inner, wanted);
        assert_eq!(outer.with(options, OF_MESSAGE), outer);
        assert_eq!(outer.with(b"\xaa\x01\xff", OF_FIELD), outer);
    }
}
