//! Reflection, health, and calls that reach the wrong port.

use tokio_stream::StreamExt as _;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::{v1, v1alpha};

use super::{Demo, greet, http, served_by};
use crate::cluster::proto::shop::cart::v1::GetCartRequest;
use crate::cluster::proto::shop::cart::v1::cart_client::CartClient;

macro_rules! reflect {
    ($version:ident, $channel:expr, $asked:expr) => {{
        use $version::server_reflection_client::ServerReflectionClient;
        use $version::server_reflection_response::MessageResponse;
        let request = $version::ServerReflectionRequest {
            host: String::new(),
            message_request: Some($asked),
        };
        let mut client = ServerReflectionClient::new($channel);
        let stream = client.server_reflection_info(tokio_stream::once(request)).await.unwrap();
        let answer = stream.into_inner().next().await.unwrap().unwrap();
        match answer.message_response.unwrap() {
            MessageResponse::ListServicesResponse(list) => {
                list.service.into_iter().map(|service| service.name).collect::<Vec<_>>()
            }
            MessageResponse::FileDescriptorResponse(files) => files
                .file_descriptor_proto
                .iter()
                .map(|file| String::from_utf8_lossy(file).into_owned())
                .collect(),
            other => panic!("{other:?}"),
        }
    }};
}

#[tokio::test]
async fn every_grpc_service_reflects_in_both_versions_and_is_healthy() {
    let demo = Demo::start().await;
    for (instance, service) in [
        ("greeter-1", "Greeter"),
        ("catalog-3", "shop.catalog.v1.Catalog"),
        ("cart-1", "shop.cart.v1.Cart"),
        ("pricing-2", "shop.pricing.v1.Pricing"),
        ("payment-1", "shop.payment.v1.Payment"),
        ("orders-2", "shop.orders.v1.Orders"),
    ] {
        use v1::server_reflection_request::MessageRequest as V1;
        use v1alpha::server_reflection_request::MessageRequest as V1Alpha;
        let list = reflect!(v1, demo.channel(instance), V1::ListServices(String::new()));
        assert!(list.contains(&service.to_owned()) && list.len() == 4, "{list:?}");
        assert_eq!(list, {
            reflect!(v1alpha, demo.channel(instance), V1Alpha::ListServices(String::new()))
        });
        let symbol = V1::FileContainingSymbol(service.to_owned());
        assert_eq!(reflect!(v1, demo.channel(instance), symbol).len(), 1);

        let mut health = HealthClient::new(demo.channel(instance));
        let answer =
            health.check(HealthCheckRequest { service: service.to_owned() }).await.unwrap();
        assert_eq!(served_by(answer.metadata()), instance);
        assert_eq!(answer.into_inner().status(), ServingStatus::Serving);
    }
    let is_marked = demo.spans.lock().values().all(|span| span.is_internal);
    assert!(is_marked);
    demo.end().await;
}

#[tokio::test]
async fn a_stray_call_reads_whose_port_it_reached() {
    let demo = Demo::start().await;
    let mut cart = CartClient::new(demo.channel("greeter-2"));
    let status = cart.get_cart(GetCartRequest::default()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    assert_eq!(
        status.message(),
        "this port is Hoplens's own greeter (greeter-2); it serves Greeter, grpc.health.v1.Health \
         and reflection, not shop.cart.v1.Cart/GetCart"
    );
    assert_eq!(served_by(status.metadata()), "greeter-2");

    let status = greet(demo.channel("storefront-1")).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    assert!(status.message().contains("own storefront (storefront-1)"), "{status:?}");

    let answer = http().get(demo.url("greeter-1", "/")).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 415);
    assert_eq!(answer.headers()["x-served-by"], "greeter-1");
    assert!(answer.text().await.unwrap().contains("speaks gRPC over HTTP/2"));
    demo.end().await;
}
