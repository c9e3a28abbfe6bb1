//! The first minute with Hoplens: everything is there, and the first Send answers.

use hoplens::model::{CLIENT, Code, GATEWAY, Outcome, ProblemKind, Verdict};
use hoplens::session::{AnswerBody, Command, Refusal};

use crate::desk::{Desk, outcome, shown};

#[tokio::test(flavor = "multi_thread")]
async fn the_greeter_answers_and_its_whole_way_is_known() {
    let desk = Desk::with_demo().await;
    for name in ["greeter.proto", "shop"] {
        let source = desk.source(name).await;
        assert_eq!(source.problems.len(), 0, "{:?}", source.problems);
        assert!(source.schema.as_ref().unwrap().n_methods() > 0);
    }
    assert_eq!(desk.source("storefront").await.routes.len(), 4);
    let draft = desk
        .until("a sample", |state| {
            let draft = state.draft(state.active?)?;
            draft.body.contains("Ada").then(|| draft.clone())
        })
        .await;
    assert_eq!(draft.operation(), "Greeter/SayHello");

    let answer = desk.call(draft.id).await;
    assert!(matches!(outcome(&answer), Some(Outcome::Grpc { number: 0, .. })), "{answer:?}");
    assert!(shown(&answer).contains("Hello Ada"), "{:?}", answer.body);
    assert!(!answer.wire.exchange.items.is_empty());
    let services = [CLIENT, GATEWAY, "greeter"];
    let (trace, trail) = desk
        .until("the whole trace", |state| {
            let answer = state.answers.get(&draft.id)?;
            let trace = answer.trace.clone()?;
            let has = |name: &str| trace.spans.iter().any(|span| &*span.service == name);
            (services.into_iter().all(has) && trace.ended().is_some())
                .then(|| Some((trace, answer.trail.clone()?)))?
        })
        .await;
    assert_eq!(trace.call(), answer.call.as_ref().map(|call| call.id));
    let picked = |verdict: &Verdict| matches!(verdict, Verdict::Picked { instance, .. } if instance.starts_with("greeter-"));
    assert!(trail.iter().any(|entry| picked(&entry.verdict)), "{trail:?}");

    let mut served_by = Vec::new();
    for _ in 0..4 {
        let answer = desk.call(draft.id).await;
        let call = answer.call.as_ref().unwrap();
        served_by.push(call.headers.get_str("x-served-by").unwrap().to_owned());
    }
    served_by.sort();
    assert_eq!(served_by, ["greeter-1", "greeter-1", "greeter-2", "greeter-2"]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_says_why_and_loses_nothing() {
    let desk = Desk::without_demo();
    let source = desk.source("greeter.proto").await;
    let draft = desk.open_method(&source, "Greeter/SayHello").await;
    let check = async |change: fn(&mut hoplens::workspace::Draft),
                       is_right: fn(&Refusal) -> bool| {
        let edited = desk.edit(&draft, change);
        let answer = desk.call(draft.id).await;
        let refusal = answer.refusal.as_ref().unwrap();
        assert!(is_right(refusal), "{refusal:?}");
        assert!(answer.call.is_none());
        assert_eq!(*desk.front().await, *edited);
    };
    check(|draft| draft.target = "ftp://x".into(), |refusal| matches!(refusal, Refusal::Target(_)))
        .await;
    check(
        |draft| draft.body = "{\n  \"name\": ,\n}".into(),
        |refusal| {
            let Refusal::Body(problems) = refusal else { return false };
            let place = problems[0].place.as_ref().unwrap();
            matches!(problems[0].kind, ProblemKind::JsonSyntax { .. })
                && (place.line, place.column) == (2, 11)
        },
    )
    .await;
    check(
        |draft| draft.body = "{\n  \"nmae\": \"Ada\"\n}".into(),
        |refusal| {
            let Refusal::Body(problems) = refusal else { return false };
            let place = problems[0].place.as_ref().unwrap();
            let is_near = |nearest: &Option<String>| nearest.as_deref() == Some("name");
            matches!(&problems[0].kind, ProblemKind::UnknownField { nearest, .. } if is_near(nearest))
                && (place.line, place.column) == (2, 3)
        },
    )
    .await;
    check(
        |draft| draft.method = hoplens::model::MethodPath::parse("Greeter/Gone"),
        |refusal| *refusal == Refusal::UnknownMethod,
    )
    .await;

    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strays_refusals_and_details_are_told_in_full() {
    let desk = Desk::with_demo().await;
    let shop = desk.source("shop").await;
    // A service that this port does not have.
    let draft = desk.open_method(&shop, "shop.orders.v1.Orders/GetOrder").await;
    let greeter = desk.instance("greeter-1").unwrap().address.to_string();
    desk.edit(&draft, |draft| draft.target = greeter);
    let answer = desk.call(draft.id).await;
    let Some(Outcome::Grpc { code: Code::Unimplemented, message, .. }) = outcome(&answer) else {
        panic!("{answer:?}")
    };
    assert!(message.contains("this port is Hoplens's own greeter"), "{message}");

    // A declined card: the details come through the gateway and are read.
    let draft = desk.open_method(&shop, "shop.payment.v1.Payment/Charge").await;
    desk.edit(&draft, |draft| {
        draft.body =
            r#"{"amount": {"cents": 5}, "card": {"number": "4000 0000 0000 0002"}}"#.into();
    });
    let answer = desk.call(draft.id).await;
    assert!(matches!(outcome(&answer), Some(Outcome::Grpc { code: Code::FailedPrecondition, .. })));
    let details = answer.trouble.json.as_ref().unwrap().text();
    assert!(details.contains("CARD_DECLINED"), "{details}");

    // Integers of 64 bits, both ways.
    let draft = desk.open_method(&shop, "shop.orders.v1.Orders/PlaceOrder").await;
    desk.edit(&draft, |draft| {
        draft.body = r#"{"user": "ada", "items": [{"sku": "sku-1042", "quantity": 1}],
            "invoice": {"email": "ada@example.com"}, "limit_cents": 9007199254740993}"#
            .into();
    });
    let answer = desk.call(draft.id).await;
    assert!(shown(&answer).contains("\"limitCents\": \"9007199254740993\""), "{answer:?}");
    let AnswerBody::Message { problems, .. } = &answer.body else { panic!("{answer:?}") };
    assert_eq!(problems.len(), 0, "{problems:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_route_with_a_key_wants_it() {
    let desk = Desk::with_demo().await;
    let source = desk.source("inventory").await;
    desk.send(Command::OpenRoute { source: source.id, route_idx: 0 });
    let draft = desk
        .until("the draft", |state| {
            let draft = state.draft(state.active?)?;
            (draft.source.as_ref() == Some(&source.saved)).then(|| draft.clone())
        })
        .await;
    let answer = desk.call(draft.id).await;
    assert!(matches!(outcome(&answer), Some(Outcome::Http { status: 200, .. })), "{answer:?}");
    desk.edit(&draft, |draft| draft.auth = hoplens::workspace::Auth::None);
    let answer = desk.call(draft.id).await;
    assert!(matches!(outcome(&answer), Some(Outcome::Http { status: 401, .. })), "{answer:?}");
    assert!(shown(&answer).contains("\"step\": \"authenticate\""), "{}", shown(&answer));
    desk.edit(&draft, |draft| draft.http_path = "/nowhere".into());
    let answer = desk.call(draft.id).await;
    assert!(matches!(outcome(&answer), Some(Outcome::Http { status: 404, .. })), "{answer:?}");
    assert!(shown(&answer).contains("\"step\": \"route\""), "{}", shown(&answer));
    desk.close().await;
}
