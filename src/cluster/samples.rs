//! What the window offers without asking anybody: the sample contracts as text, and the
//! storefront's routes, which no `.proto` describes.

use crate::model::MethodPath;

/// The sample files as (import name, text), in an order in which each file's imports come first.
pub fn sample_sources() -> &'static [(&'static str, &'static str)] {
    macro_rules! sources {
        ($($name:literal),* $(,)?) => {
            &[$(($name, include_str!(concat!("../../sample-protos/", $name)))),*]
        };
    }
    sources![
        "greeter.proto",
        "shop/types.proto",
        "shop/catalog.proto",
        "shop/cart.proto",
        "shop/pricing.proto",
        "shop/payment.proto",
        "shop/orders.proto",
        "shop/support.proto",
    ]
}

/// One route of an HTTP service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpRoute {
    /// `GET`, `POST`.
    pub method: &'static str,
    /// With parameters in braces: `/carts/{user}/items`.
    pub path: &'static str,
    /// The same with a value that exists in the demo: `/carts/ada/items`.
    pub sample_path: &'static str,
    /// A JSON body that the demo accepts, for routes that take one.
    pub sample_body: Option<&'static str>,
    /// What a contract would say about it, in English.
    pub description: &'static str,
}

/// The storefront's routes, in the order of a purchase.
pub fn storefront_routes() -> &'static [HttpRoute] {
    &[
        HttpRoute {
            method: "GET",
            path: "/products",
            sample_path: "/products",
            sample_body: None,
            description: "Lists what the shop sells.",
        },
        HttpRoute {
            method: "GET",
            path: "/products/{id}",
            sample_path: "/products/sku-1042",
            sample_body: None,
            description: "Reads one product; 404 when there is none.",
        },
        HttpRoute {
            method: "POST",
            path: "/carts/{user}/items",
            sample_path: "/carts/ada/items",
            sample_body: Some("{\n  \"sku\": \"sku-1042\",\n  \"quantity\": 1\n}"),
            description: "Puts an item into the user's cart.",
        },
        HttpRoute {
            method: "POST",
            path: "/checkout",
            sample_path: "/checkout",
            sample_body: Some(
                "{\n  \"user\": \"ada\",\n  \"items\": [\n    {\n      \"sku\": \"sku-1042\",\n      \
                 \"quantity\": 2\n    }\n  ],\n  \"pay_with\": {\n    \"card\": {\n      \
                 \"number\": \"4242 4242 4242 4242\"\n    }\n  },\n  \
                 \"limit_cents\": \"9007199254740993\"\n}",
            ),
            description: "Orders what is in the user's cart, after adding the items named here.",
        },
    ]
}

/// A message that the demo answers with OK, as JSON, for a method of the sample contracts. A sample made
/// from the contract alone could not know which products there are.
pub fn sample_message(method: &MethodPath) -> Option<&'static str> {
    let MethodPath { service, method } = method;
    Some(match (service.as_str(), method.as_str()) {
        ("Greeter", "SayHello") => "{\n  \"name\": \"Ada\"\n}",
        ("shop.catalog.v1.Catalog", "ListProducts") => {
            "{\n  \"category\": \"CATEGORY_DESK\",\n  \"page_size\": 10\n}"
        }
        ("shop.catalog.v1.Catalog", "GetProduct") => "{\n  \"sku\": \"sku-1042\"\n}",
        ("shop.cart.v1.Cart", "AddItem" | "UploadItems") => include_str!("samples/add_item.json"),
        ("shop.cart.v1.Cart", "GetCart" | "EmptyCart") => "{\n  \"user\": \"ada\"\n}",
        ("shop.pricing.v1.Pricing", "Quote") => include_str!("samples/quote.json"),
        ("shop.payment.v1.Payment", "Charge") => include_str!("samples/charge.json"),
        ("shop.orders.v1.Orders", "PlaceOrder") => include_str!("samples/place_order.json"),
        ("shop.catalog.v1.Catalog", "SearchProducts") => "{\n  \"query\": \"e\"\n}",
        ("shop.orders.v1.Orders", "TrackOrder") => "{\n  \"order_id\": \"orders-1-1\"\n}",
        ("shop.support.v1.Support", "Chat") => "{\n  \"text\": \"What is sku-1042?\"\n}",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_bodies_are_json_and_sample_paths_fit_their_routes() {
        for route in storefront_routes() {
            if let Some(body) = route.sample_body {
                let value: serde_json::Value = serde_json::from_str(body).unwrap();
                let pretty = serde_json::to_string_pretty(&value).unwrap();
                assert_eq!(pretty, body, "{}", route.path);
            }
            let fits = route
                .path
                .split('/')
                .zip(route.sample_path.split('/'))
                .all(|(template, sample)| template.starts_with('{') || template == sample);
            assert!(fits, "{}", route.sample_path);
        }
    }

    #[test]
    fn every_import_between_samples_is_there() {
        let names: Vec<_> = sample_sources().iter().map(|(name, _)| *name).collect();
        for (name, text) in sample_sources() {
            for line in text.lines().filter(|line| line.starts_with("import \"shop/")) {
                let import = line.trim_start_matches("import \"").trim_end_matches("\";");
                assert!(names.contains(&import), "{name} imports {import}");
            }
        }
    }

    #[test]
    fn every_sample_message_fits_its_contract() {
        let schema = crate::schema::load_virtual(sample_sources()).schema;
        let methods = schema.services().iter().flat_map(|service| &service.methods);
        let mut n_samples = 0;
        for method in methods {
            if let Some(sample) = sample_message(&method.path) {
                assert_eq!(schema.check_json(&method.input, sample), [], "{}", method.path);
                n_samples += 1;
            }
        }
        assert_eq!(n_samples, 13);
    }
}
