//! One basket per user, in memory. When too many users have one, the one that has not changed
//! for the longest time is forgotten.

use std::collections::HashMap;
use std::time::SystemTime;

use parking_lot::Mutex;
use tonic::{Request, Response, Status};

use crate::cluster::proto::shop::cart::v1::cart_server::Cart;
use crate::cluster::proto::shop::cart::v1::{
    AddItemRequest, Basket, EmptyCartRequest, GetCartRequest,
};
use crate::cluster::proto::shop::types::v1::Item;

use super::goods::objection;

const MAX_BASKETS: usize = 1_000;
const MAX_USER_LEN: usize = 100;

#[derive(Debug, Default)]
pub(super) struct Baskets(Mutex<HashMap<String, Kept>>);

#[derive(Debug)]
struct Kept {
    items: Vec<Item>,
    updated_at: SystemTime,
}

#[tonic::async_trait]
impl Cart for Baskets {
    async fn add_item(&self, request: Request<AddItemRequest>) -> Result<Response<Basket>, Status> {
        let AddItemRequest { user, item } = request.into_inner();
        check_user(&user)?;
        let item = item.ok_or_else(|| Status::invalid_argument("item: is needed"))?;
        let mut baskets = self.0.lock();
        let mut items = baskets.get(&user).map(|kept| kept.items.clone()).unwrap_or_default();
        match items.iter_mut().find(|known| known.sku == item.sku) {
            Some(known) => known.quantity = known.quantity.saturating_add(item.quantity),
            None => items.push(item),
        }
        if let Some(words) = objection(&items) {
            return Err(Status::invalid_argument(words));
        }
        if baskets.len() >= MAX_BASKETS && !baskets.contains_key(&user) {
            let oldest = baskets.iter().min_by_key(|(_, kept)| kept.updated_at);
            let oldest = oldest.map(|(user, _)| user.clone());
            oldest.and_then(|user| baskets.remove(&user));
        }
        let kept = Kept { items, updated_at: SystemTime::now() };
        let basket = basket(user.clone(), Some(&kept));
        baskets.insert(user, kept);
        Ok(Response::new(basket))
    }

    async fn get_cart(&self, request: Request<GetCartRequest>) -> Result<Response<Basket>, Status> {
        let user = request.into_inner().user;
        check_user(&user)?;
        let baskets = self.0.lock();
        let kept = baskets.get(&user);
        Ok(Response::new(basket(user, kept)))
    }

    async fn empty_cart(
        &self,
        request: Request<EmptyCartRequest>,
    ) -> Result<Response<Basket>, Status> {
        let user = request.into_inner().user;
        check_user(&user)?;
        self.0.lock().remove(&user);
        Ok(Response::new(basket(user, None)))
    }
}

fn check_user(user: &str) -> Result<(), Status> {
    if user.is_empty() || user.len() > MAX_USER_LEN {
        let words = format!("user: must have 1 to {MAX_USER_LEN} bytes");
        return Err(Status::invalid_argument(words));
    }
    Ok(())
}

fn basket(user: String, kept: Option<&Kept>) -> Basket {
    Basket {
        user,
        items: kept.map(|kept| kept.items.clone()).unwrap_or_default(),
        updated_at: kept.map(|kept| kept.updated_at.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn baskets_add_up_and_stay_bounded() {
        let baskets = Baskets::default();
        let add = |user: String, quantity| {
            let item = Some(Item { sku: "sku-1042".to_owned(), quantity });
            baskets.add_item(Request::new(AddItemRequest { user, item }))
        };
        add("ada".to_owned(), 1).await.unwrap();
        let basket = add("ada".to_owned(), 2).await.unwrap().into_inner();
        assert_eq!(basket.items.first().map(|item| item.quantity), Some(3));
        assert!(basket.updated_at.is_some());
        assert!(add("ada".to_owned(), 1_000).await.is_err());
        assert!(add(String::new(), 1).await.is_err());
        for n in 0..MAX_BASKETS {
            add(format!("user-{n}"), 1).await.unwrap();
        }
        assert_eq!(baskets.0.lock().len(), MAX_BASKETS);
        assert!(!baskets.0.lock().contains_key("ada"));
    }
}
