//! The entry of the shop: HTTP and JSON outside, gRPC to catalog, cart and orders inside.
//!
//! Its JSON follows protobuf's: 64-bit integers are strings, enums their names.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tonic::Status;

use crate::cluster::peers::{Peers, name_callee};
use crate::cluster::proto::shop::cart::v1::cart_client::CartClient;
use crate::cluster::proto::shop::cart::v1::{
    AddItemRequest, Basket, EmptyCartRequest, GetCartRequest,
};
use crate::cluster::proto::shop::catalog::v1::catalog_client::CatalogClient;
use crate::cluster::proto::shop::catalog::v1::{GetProductRequest, ListProductsRequest, Product};
use crate::cluster::proto::shop::orders::v1::orders_client::OrdersClient;
use crate::cluster::proto::shop::orders::v1::{Order, PlaceOrderRequest, place_order_request};
use crate::cluster::proto::shop::types::v1::{Card, Invoice, Item, Money, Voucher};
use crate::cluster::status::{code_of, http_of};
use crate::model::Code;

use super::goods::money;
use super::inventory::Position;

type Answer = Result<Json<Value>, Refusal>;

/// The four routes that `storefront_routes` describes.
pub(super) fn router(peers: Arc<Peers>) -> Router {
    Router::new()
        .route("/products", get(list_products))
        .route("/products/{id}", get(read_product))
        .route("/carts/{user}/items", post(add_item))
        .route("/checkout", post(checkout))
        .with_state(peers)
}

async fn list_products(State(peers): State<Arc<Peers>>) -> Answer {
    let mut catalog = CatalogClient::new(peers.grpc("catalog"));
    let reply = catalog.list_products(ListProductsRequest::default()).await.map_err(name_callee)?;
    let products: Vec<_> = reply.get_ref().products.iter().map(product_json).collect();
    Ok(Json(json!({ "products": products })))
}

async fn read_product(State(peers): State<Arc<Peers>>, Path(sku): Path<String>) -> Answer {
    let product = get_product(&peers, sku).await?;
    Ok(Json(product_json(&product)))
}

async fn add_item(
    State(peers): State<Arc<Peers>>,
    Path(user): Path<String>,
    body: Result<Json<Position>, JsonRejection>,
) -> Answer {
    let Json(Position { sku, quantity }) = body?;
    // The cart takes any sku; it is the storefront that knows there is a catalog.
    get_product(&peers, sku.clone()).await?;
    let basket = add_to_cart(&peers, &user, Item { sku, quantity }).await?;
    Ok(Json(json!({ "user": basket.user, "items": items_json(&basket.items) })))
}

/// The body of `POST /checkout`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checkout {
    user: String,
    /// Added to the cart before it is ordered.
    #[serde(default)]
    items: Vec<Position>,
    pay_with: PayWith,
    /// A string, as protobuf's JSON has it, or a number.
    #[serde(default)]
    limit_cents: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PayWith {
    Card { number: String },
    Voucher { code: String },
    Invoice { email: String },
}

async fn checkout(
    State(peers): State<Arc<Peers>>,
    body: Result<Json<Checkout>, JsonRejection>,
) -> Answer {
    let Json(Checkout { user, items, pay_with, limit_cents }) = body?;
    let limit_cents = cents(&limit_cents)?;
    for Position { sku, quantity } in items {
        add_to_cart(&peers, &user, Item { sku, quantity }).await?;
    }
    let mut cart = CartClient::new(peers.grpc("cart"));
    let basket = cart.get_cart(GetCartRequest { user: user.clone() }).await.map_err(name_callee)?;
    let items = basket.into_inner().items;
    if items.is_empty() {
        let words = format!("the cart of {user:?} is empty: POST /carts/{user}/items first");
        return Err(Status::failed_precondition(words).into());
    }
    let pay_with = Some(match pay_with {
        PayWith::Card { number } => place_order_request::PayWith::Card(Card { number }),
        PayWith::Voucher { code } => place_order_request::PayWith::Voucher(Voucher { code }),
        PayWith::Invoice { email } => {
            place_order_request::PayWith::Invoice(Invoice { email, days: None })
        }
    });
    let user_again = user.clone();
    let request = PlaceOrderRequest { user, items, pay_with, limit_cents, deliver_by: None };
    let mut orders = OrdersClient::new(peers.grpc("orders"));
    let order = orders.place_order(request).await.map_err(name_callee)?.into_inner();
    // The order stands, whether or not the cart can still be emptied.
    let emptied = cart.empty_cart(EmptyCartRequest { user: user_again }).await;
    let mut answer = order_json(&order);
    if let (Err(status), Some(fields)) = (emptied, answer.as_object_mut()) {
        fields.insert("cart_not_emptied".to_owned(), json!(status.message()));
    }
    Ok(Json(answer))
}

async fn get_product(peers: &Arc<Peers>, sku: String) -> Result<Product, Status> {
    let mut catalog = CatalogClient::new(peers.grpc("catalog"));
    let reply = catalog.get_product(GetProductRequest { sku }).await.map_err(name_callee)?;
    Ok(reply.into_inner())
}

async fn add_to_cart(peers: &Arc<Peers>, user: &str, item: Item) -> Result<Basket, Status> {
    let mut cart = CartClient::new(peers.grpc("cart"));
    let request = AddItemRequest { user: user.to_owned(), item: Some(item) };
    Ok(cart.add_item(request).await.map_err(name_callee)?.into_inner())
}

fn cents(value: &Value) -> Result<i64, Status> {
    let cents = match value {
        Value::Null => Some(0),
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    cents.ok_or_else(|| Status::invalid_argument(format!("limit_cents: {value} is no int64")))
}

fn money_json(amount: Option<&Money>) -> Value {
    let nothing = money(0);
    let amount = amount.unwrap_or(&nothing);
    json!({ "currency_code": amount.currency_code, "cents": amount.cents.to_string() })
}

fn product_json(product: &Product) -> Value {
    let attributes: BTreeMap<_, _> = product.attributes.iter().collect();
    json!({
        "sku": product.sku,
        "title": product.title,
        "price": money_json(product.price.as_ref()),
        "category": product.category().as_str_name(),
        "added_at": product.added_at.as_ref().map(ToString::to_string),
        "attributes": attributes,
    })
}

fn items_json(items: &[Item]) -> Vec<Value> {
    items.iter().map(|item| json!({ "sku": item.sku, "quantity": item.quantity })).collect()
}

fn order_json(order: &Order) -> Value {
    let served_by: BTreeMap<_, _> = order.served_by.iter().collect();
    json!({
        "order_id": order.order_id,
        "user": order.user,
        "items": items_json(&order.items),
        "total": money_json(order.total.as_ref()),
        "state": order.state().as_str_name(),
        "placed_at": order.placed_at.as_ref().map(ToString::to_string),
        "limit_cents": order.limit_cents.to_string(),
        "served_by": served_by,
    })
}

/// Why a request was not answered, as JSON.
#[derive(Debug)]
struct Refusal {
    http: StatusCode,
    status: &'static str,
    words: String,
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        let code = code_of(&status);
        let http = match code {
            // What the shop does not do in this state: a card that is declined, a product that is sold out.
            Code::FailedPrecondition => StatusCode::CONFLICT,
            code => http_of(code),
        };
        Self { http, status: code.name(), words: status.message().to_owned() }
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self { http: rejection.status(), status: "INVALID_ARGUMENT", words: rejection.body_text() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "status": self.status, "message": self.words });
        (self.http, Json(body)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_exact_as_text_and_as_number() {
        let check = |value: Value, expected: Option<i64>| {
            assert_eq!(cents(&value).ok(), expected, "{value}");
        };
        check(Value::Null, Some(0));
        check(json!("9007199254740993"), Some(9_007_199_254_740_993));
        check(json!(9_007_199_254_740_993_i64), Some(9_007_199_254_740_993));
        check(json!("1.5"), None);
        check(json!(true), None);
    }

    #[test]
    fn the_sample_checkout_is_one() {
        let route = crate::cluster::storefront_routes().iter().find(|r| r.path == "/checkout");
        let body = route.and_then(|route| route.sample_body).unwrap();
        let checkout: Checkout = serde_json::from_str(body).unwrap();
        assert_eq!(cents(&checkout.limit_cents).unwrap(), 9_007_199_254_740_993);
    }
}
