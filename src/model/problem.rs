//! What is wrong with something the user gave us: facts with a place, put into words by `ui` and `cli`.

use std::path::PathBuf;

use super::{Cause, ConfigFault, Found, JsonFault, StatusFault, Wanted};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad.
    pub severity: Severity,
    /// What.
    pub kind: ProblemKind,
    /// Where.
    pub place: Option<Place>,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Warning,
    /// What it concerns cannot be used.
    Error,
}

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file as the user knows it; `None` for text typed into a field.
    pub file: Option<PathBuf>,
    /// From 1; 0 when only the file is known.
    pub line: u32,
    /// From 1, in characters; 0 when only the line is known.
    pub column: u32,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// An imported file is nowhere. Fix: add the root that holds it.
    ImportNotFound {
        /// As the `import` line writes it.
        import: String,
        /// Where it was looked for.
        looked_in: Vec<PathBuf>,
    },
    /// The grammar is broken.
    Syntax {
        /// The parser's words.
        message: String,
    },
    /// A name does not resolve, a number is used twice, ...
    Definition {
        /// The compiler's words.
        message: String,
        /// The compiler's hint, if it gives one.
        help: Option<String>,
    },
    /// An imported file is there and broken; what it imports in turn counts too.
    ImportBroken {
        /// As the `import` line writes it.
        import: String,
    },
    /// Files that import each other in a ring.
    ImportCycle {
        /// Their names.
        files: Vec<String>,
    },
    /// The schema has no such method.
    UnknownMethod {
        /// As it was asked for.
        method: String,
        /// The nearest name that the schema has.
        nearest: Option<String>,
    },
    /// More messages in a script than one round may have.
    LongScript {
        /// How many it may have.
        limit: usize,
    },
    /// The schema has no such message, any more.
    UnknownMessage {
        /// Its full name.
        message: String,
    },
    /// Two files claim one name; the first stays.
    DuplicateFile {
        /// The import name.
        name: String,
        /// Which one is used.
        kept: PathBuf,
        /// Which one is not.
        dropped: PathBuf,
    },
    /// The file cannot be read.
    Unreadable {
        /// Why, mostly in the system's words.
        cause: Cause,
    },
    /// A file of our own that could not be read and was renamed, so that nothing in it is lost.
    PutAside {
        /// The reader's words.
        cause: String,
        /// Its new name.
        kept: PathBuf,
    },
    /// A file named `.proto` that is no text.
    NotText,
    /// A descriptor set that does not decode: cut short, or none at all.
    BadDescriptorSet {
        /// Why.
        cause: Cause,
    },
    /// A file of a schema in a protobuf edition that this version does not know.
    Edition {
        /// `2026`.
        edition: String,
    },
    /// Fields of an edition that cannot be unset, and here they can: their file also holds what no other way allows.
    PresenceGained {
        /// Their full names; one or more.
        fields: Vec<String>,
    },
    /// Nothing to load was found there.
    NothingFound,
    /// The server offers no reflection, or it failed half-way.
    Reflection {
        /// What was being asked for: a symbol, a file, the list.
        asked: String,
        /// The server's words, or why it was not reached.
        cause: Cause,
    },
    /// JSON that is none.
    JsonSyntax {
        /// Why.
        fault: JsonFault,
    },
    /// A JSON name that the message does not have.
    UnknownField {
        /// The name.
        name: String,
        /// The message.
        message: String,
        /// The nearest name that it has.
        nearest: Option<String>,
    },
    /// A value of the wrong type or out of range.
    WrongValue {
        /// Path of the field: `items[1].quantity`.
        path: String,
        /// What is wanted: `int32`, `google.protobuf.Timestamp`.
        expected: Wanted,
        /// What stands there.
        found: Found,
    },
    /// A message that came with fields that its contract does not have; they are not shown.
    UnreadFields {
        /// The message's full name.
        message: String,
        /// How many, those of inner messages included.
        n_fields: usize,
    },
    /// A field that the same object sets twice.
    SetTwice {
        /// Path of the field.
        path: String,
    },
    /// A second member of a oneof, which holds at most one.
    OneofTwice {
        /// Path of the second member.
        path: String,
        /// The oneof.
        oneof: String,
        /// The member that is set already.
        earlier: String,
    },
    /// Bytes that do not decode as this message.
    NotProtobuf {
        /// The message's full name.
        message: String,
        /// The decoder's words.
        cause: String,
    },
    /// A message in protobuf's text format that cannot be read as one.
    TextFormat {
        /// The reader's words.
        cause: String,
    },
    /// The status of a gRPC answer breaks its rules.
    Status {
        /// Which.
        fault: StatusFault,
    },
    /// A server refused messages in a coding that it does not name among its own.
    UnknownCoding {
        /// `grpc-encoding` of the request.
        coding: String,
        /// `grpc-accept-encoding` of the answer, where it has one.
        taken: Option<String>,
    },
    /// A name in the settings that means nothing.
    UnknownSetting {
        /// The name: `thme`, `shortcuts.sned`.
        name: String,
        /// The nearest name that there is.
        nearest: Option<String>,
    },
    /// A value in the settings that does not fit; its default is in force.
    WrongSetting {
        /// The name.
        name: String,
        /// What it may be: `11..18`, `true | false`.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A line of the settings that is no TOML; the others are in force.
    SettingsSyntax {
        /// The parser's words.
        message: String,
    },
    /// Lines of the settings that were no TOML became comments, so that something else could be written.
    MendedSettings {
        /// The file as it was.
        kept: PathBuf,
    },
    /// Two commands that the settings give one key.
    SharedShortcut {
        /// The one that did not get it: `shortcuts.send`.
        name: String,
        /// The key.
        keys: String,
        /// The command that has it.
        other: String,
    },
    /// A configuration document that cannot be used.
    Config {
        /// The name at fault: field, kind, backend.
        subject: String,
        /// What is wrong with it.
        fault: ConfigFault,
    },
    /// A configuration field that the API has and this version does not do.
    Unsupported {
        /// `HTTPRoute demo/storefront: filters[0].type RequestMirror`.
        subject: String,
    },
}

impl Problem {
    /// An error without a place.
    pub fn error(kind: ProblemKind) -> Self {
        Self { severity: Severity::Error, kind, place: None }
    }

    /// A warning without a place.
    pub fn warning(kind: ProblemKind) -> Self {
        Self { severity: Severity::Warning, kind, place: None }
    }

    /// The same at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }
}
