//! The features that change what a field is or how it is written (descriptor.proto, `FeatureSet`).

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
        for sets in proto_fields(options).fields {
            if sets.number == number && sets.value == ProtoValue::Length {
                let set = options.get(sets.content).unwrap_or_default();
                for feature in proto_fields(set).fields {
                    if let ProtoValue::Varint(value) = feature.value {
                        self.set(feature.number, value);
                    }
                }
            }
        }
        self
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
