//! The contract of gRPC's health checking, which servers answer to whether they offer reflection or not.

use std::sync::LazyLock;

use super::{Schema, load_virtual};

/// `grpc.health.v1.Health` and its messages.
pub fn health_schema() -> &'static Schema {
    static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
        let text = include_str!("../../assets/protos/grpc/health/v1/health.proto");
        load_virtual(&[("grpc/health/v1/health.proto", text)]).schema
    });
    &SCHEMA
}
