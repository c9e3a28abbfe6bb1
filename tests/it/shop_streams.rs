//! The shop's streams as somebody sees them who uses the window: through the gateway, message by message.

use std::sync::Arc;

use hoplens::model::{CLIENT, Direction, GATEWAY, Outcome, Span, SpanKind};
use hoplens::session::Command;

use crate::desk::{Desk, eventually};

/// The client span of whoever called, in the newest trace.
fn span(desk: &Desk, service: &str) -> Option<Arc<Span>> {
    let snapshot = desk.session.snapshot();
    let is_it = |span: &&Arc<Span>| span.kind == SpanKind::Client && &*span.service == service;
    snapshot.traces.last()?.spans.iter().find(is_it).cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_is_seen_at_both_hops_while_it_goes_on() {
    let desk = Desk::with_demo().await;
    let shop = desk.source("shop").await;
    let draft = desk.open_method(&shop, "shop.support.v1.Support/Chat").await;
    desk.send(Command::SendCall(draft.id));
    let passed = |n_sent, n_received| {
        let desk = &desk;
        let is_so = move |span: &Arc<Span>| {
            span.messages.n_sent == n_sent && span.messages.n_received == n_received
        };
        async move {
            for whom in [CLIENT, GATEWAY] {
                let what = format!("{n_sent} and {n_received} messages at {whom}");
                eventually(what, || span(desk, whom).filter(is_so)).await;
            }
        }
    };
    // Greeting and answer. The call goes on.
    passed(1, 2).await;
    assert!(span(&desk, "support").is_some(), "support asked the catalog");
    desk.send(Command::SendCall(draft.id));
    passed(2, 3).await;
    assert!(span(&desk, CLIENT).is_some_and(|span| span.ended.is_none()));
    desk.send(Command::HalfClose(draft.id));
    assert!(matches!(desk.outcome(draft.id).await, Outcome::Grpc { number: 0, .. }));
    let ended = |whom| span(&desk, whom).filter(|span| span.ended.is_some());
    for whom in [CLIENT, GATEWAY] {
        let span = eventually("its end", || ended(whom)).await;
        let ways: Vec<_> = span.messages.kept.iter().map(|message| message.direction).collect();
        assert_eq!(ways.iter().filter(|way| **way == Direction::Received).count(), 3, "{whom}");
        assert!(span.messages.kept.is_sorted_by_key(|message| message.at), "{whom}");
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stream_of_the_shop_answers_its_sample() {
    let desk = Desk::with_demo().await;
    let shop = desk.source("shop").await;
    let methods = [
        ("shop.catalog.v1.Catalog/SearchProducts", 1, 6),
        ("shop.cart.v1.Cart/UploadItems", 1, 1),
        ("shop.orders.v1.Orders/TrackOrder", 1, 4),
        ("shop.support.v1.Support/Chat", 1, 2),
    ];
    for (method, n_sent, n_received) in methods {
        let draft = desk.open_method(&shop, method).await;
        desk.send(Command::SendCall(draft.id));
        let what = format!("messages of {method}");
        desk.until(what, |state| {
            let view = state.streams.get(&draft.id)?;
            (view.sent.n_messages == n_sent).then_some(())
        })
        .await;
        desk.send(Command::HalfClose(draft.id));
        let outcome = desk.outcome(draft.id).await;
        assert!(matches!(outcome, Outcome::Grpc { number: 0, .. }), "{method}: {outcome:?}");
        desk.until(format!("{n_received} answers of {method}"), |state| {
            let view = state.streams.get(&draft.id)?;
            (view.received.n_messages == n_received).then_some(())
        })
        .await;
    }
    desk.close().await;
}
