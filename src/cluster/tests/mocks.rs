//! A schema that nobody has implemented, served and called.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::{Value, json};
use tonic::{Code, Status};

use super::Demo;
use crate::cluster::raw::Raw;
use crate::cluster::{ClusterError, MockPlan};
use crate::model::{
    Code as StatusCode, Failing, Fault, MethodPath, MockAnswer, MockStream, NodeKind,
};
use crate::schema::{Schema, load_virtual};

const PROTO: &str = "syntax = \"proto3\"; package books.v1;
    message Ask { string title = 1; int64 isbn = 2; }
    message Book { string title = 1; int64 isbn = 2; repeated string authors = 3; }
    service Books { rpc Find (Ask) returns (Book); rpc Watch (Ask) returns (stream Book);
        rpc Shelve (stream Ask) returns (Book); rpc Swap (stream Ask) returns (stream Book);
        rpc Echo (stream Ask) returns (stream Ask); }";

fn schema() -> Schema {
    load_virtual(&[("books.proto", PROTO)]).schema
}

fn plan(answers: &[(&str, &str, Fault)]) -> MockPlan {
    let answers: BTreeMap<_, _> = answers
        .iter()
        .map(|(method, body, fault)| {
            let body = (*body).to_owned();
            let answer = MockAnswer { body, fault: *fault, ..MockAnswer::default() };
            (MethodPath::parse(method).unwrap(), answer)
        })
        .collect();
    MockPlan { name: "books".into(), schema: schema(), answers, port: None }
}

async fn call(demo: &Demo, method: &str, request: Value) -> Result<Value, Status> {
    let schema = schema();
    let message = schema.encode_json("books.v1.Ask", &request.to_string()).unwrap();
    let mut grpc = tonic::client::Grpc::new(demo.channel("books-1"));
    grpc.ready().await.unwrap();
    let path = format!("/books.v1.Books/{method}").parse().unwrap();
    let answer: tonic::Response<Bytes> =
        grpc.unary(tonic::Request::new(message), path, Raw).await?;
    let text = schema.decode_json("books.v1.Book", answer.get_ref()).text;
    Ok(serde_json::from_str(&text).unwrap())
}

#[tokio::test]
async fn a_schema_answers_samples_templates_and_faults() {
    let demo = Demo::start().await;
    demo.handle.serve(plan(&[])).await.unwrap();
    let topology = demo.handle.topology().borrow().clone();
    let service = topology.service("books").unwrap();
    assert_eq!((service.kind, service.n_ready()), (NodeKind::Mock, 1));
    let sample = call(&demo, "Find", json!({ "title": "Emma" })).await.unwrap();
    assert_eq!(sample, json!({ "title": "Hello", "isbn": "1", "authors": ["Ada"] }));

    let body = r#"{"title": "{{request.title}}, 2nd", "isbn": "{{request.isbn}}"}"#;
    let mut next = plan(&[("books.v1.Books/Find", body, Fault::default())]);
    demo.handle.serve(next.clone()).await.unwrap();
    let request = json!({ "title": "Emma", "isbn": "9007199254740993" });
    let answer = call(&demo, "Find", request.clone()).await.unwrap();
    assert_eq!(answer, json!({ "title": "Emma, 2nd", "isbn": "9007199254740993" }));

    let failing = Some(Failing { percent: 100, code: StatusCode::NotFound });
    let fault = Fault { failing, ..Fault::default() };
    for answer in next.answers.values_mut() {
        answer.fault = fault;
    }
    demo.handle.serve(next).await.unwrap();
    let status = call(&demo, "Find", request.clone()).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);

    let status = call(&demo, "Lose", request).await.unwrap_err();
    assert!(
        status.message().contains("Hoplens's own books (books-1); it serves books.v1.Books"),
        "{status}"
    );
    demo.end().await;
}

#[tokio::test]
async fn streams_answer_so_many_at_a_pace_once_or_each() {
    let demo = Demo::start().await;
    let body = r#"{"title": "{{request.title}}!"}"#;
    let answers = ["Watch", "Shelve", "Swap"].map(|method| format!("books.v1.Books/{method}"));
    let answers = answers.each_ref().map(|method| (method.as_str(), body, Fault::default()));
    let mut plan = plan(&answers);
    for answer in plan.answers.values_mut() {
        answer.stream = MockStream { n_messages: 4, pace: Duration::from_millis(30) };
    }
    demo.handle.serve(plan).await.unwrap();
    let began = Instant::now();
    let titles = stream(&demo, "Watch", &["Emma"], "books.v1.Book").await;
    assert_eq!(titles, ["Emma!"; 4]);
    assert!(began.elapsed() >= Duration::from_millis(90), "three pauses");
    assert_eq!(stream(&demo, "Shelve", &["a", "b", "c"], "books.v1.Book").await, ["c!"]);
    assert_eq!(stream(&demo, "Swap", &["a", "b", "c"], "books.v1.Book").await, ["a!", "b!", "c!"]);
    assert_eq!(stream(&demo, "Echo", &["a", "b"], "books.v1.Ask").await, ["a", "b"]);
    assert_eq!(stream(&demo, "Shelve", &[], "books.v1.Book").await, ["!"]);
    demo.end().await;
}

/// The titles that come for these.
async fn stream(demo: &Demo, method: &str, asked: &[&str], answers: &str) -> Vec<String> {
    let schema = schema();
    let message = |title: &&str| {
        schema.encode_json("books.v1.Ask", &json!({ "title": title }).to_string()).unwrap()
    };
    let asked: Vec<Bytes> = asked.iter().map(message).collect();
    let mut grpc = tonic::client::Grpc::new(demo.channel("books-1"));
    grpc.ready().await.unwrap();
    let path = format!("/books.v1.Books/{method}").parse().unwrap();
    let request = tonic::Request::new(tokio_stream::iter(asked));
    let answer: tonic::Response<tonic::Streaming<Bytes>> =
        grpc.streaming(request, path, Raw).await.unwrap();
    let mut messages = answer.into_inner();
    let mut titles = Vec::new();
    while let Some(message) = messages.message().await.unwrap() {
        let text = schema.decode_json(answers, &message).text;
        let value: Value = serde_json::from_str(&text).unwrap();
        titles.push(value["title"].as_str().unwrap_or_default().to_owned());
    }
    titles
}

#[tokio::test]
async fn a_mock_has_hands_laid_on_it_and_ends() {
    let demo = Demo::start().await;
    demo.handle.serve(plan(&[])).await.unwrap();
    assert_eq!(&*demo.handle.add_instance("books").await.unwrap(), "books-2");
    // What belongs to the demo stops and starts without it.
    demo.handle.stop_all().await.unwrap();
    call(&demo, "Find", json!({})).await.unwrap();
    demo.handle.unserve("books").await.unwrap();
    assert!(demo.handle.topology().borrow().service("books").is_none());
    assert!(demo.handle.endpoints().borrow().get("books").is_none());

    let taken = MockPlan { name: "greeter".into(), ..plan(&[]) };
    let error = demo.handle.serve(taken).await.unwrap_err();
    assert!(matches!(error, ClusterError::NameTaken(_)), "{error}");
    let empty = load_virtual(&[("m.proto", "syntax = \"proto3\"; message M {}")]).schema;
    let error = demo.handle.serve(MockPlan { schema: empty, ..plan(&[]) }).await.unwrap_err();
    assert!(matches!(error, ClusterError::NothingToServe), "{error}");
    demo.end().await;
}
