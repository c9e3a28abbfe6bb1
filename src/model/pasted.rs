//! What to know of a command line that was pasted and became a draft.

/// One thing that the draft does not have, or has otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasteNote {
    /// There is no such command in the text.
    NoCommand,
    /// A quote has no end.
    OpenQuote,
    /// A flag that grpcurl does not have.
    UnknownFlag(String),
    /// A flag without a counterpart in a draft.
    UnusedFlag(String),
    /// A flag whose value is none, or cannot be read.
    BadValue(String),
    /// A variable or command that a shell would have put something else in place of; it stands as it is written.
    Expansion(String),
    /// What stands before the command.
    Before(String),
    /// What stands behind it: a pipe, a redirection, another command.
    Rest(String),
    /// The message comes from standard input.
    Input,
    /// The message is in protobuf's text format.
    TextFormat,
    /// It lists or describes, and calls nothing.
    Verb(String),
    /// There is no method.
    NoMethod,
    /// There is no address.
    NoTarget,
    /// One argument more than there may be.
    Surplus(String),
    /// Metadata for the call or for reflection alone: it goes with both.
    SharedMetadata,
    /// A file that is not there, as seen from here.
    NoFile(String),
}
