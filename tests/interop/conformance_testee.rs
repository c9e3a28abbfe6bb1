//! What the protobuf project's conformance runner asks our codec: `conformance_testee FOLDER`, where FOLDER holds the
//! `.proto` files that come with the runner. Requests come on stdin, answers go to stdout, each after its length.

#![expect(clippy::unwrap_used, reason = "a program for tests")]

use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use bytes::Bytes;
use hoplens::model::{Problem, ProblemKind};
use hoplens::schema::{LoadRequest, Notation, Schema, UnknownNames, load};
use prost::Message as _;

/// `conformance.ConformanceRequest`, as far as it concerns us.
#[derive(Clone, PartialEq, prost::Message)]
struct Request {
    #[prost(oneof = "Payload", tags = "1, 2, 7, 8")]
    payload: Option<Payload>,
    #[prost(int32, tag = "3")]
    requested_output_format: i32,
    #[prost(string, tag = "4")]
    message_type: String,
    #[prost(int32, tag = "5")]
    test_category: i32,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Payload {
    #[prost(bytes = "bytes", tag = "1")]
    Protobuf(Bytes),
    #[prost(string, tag = "2")]
    Json(String),
    #[prost(string, tag = "7")]
    Jspb(String),
    #[prost(string, tag = "8")]
    Text(String),
}

/// `conformance.ConformanceResponse`.
#[derive(Clone, PartialEq, prost::Message)]
struct Response {
    #[prost(oneof = "Outcome", tags = "1, 2, 3, 4, 5, 6, 8")]
    result: Option<Outcome>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Outcome {
    #[prost(string, tag = "1")]
    ParseError(String),
    #[prost(string, tag = "2")]
    RuntimeError(String),
    #[prost(bytes = "bytes", tag = "3")]
    Protobuf(Bytes),
    #[prost(string, tag = "4")]
    Json(String),
    #[prost(string, tag = "5")]
    Skipped(String),
    #[prost(string, tag = "6")]
    SerializeError(String),
    #[prost(string, tag = "8")]
    Text(String),
}

/// The messages of the tests.
const FILES: [&str; 5] = [
    "test_messages_proto2.proto",
    "test_messages_proto3.proto",
    "test_messages_proto2_editions.proto",
    "test_messages_proto3_editions.proto",
    "test_messages_edition2023.proto",
];

const PROTOBUF: i32 = 1;
const JSON: i32 = 2;
const JSON_IGNORE_UNKNOWN: i32 = 3;
const TEXT: i32 = 4;

fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap());
    let paths = FILES.iter().map(|file| folder.join("google/protobuf").join(file)).collect();
    let request = LoadRequest { paths, roots: vec![folder] };
    let loaded = load(&request);
    assert!(loaded.problems.is_empty(), "{:#?}", loaded.problems);
    let (mut stdin, mut stdout) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut length = [0; 4];
    while stdin.read_exact(&mut length).is_ok() {
        let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
        stdin.read_exact(&mut bytes).unwrap();
        let request = Request::decode(bytes.as_slice()).unwrap();
        let answer = Response { result: Some(answer(&loaded.schema, request)) }.encode_to_vec();
        stdout.write_all(&(answer.len() as u32).to_le_bytes()).unwrap();
        stdout.write_all(&answer).unwrap();
        stdout.flush().unwrap();
    }
}

fn answer(schema: &Schema, request: Request) -> Outcome {
    let message = match request.message_type.as_str() {
        // The runner's first question, for the tests that it expects to fail.
        "conformance.FailureSet" => return Outcome::Protobuf(Bytes::new()),
        message => message,
    };
    let format = request.requested_output_format;
    let binary = match request.payload {
        Some(Payload::Protobuf(bytes)) => match schema.read_and_write(message, &bytes) {
            Ok(again) if format == PROTOBUF => return Outcome::Protobuf(again),
            Ok(_) => bytes,
            Err(problem) => return Outcome::ParseError(words(&[problem])),
        },
        Some(Payload::Json(text)) => {
            let unknown = match request.test_category {
                JSON_IGNORE_UNKNOWN => UnknownNames::Ignored,
                _ => UnknownNames::Refused,
            };
            match schema.encode_json_with(message, &text, unknown) {
                Ok(bytes) => bytes,
                Err(problems) => return Outcome::ParseError(words(&problems)),
            }
        }
        Some(Payload::Jspb(_)) => return Outcome::Skipped("JSPB is Google's own".to_owned()),
        Some(Payload::Text(text)) => match schema.encode_text(message, &text) {
            Ok(bytes) => bytes,
            Err(problems) => return Outcome::ParseError(words(&problems)),
        },
        None => return Outcome::RuntimeError("no payload".to_owned()),
    };
    match format {
        PROTOBUF => Outcome::Protobuf(binary),
        JSON => {
            let decoded = schema.decode_json(message, &binary);
            let is_exact =
                |problem: &Problem| matches!(problem.kind, ProblemKind::UnknownField { .. });
            if decoded.text.is_empty() {
                Outcome::ParseError(words(&decoded.problems))
            } else if decoded.problems.iter().all(is_exact) && decoded.unknown_types.is_empty() {
                Outcome::Json(decoded.text)
            } else {
                Outcome::SerializeError(words(&decoded.problems))
            }
        }
        TEXT => match schema.decode_as(message, &binary, Notation::Text) {
            decoded if decoded.problems.is_empty() => Outcome::Text(decoded.text),
            decoded => Outcome::SerializeError(words(&decoded.problems)),
        },
        _ => Outcome::Skipped("no such format".to_owned()),
    }
}

fn words(problems: &[Problem]) -> String {
    format!("{problems:?}")
}
