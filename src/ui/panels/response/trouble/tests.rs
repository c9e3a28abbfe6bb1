use std::sync::Arc;

use egui_kittest::kittest::Queryable as _;

use super::super::tests::{answer, call, grpc, table};
use crate::model::{
    Code, ErrorDetail, Ladder, Obstacle, Outcome, Problem, ProblemKind, Rung, RungState, Stage,
    StatusFault,
};
use crate::session::{AnswerBody, Trouble};

fn rung(stage: Stage, state: RungState, seen: &str) -> Rung {
    Rung { stage, state, took: None, seen: seen.into() }
}

#[test]
fn a_call_that_stopped_shows_its_stages_and_why() {
    let settings = "MAX_CONCURRENT_STREAMS 7";
    let rungs = vec![
        rung(Stage::LookUp, RungState::Kept, "a.example"),
        rung(Stage::Tls, RungState::Unneeded, ""),
        rung(Stage::Settings, RungState::Passed, settings),
        rung(Stage::Headers, RungState::Failed(Obstacle::Reset(11)), ""),
        rung(Stage::Trailers, RungState::NotReached, ""),
    ];
    let mut answer = answer(call(Some(Outcome::Cancelled)));
    answer.body = AnswerBody::None;
    let ladder = Some(Ladder { rungs });
    answer.trouble = Arc::new(Trouble { ladder, ..Trouble::default() });
    let shown = table(Some(answer));
    let top = |words: &str| shown.get_by_label(words).rect().top();
    assert!(top("Look-up") < top("HTTP/2 settings") && top("HTTP/2 settings") < top("Trailers"));
    let states = ["kept from an earlier call", "not needed", "done", "stopped here", "not reached"];
    for words in states.into_iter().chain([settings]) {
        shown.get_by_label(words);
    }
    let why = shown.get_by_label_contains("RST_STREAM ENHANCE_YOUR_CALM").rect().top();
    assert!(top("stopped here") < why && why < top("not reached"));
}

#[test]
fn details_and_faults_of_a_status_stand_above_the_message_that_came() {
    let detail = ErrorDetail::RetryInfo { delay: "1.500s".into() };
    let fault = StatusFault::UnknownCode { number: 17 };
    let mut answer = answer(call(Some(grpc(Code::Unknown, ""))));
    answer.trouble = Arc::new(Trouble {
        details: vec![detail],
        problems: vec![Problem::warning(ProblemKind::Status { fault })],
        ..Trouble::default()
    });
    let shown = table(Some(answer));
    shown.get_by_label_contains("grpc-status 17");
    let detail = shown.get_by_label("Try again after 1.500s").rect();
    assert!(shown.get_by_label("RetryInfo").rect().top() < detail.top());
    assert!(detail.bottom() < shown.get_by_label_contains("Hello Ada").rect().top());
}
