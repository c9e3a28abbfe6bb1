//! A connection for clients that frame gRPC themselves, such as the reflection client.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{HeaderValue, USER_AGENT};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;

use crate::model::{CallFailure, Request, Security, Target};
use crate::net::{Body, BoxError, Connection};

/// One HTTP/2 connection as a tower service. Clones share the connection; it closes with the last.
#[derive(Debug, Clone)]
pub struct GrpcTransport {
    sender: SendRequest<Body>,
    scheme: http::uri::Scheme,
    authority: http::uri::Authority,
}

impl GrpcTransport {
    pub(super) fn new(
        connection: Connection,
        target: &Target,
        authority: Option<&str>,
    ) -> Result<Self, CallFailure> {
        let authority = authority.map_or_else(|| target.authority(), ToOwned::to_owned);
        let authority =
            authority.parse().map_err(|error: http::uri::InvalidUri| CallFailure::BadHeader {
                name: ":authority".to_owned(),
                cause: error.to_string().into(),
            })?;
        let scheme = match target.security {
            Security::Plaintext => http::uri::Scheme::HTTP,
            Security::Tls => http::uri::Scheme::HTTPS,
        };
        let peer = connection.facts.peer.clone();
        let sender = connection.into_http2().ok_or_else(|| CallFailure::Protocol {
            address: peer,
            expected: "HTTP/2",
            cause: "HTTP/1.1".into(),
        })?;
        Ok(Self { sender, scheme, authority })
    }
}

impl<B> tower_service::Service<http::Request<B>> for GrpcTransport
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = http::Response<Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, hyper::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), hyper::Error>> {
        self.sender.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let mut uri = head.uri.into_parts();
        uri.scheme = Some(self.scheme.clone());
        uri.authority = Some(self.authority.clone());
        head.uri = http::Uri::from_parts(uri).unwrap_or_default();
        let ours = HeaderValue::from_static(Request::USER_AGENT);
        head.headers.entry(USER_AGENT).or_insert(ours);
        let body = body.map_err(Into::into).boxed_unsync();
        Box::pin(self.sender.send_request(http::Request::from_parts(head, body)))
    }
}
