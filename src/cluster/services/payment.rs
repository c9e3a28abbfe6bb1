//! Takes money: mostly in about 8 ms, sometimes not, so that the shop has a latency with a tail.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use prost::Message as _;
use tonic::{Code, Request, Response, Status};

use crate::cluster::proto::shop::payment::v1::payment_server::Payment;
use crate::cluster::proto::shop::payment::v1::{
    ChargeReply, ChargeRequest, ChargeState, charge_request::PayWith,
};
use crate::cluster::seat::Seat;

#[derive(Debug)]
pub(super) struct Cashier {
    instance: String,
    n_charges: AtomicU64,
    latency: Mutex<fastrand::Rng>,
}

impl Cashier {
    pub(super) fn new(seat: &Seat) -> Self {
        Self {
            instance: seat.instance.to_string(),
            n_charges: AtomicU64::new(0),
            latency: Mutex::new(fastrand::Rng::with_seed(seat.number as u64)),
        }
    }
}

#[tonic::async_trait]
impl Payment for Cashier {
    async fn charge(
        &self,
        request: Request<ChargeRequest>,
    ) -> Result<Response<ChargeReply>, Status> {
        let ChargeRequest { amount, pay_with, .. } = request.into_inner();
        let cents = amount.map_or(0, |amount| amount.cents);
        if cents <= 0 {
            return Err(Status::invalid_argument(format!("amount.cents: {cents} is not above 0")));
        }
        let pay_with = pay_with.ok_or_else(|| {
            Status::invalid_argument("pay_with: one of card, voucher and invoice is needed")
        })?;
        let latency = sample(&mut self.latency.lock());
        tokio::time::sleep(latency).await;
        let state = decide(&pay_with)?;
        let n_charge = self.n_charges.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Response::new(ChargeReply {
            charge_id: format!("{}-{n_charge}", self.instance),
            state: state.into(),
            charged_at: Some(SystemTime::now().into()),
        }))
    }
}

/// Nine of ten in 6 to 11 ms, the rest in 60 to 200.
fn sample(random: &mut fastrand::Rng) -> Duration {
    let micros = match random.u32(0..100) {
        0..=89 => random.u64(6_000..11_000),
        90..=97 => random.u64(60_000..120_000),
        _ => random.u64(120_000..200_000),
    };
    Duration::from_micros(micros)
}

fn decide(pay_with: &PayWith) -> Result<ChargeState, Status> {
    match pay_with {
        PayWith::Card(card) => {
            let digits: String = card.number.chars().filter(|c| !c.is_whitespace()).collect();
            if !(4..=19).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(Status::invalid_argument("card.number: 4 to 19 digits are needed"));
            }
            if digits.ends_with("0002") {
                return Err(declined("CARD_DECLINED", "card declined"));
            }
            Ok(ChargeState::Paid)
        }
        PayWith::Voucher(voucher) if voucher.code.is_empty() => {
            Err(Status::invalid_argument("voucher.code: is needed"))
        }
        PayWith::Voucher(voucher) if voucher.code == "EXPIRED" => {
            Err(declined("VOUCHER_EXPIRED", "voucher expired"))
        }
        PayWith::Voucher(_) => Ok(ChargeState::Paid),
        PayWith::Invoice(invoice) if !invoice.email.contains('@') => {
            Err(Status::invalid_argument("invoice.email: is no address"))
        }
        PayWith::Invoice(_) => Ok(ChargeState::Invoiced),
    }
}

/// `google.rpc.Status`, as `grpc-status-details-bin` carries it.
#[derive(Clone, PartialEq, prost::Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

/// `google.rpc.ErrorInfo`, without its map.
#[derive(Clone, PartialEq, prost::Message)]
struct ErrorInfo {
    #[prost(string, tag = "1")]
    reason: String,
    #[prost(string, tag = "2")]
    domain: String,
}

fn declined(reason: &str, words: &str) -> Status {
    let info = ErrorInfo { reason: reason.to_owned(), domain: "payment.shop".to_owned() };
    let detail = prost_types::Any {
        type_url: "type.googleapis.com/google.rpc.ErrorInfo".to_owned(),
        value: info.encode_to_vec(),
    };
    let code = Code::FailedPrecondition;
    let status = RpcStatus { code: code.into(), message: words.to_owned(), details: vec![detail] };
    Status::with_details(code, words, status.encode_to_vec().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::proto::shop::types::v1::{Card, Invoice, Voucher};

    #[test]
    fn who_pays_and_who_is_declined() {
        let check = |pay_with: PayWith, expected: Result<ChargeState, Code>| {
            assert_eq!(decide(&pay_with).map_err(|s| s.code()), expected, "{pay_with:?}");
        };
        let card = |number: &str| PayWith::Card(Card { number: number.to_owned() });
        let voucher = |code: &str| PayWith::Voucher(Voucher { code: code.to_owned() });
        let invoice =
            |email: &str| PayWith::Invoice(Invoice { email: email.to_owned(), days: None });
        check(card("4242 4242 4242 4242"), Ok(ChargeState::Paid));
        check(card("4000 0000 0000 0002"), Err(Code::FailedPrecondition));
        check(card("four"), Err(Code::InvalidArgument));
        check(voucher("WELCOME"), Ok(ChargeState::Paid));
        check(voucher("EXPIRED"), Err(Code::FailedPrecondition));
        check(voucher(""), Err(Code::InvalidArgument));
        check(invoice("ada@example.com"), Ok(ChargeState::Invoiced));
        check(invoice("ada"), Err(Code::InvalidArgument));
    }

    #[test]
    fn a_decline_carries_its_reason() {
        let status = declined("CARD_DECLINED", "card declined");
        let details = RpcStatus::decode(status.details()).unwrap();
        let info = ErrorInfo::decode(details.details[0].value.as_slice()).unwrap();
        assert_eq!((details.code, info.reason.as_str()), (9, "CARD_DECLINED"));
    }

    #[test]
    fn latency_is_seeded_and_has_a_tail() {
        let samples = |seed| {
            let mut random = fastrand::Rng::with_seed(seed);
            (0..1_000).map(|_| sample(&mut random)).collect::<Vec<_>>()
        };
        assert_eq!(samples(1), samples(1));
        let n_slow = samples(1).iter().filter(|s| **s >= Duration::from_millis(60)).count();
        assert!((50..150).contains(&n_slow), "{n_slow}");
    }
}
