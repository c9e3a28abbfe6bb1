//! What the window offers without asking anybody: the sample contracts as text, and the
//! storefront's routes, which no `.proto` describes.

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
}
