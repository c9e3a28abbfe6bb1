use proptest::prelude::*;

use super::*;
use crate::model::Span;
use crate::telemetry::testing::{SpanExt as _, at, client, order, server, topology};

/// Differences below this are rounding.
pub(super) const EPS: f64 = 1e-6;

pub(super) fn trace(spans: Vec<Span>) -> Trace {
    Trace { id: spans[0].trace_id, spans: spans.into_iter().map(Arc::new).collect() }
}

pub(super) fn hop<'a>(score: &'a Score, callee: &str) -> &'a Hop {
    score.hops.iter().find(|hop| &*hop.edge.callee == callee).unwrap()
}

#[test]
fn a_call_is_laid_leg_by_leg() {
    let score = score(&trace(order(1)), &topology());
    let callees: Vec<_> = score.hops.iter().map(|hop| &*hop.edge.callee).collect();
    assert_eq!(callees, ["gateway", "orders", "payment"]);
    assert!(!score.is_open && score.took.as_millis() == 50);
    assert!((score.length - target_length(score.took)).abs() < EPS, "{}", score.length);
    let (gateway, payment) = (hop(&score, "gateway"), hop(&score, "payment"));
    assert_eq!((gateway.leaves, gateway.arrives), (0.0, LEG));
    assert!(payment.leaves >= hop(&score, "orders").arrives);
    assert!(payment.returns.unwrap() <= hop(&score, "orders").answers.unwrap());
    assert!(score.slowdown().unwrap() > 20.0);
    // The wait in payment is the longest true one, so it gets most of what is left.
    let wait = |hop: &Hop| hop.answers.unwrap() - hop.arrives;
    assert!(wait(payment) > 0.5 * (score.length - 6.0 * LEG), "{}", wait(payment));
}

#[test]
fn lengths_follow_the_logarithm() {
    let check = |millis: f64, expect: f64| {
        let length = target_length(Duration::from_secs_f64(millis / 1e3));
        assert!((length - expect).abs() < 0.01, "{millis} ms: {length}");
    };
    check(0.0, 1.5);
    check(0.1, 1.5);
    check(1.0, 2.0);
    check(100.0, 3.0);
    check(10_000.0, 4.0);
    check(1e6, 4.0);
}

#[test]
fn odd_traces_are_tolerated() {
    let check = |spans: Vec<Span>, n_hops: usize| {
        let score = score(&trace(spans), &topology());
        assert_eq!(score.hops.len(), n_hops);
        well_formed(&score);
    };
    // A caller from outside; one that never reported; a health check; a circle of parents; a child whose
    // clock is a day behind.
    check(vec![server("orders", 1, None).ran(0, 5)], 1);
    check(vec![server("orders", 1, Some(9)).ran(0, 5)], 0);
    check(vec![client("gateway", 1, None).ran(0, 5).internal()], 0);
    check(vec![client("a", 1, Some(2)).ran(5, 9), client("b", 2, Some(1)).ran(5, 9)], 2);
    let behind =
        Span { started: Timestamp(5), ended: Some(Timestamp(9)), ..client("b", 2, Some(1)) };
    check(vec![client("a", 1, None).ran(5, 9), behind], 2);
    // A child that outlives its parent, and one that nobody ended.
    check(vec![client("a", 1, None).ran(0, 10), client("b", 2, Some(1)).ran(5, 900)], 2);
    check(vec![client("a", 1, None).ran(0, 10), client("b", 2, Some(1)).from(5)], 2);
}

#[test]
fn an_open_call_waits_and_then_goes_on_without_a_jump() {
    let ended = order(1);
    let running = |n_ended: usize| {
        let mut spans = ended.clone();
        let n_open = spans.len() - n_ended;
        for span in spans.iter_mut().take(n_open) {
            span.ended = None;
        }
        trace(spans)
    };
    let first = score(&running(0), &topology());
    assert!(first.is_open && first.hops.iter().all(|hop| hop.returns.is_none()));
    assert!((first.length - 3.0 * LEG).abs() < EPS);
    let second = first.continued(&running(2), &topology(), 2.0);
    assert_eq!(hop(&second, "payment").answers, Some(2.0));
    assert!((hop(&second, "payment").leaves - hop(&first, "payment").leaves).abs() < EPS);
    let third = second.continued(&running(6), &topology(), 2.1);
    assert!(!third.is_open);
    assert_eq!(hop(&third, "payment"), hop(&second, "payment"));
    assert!((third.length - (2.0 + 3.0 * LEG)).abs() < EPS, "{}", third.length);
    well_formed(&third);
}

#[test]
fn what_is_heard_of_too_late_is_left_out() {
    let parent = client("a", 1, None).ran(0, 10);
    let first = score(&trace(vec![parent.clone()]), &topology());
    let child = client("b", 2, Some(1)).ran(2, 4);
    let grandchild = client("c", 3, Some(2)).ran(3, 4);
    let second = first.continued(&trace(vec![parent, child, grandchild]), &topology(), 2.2);
    assert_eq!(second, Score { took: second.took, ..first });
}

#[test]
fn cutting_keeps_proportions() {
    let whole = score(&trace(order(1)), &topology());
    let cut = whole.clone().scaled_to(1.5);
    assert!((cut.length - 1.5).abs() < EPS);
    let factor = 1.5 / whole.length;
    for (a, b) in whole.hops.iter().zip(&cut.hops) {
        assert!((a.leaves * factor - b.leaves).abs() < EPS);
        assert!((a.returns.unwrap() * factor - b.returns.unwrap()).abs() < EPS);
    }
}

/// Finite, legs long enough, children within their parents.
pub(super) fn well_formed(score: &Score) {
    assert!(score.length.is_finite() && score.length >= 0.0);
    for hop in &score.hops {
        assert!(hop.leaves.is_finite() && hop.leaves >= 0.0);
        assert!(hop.arrives - hop.leaves >= LEG - EPS);
        if let (Some(answers), Some(returns)) = (hop.answers, hop.returns) {
            assert!(returns - answers >= LEG - EPS && answers >= hop.arrives - EPS);
            assert!(returns.is_finite() && returns <= score.length + EPS);
        }
        for leg in &hop.messages.drawn {
            assert!(leg.arrives - leg.leaves >= LEG - EPS && leg.leaves >= hop.leaves - EPS);
            assert!(
                hop.returns.is_none_or(|returns| leg.arrives <= returns + EPS),
                "after the end"
            );
        }
        let Some(parent) = hop.parent.map(|idx| &score.hops[idx]) else { continue };
        assert!(hop.leaves >= parent.arrives - EPS, "leaves before the parent has the request");
        if let Some(answers) = parent.answers {
            assert!(hop.returns.is_some_and(|at| at <= answers + EPS), "outlives its parent");
        }
    }
}

/// Random trees of client spans: parent (an earlier one), start, length, whether it ended.
fn any_trace() -> impl Strategy<Value = Trace> {
    let span = (any::<prop::sample::Index>(), 0_u64..2_000, 0_u64..2_000, 0_u8..10);
    proptest::collection::vec(span, 1..20).prop_map(|spans| {
        let spans = spans.into_iter().enumerate().map(|(idx, (parent, from, took, end))| {
            let parent = (idx > 0).then(|| parent.index(idx) as u64 + 1);
            let span = client(&format!("s{idx}"), idx as u64 + 1, parent);
            let span = span.peer(&format!("t{idx}"));
            if end == 0 { span.from(from) } else { span.ran(from, from + took) }
        });
        trace(spans.collect())
    })
}

proptest! {
    #[test]
    fn a_child_never_outlives_its_parent(trace in any_trace()) {
        well_formed(&score(&trace, &topology()));
    }

    #[test]
    fn order_and_overlap_stay_true(trace in any_trace()) {
        let score = score(&trace, &topology());
        let truth = hops::hops(&trace, &topology());
        prop_assert_eq!(truth.len(), score.hops.len());
        for (a, a_true) in score.hops.iter().zip(&truth) {
            for (b, b_true) in score.hops.iter().zip(&truth) {
                if a_true.start < b_true.start {
                    prop_assert!(a.leaves <= b.leaves + EPS);
                }
                let (Some(a_end), Some(a_returns)) = (a_true.end, a.returns) else { continue };
                if a_end < b_true.start {
                    prop_assert!(a_returns <= b.leaves + EPS, "one after the other");
                }
                if a_end > b_true.start && a_true.start < b_true.start {
                    prop_assert!(a_returns >= b.leaves - EPS, "at the same time");
                }
                if let (Some(b_end), Some(b_returns)) = (b_true.end, b.returns) && a_end < b_end {
                    prop_assert!(a_returns <= b_returns + EPS);
                }
            }
        }
    }

    #[test]
    fn going_on_never_moves_what_was_laid(trace in any_trace(), cut in 0_u64..4_000, now in 0.0_f64..6.0) {
        let known = trace.spans.iter().filter(|span| span.started <= at(cut)).map(|span| {
            let ended = span.ended.filter(|ended| *ended <= at(cut));
            Arc::new(Span { ended, ..(**span).clone() })
        });
        let first = score(&Trace { id: trace.id, spans: known.collect() }, &topology());
        let second = first.continued(&trace, &topology(), now);
        well_formed(&second);
        for old in &first.hops {
            let new = second.hops.iter().find(|hop| hop.span == old.span).unwrap();
            prop_assert!((new.leaves - old.leaves).abs() < EPS);
            if old.returns.is_some() {
                prop_assert_eq!(new.returns, old.returns);
            } else if let Some(answers) = new.answers {
                prop_assert!(answers >= now - EPS);
            }
        }
    }
}
