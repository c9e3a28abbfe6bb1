//! Messages of streams on display time.

use proptest::prelude::*;

use super::tests::{EPS, hop, trace, well_formed};
use super::*;
use crate::model::Direction::{self, Received, Sent};
use crate::model::{Span, SpanMessages};
use crate::telemetry::testing::{SpanExt as _, client, topology};

/// Two questions and their answers by way of the gateway; the second question makes support ask the catalog.
fn chat() -> Vec<Span> {
    let chat = "Support/Chat";
    vec![
        client("client", 1, None).peer("gateway").name(chat).ran(0, 400).passing(&[
            (Sent, 10),
            (Received, 50),
            (Sent, 200),
            (Received, 300),
        ]),
        client("gateway", 2, Some(1)).peer("support").name(chat).ran(5, 390).passing(&[
            (Sent, 15),
            (Received, 45),
            (Sent, 205),
            (Received, 295),
        ]),
        client("support", 3, Some(2)).peer("catalog").name("Get").ran(220, 280),
    ]
}

fn leg(hop: &Hop, direction: Direction, number: u64) -> MessageLeg {
    *hop.messages.find(direction, number).unwrap()
}

#[test]
fn a_message_passes_one_hop_after_the_other() {
    let score = score(&trace(chat()), &topology());
    well_formed(&score);
    let (outer, inner) = (hop(&score, "gateway"), hop(&score, "support"));
    for number in [1, 2] {
        let (asked, passed) = (leg(outer, Sent, number), leg(inner, Sent, number));
        assert!(passed.leaves >= asked.arrives - EPS, "{number}: the gateway has it first");
        let (answered, home) = (leg(inner, Received, number), leg(outer, Received, number));
        assert!(answered.leaves >= passed.arrives - EPS, "{number}: support has it first");
        assert!(home.leaves >= answered.arrives - EPS, "{number}: the answer comes back");
    }
    assert!(leg(outer, Sent, 2).leaves >= leg(outer, Received, 1).arrives - EPS, "one by one");
    let catalog = hop(&score, "catalog");
    assert!(catalog.leaves >= leg(inner, Sent, 2).arrives - EPS);
    assert!(catalog.returns.unwrap() <= leg(inner, Received, 2).leaves + EPS);
    let half = score.clone().scaled_to(score.length / 2.0);
    assert!((leg(&half.hops[0], Sent, 2).leaves * 2.0 - leg(outer, Sent, 2).leaves).abs() < EPS);
}

#[test]
fn a_unary_call_has_no_messages_of_its_own_and_a_flood_is_thinned() {
    let unary = client("client", 1, None).peer("gateway").ran(0, 9);
    let unary = unary.passing(&[(Sent, 1), (Received, 8)]);
    assert_eq!(score(&trace(vec![unary]), &topology()).hops[0].messages.drawn, []);
    let many: Vec<_> = (0..200).map(|n| (Received, n * 60)).collect();
    let flood = client("client", 1, None).peer("gateway").ran(0, 12_000).passing(&many);
    let score = score(&trace(vec![flood]), &topology());
    assert!(
        (10..=12).contains(&score.hops[0].messages.drawn.len()),
        "{:?}",
        score.hops[0].messages
    );
    well_formed(&score);
}

#[test]
fn a_running_stream_is_never_shown_much_too_late() {
    let running = |n: u64| {
        let many: Vec<_> = (0..n).map(|n| (Received, 60 * n)).collect();
        trace(vec![Span {
            ended: None,
            ..client("client", 1, None).peer("gateway").from(0).passing(&many)
        }])
    };
    let first = score(&running(2), &topology());
    let second = first.continued(&running(200), &topology(), 1.0);
    let last = second.hops[0].messages.drawn.last().unwrap();
    assert!(last.leaves <= 1.0 + messages::MAX_LAG, "{last:?}");
    assert!(last.number < 200);
    // What was left out stays out; what is new is shown.
    let third = second.continued(&running(210), &topology(), 20.0);
    let numbers: Vec<_> = third.hops[0].messages.drawn.iter().map(|leg| leg.number).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
    assert_eq!(numbers.last(), Some(&210));
    well_formed(&third);
}

/// A stream over two hops, with any messages.
fn any_stream() -> impl Strategy<Value = Vec<Span>> {
    let message = (any::<bool>(), 0_u64..1_000);
    proptest::collection::vec(message, 0..60).prop_map(|mut messages| {
        messages.sort_by_key(|(_, at)| *at);
        let way = |is_sent| if is_sent { Sent } else { Received };
        let outer: Vec<_> = messages.iter().map(|(is_sent, at)| (way(*is_sent), at + 5)).collect();
        let inner: Vec<_> = messages
            .iter()
            .map(|(is_sent, at)| (way(*is_sent), if *is_sent { at + 6 } else { at + 4 }))
            .collect();
        vec![
            client("client", 1, None).peer("gateway").ran(0, 1_010).passing(&outer),
            client("gateway", 2, Some(1)).peer("support").ran(1, 1_009).passing(&inner),
        ]
    })
}

proptest! {
    #[test]
    fn messages_keep_their_order_and_their_place(
        spans in any_stream(),
        cut in 0_u64..1_100,
        now in 0.0_f64..6.0,
    ) {
        let whole = score(&trace(spans.clone()), &topology());
        well_formed(&whole);
        let until = crate::telemetry::testing::at(cut);
        let known = spans.iter().cloned().map(|mut span| {
            span.ended = span.ended.filter(|ended| *ended <= until);
            let kept = &mut span.messages.kept;
            kept.retain(|message| message.at <= until);
            let last = |way| kept.iter().filter(|m| m.direction == way).map(|m| m.number).max();
            let (n_sent, n_received) = (last(Sent).unwrap_or(0), last(Received).unwrap_or(0));
            span.messages = SpanMessages { n_sent, n_received, ..span.messages };
            span
        });
        let first = score(&trace(known.collect()), &topology());
        let second = first.continued(&trace(spans), &topology(), now);
        for score in [&whole, &first, &second] {
            for direction in [Sent, Received] {
                for hop in &score.hops {
                    let legs = hop.messages.drawn.iter().filter(|leg| leg.direction == direction);
                    let legs: Vec<_> = legs.collect();
                    for pair in legs.windows(2) {
                        prop_assert!(pair[0].number < pair[1].number);
                        prop_assert!(pair[0].leaves < pair[1].leaves);
                    }
                }
            }
        }
        for old in first.hops.iter().flat_map(|hop| hop.messages.drawn.iter().map(move |leg| (hop.span, leg))) {
            let new = second.hops.iter().find(|hop| hop.span == old.0).unwrap();
            prop_assert_eq!(leg(new, old.1.direction, old.1.number), *old.1);
        }
    }
}
