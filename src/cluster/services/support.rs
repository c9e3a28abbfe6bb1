//! Talks with customers: a stream both ways. What it does not know itself it asks the catalog, once for each
//! question that names a product.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::time::sleep;
use tonic::{Code, Request, Response, Status, Streaming};

use crate::cluster::peers::Peers;
use crate::cluster::proto::shop::catalog::v1::GetProductRequest;
use crate::cluster::proto::shop::catalog::v1::catalog_client::CatalogClient;
use crate::cluster::proto::shop::support::v1::support_server::Support;
use crate::cluster::proto::shop::support::v1::{Question, Reply};
use crate::cluster::seat::Seat;
use crate::cluster::trace::Inbound;

/// How long support thinks.
const THINKING: Duration = Duration::from_millis(120);

#[derive(Debug, Clone)]
pub(super) struct Line {
    instance: Arc<str>,
    peers: Arc<Peers>,
}

impl Line {
    pub(super) fn new(seat: &Seat, peers: Arc<Peers>) -> Self {
        Self { instance: Arc::clone(&seat.instance), peers }
    }

    fn reply(&self, question: u32, text: String) -> Reply {
        let from = self.instance.to_string();
        Reply { question, text, from, at: Some(SystemTime::now().into()) }
    }

    async fn answer(&self, text: &str) -> String {
        sleep(THINKING).await;
        if text.trim().is_empty() {
            return "I heard nothing. What would you like to know?".to_owned();
        }
        let lower = text.to_lowercase();
        if let Some(sku) = sku_in(&lower) {
            return self.describe(sku).await;
        }
        let known = [
            ("hello", "Hello! Name a sku, or ask about delivery, price or returns."),
            ("deliver", "orders.TrackOrder follows your parcel to the door."),
            ("price", "pricing.Quote knows the price of whatever you put together."),
            ("return", "Send it back within 30 days; we pay the postage."),
            ("bye", "Good bye! Half-close when you are done."),
        ];
        let found = known.iter().find(|(word, _)| lower.contains(word));
        found.map_or("I do not know. Try \"What is sku-1042?\"", |(_, answer)| answer).to_owned()
    }

    async fn describe(&self, sku: &str) -> String {
        let mut catalog = CatalogClient::new(self.peers.grpc("catalog"));
        match catalog.get_product(GetProductRequest { sku: sku.to_owned() }).await {
            Ok(product) => {
                let product = product.into_inner();
                let price = product.price.unwrap_or_default();
                let (euros, cents) = (price.cents / 100, price.cents % 100);
                let currency = price.currency_code;
                format!("{sku} is: {}, {euros}.{cents:02} {currency}", product.title)
            }
            Err(status) if status.code() == Code::NotFound => format!("We do not sell {sku}."),
            Err(status) => format!("I cannot ask the catalog now: {}", status.message()),
        }
    }
}

/// `sku-` and what follows of letters, digits and dashes.
fn sku_in(text: &str) -> Option<&str> {
    let rest = text.get(text.find("sku-")?..)?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let sku = rest.get(..rest.find(|c| !is_part(c)).unwrap_or(rest.len()))?;
    Some(sku.trim_end_matches('-')).filter(|sku| (5..=40).contains(&sku.len()))
}

#[tonic::async_trait]
impl Support for Line {
    type ChatStream = BoxStream<'static, Result<Reply, Status>>;

    async fn chat(
        &self,
        request: Request<Streaming<Question>>,
    ) -> Result<Response<Self::ChatStream>, Status> {
        // Replies are made after this method has returned: they still belong to the call.
        let (line, inbound) = (self.clone(), Inbound::current());
        let greeting = line.reply(0, format!("Hello, this is {}.", line.instance));
        let questions = request.into_inner();
        let replies = stream::unfold((line, questions, 0_u32), move |(line, mut asked, n)| {
            inbound.scope(async move {
                let number = n.saturating_add(1);
                let reply = match asked.message().await {
                    Ok(Some(Question { text })) => Ok(line.reply(number, line.answer(&text).await)),
                    Ok(None) => return None,
                    Err(status) => Err(status),
                };
                Some((reply, (line, asked, number)))
            })
        });
        Ok(Response::new(stream::iter([Ok(greeting)]).chain(replies).boxed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sku_is_found_in_a_sentence() {
        assert_eq!(sku_in("what is sku-1042?"), Some("sku-1042"));
        assert_eq!(sku_in("sku-x-9-, please"), Some("sku-x-9"));
        assert_eq!(sku_in("sku-"), None);
        assert_eq!(sku_in("a cup"), None);
        assert_eq!(sku_in(&format!("sku-{}", "9".repeat(80))), None);
    }
}
