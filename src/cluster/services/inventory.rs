//! Counts stock and reserves it, over HTTP and JSON.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use http::StatusCode;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::goods::GOODS;

/// Reservations beyond this are taken as delivered, the oldest first.
const MAX_RESERVATIONS: usize = 10_000;

/// One position of a reservation, in the shop's JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) sku: String,
    pub(super) quantity: u32,
}

/// The body of `POST /reservations`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Reservation {
    pub(super) order: String,
    pub(super) items: Vec<Position>,
}

#[derive(Debug)]
struct Stock {
    pieces: BTreeMap<String, u32>,
    reservations: VecDeque<Reservation>,
}

type Shared = Arc<Mutex<Stock>>;
type Answer = (StatusCode, Json<Value>);

/// A new inventory with full shelves.
pub(super) fn router() -> Router {
    let pieces = GOODS.iter().map(|good| (good.sku.to_owned(), good.stock)).collect();
    let stock = Stock { pieces, reservations: VecDeque::new() };
    Router::new()
        .route("/stock", get(list))
        .route("/stock/{sku}", get(read))
        .route("/reservations", post(reserve))
        .route("/reservations/{order}", delete(release))
        .with_state(Arc::new(Mutex::new(stock)))
}

async fn list(State(stock): State<Shared>) -> Json<Value> {
    Json(json!({ "stock": stock.lock().pieces }))
}

async fn read(State(stock): State<Shared>, Path(sku): Path<String>) -> Answer {
    match stock.lock().pieces.get(&sku) {
        Some(pieces) => (StatusCode::OK, Json(json!({ "sku": sku, "pieces": pieces }))),
        None => refusal(StatusCode::NOT_FOUND, &format!("no stock is kept of {sku:?}")),
    }
}

async fn reserve(State(stock): State<Shared>, Json(wanted): Json<Reservation>) -> Answer {
    match stock.lock().reserve(wanted) {
        Ok(left) => (StatusCode::OK, Json(json!({ "left": left }))),
        Err((status, words)) => refusal(status, &words),
    }
}

async fn release(State(stock): State<Shared>, Path(order): Path<String>) -> Answer {
    if stock.lock().release(&order) {
        (StatusCode::OK, Json(json!({ "released": order })))
    } else {
        refusal(StatusCode::NOT_FOUND, &format!("nothing is reserved for {order:?}"))
    }
}

fn refusal(status: StatusCode, words: &str) -> Answer {
    (status, Json(json!({ "message": words })))
}

impl Stock {
    /// All or nothing. Answers what is left of each sku.
    fn reserve(
        &mut self,
        wanted: Reservation,
    ) -> Result<BTreeMap<String, u32>, (StatusCode, String)> {
        let mut left = BTreeMap::new();
        for Position { sku, quantity } in &wanted.items {
            let before =
                left.get(sku).or_else(|| self.pieces.get(sku)).copied().ok_or_else(|| {
                    (StatusCode::NOT_FOUND, format!("no stock is kept of {sku:?}"))
                })?;
            let after = before.checked_sub(*quantity).ok_or_else(|| {
                (StatusCode::CONFLICT, format!("only {before} of {sku} left, {quantity} wanted"))
            })?;
            left.insert(sku.clone(), after);
        }
        self.pieces.extend(left.clone());
        if self.reservations.len() >= MAX_RESERVATIONS {
            self.deliver_oldest();
        }
        self.reservations.push_back(wanted);
        Ok(left)
    }

    fn release(&mut self, order: &str) -> bool {
        let Some(idx) = self.reservations.iter().position(|known| known.order == order) else {
            return false;
        };
        if let Some(released) = self.reservations.remove(idx) {
            self.restock(&released);
        }
        true
    }

    /// The shop's supplier keeps pace with it, so that a demo under load never sells out for good.
    fn deliver_oldest(&mut self) {
        if let Some(delivered) = self.reservations.pop_front() {
            self.restock(&delivered);
        }
    }

    fn restock(&mut self, reservation: &Reservation) {
        for Position { sku, quantity } in &reservation.items {
            if let Some(pieces) = self.pieces.get_mut(sku) {
                *pieces = pieces.saturating_add(*quantity);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserving_is_all_or_nothing_and_can_be_undone() {
        let pieces = BTreeMap::from([("a".to_owned(), 5), ("b".to_owned(), 0)]);
        let mut stock = Stock { pieces: pieces.clone(), reservations: VecDeque::new() };
        let mut reserve = |order: &str, items: &[(&str, u32)]| {
            let items = items
                .iter()
                .map(|(sku, quantity)| Position { sku: (*sku).to_owned(), quantity: *quantity })
                .collect();
            stock.reserve(Reservation { order: order.to_owned(), items }).map_err(|(s, _)| s)
        };
        assert_eq!(reserve("1", &[("a", 1), ("b", 1)]), Err(StatusCode::CONFLICT));
        assert_eq!(reserve("2", &[("a", 3), ("a", 3)]), Err(StatusCode::CONFLICT));
        assert_eq!(reserve("3", &[("c", 1)]), Err(StatusCode::NOT_FOUND));
        assert_eq!(reserve("4", &[("a", 3), ("a", 2)]).unwrap()["a"], 0);
        assert!(stock.release("4"));
        assert!(!stock.release("4"));
        assert_eq!(stock.pieces, pieces);
    }
}
