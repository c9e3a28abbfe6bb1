//! Schemas from servers: ours, tonic's, and servers that are down, silent or half-way.

use std::pin::Pin;
use std::sync::Arc;

use hoplens::model::ProblemKind;
use hoplens::session::{Command, Origin, Source, SourcePhase};
use hoplens::workspace::MetadataRow;
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::transport::Server;
use tonic::{Request, Response, Status, Streaming};
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::server_reflection_server::{
    ServerReflection, ServerReflectionServer,
};
use tonic_reflection::pb::v1::{
    FileDescriptorResponse, ListServiceResponse, ServerReflectionRequest, ServerReflectionResponse,
    ServiceResponse,
};

use crate::desk::Desk;
use crate::peers::{reflecting, schema_of, silent_server};

const PING: &str =
    "syntax = \"proto3\"; service Ping { rpc Send (Ball) returns (Ball); } message Ball {}";
const PONG: &str =
    "syntax = \"proto3\"; service Pong { rpc Back (Ball) returns (Ball); } message Ball {}";

fn has(source: &Source, service: &str) -> bool {
    source.schema.as_ref().is_some_and(|schema| schema.service(service).is_some())
}

fn is_cached(source: &Source) -> bool {
    matches!(source.origin, Origin::Reflection { is_from_cache: true, .. })
}

async fn ask(desk: &Desk, target: &str) -> Arc<Source> {
    desk.send(Command::AskServer { target: target.to_owned() });
    desk.source(target).await
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_greeter_describes_itself() {
    let desk = Desk::with_demo().await;
    let target = desk.instance("greeter-1").unwrap().address.to_string();
    let source = ask(&desk, &target).await;
    assert_eq!(source.phase, SourcePhase::Ready, "{:?}", source.problems);
    let draft = desk.open_method(&source, "Greeter/SayHello").await;
    assert_eq!(draft.target, target);
    let draft = desk.edit(&draft, |draft| draft.body = "{\"name\": \"Grace\"}".into());
    let answer = desk.call(draft.id).await;
    assert!(crate::desk::shown(&answer).contains("Hello Grace"), "{answer:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_and_comes_back_is_followed() {
    let desk = Desk::without_demo();
    let (address, tasks) = reflecting(PING, 0).await;
    let target = address.to_string();
    let source = ask(&desk, &target).await;
    assert!(has(&source, "Ping") && !is_cached(&source), "{source:?}");
    let draft = desk.open_method(&source, "Ping/Send").await;
    drop(tasks);

    // Down: what it said last time, marked, after a restart too.
    desk.send(Command::RefreshSource(source.id));
    let source = desk.source_that("from cache", &target, is_cached).await;
    assert!(has(&source, "Ping"));
    let is_told = source
        .problems
        .iter()
        .any(|problem| matches!(problem.kind, ProblemKind::Reflection { .. }));
    assert!(is_told, "{:?}", source.problems);
    let desk = desk.reopened(Some(false)).await;
    let source = desk.source_that("from cache again", &target, is_cached).await;
    assert!(has(&source, "Ping"));
    assert_eq!(desk.front().await.body, draft.body);

    // Back with another contract.
    let (_, _tasks) = reflecting(PONG, address.port()).await;
    desk.send(Command::RefreshSource(source.id));
    let source = desk.source_that("fresh", &target, |source| has(source, "Pong")).await;
    assert!(!is_cached(&source) && !has(&source, "Ping"), "{source:?}");
    assert_eq!(source.problems.len(), 0, "{:?}", source.problems);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_tells_nothing_says_why() {
    let desk = Desk::without_demo();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = free.local_addr().unwrap().to_string();
    drop(free);
    let source = ask(&desk, &nobody).await;
    let [problem] = &source.problems[..] else { panic!("{:?}", source.problems) };
    let ProblemKind::Reflection { asked, cause } = &problem.kind else { panic!("{problem:?}") };
    assert_eq!((asked, source.phase), (&nobody, SourcePhase::Failed));
    assert!(cause.to_string().contains("refused"), "{cause}");
    let source = ask(&desk, "no target at all").await;
    assert_eq!((source.phase, source.problems.len()), (SourcePhase::Failed, 1));

    // No reflection: the listener is there, the service is not.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut tasks = JoinSet::new();
    let server = Server::builder().add_routes(tonic::service::Routes::default());
    tasks.spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    let source = ask(&desk, &address).await;
    assert_eq!((source.phase, source.problems.len()), (SourcePhase::Failed, 1));

    // One that never answers holds nothing else up.
    let (silent, _seen, _silence) = silent_server().await;
    desk.send(Command::AskServer { target: silent.to_string() });
    let (address, _reflecting) = reflecting(PING, 0).await;
    let source = ask(&desk, &address.to_string()).await;
    assert!(has(&source, "Ping"));
    desk.close().await;
}

/// Tells one service of two, and only to whoever shows the key.
struct HalfWay;

#[tonic::async_trait]
impl ServerReflection for HalfWay {
    type ServerReflectionInfoStream =
        Pin<Box<dyn Stream<Item = Result<ServerReflectionResponse, Status>> + Send>>;

    async fn server_reflection_info(
        &self,
        request: Request<Streaming<ServerReflectionRequest>>,
    ) -> Result<Response<Self::ServerReflectionInfoStream>, Status> {
        if request.metadata().get("x-key").is_none() {
            return Err(Status::unauthenticated("no key"));
        }
        let answers = request.into_inner().map(|question| {
            let answer = match question?.message_request {
                Some(MessageRequest::ListServices(_)) => {
                    let service = ["Ping", "Zebra"]
                        .map(|name| ServiceResponse { name: name.to_owned() })
                        .into();
                    MessageResponse::ListServicesResponse(ListServiceResponse { service })
                }
                Some(MessageRequest::FileContainingSymbol(name)) if name == "Ping" => {
                    let set = schema_of(PING).to_descriptor_set();
                    let set = prost_types::FileDescriptorSet::decode(set.as_slice()).unwrap();
                    let file_descriptor_proto =
                        set.file.iter().map(prost::Message::encode_to_vec).collect();
                    MessageResponse::FileDescriptorResponse(FileDescriptorResponse {
                        file_descriptor_proto,
                    })
                }
                _ => return Err(Status::internal("gone")),
            };
            Ok(ServerReflectionResponse { message_response: Some(answer), ..Default::default() })
        });
        Ok(Response::new(Box::pin(answers)))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_half_way_keeps_what_it_told_and_sees_the_draft_s_metadata() {
    let desk = Desk::without_demo();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = listener.local_addr().unwrap().to_string();
    let mut tasks = JoinSet::new();
    let server = Server::builder().add_service(ServerReflectionServer::new(HalfWay));
    tasks.spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));

    let source = ask(&desk, &target).await;
    assert_eq!(source.phase, SourcePhase::Failed);
    let ProblemKind::Reflection { cause, .. } = &source.problems[0].kind else {
        panic!("{:?}", source.problems)
    };
    assert!(cause.to_string().contains("no key"), "{cause}");

    let greeter = desk.source("greeter.proto").await;
    let draft = desk.open_method(&greeter, "Greeter/SayHello").await;
    desk.edit(&draft, |draft| {
        draft.target.clone_from(&target);
        draft.metadata.push(MetadataRow::new("x-key", "yes"));
    });
    desk.send(Command::RefreshSource(source.id));
    let source = desk.source_that("half a schema", &target, |source| has(source, "Ping")).await;
    let is_told = source.problems.iter().any(|problem| {
        matches!(&problem.kind, ProblemKind::Reflection { asked, .. } if asked == "Zebra")
    });
    assert!(is_told, "{:?}", source.problems);
    assert_eq!(source.phase, SourcePhase::Ready);
    desk.close().await;
}
