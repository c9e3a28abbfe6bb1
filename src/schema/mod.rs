//! Schemas from files, descriptor sets and reflection; JSON to messages and back; the form model.
