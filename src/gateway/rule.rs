//! What a route says about the requests that it matched.

use std::sync::Arc;
use std::time::Duration;

use crate::model::Endpoint;

use super::auth::ApiKeyAuth;

/// One rule of an `HTTPRoute` or `GRPCRoute`, ready for use.
#[derive(Debug)]
pub(super) struct Rule {
    /// `HTTPRoute demo/storefront rule 2`, for the decision trail; rules count from 1.
    pub(super) name: Arc<str>,
    /// Where its requests go.
    pub(super) backend: Backend,
    /// Who may call.
    pub(super) auth: Option<Arc<ApiKeyAuth>>,
    /// How long calls may take.
    pub(super) timeouts: Timeouts,
}

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Backend {
    /// A service whose instances stand in `model::Endpoints`.
    Service(Arc<str>),
    /// Fixed addresses: Envoy Gateway's `Backend`.
    Fixed {
        /// `metadata.name`.
        name: Arc<str>,
        /// At least one.
        endpoints: Arc<[Endpoint]>,
    },
}

impl Backend {
    /// Its name, the peer of the spans that lead to it.
    pub(super) fn name(&self) -> &Arc<str> {
        match self {
            Self::Service(name) | Self::Fixed { name, .. } => name,
        }
    }
}

/// `timeouts` of a rule (GEP-1742). Absent means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Timeouts {
    /// From the request's head to the end of the answer.
    pub(super) request: Option<Duration>,
    /// The same for one try on one instance.
    pub(super) backend_request: Option<Duration>,
}
