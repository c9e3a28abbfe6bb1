//! The details of an error in words: each as a few lines.

use super::format::bytes;
use super::{fill, t};
use crate::model::ErrorDetail;

/// The lines of one detail, without its name.
pub fn error_detail(detail: &ErrorDetail) -> Vec<String> {
    use ErrorDetail as D;
    let pair = |(name, words): &(String, String)| joined(&[name, words]);
    let lines = match detail {
        D::ErrorInfo { reason, domain, metadata } => {
            let mut lines = vec![said("details.reason", reason), said("details.domain", domain)];
            lines.extend(metadata.iter().map(|(key, value)| format!("{key} = {value}")));
            lines
        }
        D::RetryInfo { delay } if delay.is_empty() => vec![t("details.retry_any").to_owned()],
        D::RetryInfo { delay } => vec![fill("details.retry", &[("delay", delay)])],
        D::DebugInfo { stack, detail } => {
            let mut lines = vec![detail.clone()];
            lines.extend(stack.iter().cloned());
            lines
        }
        D::QuotaFailure(rows) | D::BadRequest(rows) | D::Help(rows) => {
            rows.iter().map(pair).collect()
        }
        D::PreconditionFailure(rows) => {
            rows.iter().map(|(kind, subject, words)| joined(&[kind, subject, words])).collect()
        }
        D::RequestInfo { id, data } => {
            vec![said("details.request", id), said("details.data", data)]
        }
        D::ResourceInfo { kind, name, owner, description } => {
            vec![joined(&[kind, name]), said("details.owner", owner), description.clone()]
        }
        D::LocalizedMessage { locale, message } => vec![joined(&[locale, message])],
        D::Other { json, .. } => json.lines().map(str::to_owned).collect(),
        D::Unknown { bytes: raw, .. } => {
            let size = bytes(raw.len() as u64);
            vec![fill("details.unknown", &[("size", &size)]), hex(raw)]
        }
    };
    lines.into_iter().filter(|line| !line.is_empty()).collect()
}

/// A labelled value; nothing where it is empty.
fn said(key: &'static str, value: &str) -> String {
    if value.is_empty() { String::new() } else { fill(key, &[("value", &value)]) }
}

fn joined(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join(": ")
}

/// The first bytes, enough to recognise them.
fn hex(bytes: &[u8]) -> String {
    const SHOWN: usize = 32;
    let shown: Vec<String> = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    let rest = if bytes.len() > SHOWN { " …" } else { "" };
    shown.join(" ") + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_takes_no_line() {
        let bare = ErrorDetail::ErrorInfo {
            reason: "OFF".into(),
            domain: String::new(),
            metadata: Vec::new(),
        };
        assert_eq!(error_detail(&bare), ["Reason OFF"]);
        let rows = vec![("name".into(), "too long".into()), (String::new(), "bad".into())];
        assert_eq!(error_detail(&ErrorDetail::BadRequest(rows)), ["name: too long", "bad"]);
        let bytes = bytes::Bytes::from(vec![1; 40]);
        let unknown = error_detail(&ErrorDetail::Unknown { name: "a.B".into(), bytes });
        assert!(unknown[0].contains("40 B") && unknown[1].ends_with('…'), "{unknown:?}");
    }
}
