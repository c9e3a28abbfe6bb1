//! The sources that Hoplens brings: the sample contracts and the routes of the demo's HTTP services.

use std::sync::Arc;

use super::{HttpRoute, Origin, Source, SourcePhase};
use crate::cluster;
use crate::model::SourceId;
use crate::schema::{self, Loaded};
use crate::workspace::SavedSource;

/// The classic first contract.
pub(super) const GREETER: &str = "greeter.proto";
/// The shop's contracts.
pub(super) const SHOP: &str = "shop";
/// The shop's HTTP entry.
pub(super) const STOREFRONT: &str = "storefront";
/// The route that asks for an API key.
pub(super) const INVENTORY: &str = "inventory";

/// All, still to be loaded.
pub(super) fn sources() -> Vec<Source> {
    let routes: Vec<HttpRoute> = cluster::storefront_routes().iter().map(http_route).collect();
    let stock = HttpRoute {
        method: "GET".to_owned(),
        path: "/stock/{sku}".to_owned(),
        sample_path: "/stock/sku-1042".to_owned(),
        sample_body: String::new(),
        doc: "Reads the stock of one product; the gateway asks for an API key.".to_owned(),
    };
    vec![
        builtin(GREETER, Vec::new()),
        builtin(SHOP, Vec::new()),
        builtin(STOREFRONT, routes),
        builtin(INVENTORY, vec![stock]),
    ]
}

/// Reads the built-in source of this name.
pub(super) fn load(name: &str) -> Loaded {
    let is_wanted = |file: &str| match name {
        GREETER => file == GREETER,
        SHOP => file.starts_with("shop/"),
        _ => false,
    };
    let files: Vec<(&str, &str)> =
        cluster::sample_sources().iter().copied().filter(|(file, _)| is_wanted(file)).collect();
    schema::load_virtual(&files)
}

fn builtin(name: &str, routes: Vec<HttpRoute>) -> Source {
    Source {
        id: SourceId::next(),
        name: name.to_owned(),
        origin: Origin::BuiltIn,
        saved: SavedSource::BuiltIn(name.to_owned()),
        phase: SourcePhase::Loading,
        schema: None,
        routes: routes.into(),
        problems: Arc::default(),
        roots: Vec::new(),
    }
}

fn http_route(route: &cluster::HttpRoute) -> HttpRoute {
    HttpRoute {
        method: route.method.to_owned(),
        path: route.path.to_owned(),
        sample_path: route.sample_path.to_owned(),
        sample_body: route.sample_body.unwrap_or_default().to_owned(),
        doc: route.description.to_owned(),
    }
}
