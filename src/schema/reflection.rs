//! Server reflection over a connection that the caller brings.

use super::{Loaded, ReflectError};
use crate::model::Headers;

/// What a server told about itself.
#[derive(Debug, Clone)]
pub struct Reflected {
    /// The schema and what went wrong half-way.
    pub loaded: Loaded,
    /// Which version of the protocol answered.
    pub version: ReflectionVersion,
}

/// Version of the reflection protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReflectionVersion {
    /// `grpc.reflection.v1`.
    V1,
    /// `grpc.reflection.v1alpha`.
    V1Alpha,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReflectProgress {
    /// Services that the server lists.
    pub n_services: usize,
    /// Files fetched so far.
    pub n_files: usize,
}

/// Asks a server for its schema. `origin` gives scheme and authority of the requests, `metadata` goes with each.
pub async fn reflect<T, P>(
    _transport: T,
    _origin: http::Uri,
    _metadata: &Headers,
    _progress: P,
) -> Result<Reflected, ReflectError>
where
    T: tonic::client::GrpcService<tonic::body::Body> + Clone,
    P: FnMut(ReflectProgress),
{
    Err(ReflectError::NotOffered)
}
