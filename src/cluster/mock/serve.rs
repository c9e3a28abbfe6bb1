//! The mock on the network: gRPC in, the method's answer out; health and reflection beside.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use tonic::Status;
use tonic::codegen::BoxFuture;
use tonic::server::Grpc;
use tower_service::Service;

use super::act::Act;
use super::{Contract, Mock};
use crate::cluster::error::ClusterError;
use crate::cluster::raw::Raw;
use crate::cluster::reflection::{SYSTEM_SERVICES, system_routes};
use crate::cluster::seat::Seat;
use crate::model::CallKind;

/// As the engine's own bound.
const MAX_MESSAGE_BYTES: usize = 64 * 1024 * 1024;

impl Mock {
    /// The routes of one instance.
    pub(in crate::cluster) fn router(self: &Arc<Self>, seat: &Arc<Seat>) -> Router {
        let stage =
            Stage { mock: Arc::clone(self), seat: Arc::clone(seat), system: Arc::default() };
        Router::new().route_service("/{service}/{method}", stage)
    }
}

/// Health and reflection of a contract; made when first asked, for they hold all of a large schema once more,
/// and made anew when another contract took its place.
#[derive(Debug)]
struct System {
    contract: Arc<Contract>,
    routes: Router,
}

impl System {
    async fn of(contract: Arc<Contract>) -> Result<Self, ClusterError> {
        let routes =
            system_routes(&contract.service_names(), &contract.schema.to_descriptor_set()).await?;
        Ok(Self { routes: routes.into_axum_router(), contract })
    }
}

/// Takes every call of one instance.
#[derive(Debug, Clone)]
struct Stage {
    mock: Arc<Mock>,
    seat: Arc<Seat>,
    system: Arc<tokio::sync::Mutex<Option<System>>>,
}

impl Service<Request> for Stage {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<Response, Infallible>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let stage = self.clone();
        Box::pin(async move { Ok(stage.answer(request).await) })
    }
}

impl Stage {
    async fn answer(self, request: Request) -> Response {
        let contract = self.mock.contract();
        let path = request.uri().path().to_owned();
        let Some((service, method)) = path.trim_start_matches('/').split_once('/') else {
            return Status::unimplemented("").into_http();
        };
        if SYSTEM_SERVICES.contains(&service) {
            return self.answer_system(contract, request).await;
        }
        // Without words: whoever stands in front says what this port is.
        let Some(method) = contract.method(service, method) else {
            return Status::unimplemented("").into_http();
        };
        let mut grpc = Grpc::new(Raw).max_decoding_message_size(MAX_MESSAGE_BYTES);
        let kind = method.info.kind;
        let act = Act { method, contract, seat: self.seat };
        let response = match kind {
            CallKind::Unary => grpc.unary(act, request).await,
            CallKind::ServerStream => grpc.server_streaming(act, request).await,
            CallKind::ClientStream => grpc.client_streaming(act, request).await,
            CallKind::Bidirectional => grpc.streaming(act, request).await,
        };
        response.map(Body::new)
    }

    async fn answer_system(&self, contract: Arc<Contract>, request: Request) -> Response {
        let mut system = self.system.lock().await;
        let mut routes = match &*system {
            Some(made) if made.contract.is_of(&contract.schema) => made.routes.clone(),
            _ => match System::of(contract).await {
                Ok(made) => system.insert(made).routes.clone(),
                Err(error) => return Status::internal(error.to_string()).into_http(),
            },
        };
        drop(system);
        match routes.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}
