//! JSON text as a tree whose every value knows where it begins.
//!
//! `serde_json` gives positions for syntax errors only; a wrong type or an unknown
//! field is found later, by walking the tree, and must be marked in the text too.
//! Numbers stay text, so that 64-bit integers are exact.

use std::path::PathBuf;

use crate::model::{JsonFault, JsonToken, Place};

/// How deep values may nest; deeper text is refused before it can exhaust the stack.
const MAX_DEPTH: usize = 100;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// Byte offset of its first character.
    pub at: usize,
    pub value: NodeValue,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NodeValue {
    Null,
    Bool(bool),
    /// As written.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// In order, duplicates included.
    Object(Vec<Member>),
}

/// One key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub key: String,
    /// Byte offset of the key's quote.
    pub key_at: usize,
    pub value: Node,
}

/// Why a text is no JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub at: usize,
    pub fault: JsonFault,
}

/// Reads one JSON value (RFC 8259) and nothing after it.
pub(super) fn parse(text: &str) -> Result<Node, SyntaxError> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let node = reader.value()?;
    match reader.next_token() {
        None => Ok(node),
        Some(found) => Err(reader.unexpected(Some(found), JsonToken::End)),
    }
}

/// Line and column of a byte offset, both from 1, the column in characters.
pub(super) fn place_at(text: &str, at: usize) -> Place {
    place_in(None, text, at)
}

/// The same in a file.
pub(in crate::schema) fn place_in(file: Option<PathBuf>, text: &str, at: usize) -> Place {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    Place { file, line: line as u32, column: column as u32 }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self, c: char) {
        self.at += c.len_utf8();
    }

    /// The next character that is no white space, not taken yet.
    fn next_token(&mut self) -> Option<char> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.peek()
    }

    fn error<T>(&self, fault: JsonFault) -> Result<T, SyntaxError> {
        Err(SyntaxError { at: self.at, fault })
    }

    /// `found` is `None` at the end of the text.
    fn unexpected(&self, found: Option<char>, wanted: JsonToken) -> SyntaxError {
        SyntaxError { at: self.at, fault: JsonFault::Wanted { wanted, found } }
    }

    fn value(&mut self) -> Result<Node, SyntaxError> {
        let Some(first) = self.next_token() else {
            return Err(self.unexpected(None, JsonToken::Value));
        };
        let at = self.at;
        let value = match first {
            '{' => self.nested(Self::object)?,
            '[' => self.nested(Self::list)?,
            '"' => NodeValue::Text(self.string()?),
            '-' | '0'..='9' => NodeValue::Number(self.number()?),
            _ => self.word(first)?,
        };
        Ok(Node { at, value })
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<NodeValue, SyntaxError>,
    ) -> Result<NodeValue, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.error(JsonFault::TooDeep(MAX_DEPTH));
        }
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn word(&mut self, first: char) -> Result<NodeValue, SyntaxError> {
        const WORDS: [(&str, NodeValue); 3] = [
            ("true", NodeValue::Bool(true)),
            ("false", NodeValue::Bool(false)),
            ("null", NodeValue::Null),
        ];
        let end = self.rest().find(|c: char| !c.is_ascii_alphanumeric());
        let word = self.rest().get(..end.unwrap_or(self.rest().len())).unwrap_or_default();
        let Some((name, value)) = WORDS.into_iter().find(|(name, _)| *name == word) else {
            return Err(self.unexpected(Some(first), JsonToken::Value));
        };
        self.at += name.len();
        Ok(value)
    }

    fn list(&mut self) -> Result<NodeValue, SyntaxError> {
        let mut items = Vec::new();
        if self.next_token() == Some(']') {
            self.at += 1;
            return Ok(NodeValue::List(items));
        }
        loop {
            items.push(self.value()?);
            if self.is_last(']')? {
                return Ok(NodeValue::List(items));
            }
        }
    }

    fn object(&mut self) -> Result<NodeValue, SyntaxError> {
        let mut members = Vec::new();
        if self.next_token() == Some('}') {
            self.at += 1;
            return Ok(NodeValue::Object(members));
        }
        loop {
            match self.next_token() {
                Some('"') => {}
                found => return Err(self.unexpected(found, JsonToken::Key)),
            }
            let key_at = self.at;
            let key = self.string()?;
            match self.next_token() {
                Some(':') => self.at += 1,
                found => return Err(self.unexpected(found, JsonToken::Colon)),
            }
            members.push(Member { key, key_at, value: self.value()? });
            if self.is_last('}')? {
                return Ok(NodeValue::Object(members));
            }
        }
    }

    /// Takes the comma or the bracket after an item; true for the bracket.
    fn is_last(&mut self, close: char) -> Result<bool, SyntaxError> {
        match self.next_token() {
            Some(found) if found == close || found == ',' => {
                self.at += 1;
                Ok(found == close)
            }
            found => Err(self.unexpected(found, JsonToken::CommaOr(close))),
        }
    }

    fn digits(&mut self) -> Result<(), SyntaxError> {
        let rest = self.rest();
        let n = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if n == 0 {
            return Err(self.unexpected(self.peek(), JsonToken::Digit));
        }
        self.at += n;
        Ok(())
    }

    fn number(&mut self) -> Result<String, SyntaxError> {
        let start = self.at;
        if self.peek() == Some('-') {
            self.at += 1;
        }
        if self.peek() == Some('0') {
            self.at += 1;
            if self.peek().is_some_and(|c| c.is_ascii_digit()) {
                return self.error(JsonFault::LeadingZero);
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some('.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.at += 1;
            if matches!(self.peek(), Some('+' | '-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(self.text.get(start..self.at).unwrap_or_default().to_owned())
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let mut out = String::new();
        loop {
            let Some(c) = self.peek() else {
                return Err(SyntaxError { at: start, fault: JsonFault::NotClosed });
            };
            match c {
                '"' => {
                    self.at += 1;
                    return Ok(out);
                }
                '\\' => out.push(self.escape()?),
                c if c < ' ' => {
                    return self.error(JsonFault::ControlCharacter);
                }
                c => {
                    self.bump(c);
                    out.push(c);
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let Some(c) = self.peek() else { return self.error(JsonFault::NotClosed) };
        self.bump(c);
        Ok(match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.hex4()?;
                let code = if (0xd800..0xdc00).contains(&first) && self.rest().starts_with("\\u") {
                    self.at += 2;
                    let second = self.hex4()?;
                    second
                        .checked_sub(0xdc00)
                        .filter(|low| *low < 0x400)
                        .map(|low| 0x1_0000 + ((first - 0xd800) << 10) + low)
                } else {
                    Some(first)
                };
                return code
                    .and_then(char::from_u32)
                    .ok_or(SyntaxError { at: start, fault: JsonFault::LoneSurrogate });
            }
            _ => {
                return Err(SyntaxError { at: start, fault: JsonFault::UnknownEscape(c) });
            }
        })
    }

    fn hex4(&mut self) -> Result<u32, SyntaxError> {
        let digits = self.rest().get(..4).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(code) = digits.and_then(|hex| u32::from_str_radix(hex, 16).ok()) else {
            return Err(self.unexpected(self.peek(), JsonToken::HexDigits));
        };
        self.at += 4;
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn to_serde(node: &Node) -> serde_json::Value {
        use serde_json::Value;
        match &node.value {
            NodeValue::Null => Value::Null,
            NodeValue::Bool(flag) => Value::Bool(*flag),
            NodeValue::Number(number) => serde_json::from_str(number).unwrap(),
            NodeValue::Text(text) => Value::String(text.clone()),
            NodeValue::List(items) => Value::Array(items.iter().map(to_serde).collect()),
            NodeValue::Object(members) => {
                Value::Object(members.iter().map(|m| (m.key.clone(), to_serde(&m.value))).collect())
            }
        }
    }

    #[test]
    fn syntax_errors_have_a_place() {
        for (text, line, column) in [
            ("", 1, 1),
            ("{", 1, 2),
            ("{\n  \"a\": 1,\n}", 3, 1),
            ("{\n  \"ä\" 1}", 2, 7),
            ("[1 2]", 1, 4),
            ("nul", 1, 1),
            ("01", 1, 2),
            ("\"abc", 1, 1),
            ("\"\\x\"", 1, 2),
            ("\"\\ud800\"", 1, 2),
            ("{} x", 1, 4),
            ("-", 1, 2),
        ] {
            let error = parse(text).unwrap_err();
            let place = place_at(text, error.at);
            assert_eq!((place.line, place.column), (line, column), "{text:?}: {:?}", error.fault);
        }
        assert!(parse(&"[".repeat(100_000)).is_err());
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<u64>().prop_map(Into::into),
            (-1e300f64..1e300).prop_map(Into::into),
            ".*".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::vec((".*", inner), 0..5)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
           #[test]
           fn reads_what_serde_writes(json in any_json()) {
               for text in [json.to_string(), serde_json::to_string_pretty(&json).unwrap()] {
                   prop_assert_eq!(to_serde(&parse(&text).unwrap()), json.clone());
               }
           }

           #[test]
           fn agrees_with_serde_on_what_is_json(text in r#"[\[\]{}",:0-9eE.\\ \-a-ftruenls\n]{0,24}"#) {
               let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
               prop_assert_eq!(parse(&text).is_ok(), theirs, "{}", text);
           }

           #[test]
           fn every_value_knows_its_place(text in any_json().prop_map(|json| json.to_string())) {
               fn check(text: &str, node: &Node) {
                   let first = text[node.at..].chars().next().unwrap();
                   match &node.value {
                       NodeValue::Text(_) => assert_eq!(first, '"'),
                       NodeValue::List(items) => {
                           assert_eq!(first, '[');
                           for item in items {
    check(text, item);
    }
                       }
                       NodeValue::Object(members) => {
                           assert_eq!(first, '{');
                           for member in members {
                               assert!(text[member.key_at..].starts_with('"'));
                               check(text, &member.value);
                           }
                       }
                       _ => {}
                   }
               }
               check(&text, &parse(&text).unwrap());
           }

           #[test]
           fn never_panics(text in ".{0,40}", at in 0usize..200) {
               drop(parse(&text));
               let place = place_at(&text, at);
               prop_assert!(place.line >= 1 && place.column >= 1);
           }
       }
}
