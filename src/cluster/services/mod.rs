//! The demo's services, one file each: what they answer, and nothing of how they are reached.

mod cart;
mod catalog;
mod goods;
mod greeter;
mod inventory;
mod orders;
mod payment;
mod pricing;
mod storefront;

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::response::IntoResponse;
use tonic::codegen::Service;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic_health::ServingStatus;

use super::error::ClusterError;
use super::fleet::Kind;
use super::front::guarded;
use super::peers::Peers;
use super::proto::DESCRIPTOR_SET;
use super::proto::greeter::greeter_server::GreeterServer;
use super::proto::shop::cart::v1::cart_server::CartServer;
use super::proto::shop::catalog::v1::catalog_server::CatalogServer;
use super::proto::shop::orders::v1::orders_server::OrdersServer;
use super::proto::shop::payment::v1::payment_server::PaymentServer;
use super::proto::shop::pricing::v1::pricing_server::PricingServer;
use super::seat::Seat;

/// The same bound as the engine's own (`Request::DEFAULT_MAX_MESSAGE_BYTES`), so that the
/// greeter is a peer for large messages too.
const MAX_MESSAGE_BYTES: usize = 64 * 1024 * 1024;

/// A new instance's routes, with a state of its own.
pub(super) async fn router(seat: &Arc<Seat>, peers: Arc<Peers>) -> Result<Router, ClusterError> {
    let router = match seat.plan.kind {
        Kind::Greeter => {
            let server = GreeterServer::new(greeter::Greetings);
            grpc(server.max_decoding_message_size(MAX_MESSAGE_BYTES)).await?
        }
        Kind::Catalog => grpc(CatalogServer::new(catalog::Shelf)).await?,
        Kind::Cart => grpc(CartServer::new(cart::Baskets::default())).await?,
        Kind::Pricing => grpc(PricingServer::new(pricing::PriceList)).await?,
        Kind::Payment => grpc(PaymentServer::new(payment::Cashier::new(seat))).await?,
        Kind::Orders => grpc(OrdersServer::new(orders::Desk::new(seat, peers))).await?,
        Kind::Inventory => inventory::router(),
        Kind::Storefront => storefront::router(peers),
    };
    Ok(guarded(router, Arc::clone(seat)))
}

/// What every gRPC service of the demo offers beside its own methods: health and reflection.
async fn grpc<S>(service: S) -> Result<Router, ClusterError>
where
    S: Service<http::Request<tonic::body::Body>, Error = Infallible>
        + NamedService
        + Clone
        + Send
        + Sync
        + 'static,
    S::Response: IntoResponse,
    S::Future: Send + 'static,
{
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status(S::NAME, ServingStatus::Serving).await;
    let reflection = || {
        [
            S::NAME,
            "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection",
        ]
        .into_iter()
        .fold(tonic_reflection::server::Builder::configure(), |builder, name| {
            builder.with_service_name(name)
        })
        .register_encoded_file_descriptor_set(DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET)
        .include_reflection_service(false)
    };
    let routes = Routes::new(service)
        .add_service(health)
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?);
    Ok(routes.into_axum_router())
}
