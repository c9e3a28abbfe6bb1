//! One basket per user, in memory. When too many users have one, the one that has not changed
//! for the longest time is forgotten.

use std::collections::HashMap;
use std::time::SystemTime;

use parking_lot::Mutex;
use tonic::{Request, Response, Status, Streaming};

use crate::cluster::proto::shop::cart::v1::cart_server::Cart;
use crate::cluster::proto::shop::cart::v1::{
    AddItemRequest, Basket, EmptyCartRequest, GetCartRequest, UploadItemsReply,
};
use crate::cluster::proto::shop::types::v1::Item;

use super::goods::objection;

const MAX_BASKETS: usize = 1_000;
const MAX_USER_LEN: usize = 100;
/// The refusals of one upload that are answered with their reasons; the others are counted.
const MAX_REFUSALS: usize = 20;

#[derive(Debug, Default)]
pub(super) struct Baskets(Mutex<HashMap<String, Kept>>);

#[derive(Debug)]
struct Kept {
    items: Vec<Item>,
    updated_at: SystemTime,
}

impl Baskets {
    /// Puts an item into the user's basket, which is answered; one that does not fit changes nothing.
    fn add(&self, user: String, item: Option<Item>) -> Result<Basket, Status> {
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
        Ok(basket)
    }
}

#[tonic::async_trait]
impl Cart for Baskets {
    async fn add_item(&self, request: Request<AddItemRequest>) -> Result<Response<Basket>, Status> {
        let AddItemRequest { user, item } = request.into_inner();
        Ok(Response::new(self.add(user, item)?))
    }

    async fn upload_items(
        &self,
        request: Request<Streaming<AddItemRequest>>,
    ) -> Result<Response<UploadItemsReply>, Status> {
        let mut messages = request.into_inner();
        let mut reply = UploadItemsReply::default();
        let mut owner = String::new();
        while let Some(AddItemRequest { user, item }) = messages.message().await? {
            let number = reply.n_taken.saturating_add(reply.n_refused).saturating_add(1);
            if owner.is_empty() {
                check_user(&user)?;
                owner.clone_from(&user);
            }
            let added = if user.is_empty() || user == owner {
                self.add(owner.clone(), item)
            } else {
                Err(Status::invalid_argument(format!("user: this upload is for {owner:?}")))
            };
            match added {
                Ok(_basket) => reply.n_taken = reply.n_taken.saturating_add(1),
                Err(status) => {
                    reply.n_refused = reply.n_refused.saturating_add(1);
                    if reply.refusals.len() < MAX_REFUSALS {
                        reply.refusals.insert(number, status.message().to_owned());
                    }
                }
            }
        }
        if owner.is_empty() {
            return Err(Status::invalid_argument("the stream ended before its first message"));
        }
        reply.basket = Some(basket(owner.clone(), self.0.lock().get(&owner)));
        Ok(Response::new(reply))
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
