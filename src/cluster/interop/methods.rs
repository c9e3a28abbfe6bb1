//! What each method does (grpc/grpc, `doc/interop-test-descriptions.md`).

use std::pin::Pin;
use std::time::Duration;

use tokio::time::sleep;
use tonic::Status;

use super::exchange::{Came, Inbox, Outbox};
use crate::cluster::proto::interop::{
    BoolValue, EchoStatus, Empty, Payload, ResponseParameters, SimpleRequest, SimpleResponse,
    StreamingInputCallRequest, StreamingInputCallResponse, StreamingOutputCallRequest,
    StreamingOutputCallResponse,
};

/// The same for every call, as the tests of clients that choose among servers want it.
const SERVER_ID: &str = "hoplens";
/// The largest payload that is made.
const MAX_PAYLOAD: i32 = 16 * 1024 * 1024;

type Work = Pin<Box<dyn Future<Output = Result<(), Status>> + Send>>;

/// The method of this name at work.
pub(super) fn run(method: &str, inbox: Inbox, outbox: Outbox) -> Option<Work> {
    Some(match method {
        "EmptyCall" => Box::pin(empty(inbox, outbox)),
        "UnaryCall" | "CacheableUnaryCall" => Box::pin(unary(inbox, outbox)),
        "StreamingOutputCall" => Box::pin(output(inbox, outbox)),
        "StreamingInputCall" => Box::pin(input(inbox, outbox)),
        "FullDuplexCall" => Box::pin(full_duplex(inbox, outbox)),
        "HalfDuplexCall" => Box::pin(half_duplex(inbox, outbox)),
        _ => return None,
    })
}

async fn empty(mut inbox: Inbox, outbox: Outbox) -> Result<(), Status> {
    inbox.only::<Empty>().await?;
    outbox.send(&Empty {}, false).await
}

async fn unary(mut inbox: Inbox, outbox: Outbox) -> Result<(), Status> {
    let Came { message, is_compressed } = inbox.only::<SimpleRequest>().await?;
    expect(message.expect_compressed, is_compressed)?;
    asked_status(message.response_status)?;
    let server_id = if message.fill_server_id { SERVER_ID } else { "" }.to_owned();
    let payload = Some(zeros(message.response_size)?);
    let answer = SimpleResponse { payload, server_id, ..SimpleResponse::default() };
    outbox.send(&answer, is_true(message.response_compressed)).await
}

async fn output(mut inbox: Inbox, outbox: Outbox) -> Result<(), Status> {
    let request = inbox.only::<StreamingOutputCallRequest>().await?.message;
    answer_all(&request.response_parameters, &outbox).await?;
    asked_status(request.response_status)
}

async fn input(mut inbox: Inbox, outbox: Outbox) -> Result<(), Status> {
    let mut n_bytes = 0_usize;
    while let Some(Came { message, is_compressed }) =
        inbox.next::<StreamingInputCallRequest>().await?
    {
        expect(message.expect_compressed, is_compressed)?;
        n_bytes = n_bytes.saturating_add(message.payload.map_or(0, |payload| payload.body.len()));
    }
    let aggregated_payload_size = i32::try_from(n_bytes).unwrap_or(i32::MAX);
    outbox.send(&StreamingInputCallResponse { aggregated_payload_size }, false).await
}

async fn full_duplex(mut inbox: Inbox, outbox: Outbox) -> Result<(), Status> {
    while let Some(came) = inbox.next::<StreamingOutputCallRequest>().await? {
        asked_status(came.message.response_status)?;
        answer_all(&came.message.response_parameters, &outbox).await?;
    }
    Ok(())
}

/// Every request first, then every answer.
async fn half_duplex(mut inbox: Inbox, outbox: Outbox) -> Result<(), Status> {
    let mut wanted = Vec::new();
    while let Some(came) = inbox.next::<StreamingOutputCallRequest>().await? {
        wanted.extend(came.message.response_parameters);
    }
    answer_all(&wanted, &outbox).await
}

async fn answer_all(wanted: &[ResponseParameters], outbox: &Outbox) -> Result<(), Status> {
    for one in wanted {
        if let Ok(micros @ 1..) = u64::try_from(one.interval_us) {
            sleep(Duration::from_micros(micros)).await;
        }
        let payload = Some(zeros(one.size)?);
        let answer =
            StreamingOutputCallResponse { payload, ..StreamingOutputCallResponse::default() };
        outbox.send(&answer, is_true(one.compressed)).await?;
    }
    Ok(())
}

fn zeros(size: i32) -> Result<Payload, Status> {
    match usize::try_from(size) {
        Ok(len) if size <= MAX_PAYLOAD => Ok(Payload { body: vec![0; len], ..Payload::default() }),
        _ => {
            let words = format!("a payload of {size} bytes is not 0 to {MAX_PAYLOAD}");
            Err(Status::invalid_argument(words))
        }
    }
}

fn asked_status(asked: Option<EchoStatus>) -> Result<(), Status> {
    match asked {
        Some(EchoStatus { code, message }) if code != 0 => Err(Status::new(code.into(), message)),
        _ => Ok(()),
    }
}

/// A client says beforehand whether its message is to come compressed, so that a server which cannot tell is found out.
fn expect(expected: Option<BoolValue>, is_compressed: bool) -> Result<(), Status> {
    match expected {
        Some(BoolValue { value }) if value != is_compressed => {
            let came = if is_compressed { "compressed" } else { "uncompressed" };
            Err(Status::invalid_argument(format!("the message came {came}")))
        }
        _ => Ok(()),
    }
}

fn is_true(value: Option<BoolValue>) -> bool {
    value.is_some_and(|value| value.value)
}
