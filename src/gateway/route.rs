//! Which request goes where: the Gateway API's matching and its precedence, as one pure look-up.

use std::sync::Arc;

/// Routes in the order of their precedence.
#[derive(Debug, Default)]
pub struct RouteTable {}

impl RouteTable {
    /// The names of all services and backends that routes lead to.
    pub(super) fn backend_names(&self) -> impl Iterator<Item = Arc<str>> {
        std::iter::empty()
    }
}
