//! Purchases: through the storefront and at the orders service itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use prost_types::Timestamp;
use serde_json::{Value, json};
use tonic::{Code, Status};

use super::{Demo, http, served_by};
use crate::cluster::proto::shop::orders::v1::orders_client::OrdersClient;
use crate::cluster::proto::shop::orders::v1::{
    GetOrderRequest, Order, PlaceOrderRequest, place_order_request::PayWith,
};
use crate::cluster::proto::shop::types::v1::{Card, Item};
use crate::cluster::storefront_routes;
use crate::model::{Span, SpanKind, TraceContext};

fn wanted(sku: &str, card: &str, limit_cents: i64) -> PlaceOrderRequest {
    PlaceOrderRequest {
        user: "ada".to_owned(),
        items: vec![Item { sku: sku.to_owned(), quantity: 2 }],
        pay_with: Some(PayWith::Card(Card { number: card.to_owned() })),
        limit_cents,
        deliver_by: Some(Timestamp { seconds: 1_795_597_200, nanos: 0 }),
    }
}

async fn place(demo: &Demo, wanted: PlaceOrderRequest) -> Result<tonic::Response<Order>, Status> {
    OrdersClient::new(demo.channel("orders-1")).place_order(wanted).await
}

async fn send(demo: &Demo, path: &str, body: &str, traceparent: &str) -> (u16, Value) {
    let answer = http()
        .post(demo.url("storefront-1", path))
        .header("content-type", "application/json")
        .header("traceparent", traceparent)
        .body(body.to_owned())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["x-served-by"], "storefront-1");
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_checkout_is_one_tree_over_six_services() {
    let demo = Demo::start().await;
    let context = TraceContext::root();
    let checkout = storefront_routes().last().unwrap();
    let body = checkout.sample_body.unwrap();
    let (status, order) = send(&demo, checkout.sample_path, body, &context.to_string()).await;
    assert_eq!(status, 200, "{order}");
    assert_eq!(order["limit_cents"], "9007199254740993");
    assert_eq!(order["total"]["cents"], "2900");

    let spans = demo.ended_trace(context.trace_id).await;
    let services = |kind| -> BTreeSet<_> {
        spans.iter().filter(|span| span.kind == kind).map(|span| &*span.service).collect()
    };
    let all = ["cart", "inventory", "orders", "payment", "pricing", "storefront"];
    assert_eq!(services(SpanKind::Server), BTreeSet::from(all));
    assert_eq!(services(SpanKind::Client), BTreeSet::from(["orders", "storefront"]));
    for span in &spans {
        let parent = span.parent.unwrap();
        if parent == context.span_id {
            assert_eq!((&*span.service, &*span.name), ("storefront", "POST /checkout"));
            continue;
        }
        let parent = spans.iter().find(|other| other.span_id == parent).unwrap();
        assert!(parent.started <= span.started && span.ended <= parent.ended, "{span:?}");
        assert!(!span.is_error(), "{span:?}");
        if span.kind == SpanKind::Server {
            assert_eq!(parent.peer.as_deref(), Some(&*span.service));
            assert_eq!(parent.name, span.name);
        }
    }
    demo.end().await;
}

#[tokio::test]
async fn the_four_routes_answer_their_samples() {
    let demo = Demo::start().await;
    for route in storefront_routes() {
        let method = route.method.parse().unwrap();
        let mut request = http().request(method, demo.url("storefront-1", route.sample_path));
        if let Some(body) = route.sample_body {
            request = request.header("content-type", "application/json").body(body);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{}", route.path);
    }
    let empty = json!({ "user": "bob", "pay_with": { "voucher": { "code": "WELCOME" } } });
    let check = async |path: &str, body: &str, status: u16, word: &str| {
        let (got, answer) = send(&demo, path, body, "").await;
        assert_eq!(got, status, "{answer}");
        assert!(answer["message"].as_str().unwrap().contains(word), "{answer}");
    };
    check("/checkout", &empty.to_string(), 409, "cart of \"bob\" is empty").await;
    check("/checkout", "{\"user\": 1}", 422, "user").await;
    check("/carts/bob/items", r#"{"sku": "sku-1", "quantity": 1}"#, 404, "catalog-").await;
    check("/nowhere", "{}", 404, "Hoplens's own storefront (storefront-1)").await;
    demo.end().await;
}

#[tokio::test]
async fn orders_are_exact_and_remembered_by_their_instance() {
    let demo = Demo::start().await;
    let asked = wanted("sku-1042", "4242 4242 4242 4242", 9_007_199_254_740_993);
    let answer = place(&demo, asked.clone()).await.unwrap();
    assert_eq!(served_by(answer.metadata()), "orders-1");
    let order = answer.into_inner();
    assert_eq!(order.limit_cents, 9_007_199_254_740_993);
    assert_eq!((&order.items, &order.deliver_by), (&asked.items, &asked.deliver_by));
    assert_eq!(order.served_by["orders"], "orders-1");

    let request = GetOrderRequest { order_id: order.order_id.clone() };
    let known = OrdersClient::new(demo.channel("orders-1")).get_order(request.clone()).await;
    assert_eq!(known.unwrap().into_inner(), order);
    let unknown = OrdersClient::new(demo.channel("orders-2")).get_order(request).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    assert_eq!(served_by(unknown.metadata()), "orders-2");
    demo.end().await;
}

#[tokio::test]
async fn what_fails_names_the_instance_and_gives_the_stock_back() {
    let demo = Demo::start().await;
    let check = async |wanted, code: Code, words: &str| {
        let status = place(&demo, wanted).await.unwrap_err();
        assert_eq!(status.code(), code, "{status:?}");
        assert!(status.message().contains(words), "{status:?}");
        assert_eq!(served_by(status.metadata()), "orders-1");
        status
    };
    let good = "4242 4242 4242 4242";
    let declined = wanted("sku-1042", "4000 0000 0000 0002", 0);
    let status = check(declined, Code::FailedPrecondition, "payment-1: card declined").await;
    assert!(!status.details().is_empty());
    check(wanted("sku-0404", good, 0), Code::FailedPrecondition, "inventory-1: only 0").await;
    check(wanted("sku-1042", good, 100), Code::FailedPrecondition, "over limit_cents 100").await;
    check(wanted("sku-none", good, 0), Code::NotFound, "pricing-").await;
    check(wanted("", good, 0), Code::InvalidArgument, "items[0].sku").await;

    let stock: Value = http()
        .get(demo.url("inventory-1", "/stock/sku-1042"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(stock["pieces"], 100_000);

    demo.handle.stop_instance("inventory-1").await.unwrap();
    let order = wanted("sku-1042", good, 0);
    check(order, Code::Unavailable, "no instance of inventory takes calls").await;
    demo.end().await;
}

#[tokio::test]
async fn a_deadline_travels_and_a_cancelled_call_ends_its_spans() {
    let demo = Demo::start().await;
    let context = TraceContext::root();
    let mut request = tonic::Request::new(wanted("sku-1042", "4242 4242 4242 4242", 0));
    request.metadata_mut().insert("traceparent", context.to_string().parse().unwrap());
    // Payment takes 6 ms at least.
    request.set_timeout(std::time::Duration::from_millis(3));
    let mut orders = OrdersClient::new(demo.channel("orders-2"));
    orders.place_order(request).await.unwrap_err();
    let spans: Vec<Arc<Span>> = demo.ended_trace(context.trace_id).await;
    assert!(spans.iter().any(|span| &*span.service == "orders" && span.is_error()), "{spans:?}");
    demo.end().await;
}
