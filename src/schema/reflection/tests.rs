//! Against tonic's reflection service, and against servers that fail in their own ways.

use std::pin::Pin;

use tokio::task::JoinSet;
use tokio_stream::{Stream, StreamExt as _, wrappers::TcpListenerStream};
use tonic::transport::{Channel, Server, server::Router};
use tonic_reflection::pb::v1::{
    ErrorResponse, FileDescriptorResponse, ListServiceResponse, ServiceResponse,
    server_reflection_server::{ServerReflection, ServerReflectionServer},
};

use super::*;
use crate::schema::{Schema, load_virtual};

fn shop() -> Schema {
    let loaded = load_virtual(&[
        (
            "shop/orders.proto",
            "syntax = \"proto3\"; package shop; import \"shop/money.proto\"; import \"google/protobuf/timestamp.proto\";\n\
             service Orders { rpc Place (Order) returns (Order); }\n\
             message Order { Money price = 1; google.protobuf.Timestamp at = 2; }",
        ),
        (
            "shop/money.proto",
            "syntax = \"proto3\"; package shop; message Money { int64 units = 1; }",
        ),
        (
            "stock.proto",
            "syntax = \"proto3\"; service Stock { rpc Count (Bin) returns (Bin); } message Bin {}",
        ),
    ]);
    assert_eq!(loaded.problems, []);
    loaded.schema
}

/// Serves on a port of its own until the set is dropped.
async fn serve(router: Router) -> (JoinSet<()>, http::Uri) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        router.serve_with_incoming(TcpListenerStream::new(listener)).await.unwrap();
    });
    (tasks, uri)
}

async fn ask(uri: http::Uri) -> Result<Reflected, ReflectError> {
    let channel = Channel::builder(uri.clone()).connect().await.unwrap();
    let mut headers = Headers::new();
    headers.push("x-key", "secret");
    headers.push("bad name", "left out");
    let mut last = ReflectProgress::default();
    let reflected = reflect(channel, uri, &headers, |progress| last = progress).await;
    if let Ok(reflected) = &reflected {
        assert!(last.n_files <= reflected.loaded.schema.files().len());
        assert!(last.n_services > 0);
    }
    reflected
}

fn names(reflected: &Reflected) -> Vec<&str> {
    reflected.loaded.schema.services().iter().map(|service| service.full_name.as_str()).collect()
}

#[tokio::test]
async fn both_versions_give_the_whole_schema() {
    let set = shop().to_descriptor_set();
    let configure = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(&set)
            .include_reflection_service(false)
    };
    let v1 = Server::builder().add_service(configure().build_v1().unwrap());
    let v1alpha = Server::builder().add_service(configure().build_v1alpha().unwrap());
    for (router, version) in [(v1, ReflectionVersion::V1), (v1alpha, ReflectionVersion::V1Alpha)] {
        let (_tasks, uri) = serve(router).await;
        let reflected = ask(uri).await.unwrap();
        assert_eq!(reflected.version, version);
        assert_eq!(reflected.loaded.problems, []);
        assert_eq!(names(&reflected), ["shop.Orders", "Stock"]);
        let (schema, original) = (&reflected.loaded.schema, shop());
        assert_eq!(schema.sample("shop.Order"), original.sample("shop.Order"));
        // What is cached opens again without the server.
        let cached =
            crate::schema::load_descriptor_set(&schema.to_descriptor_set(), "cache".as_ref());
        assert_eq!(cached.schema.services(), schema.services());
    }
}

#[tokio::test]
async fn a_server_without_reflection_says_so() {
    let (_tasks, uri) =
        serve(Server::builder().add_routes(tonic::service::Routes::default())).await;
    // On a task of its own: what a session does with it.
    let asked = tokio::spawn(ask(uri)).await.unwrap();
    assert_eq!(asked.unwrap_err(), ReflectError::NotOffered);
}

/// How [`Odd`] treats the service `Stock`.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Fault {
    /// Answers with an error.
    Refuses,
    /// Ends the stream.
    HangsUp,
    /// Sends bytes that are no descriptor.
    Babbles,
    /// Gives a file, but not the one that it imports.
    ForgetsImport,
    /// Has no key, no answer.
    Locked,
}

/// A reflection server with a fault; it demands the metadata that `ask` sends.
struct Odd {
    schema: Schema,
    fault: Fault,
}

fn file_of(schema: &Schema, name: &str) -> Vec<u8> {
    let set =
        prost_types::FileDescriptorSet::decode(schema.to_descriptor_set().as_slice()).unwrap();
    set.file.into_iter().find(|file| file.name() == name).map(|file| file.encode_to_vec()).unwrap()
}

fn answer_to(
    question: MessageRequest,
    fault: Fault,
    schema: &Schema,
) -> Result<MessageResponse, Status> {
    let files = |file_descriptor_proto| {
        MessageResponse::FileDescriptorResponse(FileDescriptorResponse { file_descriptor_proto })
    };
    let refusal = MessageResponse::ErrorResponse(ErrorResponse {
        error_code: 5,
        error_message: "not found".to_owned(),
    });
    Ok(match question {
        MessageRequest::ListServices(_) => {
            let names =
                ["Stock", "shop.Orders"].map(|name| ServiceResponse { name: name.to_owned() });
            MessageResponse::ListServicesResponse(ListServiceResponse { service: names.to_vec() })
        }
        MessageRequest::FileContainingSymbol(symbol) if symbol == "Stock" => match fault {
            Fault::Refuses => refusal,
            Fault::HangsUp => return Err(Status::internal("gone")),
            Fault::Babbles => files(vec![b"\xff\xff".to_vec()]),
            Fault::ForgetsImport | Fault::Locked => files(vec![file_of(schema, "stock.proto")]),
        },
        MessageRequest::FileContainingSymbol(_) => {
            files(vec![file_of(schema, "shop/orders.proto")])
        }
        MessageRequest::FileByFilename(name)
            if fault != Fault::ForgetsImport && name == "shop/money.proto" =>
        {
            files(vec![file_of(schema, &name)])
        }
        _ => refusal,
    })
}

#[tonic::async_trait]
impl ServerReflection for Odd {
    type ServerReflectionInfoStream =
        Pin<Box<dyn Stream<Item = Result<ServerReflectionResponse, Status>> + Send>>;

    async fn server_reflection_info(
        &self,
        request: tonic::Request<Streaming<ServerReflectionRequest>>,
    ) -> Result<tonic::Response<Self::ServerReflectionInfoStream>, Status> {
        if self.fault == Fault::Locked || request.metadata().get("x-key").is_none() {
            return Err(Status::unauthenticated("no key"));
        }
        let (schema, fault) = (self.schema.clone(), self.fault);
        let answers = request.into_inner().map(move |question| {
            let answer = answer_to(question?.message_request.unwrap(), fault, &schema)?;
            Ok(ServerReflectionResponse { message_response: Some(answer), ..Default::default() })
        });
        Ok(tonic::Response::new(Box::pin(answers)))
    }
}

#[tokio::test]
async fn a_server_that_fails_half_way_keeps_what_it_gave() {
    for (fault, loaded) in [
        (Fault::Refuses, "shop.Orders"),
        (Fault::HangsUp, "shop.Orders"),
        (Fault::Babbles, "shop.Orders"),
        (Fault::ForgetsImport, "Stock"),
    ] {
        let odd = ServerReflectionServer::new(Odd { schema: shop(), fault });
        let (_tasks, uri) = serve(Server::builder().add_service(odd)).await;
        let reflected = ask(uri).await.unwrap();
        assert_eq!(names(&reflected), [loaded], "{fault:?}");
        let kinds: Vec<_> = reflected.loaded.problems.iter().map(|problem| &problem.kind).collect();
        let is_right = |kind: &&ProblemKind| match fault {
            Fault::Babbles => matches!(kind, ProblemKind::BadDescriptorSet { .. }),
            Fault::ForgetsImport => {
                matches!(kind, ProblemKind::Reflection { asked, .. } if asked == "shop/money.proto")
            }
            _ => matches!(kind, ProblemKind::Reflection { asked, .. } if asked == "Stock"),
        };
        assert!(kinds.iter().any(is_right), "{fault:?}: {kinds:?}");
    }
}

#[tokio::test]
async fn a_refusal_of_the_list_is_an_error() {
    let odd = ServerReflectionServer::new(Odd { schema: shop(), fault: Fault::Locked });
    let (_tasks, uri) = serve(Server::builder().add_service(odd)).await;
    let error = ask(uri).await.unwrap_err();
    let message = "no key".to_owned();
    assert_eq!(error, ReflectError::Status { code: Code::from_number(16), message });
}
