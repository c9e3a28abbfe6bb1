//! Which protocol a call speaks and how many messages may go each way.

use std::fmt;

/// What a call speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// HTTP/1.1 or HTTP/2, whichever the connection agreed on.
    Http,
    /// gRPC over HTTP/2.
    Grpc,
}

/// How many messages are legal each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallKind {
    /// One request, one answer.
    Unary,
    /// Many requests, one answer.
    ClientStream,
    /// One request, many answers.
    ServerStream,
    /// Many each way.
    Bidirectional,
}

impl CallKind {
    /// From the two `stream` marks of a method in a `.proto`.
    pub fn from_streaming(client: bool, server: bool) -> Self {
        match (client, server) {
            (false, false) => Self::Unary,
            (true, false) => Self::ClientStream,
            (false, true) => Self::ServerStream,
            (true, true) => Self::Bidirectional,
        }
    }
}

/// A gRPC method by its full name: `shop.orders.v1.Orders/PlaceOrder`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MethodPath {
    /// Package and service: `shop.orders.v1.Orders`.
    pub service: String,
    /// The method: `PlaceOrder`.
    pub method: String,
}

impl MethodPath {
    /// Reads `Service/Method`, `/Service/Method` or, as grpcurl allows, `Service.Method`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('/');
        let (service, method) = text.split_once('/').or_else(|| text.rsplit_once('.'))?;
        let is_name = |name: &str| !name.is_empty() && !name.contains(['/', ' ']);
        (is_name(service) && is_name(method))
            .then(|| Self { service: service.to_owned(), method: method.to_owned() })
    }

    /// The HTTP/2 `:path`: `/shop.orders.v1.Orders/PlaceOrder`.
    pub fn http_path(&self) -> String {
        format!("/{}/{}", self.service, self.method)
    }
}

impl fmt::Display for MethodPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.service, self.method)
    }
}
