//! Reads products from the shelf.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::stream::BoxStream;
use prost_types::Timestamp;
use tonic::{Request, Response, Status};

use crate::cluster::paced::paced;
use crate::cluster::proto::shop::catalog::v1::catalog_server::Catalog;
use crate::cluster::proto::shop::catalog::v1::{
    Category, GetProductRequest, ListProductsReply, ListProductsRequest, Product, SearchHit,
    SearchProductsRequest,
};

use super::goods::{GOODS, Good, good, money};

/// What one search answers at most: as many as a stream may have that somebody still wants to look at.
const MAX_HITS: u64 = 10_000_000;
/// From one hit to the next, where nobody asks for another pace: slow enough to be watched.
const USUAL_PACE: Duration = Duration::from_millis(150);

#[derive(Debug)]
pub(super) struct Shelf;

#[tonic::async_trait]
impl Catalog for Shelf {
    type SearchProductsStream = BoxStream<'static, Result<SearchHit, Status>>;

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

    async fn search_products(
        &self,
        request: Request<SearchProductsRequest>,
    ) -> Result<Response<Self::SearchProductsStream>, Status> {
        let SearchProductsRequest { query, rounds, pace_millis } = request.into_inner();
        let pace = pace_millis.map_or(USUAL_PACE, |millis| Duration::from_millis(millis.into()));
        let query = query.to_lowercase();
        let found: Vec<_> =
            GOODS.iter().filter(|good| good.title.to_lowercase().contains(&query)).collect();
        let n_hits = u64::from(rounds.max(1)).saturating_mul(found.len() as u64);
        if n_hits > MAX_HITS {
            let words = format!("rounds: {n_hits} hits are more than {MAX_HITS}");
            return Err(Status::invalid_argument(words));
        }
        let hits = (1_u32..).zip(found.into_iter().cycle()).take(n_hits.try_into().unwrap_or(0));
        let hits = hits.map(|(number, good)| SearchHit { number, product: Some(product(good)) });
        Ok(Response::new(paced(hits, pace)))
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

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;

    use super::*;

    async fn search(query: &str, rounds: u32) -> Result<Vec<SearchHit>, Status> {
        let query = query.to_owned();
        let request = SearchProductsRequest { query, rounds, pace_millis: Some(0) };
        let hits = Shelf.search_products(Request::new(request)).await?.into_inner();
        Ok(hits.map(Result::unwrap).collect().await)
    }

    #[tokio::test]
    async fn a_search_finds_by_title_and_goes_through_the_shelf_as_often_as_asked() {
        let titles = |hits: Vec<SearchHit>| -> Vec<_> {
            hits.into_iter().filter_map(|hit| Some((hit.number, hit.product?.sku))).collect()
        };
        let pens = [(1, "sku-0007".to_owned()), (2, "sku-0404".to_owned())];
        assert_eq!(titles(search("PEN", 0).await.unwrap()), pens);
        let three = titles(search("lamp p", 3).await.unwrap());
        assert_eq!(three.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(search("", 0).await.unwrap().len(), GOODS.len());
        assert_eq!(search("nothing", 1_000).await.unwrap(), []);
        assert_eq!(search("", u32::MAX).await.unwrap_err().code(), tonic::Code::InvalidArgument);
    }
}
