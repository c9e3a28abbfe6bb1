//! Reads products from the shelf.

use std::collections::HashMap;

use prost_types::Timestamp;
use tonic::{Request, Response, Status};

use crate::cluster::proto::shop::catalog::v1::catalog_server::Catalog;
use crate::cluster::proto::shop::catalog::v1::{
    Category, GetProductRequest, ListProductsReply, ListProductsRequest, Product,
};

use super::goods::{GOODS, Good, good, money};

#[derive(Debug)]
pub(super) struct Shelf;

#[tonic::async_trait]
impl Catalog for Shelf {
    async fn list_products(
        &self,
        request: Request<ListProductsRequest>,
    ) -> Result<Response<ListProductsReply>, Status> {
        let ListProductsRequest { category, page_size } = request.into_inner();
        let n_most = match usize::try_from(page_size) {
            Ok(0) => GOODS.len(),
            Ok(n) => n,
            Err(_negative) => {
                return Err(Status::invalid_argument(format!("page_size: {page_size} is below 0")));
            }
        };
        let products = GOODS
            .iter()
            .filter(|good| {
                category == Category::Unspecified as i32 || category == good.category as i32
            })
            .take(n_most)
            .map(product)
            .collect();
        Ok(Response::new(ListProductsReply { products }))
    }

    async fn get_product(
        &self,
        request: Request<GetProductRequest>,
    ) -> Result<Response<Product>, Status> {
        let sku = request.into_inner().sku;
        match good(&sku) {
            Some(good) => Ok(Response::new(product(good))),
            None => Err(Status::not_found(format!("no product has the sku {sku:?}"))),
        }
    }
}

fn product(good: &Good) -> Product {
    let attributes: HashMap<_, _> =
        good.attributes.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Product {
        sku: good.sku.to_owned(),
        title: good.title.to_owned(),
        price: Some(money(good.cents)),
        category: good.category.into(),
        added_at: Some(Timestamp { seconds: good.added_at, nanos: 0 }),
        attributes,
    }
}
