//! Places orders: pricing and inventory at the same time, then payment. Whatever fails first
//! decides the answer, which names the instance that failed; what was reserved is released.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use http::Method;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tonic::{Request, Response, Status};

use crate::cluster::paced::paced;
use crate::cluster::peers::{Peers, name_callee, served_by};
use crate::cluster::proto::shop::orders::v1::orders_server::Orders;
use crate::cluster::proto::shop::orders::v1::{
    GetOrderRequest, Order, OrderState, ParcelEvent, ParcelStage, PlaceOrderRequest,
    TrackOrderRequest, place_order_request::PayWith,
};
use crate::cluster::proto::shop::payment::v1::payment_client::PaymentClient;
use crate::cluster::proto::shop::payment::v1::{
    ChargeReply, ChargeRequest, ChargeState, charge_request,
};
use crate::cluster::proto::shop::pricing::v1::pricing_client::PricingClient;
use crate::cluster::proto::shop::pricing::v1::{QuoteReply, QuoteRequest};
use crate::cluster::proto::shop::types::v1::Money;
use crate::cluster::seat::Seat;

use super::goods::objection;
use super::inventory::{Position, Reservation};

/// Orders beyond this are forgotten, the oldest first.
const MAX_ORDERS: usize = 1_000;
/// From one event of a parcel to the next, where nobody asks for another pace.
const USUAL_PACE: Duration = Duration::from_millis(400);

/// The way of every parcel.
const WAY: [(ParcelStage, &str); 4] = [
    (ParcelStage::Packed, "warehouse"),
    (ParcelStage::HandedOver, "parcel service"),
    (ParcelStage::OutForDelivery, "van 7"),
    (ParcelStage::Delivered, "front door"),
];

#[derive(Debug)]
pub(super) struct Desk {
    instance: Arc<str>,
    peers: Arc<Peers>,
    n_orders: AtomicU64,
    orders: Mutex<VecDeque<Order>>,
}

impl Desk {
    pub(super) fn new(seat: &Seat, peers: Arc<Peers>) -> Self {
        let instance = Arc::clone(&seat.instance);
        Self { instance, peers, n_orders: AtomicU64::new(0), orders: Mutex::default() }
    }

    async fn quote(&self, wanted: &PlaceOrderRequest) -> Result<Response<QuoteReply>, Status> {
        let voucher_code = match &wanted.pay_with {
            Some(PayWith::Voucher(voucher)) => voucher.code.clone(),
            _ => String::new(),
        };
        let request = QuoteRequest { items: wanted.items.clone(), voucher_code };
        let mut pricing = PricingClient::new(self.peers.grpc("pricing"));
        pricing.quote(request).await.map_err(name_callee)
    }

    async fn reserve(
        &self,
        order_id: &str,
        wanted: &PlaceOrderRequest,
    ) -> Result<(Value, Arc<str>), Status> {
        let items = wanted.items.iter();
        let items = items.map(|i| Position { sku: i.sku.clone(), quantity: i.quantity }).collect();
        let body = json!(Reservation { order: order_id.to_owned(), items });
        self.peers.http("inventory", Method::POST, "/reservations", "/reservations", &body).await
    }

    /// Undoes a reservation after a later step has failed, and answers that step's status.
    async fn give_back(&self, order_id: &str, cause: Status) -> Status {
        let path = format!("/reservations/{order_id}");
        let route = "/reservations/{order}";
        match self.peers.http("inventory", Method::DELETE, route, &path, &Value::Null).await {
            Ok(_) => cause,
            Err(error) => {
                let words = format!("{}; still reserved: {}", cause.message(), error.message());
                Status::with_details(cause.code(), words, cause.details().to_vec().into())
            }
        }
    }

    async fn charge(
        &self,
        order_id: &str,
        amount: Money,
        pay_with: PayWith,
    ) -> Result<Response<ChargeReply>, Status> {
        let pay_with = Some(match pay_with {
            PayWith::Card(card) => charge_request::PayWith::Card(card),
            PayWith::Voucher(voucher) => charge_request::PayWith::Voucher(voucher),
            PayWith::Invoice(invoice) => charge_request::PayWith::Invoice(invoice),
        });
        let order_id = order_id.to_owned();
        let request = ChargeRequest { order_id, amount: Some(amount), pay_with };
        let mut payment = PaymentClient::new(self.peers.grpc("payment"));
        payment.charge(request).await.map_err(name_callee)
    }

    fn remember(&self, order: Order) {
        let mut orders = self.orders.lock();
        if orders.len() >= MAX_ORDERS {
            orders.pop_front();
        }
        orders.push_back(order);
    }
}

#[tonic::async_trait]
impl Orders for Desk {
    type TrackOrderStream = BoxStream<'static, Result<ParcelEvent, Status>>;

    async fn place_order(
        &self,
        request: Request<PlaceOrderRequest>,
    ) -> Result<Response<Order>, Status> {
        let wanted = request.into_inner();
        let pay_with = check(&wanted)?;
        let n_order = self.n_orders.fetch_add(1, Ordering::Relaxed) + 1;
        let order_id = format!("{}-{n_order}", self.instance);

        let (quote, reserved) = tokio::join!(self.quote(&wanted), self.reserve(&order_id, &wanted));
        let (quote, inventory) = match (quote, reserved) {
            (Ok(quote), Ok((_, inventory))) => (quote, inventory),
            (Err(status), Ok(_)) => return Err(self.give_back(&order_id, status).await),
            (Err(status), Err(_)) | (Ok(_), Err(status)) => return Err(status),
        };
        let pricing = served_by(&quote);
        let total = quote.into_inner().total.unwrap_or_default();
        if wanted.limit_cents > 0 && total.cents > wanted.limit_cents {
            let words = format!(
                "total of {} cents is over limit_cents {}",
                total.cents, wanted.limit_cents
            );
            return Err(self.give_back(&order_id, Status::failed_precondition(words)).await);
        }
        let charge = match self.charge(&order_id, total.clone(), pay_with).await {
            Ok(charge) => charge,
            Err(status) => return Err(self.give_back(&order_id, status).await),
        };
        let payment = served_by(&charge);
        let state = match charge.into_inner().state() {
            ChargeState::Invoiced => OrderState::Invoiced,
            ChargeState::Paid | ChargeState::Unspecified => OrderState::Paid,
        };
        let order = Order {
            order_id,
            user: wanted.user,
            items: wanted.items,
            total: Some(total),
            state: state.into(),
            placed_at: Some(SystemTime::now().into()),
            limit_cents: wanted.limit_cents,
            deliver_by: wanted.deliver_by,
            served_by: HashMap::from([
                ("pricing".to_owned(), pricing),
                ("inventory".to_owned(), inventory.to_string()),
                ("payment".to_owned(), payment),
                ("orders".to_owned(), self.instance.to_string()),
            ]),
        };
        self.remember(order.clone());
        Ok(Response::new(order))
    }

    async fn get_order(
        &self,
        request: Request<GetOrderRequest>,
    ) -> Result<Response<Order>, Status> {
        let order_id = request.into_inner().order_id;
        let orders = self.orders.lock();
        match orders.iter().find(|order| order.order_id == order_id) {
            Some(order) => Ok(Response::new(order.clone())),
            None => Err(Status::not_found(format!("{} has no order {order_id:?}", self.instance))),
        }
    }

    async fn track_order(
        &self,
        request: Request<TrackOrderRequest>,
    ) -> Result<Response<Self::TrackOrderStream>, Status> {
        let TrackOrderRequest { order_id, pace_millis } = request.into_inner();
        if !is_order_id(&order_id) {
            let words = format!("no parcel belongs to {order_id:?}; an order is named orders-1-1");
            return Err(Status::not_found(words));
        }
        let pace = pace_millis.map_or(USUAL_PACE, |millis| Duration::from_millis(millis.into()));
        let events = paced(WAY.into_iter(), pace).map(move |event| {
            event.map(|(stage, place)| ParcelEvent {
                order_id: order_id.clone(),
                stage: stage.into(),
                at: Some(SystemTime::now().into()),
                place: place.to_owned(),
            })
        });
        Ok(Response::new(events.boxed()))
    }
}

/// Whether an instance could have given an order this name. Parcels are not remembered: their way is the same
/// for all, so that each instance can tell it.
fn is_order_id(text: &str) -> bool {
    let is_number =
        |text: &str| (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let numbers = text.strip_prefix("orders-").and_then(|numbers| numbers.split_once('-'));
    numbers.is_some_and(|(instance, order)| is_number(instance) && is_number(order))
}

fn check(wanted: &PlaceOrderRequest) -> Result<PayWith, Status> {
    if wanted.user.is_empty() {
        return Err(Status::invalid_argument("user: is needed"));
    }
    if let Some(words) = objection(&wanted.items) {
        return Err(Status::invalid_argument(words));
    }
    if wanted.limit_cents < 0 {
        let words = format!("limit_cents: {} is below 0", wanted.limit_cents);
        return Err(Status::invalid_argument(words));
    }
    wanted.pay_with.clone().ok_or_else(|| {
        Status::invalid_argument("pay_with: one of card, voucher and invoice is needed")
    })
}
