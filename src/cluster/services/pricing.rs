//! Prices items, and burns a little CPU over it, so that the shop has one service whose time is
//! work and not waiting.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, SystemTime};

use tonic::{Request, Response, Status};

use crate::cluster::proto::shop::pricing::v1::pricing_server::Pricing;
use crate::cluster::proto::shop::pricing::v1::{QuoteReply, QuoteRequest};

use super::goods::{good, money, objection};

/// About a millisecond in an optimised build.
const HASH_ROUNDS: u32 = 50_000;
/// Percent that the voucher `WELCOME` takes off.
const WELCOME_PERCENT: i64 = 10;
const VALID_FOR: Duration = Duration::from_mins(15);

#[derive(Debug)]
pub(super) struct PriceList;

#[tonic::async_trait]
impl Pricing for PriceList {
    async fn quote(&self, request: Request<QuoteRequest>) -> Result<Response<QuoteReply>, Status> {
        let QuoteRequest { items, voucher_code } = request.into_inner();
        if let Some(words) = objection(&items) {
            return Err(Status::invalid_argument(words));
        }
        let too_much = || Status::out_of_range("the total does not fit into 64 bits");
        let mut lines = HashMap::new();
        let mut sum = 0_i64;
        for item in &items {
            let good = good(&item.sku)
                .ok_or_else(|| Status::not_found(format!("no price for the sku {:?}", item.sku)))?;
            let cents = good.cents.checked_mul(i64::from(item.quantity)).ok_or_else(too_much)?;
            sum = sum.checked_add(cents).ok_or_else(too_much)?;
            lines.entry(item.sku.clone()).or_insert_with(|| money(0)).cents += cents;
        }
        let discount = match voucher_code.as_str() {
            "WELCOME" => sum / 100 * WELCOME_PERCENT,
            _ => 0,
        };
        let total = sum - discount;
        Ok(Response::new(QuoteReply {
            total: Some(money(total)),
            lines,
            discount: Some(money(discount)),
            valid_until: Some((SystemTime::now() + VALID_FOR).into()),
            checksum: checksum(total, &voucher_code),
        }))
    }
}

/// A chain of hashes: each round needs the one before, so no compiler skips the work.
fn checksum(total: i64, voucher_code: &str) -> u64 {
    (0..HASH_ROUNDS).fold(total.cast_unsigned(), |sum, round| {
        let mut hasher = DefaultHasher::new();
        (sum, round, voucher_code).hash(&mut hasher);
        hasher.finish()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::proto::shop::types::v1::Item;

    #[tokio::test]
    async fn prices_are_exact_above_two_to_the_53() {
        let quote = |sku: &str, quantity, voucher: &str| {
            let items = vec![Item { sku: sku.to_owned(), quantity }];
            PriceList.quote(Request::new(QuoteRequest { items, voucher_code: voucher.to_owned() }))
        };
        let total = |reply: Response<QuoteReply>| reply.into_inner().total.map(|t| t.cents);
        assert_eq!(total(quote("sku-1042", 2, "").await.unwrap()), Some(2_900));
        assert_eq!(total(quote("sku-1042", 2, "WELCOME").await.unwrap()), Some(2_610));
        let large = quote("sku-2002", 1, "").await.unwrap();
        assert_eq!(total(large), Some(9_007_199_254_740_993));
        let code = |result: Result<_, Status>| result.map(drop).map_err(|s| s.code());
        assert_eq!(code(quote("sku-9999", 1, "").await), Err(tonic::Code::NotFound));
        assert_eq!(code(quote("sku-1042", 0, "").await), Err(tonic::Code::InvalidArgument));
    }
}
