//! `grpc-status-details-bin`: a `google.rpc.Status`, detail by detail. The types of `google.rpc` come by name, others
//! as the schema knows them, the rest as bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::{DecodedJson, Schema, bundled};
use crate::model::{ErrorDetail, Problem};

/// The details of an error.
#[derive(Debug, Clone, Default)]
pub struct ErrorDetails {
    /// All of it as JSON, pretty-printed.
    pub json: String,
    /// The code that stands inside.
    pub code: Option<i64>,
    /// The details in their order.
    pub details: Vec<ErrorDetail>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// Reads the bytes of a `google.rpc.Status`. The types that are always there read what the schema cannot.
pub fn error_details(bytes: &[u8], schema: Option<&Schema>) -> ErrorDetails {
    let read = |schema: &Schema| schema.decode_json("google.rpc.Status", bytes);
    let ours = read(bundled());
    let readings = schema.map(read).into_iter().filter(|read| !read.text.is_empty());
    let best = readings.chain([ours]).min_by_key(|read| read.unknown_types.len());
    let DecodedJson { text, problems, .. } = best.unwrap_or_default();
    let status: Value = serde_json::from_str(&text).unwrap_or_default();
    let details = status.get("details").and_then(Value::as_array).map(Vec::as_slice);
    ErrorDetails {
        code: (!text.is_empty())
            .then(|| status.get("code").and_then(Value::as_i64).unwrap_or_default()),
        details: details
            .unwrap_or_default()
            .iter()
            .filter_map(Value::as_object)
            .map(detail)
            .collect(),
        json: text,
        problems,
    }
}

fn detail(object: &Map<String, Value>) -> ErrorDetail {
    let url = text(object, "@type");
    let name = url.rsplit('/').next().unwrap_or_default().to_owned();
    if let Some(encoded) = object.get("@base64").and_then(Value::as_str) {
        return ErrorDetail::Unknown {
            name,
            bytes: STANDARD.decode(encoded).unwrap_or_default().into(),
        };
    }
    let known = name.strip_prefix("google.rpc.").and_then(|short| known(short, object));
    known.unwrap_or_else(|| {
        let mut shown = object.clone();
        shown.shift_remove("@type");
        let json = serde_json::to_string_pretty(&shown).unwrap_or_default();
        ErrorDetail::Other { name, json }
    })
}

fn known(name: &str, object: &Map<String, Value>) -> Option<ErrorDetail> {
    let text = |name: &str| text(object, name);
    Some(match name {
        "ErrorInfo" => {
            let metadata = object.get("metadata").and_then(Value::as_object);
            let pairs = metadata.into_iter().flatten();
            let metadata = pairs.map(|(key, value)| (key.clone(), plain(value))).collect();
            ErrorDetail::ErrorInfo { reason: text("reason"), domain: text("domain"), metadata }
        }
        "RetryInfo" => ErrorDetail::RetryInfo { delay: text("retryDelay") },
        "DebugInfo" => {
            let stack = object.get("stackEntries").and_then(Value::as_array);
            let stack = stack.into_iter().flatten().map(plain).collect();
            ErrorDetail::DebugInfo { stack, detail: text("detail") }
        }
        "QuotaFailure" => ErrorDetail::QuotaFailure(pairs(object, "violations", "subject")),
        "PreconditionFailure" => {
            let rows = rows(object, "violations").map(|row| {
                (
                    self::text(row, "type"),
                    self::text(row, "subject"),
                    self::text(row, "description"),
                )
            });
            ErrorDetail::PreconditionFailure(rows.collect())
        }
        "BadRequest" => ErrorDetail::BadRequest(pairs(object, "fieldViolations", "field")),
        "RequestInfo" => {
            ErrorDetail::RequestInfo { id: text("requestId"), data: text("servingData") }
        }
        "ResourceInfo" => ErrorDetail::ResourceInfo {
            kind: text("resourceType"),
            name: text("resourceName"),
            owner: text("owner"),
            description: text("description"),
        },
        "Help" => {
            let rows = rows(object, "links");
            let links = rows.map(|row| (self::text(row, "description"), self::text(row, "url")));
            ErrorDetail::Help(links.collect())
        }
        "LocalizedMessage" => {
            ErrorDetail::LocalizedMessage { locale: text("locale"), message: text("message") }
        }
        _ => return None,
    })
}

fn pairs(object: &Map<String, Value>, list: &str, first: &str) -> Vec<(String, String)> {
    rows(object, list).map(|row| (text(row, first), text(row, "description"))).collect()
}

fn rows<'a>(
    object: &'a Map<String, Value>,
    list: &str,
) -> impl Iterator<Item = &'a Map<String, Value>> {
    let rows = object.get(list).and_then(Value::as_array);
    rows.into_iter().flatten().filter_map(Value::as_object)
}

fn text(object: &Map<String, Value>, name: &str) -> String {
    object.get(name).map(plain).unwrap_or_default()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Vec<ErrorDetail> {
        let bytes = bundled().encode_json("google.rpc.Status", json).unwrap();
        let read = error_details(&bytes, None);
        assert!(read.problems.is_empty() && read.code == Some(3), "{read:?}");
        read.details
    }

    #[test]
    fn every_type_of_google_rpc_comes_by_name() {
        let of = |name: &str, fields: &str| {
            let comma = if fields.is_empty() { "" } else { ", " };
            format!(
                r#"{{"code": 3, "details": [{{"@type": "type.googleapis.com/google.rpc.{name}"{comma}{fields}}}]}}"#
            )
        };
        let pair = |a: &str, b: &str| vec![(a.to_owned(), b.to_owned())];
        let check = |name: &str, fields: &str, expected: ErrorDetail| {
            assert_eq!(expected.name(), name);
            assert_eq!(read(&of(name, fields)), [expected]);
        };
        check(
            "ErrorInfo",
            r#""reason": "OFF", "domain": "a.example", "metadata": {"k": "v"}"#,
            ErrorDetail::ErrorInfo {
                reason: "OFF".into(),
                domain: "a.example".into(),
                metadata: pair("k", "v"),
            },
        );
        let delay = ErrorDetail::RetryInfo { delay: "1.500s".into() };
        check("RetryInfo", r#""retryDelay": "1.500s""#, delay);
        check(
            "DebugInfo",
            r#""stackEntries": ["a", "b"], "detail": "d""#,
            ErrorDetail::DebugInfo { stack: vec!["a".into(), "b".into()], detail: "d".into() },
        );
        let rows = r#"[{"subject": "s", "description": "d"}]"#;
        let quota = ErrorDetail::QuotaFailure(pair("s", "d"));
        check("QuotaFailure", &format!(r#""violations": {rows}"#), quota);
        let first = ("T".to_owned(), "s".to_owned(), "d".to_owned());
        check(
            "PreconditionFailure",
            r#""violations": [{"type": "T", "subject": "s", "description": "d"}]"#,
            ErrorDetail::PreconditionFailure(vec![first]),
        );
        check(
            "BadRequest",
            r#""fieldViolations": [{"field": "f", "description": "d"}]"#,
            ErrorDetail::BadRequest(pair("f", "d")),
        );
        let id = ErrorDetail::RequestInfo { id: "7".into(), data: "x".into() };
        check("RequestInfo", r#""requestId": "7", "servingData": "x""#, id);
        check(
            "ResourceInfo",
            r#""resourceType": "t", "resourceName": "n", "owner": "o", "description": "d""#,
            ErrorDetail::ResourceInfo {
                kind: "t".into(),
                name: "n".into(),
                owner: "o".into(),
                description: "d".into(),
            },
        );
        let links = r#""links": [{"description": "d", "url": "https://a.example"}]"#;
        check("Help", links, ErrorDetail::Help(pair("d", "https://a.example")));
        let words = ErrorDetail::LocalizedMessage { locale: "de".into(), message: "Nein".into() };
        check("LocalizedMessage", r#""locale": "de", "message": "Nein""#, words);
        check("RetryInfo", "", ErrorDetail::RetryInfo { delay: String::new() });
    }

    #[test]
    fn other_types_come_by_the_schema_and_unknown_ones_as_bytes() {
        let known = r#"{"code": 3, "details": [
            {"@type": "x/google.protobuf.Duration", "value": "1s"},
            {"@type": "x/some.Where", "@base64": "CAE="}]}"#;
        let read = read(known);
        let json = "{\n  \"value\": \"1s\"\n}".to_owned();
        let other = ErrorDetail::Other { name: "google.protobuf.Duration".into(), json };
        let bytes = bytes::Bytes::from_static(&[8, 1]);
        assert_eq!(read, [other, ErrorDetail::Unknown { name: "some.Where".into(), bytes }]);
        let broken = error_details(b"\xff", None);
        assert!(broken.code.is_none() && broken.details.is_empty());
        assert_eq!(broken.problems.len(), 1, "{broken:?}");
    }
}
