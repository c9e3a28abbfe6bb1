//! Credentials stay at home: a variable of the environment stands in the place of each.

use super::Notes;
use super::shell::Piece;
use crate::model::{CopyNote, Header, Headers};

/// Headers with the text or the variable that their value is, in their order.
pub(super) fn pieces<'a>(headers: &'a Headers, notes: &mut Notes) -> Vec<(&'a str, Vec<Piece>)> {
    let hidden = |header: &Header| headers.hide(&header.name);
    headers
        .iter()
        .map(|header| {
            let value = header.text();
            let pieces = if hidden(header) {
                secret(&header.name, &value, notes)
            } else {
                vec![Piece::Text(value.into_owned())]
            };
            (header.name.as_str(), pieces)
        })
        .collect()
}

/// The scheme of an authorization (RFC 9110 section 11.4) is none, and stays.
fn secret(name: &str, value: &str, notes: &mut Notes) -> Vec<Piece> {
    let scheme = ["Bearer ", "Basic ", "Digest ", "Token "].into_iter().find(|scheme| {
        value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    let variable = match scheme {
        Some("Basic ") => "BASIC_CREDENTIALS".to_owned(),
        Some(_) => "TOKEN".to_owned(),
        None => variable_of(name),
    };
    let variable = notes.variable(variable, name);
    let text = scheme.and_then(|scheme| value.get(..scheme.len()));
    let text = text.map(|text| Piece::Text(text.to_owned()));
    text.into_iter().chain([Piece::Variable(variable)]).collect()
}

/// `x-api-key` -> `X_API_KEY`; one word gets a second one, so that no header is `PATH`.
fn variable_of(name: &str) -> String {
    let mut variable: String = name
        .trim()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect();
    if !variable.contains('_') {
        variable.push_str("_VALUE");
    }
    if !variable.starts_with(|c: char| c.is_ascii_alphabetic()) {
        variable.insert_str(0, "HEADER_");
    }
    variable
}

impl Notes {
    /// Notes a variable under a name that no other header has.
    fn variable(&mut self, wanted: String, header: &str) -> String {
        let is_taken = |name: &String| {
            let taken = |note: &CopyNote| matches!(note, CopyNote::Variable { variable, .. } if variable == name);
            self.all.iter().any(taken)
        };
        let numbered = (2..=u16::MAX).map(|n| format!("{wanted}_{n}"));
        let free = std::iter::once(wanted.clone()).chain(numbered).find(|name| !is_taken(name));
        let variable = free.unwrap_or(wanted);
        let header = header.to_owned();
        self.all.push(CopyNote::Variable { variable: variable.clone(), header });
        variable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_becomes_a_variable_of_its_own() {
        let mut headers = Headers::new();
        headers.push("x-tenant", "blue");
        headers.push("Authorization", "Bearer s3cret");
        headers.push("proxy-authorization", "basic czM=");
        headers.push("x-api-key", "s3cret");
        headers.push("X-API-Key", "other");
        headers.push_secret("path", "s3cret");
        let mut notes = Notes::default();
        let shown = pieces(&headers, &mut notes);
        let shown: Vec<String> = shown
            .iter()
            .map(|(name, pieces)| {
                let value = pieces.iter().map(|piece| match piece {
                    Piece::Text(text) => text.clone(),
                    Piece::Variable(name) => format!("${name}"),
                });
                format!("{name}: {}", value.collect::<String>())
            })
            .collect();
        let expect = [
            "x-tenant: blue",
            "Authorization: Bearer $TOKEN",
            "proxy-authorization: basic $BASIC_CREDENTIALS",
            "x-api-key: $X_API_KEY",
            "X-API-Key: $X_API_KEY_2",
            "path: $PATH_VALUE",
        ];
        assert_eq!(shown, expect);
        assert_eq!(notes.all.len(), 5);
    }
}
