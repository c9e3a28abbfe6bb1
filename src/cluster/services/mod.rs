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
mod support;

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::response::IntoResponse;
use tonic::codegen::Service;
use tonic::server::NamedService;

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
use super::proto::shop::support::v1::support_server::SupportServer;
use super::reflection::system_routes;
use super::role::Work;
use super::seat::Seat;

/// The same bound as the engine's own (`Request::DEFAULT_MAX_MESSAGE_BYTES`), so that the
/// greeter is a peer for large messages too.
const MAX_MESSAGE_BYTES: usize = 64 * 1024 * 1024;

/// A new instance's routes, with a state of its own.
pub(super) async fn router(seat: &Arc<Seat>, peers: Arc<Peers>) -> Result<Router, ClusterError> {
    let router = match &seat.role.work {
        Work::Demo(plan) => demo(plan.kind, seat, peers).await?,
        Work::Mock(mock) => mock.router(seat),
    };
    Ok(guarded(router, Arc::clone(seat)))
}

async fn demo(kind: Kind, seat: &Arc<Seat>, peers: Arc<Peers>) -> Result<Router, ClusterError> {
    Ok(match kind {
        Kind::Greeter => {
            let server = GreeterServer::new(greeter::Greetings::new(seat));
            grpc(server.max_decoding_message_size(MAX_MESSAGE_BYTES)).await?
        }
        Kind::Catalog => grpc(CatalogServer::new(catalog::Shelf)).await?,
        Kind::Cart => grpc(CartServer::new(cart::Baskets::default())).await?,
        Kind::Pricing => grpc(PricingServer::new(pricing::PriceList)).await?,
        Kind::Payment => grpc(PaymentServer::new(payment::Cashier::new(seat))).await?,
        Kind::Orders => grpc(OrdersServer::new(orders::Desk::new(seat, peers))).await?,
        Kind::Support => grpc(SupportServer::new(support::Line::new(seat, peers))).await?,
        Kind::Inventory => inventory::router(),
        Kind::Storefront => storefront::router(peers),
    })
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
    let routes = system_routes(&[S::NAME], DESCRIPTOR_SET).await?;
    Ok(routes.add_service(service).into_axum_router())
}
