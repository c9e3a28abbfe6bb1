//! What a served schema answers.

use super::Fault;

/// The answer of one method of a mock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MockAnswer {
    /// JSON with places such as `{{request.name}}`; empty for a sample made from the contract.
    pub body: String,
    /// What its callers have to bear.
    pub fault: Fault,
}

impl MockAnswer {
    /// Whether it is what a mock answers without being told anything.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}
