//! The shop's streams, over the network.

use std::time::Duration;

use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Streaming};

use super::{Demo, served_by};
use crate::cluster::proto::shop::cart::v1::AddItemRequest;
use crate::cluster::proto::shop::cart::v1::cart_client::CartClient;
use crate::cluster::proto::shop::catalog::v1::SearchProductsRequest;
use crate::cluster::proto::shop::catalog::v1::catalog_client::CatalogClient;
use crate::cluster::proto::shop::orders::v1::orders_client::OrdersClient;
use crate::cluster::proto::shop::orders::v1::{ParcelEvent, ParcelStage, TrackOrderRequest};
use crate::cluster::proto::shop::support::v1::support_client::SupportClient;
use crate::cluster::proto::shop::support::v1::{Question, Reply};
use crate::cluster::proto::shop::types::v1::Item;
use crate::model::{InstanceState, SpanKind, TraceContext};

async fn all<T>(mut messages: Streaming<T>) -> Vec<T> {
    let mut read = Vec::new();
    while let Some(message) = messages.message().await.unwrap() {
        read.push(message);
    }
    read
}

#[tokio::test]
async fn hits_and_parcels_come_one_by_one() {
    let demo = Demo::start().await;
    let request = SearchProductsRequest { query: String::new(), rounds: 500, pace_millis: Some(0) };
    let hits = CatalogClient::new(demo.channel("catalog-1")).search_products(request).await;
    let hits = all(hits.unwrap().into_inner()).await;
    assert_eq!(hits.last().map(|hit| hit.number), Some(3_000));

    let mut orders = OrdersClient::new(demo.channel("orders-2"));
    let track =
        |order_id: &str| TrackOrderRequest { order_id: order_id.to_owned(), pace_millis: Some(40) };
    let began = std::time::Instant::now();
    let answer = orders.track_order(track("orders-1-17")).await.unwrap();
    assert_eq!(served_by(answer.metadata()), "orders-2");
    let events = all(answer.into_inner()).await;
    let stages: Vec<_> = events.iter().map(ParcelEvent::stage).collect();
    let way = [
        ParcelStage::Packed,
        ParcelStage::HandedOver,
        ParcelStage::OutForDelivery,
        ParcelStage::Delivered,
    ];
    assert_eq!(stages, way);
    assert!(began.elapsed() >= Duration::from_millis(120), "three pauses");
    for unknown in ["", "orders-1", "orders-1-x", "order-1-1", "orders--1"] {
        let refused = orders.track_order(track(unknown)).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound, "{unknown}");
    }
    demo.end().await;
}

#[tokio::test]
async fn an_upload_takes_what_fits_and_says_why_the_rest_does_not() {
    let demo = Demo::start().await;
    let message = |user: &str, sku: &str, quantity| AddItemRequest {
        user: user.to_owned(),
        item: Some(Item { sku: sku.to_owned(), quantity }),
    };
    let messages = [
        message("ada", "sku-1042", 1),
        message("", "sku-1042", 2),
        message("bob", "sku-1042", 1),
        message("", "sku-0007", 0),
        message("ada", "sku-0007", 5),
    ];
    let mut cart = CartClient::new(demo.channel("cart-1"));
    let reply = cart.upload_items(tokio_stream::iter(messages)).await.unwrap().into_inner();
    assert_eq!((reply.n_taken, reply.n_refused), (3, 2));
    let quantities: Vec<_> = reply.basket.unwrap().items.iter().map(|item| item.quantity).collect();
    assert_eq!(quantities, [3, 5]);
    assert_eq!(reply.refusals[&3], "user: this upload is for \"ada\"");
    assert_eq!(reply.refusals[&4], "items[1].quantity: 0 is not 1 to 1000");
    let nothing = cart.upload_items(tokio_stream::iter([])).await.unwrap_err();
    assert_eq!(nothing.code(), Code::InvalidArgument);
    demo.end().await;
}

#[tokio::test]
async fn support_asks_the_catalog_for_each_question_that_names_a_product() {
    let demo = Demo::start().await;
    let context = TraceContext::root();
    let (ask, questions) = tokio::sync::mpsc::channel(1);
    let mut request = Request::new(ReceiverStream::new(questions));
    request.metadata_mut().insert("traceparent", context.to_string().parse().unwrap());
    let mut support = SupportClient::new(demo.channel("support-1"));
    let mut replies = support.chat(request).await.unwrap().into_inner();
    let greeting = replies.message().await.unwrap().unwrap();
    assert_eq!((greeting.question, &*greeting.text), (0, "Hello, this is support-1."));
    let mut said = Vec::new();
    for text in ["What is sku-1042?", "sku-9", " ", "delivery?"] {
        ask.send(Question { text: text.to_owned() }).await.unwrap();
        let Reply { question, text, .. } = replies.message().await.unwrap().unwrap();
        said.push((question, text));
    }
    drop(ask);
    assert!(replies.message().await.unwrap().is_none(), "the half-close ends it");
    assert_eq!(said[0], (1, "sku-1042 is: Cup, stoneware, 14.50 EUR".to_owned()));
    assert_eq!(said[1], (2, "We do not sell sku-9.".to_owned()));
    assert_eq!(said[3].1, "orders.TrackOrder follows your parcel to the door.");

    let spans = demo.ended_trace(context.trace_id).await;
    let of = |kind| spans.iter().filter(move |span| span.kind == kind);
    let chat = of(SpanKind::Server).find(|span| &*span.service == "support").unwrap();
    let asked: Vec<_> = of(SpanKind::Client).collect();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|span| span.parent == Some(chat.span_id)));
    demo.end().await;
}

#[tokio::test]
async fn a_stream_ends_with_the_instance_that_is_killed() {
    let demo = Demo::start().await;
    let (ask, questions) = tokio::sync::mpsc::channel(1);
    let mut support = SupportClient::new(demo.channel("support-1"));
    let mut replies = support.chat(ReceiverStream::new(questions)).await.unwrap().into_inner();
    assert!(replies.message().await.unwrap().is_some());
    demo.handle.kill("support-1").await.unwrap();
    assert!(replies.message().await.is_err());
    drop(ask);
    let topology = demo.handle.topology().borrow().clone();
    let support = topology.services.iter().find(|service| &*service.name == "support").unwrap();
    assert_eq!(support.instances[0].state, InstanceState::Stopped);
    demo.end().await;
}
