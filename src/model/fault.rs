//! What is wrong at one place of a text that the user wrote: JSON, or the gateway's configuration.

use super::Cause;

/// Why a text is no JSON (RFC 8259).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonFault {
    /// Something else stands where this is wanted.
    Wanted {
        /// What is wanted.
        wanted: JsonToken,
        /// The character that stands there; `None` for the end of the text.
        found: Option<char>,
    },
    /// Values are nested deeper than this.
    TooDeep(usize),
    /// A number begins with a 0 that more digits follow.
    LeadingZero,
    /// A text without its closing quote.
    NotClosed,
    /// `{{` without `}}` in the answer of a mock.
    PlaceNotClosed,
    /// A line break or control character in a text.
    ControlCharacter,
    /// `\u` with half of a surrogate pair.
    LoneSurrogate,
    /// `\x`.
    UnknownEscape(char),
    /// In the words of another reader, which wants something that ours does not.
    Said(String),
}

/// What a JSON text can want at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonToken {
    /// Any value.
    Value,
    /// A key in quotes.
    Key,
    /// The `:` behind a key.
    Colon,
    /// A comma or this closing bracket.
    CommaOr(char),
    /// A digit.
    Digit,
    /// Four hexadecimal digits behind `\u`.
    HexDigits,
    /// Nothing more.
    End,
}

/// What a value should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A type by its name, with an example or its values: `int32`, `Heat (LOW | HIGH)`.
    Type(String),
    /// A type URL whose message the schema has.
    TypeUrl,
    /// A mapping.
    Mapping,
    /// A list.
    List,
    /// A text.
    Text,
    /// A yes or no.
    Boolean,
    /// A port, 1 to 65535.
    Port,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// As it is written, cut short.
    Shown(String),
    /// It is not there.
    Missing,
    /// There, and null.
    Nothing,
    /// A yes or no.
    Boolean,
    /// A number.
    Number,
    /// A text. What it says is not told: it may be a secret.
    Text,
    /// A list.
    List,
    /// A mapping.
    Mapping,
}

/// What is wrong with a field of the gateway's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigFault {
    /// It must be there.
    Missing,
    /// Two documents have this kind and name.
    Twice,
    /// It refers to something of this kind that is not in the file: `Secret`, `HTTPRoute`.
    NoSuch(String),
    /// It refers to a Gateway and listener that are not in the file.
    NoSuchListener,
    /// One listener is all that this version does.
    SecondListener,
    /// One backend a rule is all that this version does.
    SecondBackend,
    /// No host name in lower case.
    NotHostName,
    /// The route names no Gateway, so it serves nobody.
    NoParent,
    /// The rule names no backend.
    NoBackend,
    /// `timeouts.backendRequest` is longer than `timeouts.request`.
    LongerThanRequest,
    /// No duration such as `1s500ms`.
    NotDuration,
    /// No HTTP method.
    NotMethod,
    /// No path that begins with `/`.
    NotPath,
    /// A gRPC match needs a service or a method.
    NoServiceOrMethod,
    /// Not the name of a header.
    NotHeaderName(String),
    /// The backend names no address.
    NoAddress,
    /// No IP address.
    NotIpAddress,
    /// The policy names neither route nor Gateway.
    NoTarget,
    /// The policy names no Secret.
    NoCredential,
    /// The policy names no header.
    NoHeader,
    /// The group of a reference that does not go with its kind.
    WrongGroup {
        /// The right one.
        wanted: String,
        /// The kind.
        kind: String,
    },
    /// An empty key would let everybody in.
    EmptyKey,
    /// The Secret holds no key.
    NoKey,
    /// Must be a mapping.
    NotMapping,
    /// Must be a text in quotes.
    NotQuoted,
    /// No base64.
    NotBase64,
    /// Bytes that are no UTF-8.
    NotUtf8,
    /// An environment variable that is not set.
    NoVariable(String),
    /// A file that cannot be read.
    NoFile {
        /// Which.
        path: String,
        /// The system's words.
        cause: Cause,
    },
}
