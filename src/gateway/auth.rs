//! Who may call: API keys. Fails closed: a request without a key that fits does not pass.

use std::hint::black_box;
use std::sync::Arc;

use http::{HeaderMap, HeaderName};

use crate::model::Secret;

/// `SecurityPolicy.spec.apiKeyAuth`, resolved.
#[derive(Debug)]
pub(super) struct ApiKeyAuth {
    /// `SecurityPolicy demo/inventory-key`, for the decision trail.
    pub(super) policy: Arc<str>,
    /// Where the key may stand; the first header that is there counts.
    pub(super) headers: Vec<HeaderName>,
    /// Client name and key.
    pub(super) keys: Vec<(Arc<str>, Secret)>,
    /// The header that tells the upstream which client called.
    pub(super) client_header: Option<HeaderName>,
    /// Whether the key is taken out before the request goes on.
    pub(super) takes_key_out: bool,
}

/// Why a request may not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denied {
    /// No header carries a key.
    Missing,
    /// The key fits no client.
    Wrong,
}

impl ApiKeyAuth {
    /// The client whose key the request carries.
    pub(super) fn check(&self, headers: &HeaderMap) -> Result<Arc<str>, Denied> {
        let presented = self.headers.iter().find_map(|name| headers.get(name));
        let presented = presented.ok_or(Denied::Missing)?.as_bytes();
        let mut client = None;
        // Every key is compared, so that time does not tell which one came near.
        for (name, key) in &self.keys {
            if is_same(key.reveal().as_bytes(), presented) && !key.is_empty() {
                client = Some(Arc::clone(name));
            }
        }
        client.ok_or(Denied::Wrong)
    }
}

/// Equality in a time that depends on the lengths alone.
fn is_same(a: &[u8], b: &[u8]) -> bool {
    let difference = a.iter().zip(b).fold(0, |sum, (a, b)| black_box(sum | (a ^ b)));
    a.len() == b.len() && black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auth() -> ApiKeyAuth {
        ApiKeyAuth {
            policy: "SecurityPolicy demo/p".into(),
            headers: vec![HeaderName::from_static("x-api-key"), HeaderName::from_static("x-key")],
            keys: vec![
                ("alice".into(), Secret::new("k-1")),
                ("bob".into(), Secret::new("k-22")),
                ("nobody".into(), Secret::new("")),
            ],
            client_header: None,
            takes_key_out: false,
        }
    }

    #[test]
    fn only_a_key_that_fits_passes() {
        let check = |name: &'static str, key: &str, expect: Result<&str, Denied>| {
            let mut headers = HeaderMap::new();
            headers.insert(name, key.parse().unwrap());
            let got = auth().check(&headers);
            assert_eq!(got.as_deref().map_err(|denied| *denied), expect, "{name}: {key}");
        };
        check("x-api-key", "k-1", Ok("alice"));
        check("x-key", "k-22", Ok("bob"));
        check("x-api-key", "k-2", Err(Denied::Wrong));
        check("x-api-key", "k-222", Err(Denied::Wrong));
        check("x-api-key", "K-1", Err(Denied::Wrong));
        check("x-api-key", "", Err(Denied::Wrong));
        check("authorization", "k-1", Err(Denied::Missing));
    }

    #[test]
    fn keys_do_not_print() {
        assert!(!format!("{:?}", auth()).contains("k-1"));
    }
}
