//! Who walks through the shop: a seeded shopper whose next wish depends on the ones before.

use http::Method;
use serde_json::{Value, json};

use super::proto::greeter::HelloRequest;
use super::proto::shop::cart::v1::{AddItemRequest, GetCartRequest};
use super::proto::shop::catalog::v1::{GetProductRequest, ListProductsRequest};
use super::proto::shop::orders::v1::{PlaceOrderRequest, place_order_request};
use super::proto::shop::payment::v1::{ChargeRequest, charge_request};
use super::proto::shop::pricing::v1::QuoteRequest;
use super::proto::shop::types::v1::{Card, Item, Money, Voucher};

/// Products that are always in stock.
const SKUS: [&str; 4] = ["sku-0007", "sku-1042", "sku-1043", "sku-2001"];
const NAMES: [&str; 6] = ["Ada", "Grace", "Linus", "Barbara", "Edsger", "Katherine"];
const GOOD_CARD: &str = "4242 4242 4242 4242";
const DECLINED_CARD: &str = "4000 0000 0000 0002";

/// One call that a shopper makes at the gateway.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wish {
    Http {
        method: Method,
        /// `/products/{id}`.
        route: &'static str,
        path: String,
        body: Option<Value>,
        /// Whether the route wants the demo's key.
        is_guarded: bool,
    },
    Grpc {
        /// `Greeter/SayHello`.
        method: &'static str,
        message: Vec<u8>,
    },
}

/// One shopper, who comes back for another walk.
#[derive(Debug)]
pub(super) struct Shopper {
    user: String,
    name: &'static str,
    dice: fastrand::Rng,
    n_steps: usize,
}

impl Shopper {
    pub(super) fn new(number: u64) -> Self {
        let mut dice = fastrand::Rng::with_seed(number);
        let name = NAMES.get(dice.usize(..NAMES.len())).copied().unwrap_or("Ada");
        Self { user: format!("shopper-{number}"), name, dice, n_steps: 0 }
    }

    /// The next call. A walk has eight steps, from the greeting to the order; thirteen kinds of calls in all,
    /// so that every edge of the demo is used.
    pub(super) fn next(&mut self) -> Wish {
        let step = self.n_steps % 8;
        self.n_steps += 1;
        let is_api = self.dice.bool();
        match step {
            0 => self.greet(),
            1 if is_api => {
                grpc("shop.catalog.v1.Catalog/ListProducts", &ListProductsRequest::default())
            }
            1 => get("/products", "/products".to_owned(), false),
            2 if is_api => {
                grpc("shop.catalog.v1.Catalog/GetProduct", &GetProductRequest { sku: self.sku() })
            }
            2 => get("/products/{id}", format!("/products/{}", self.sku()), false),
            3 => get("/stock/{sku}", format!("/stock/{}", self.sku()), true),
            4 if is_api => {
                let item = Some(self.item());
                let add = AddItemRequest { user: self.user.clone(), item };
                grpc("shop.cart.v1.Cart/AddItem", &add)
            }
            4 => {
                let body = json!({ "sku": self.sku(), "quantity": 1 });
                let path = format!("/carts/{}/items", self.user);
                post("/carts/{user}/items", path, body)
            }
            5 => grpc("shop.cart.v1.Cart/GetCart", &GetCartRequest { user: self.user.clone() }),
            6 if is_api => self.quote(),
            6 => self.charge(),
            _ if is_api => self.order(),
            _ => self.check_out(),
        }
    }

    fn sku(&mut self) -> String {
        SKUS.get(self.dice.usize(..SKUS.len())).copied().unwrap_or_default().to_owned()
    }

    fn item(&mut self) -> Item {
        Item { sku: self.sku(), quantity: self.dice.u32(1..4) }
    }

    /// One in fifty has a card that is declined.
    fn card(&mut self) -> Card {
        let number = if self.dice.u32(..50) == 0 { DECLINED_CARD } else { GOOD_CARD };
        Card { number: number.to_owned() }
    }

    fn greet(&self) -> Wish {
        grpc("Greeter/SayHello", &HelloRequest { name: self.name.to_owned() })
    }

    fn quote(&mut self) -> Wish {
        let items = vec![self.item()];
        let quote = QuoteRequest { items, voucher_code: String::new() };
        grpc("shop.pricing.v1.Pricing/Quote", &quote)
    }

    fn charge(&mut self) -> Wish {
        let charge = ChargeRequest {
            order_id: format!("{}-{}", self.user, self.n_steps),
            amount: Some(Money {
                currency_code: "EUR".to_owned(),
                cents: self.dice.i64(100..9_900),
            }),
            pay_with: Some(charge_request::PayWith::Card(self.card())),
        };
        grpc("shop.payment.v1.Payment/Charge", &charge)
    }

    fn order(&mut self) -> Wish {
        let voucher = Voucher { code: "WELCOME".to_owned() };
        let order = PlaceOrderRequest {
            user: self.user.clone(),
            items: vec![self.item()],
            pay_with: Some(place_order_request::PayWith::Voucher(voucher)),
            ..PlaceOrderRequest::default()
        };
        grpc("shop.orders.v1.Orders/PlaceOrder", &order)
    }

    fn check_out(&mut self) -> Wish {
        let item = self.item();
        let body = json!({
            "user": self.user,
            "items": [{ "sku": item.sku, "quantity": item.quantity }],
            "pay_with": { "card": { "number": self.card().number } },
        });
        post("/checkout", "/checkout".to_owned(), body)
    }
}

fn get(route: &'static str, path: String, is_guarded: bool) -> Wish {
    Wish::Http { method: Method::GET, route, path, body: None, is_guarded }
}

fn post(route: &'static str, path: String, body: Value) -> Wish {
    Wish::Http { method: Method::POST, route, path, body: Some(body), is_guarded: false }
}

fn grpc(method: &'static str, message: &impl prost::Message) -> Wish {
    Wish::Grpc { method, message: message.encode_to_vec() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_same_shopper_walks_the_same_way_and_goes_everywhere() {
        let walk = |number| {
            let mut shopper = Shopper::new(number);
            (0..200).map(|_| shopper.next()).collect::<Vec<_>>()
        };
        assert_eq!(walk(7), walk(7));
        assert_ne!(walk(7), walk(8));
        let kinds: BTreeSet<_> = walk(7)
            .into_iter()
            .map(|wish| match wish {
                Wish::Http { route, .. } => route,
                Wish::Grpc { method, .. } => method,
            })
            .collect();
        assert_eq!(kinds.len(), 13, "{kinds:?}");
    }
}
