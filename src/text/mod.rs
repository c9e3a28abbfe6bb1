//! The catalogues of every sentence that a person reads.
