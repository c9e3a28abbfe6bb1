//! Schemas from files, descriptor sets and reflection; JSON to messages and back; the form model.
//!
//! A [`Schema`] is immutable and cheap to clone. Loading takes what it can and
//! reports the rest as problems with their places: one broken file never hides
//! the others. The source of truth of a draft is its JSON text; [`form`] edits
//! the value behind it without touching what it does not understand.
//! This room opens no connection: reflection runs over one that the caller brings.

mod catalog;
mod contract;
mod describe;
mod editions;
mod error;
mod error_details;
pub mod form;
mod health;
mod json;
mod load;
mod message_tree;
mod notation;
mod reflection;
mod rust_code;
mod sample;
mod shape;
mod template;

pub use catalog::{MethodInfo, Schema, ServiceInfo};
pub use contract::{Contract, ContractFile};
pub use error::ReflectError;
pub use error_details::{ErrorDetails, error_details};
pub use health::health_schema;
pub use json::{DecodedJson, UnknownNames, json_fault};
pub use load::{
    LoadKind, LoadRequest, Loaded, bundled, load, load_descriptor_set, load_text, load_virtual,
};
pub use notation::Notation;
pub use reflection::{ReflectProgress, Reflected, ReflectionVersion, reflect};
pub use rust_code::{RustExpression, byte_literal, literal, modules, snake, type_name};
pub use shape::{
    Cardinality, EnumShape, EnumValueShape, FieldKind, FieldShape, MessageShape, OneofShape,
    ScalarKind, WellKnown,
};
pub use template::Template;
