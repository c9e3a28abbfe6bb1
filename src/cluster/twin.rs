//! Which methods of the demo's contracts its HTTP entry offers too, and how the same call looks there.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::fleet::FLEET;
use crate::model::{MethodPath, NoWay};

/// Who serves the HTTP twins.
pub const JSON_SERVICE: &str = "storefront";

/// What one segment of a path holds as it is (RFC 3986 section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The HTTP request that asks for the same as a gRPC call does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonTwin {
    /// `GET`, `POST`.
    pub method: &'static str,
    /// `/products/sku-1042`.
    pub path: String,
    /// JSON; empty for none.
    pub body: String,
}

/// The twin of a call, whose message is given in protobuf's JSON.
///
/// # Errors
/// The method has none, or the twin has no place for a field of the message.
pub fn json_twin(method: &MethodPath, message: &Value) -> Result<JsonTwin, NoWay> {
    let fields = Fields(message.as_object());
    match (method.service.as_str(), method.method.as_str()) {
        ("shop.catalog.v1.Catalog", "GetProduct") => {
            let path = format!("/products/{}", segment(fields.text("sku")));
            Ok(JsonTwin { method: "GET", path, body: String::new() })
        }
        ("shop.catalog.v1.Catalog", "ListProducts") => {
            if let Some(field) = fields.first_set() {
                return Err(NoWay::NoJsonField { field });
            }
            Ok(JsonTwin { method: "GET", path: "/products".to_owned(), body: String::new() })
        }
        ("shop.cart.v1.Cart", "AddItem") => {
            let item = Fields(fields.get("item").and_then(Value::as_object));
            let body = json!({
                "sku": item.text("sku"),
                "quantity": item.get("quantity").cloned().unwrap_or(json!(0)),
            });
            let path = format!("/carts/{}/items", segment(fields.text("user")));
            Ok(JsonTwin { method: "POST", path, body: body.to_string() })
        }
        _ => Err(NoWay::NoJson),
    }
}

/// A message that the demo refuses, as JSON, for a method that has an HTTP twin.
pub fn failing_message(method: &MethodPath) -> Option<&'static str> {
    match (method.service.as_str(), method.method.as_str()) {
        ("shop.catalog.v1.Catalog", "GetProduct") => Some("{\"sku\": \"no-such-product\"}"),
        _ => None,
    }
}

/// The service of the demo that serves a method as gRPC.
pub fn service_of(method: &MethodPath) -> Option<&'static str> {
    FLEET.iter().find(|plan| plan.offers == method.service).map(|plan| plan.name)
}

/// The fields of a message.
struct Fields<'a>(Option<&'a Map<String, Value>>);

impl<'a> Fields<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0?.get(name)
    }

    fn text(&self, name: &str) -> &'a str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A field that says something.
    fn first_set(&self) -> Option<String> {
        let is_set = |value: &Value| match value {
            Value::Null => false,
            Value::Number(number) => number.as_f64() != Some(0.0),
            Value::String(text) => !text.is_empty() && !text.ends_with("_UNSPECIFIED"),
            _ => true,
        };
        self.0?.iter().find(|(_, value)| is_set(value)).map(|(name, _)| name.clone())
    }
}

fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twin(method: &str, message: &str) -> Result<JsonTwin, NoWay> {
        let message = serde_json::from_str(message).unwrap();
        json_twin(&MethodPath::parse(method).unwrap(), &message)
    }

    #[test]
    fn a_call_and_its_twin() {
        let check = |method: &str, message: &str, asked: &str, body: &str| {
            let twin = twin(method, message).unwrap();
            assert_eq!(
                (format!("{} {}", twin.method, twin.path).as_str(), twin.body.as_str()),
                (asked, body)
            );
        };
        let product = "shop.catalog.v1.Catalog/GetProduct";
        check(product, r#"{"sku": "sku-1042"}"#, "GET /products/sku-1042", "");
        check(product, r#"{"sku": "a/b c"}"#, "GET /products/a%2Fb%20c", "");
        let list = "shop.catalog.v1.Catalog/ListProducts";
        check(list, "{}", "GET /products", "");
        check(list, r#"{"category": "CATEGORY_UNSPECIFIED", "pageSize": 0}"#, "GET /products", "");
        check(
            "shop.cart.v1.Cart/AddItem",
            r#"{"user": "ada", "item": {"sku": "sku-1042", "quantity": 2}}"#,
            "POST /carts/ada/items",
            r#"{"sku":"sku-1042","quantity":2}"#,
        );
    }

    #[test]
    fn what_has_no_twin_says_why() {
        assert_eq!(twin("Greeter/SayHello", "{}"), Err(NoWay::NoJson));
        assert_eq!(
            twin("shop.catalog.v1.Catalog/ListProducts", r#"{"pageSize": 3}"#),
            Err(NoWay::NoJsonField { field: "pageSize".into() })
        );
    }

    #[test]
    fn the_service_behind_a_method() {
        let check = |method: &str, service: Option<&str>| {
            assert_eq!(service_of(&MethodPath::parse(method).unwrap()), service, "{method}");
        };
        check("Greeter/SayHello", Some("greeter"));
        check("shop.catalog.v1.Catalog/GetProduct", Some("catalog"));
        check("zoo.Zoo/Get", None);
        assert!(FLEET.iter().any(|plan| plan.name == JSON_SERVICE));
    }
}
