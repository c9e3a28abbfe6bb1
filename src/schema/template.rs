//! Answers with places in them for what the request says: `{"message": "Hello {{request.name}}"}`.
//!
//! A place that is a whole text (`"{{request.count}}"`) or stands outside of one takes the value as it is, number,
//! list or message; within a text it takes the value's words.

use serde_json::Value;

use super::json::place_in;
use super::{Cardinality, FieldKind, Schema};
use crate::model::{JsonFault, Place, Problem, ProblemKind, nearest};

const ROOT: &str = "request";

/// A text that was read once and is filled for every request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text { text: String, at: usize },
    Slot { path: Vec<String>, takes_value: bool, at: usize },
}

/// A filled text, and where each part of it stands in the template.
struct Filled {
    text: String,
    /// (offset here, offset in the template), rising.
    origins: Vec<(usize, usize)>,
}

impl Template {
    /// Reads a template of an answer to this request message.
    ///
    /// # Errors
    /// Places that are not closed, or name what the request does not have; with line and column.
    pub fn parse(schema: &Schema, input: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader { schema, input, text, parts: Vec::new(), problems: Vec::new() };
        reader.read();
        if reader.problems.is_empty() {
            Ok(Self { parts: reader.parts })
        } else {
            Err(reader.problems)
        }
    }

    /// Whether the request changes anything.
    pub fn has_slots(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Slot { .. }))
    }

    /// The text for this request, which is the message as `ProtoJSON`.
    pub fn fill(&self, request: &Value) -> String {
        self.filled(request).text
    }

    fn filled(&self, request: &Value) -> Filled {
        let mut filled = Filled { text: String::new(), origins: Vec::new() };
        for part in &self.parts {
            let (Part::Text { at, .. } | Part::Slot { at, .. }) = part;
            filled.origins.push((filled.text.len(), *at));
            match part {
                Part::Text { text, .. } => filled.text.push_str(text),
                Part::Slot { path, takes_value, .. } => {
                    let value = look_up(request, path);
                    filled.text.push_str(&if *takes_value {
                        value.to_string()
                    } else {
                        words(value)
                    });
                }
            }
        }
        filled
    }
}

impl Schema {
    /// What keeps a template from being an answer `output` to a request `input`, with places in the template.
    pub fn check_template(&self, input: &str, output: &str, text: &str) -> Vec<Problem> {
        let template = match Template::parse(self, input, text) {
            Ok(template) => template,
            Err(problems) => return problems,
        };
        let mut filled = template.filled(&self.sample(input));
        filled.origins.push((filled.text.len(), text.len()));
        let mut problems = self.check_json(output, &filled.text);
        for place in problems.iter_mut().filter_map(|problem| problem.place.as_mut()) {
            *place = filled.origin_of(place, text);
        }
        problems
    }
}

impl Filled {
    /// Where in the template a place of the filled text comes from.
    fn origin_of(&self, place: &Place, template: &str) -> Place {
        let line_start: usize = self
            .text
            .split_inclusive('\n')
            .take(place.line.saturating_sub(1) as usize)
            .map(str::len)
            .sum();
        let line = self.text.get(line_start..).unwrap_or_default();
        let column = place.column.saturating_sub(1) as usize;
        let at = line_start + line.chars().take(column).map(char::len_utf8).sum::<usize>();
        let part = self.origins.iter().rev().find(|(here, _)| *here <= at);
        let (here, there) = part.copied().unwrap_or_default();
        let end = self.origins.iter().map(|(_, there)| *there).find(|next| *next > there);
        let origin = (there + (at - here)).min(end.unwrap_or(template.len()));
        place_in(place.file.clone(), template, origin)
    }
}

/// The value at the path; null where the request does not set it.
fn look_up<'a>(request: &'a Value, path: &[String]) -> &'a Value {
    let step = |value: &'a Value, name: &String| match value {
        Value::Array(rows) => rows.get(name.parse::<usize>().ok()?),
        other => other.get(name),
    };
    path.iter().try_fold(request, step).unwrap_or(&Value::Null)
}

/// A value within a text, escaped as JSON wants it.
fn words(value: &Value) -> String {
    let plain = match value {
        Value::Null => return String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let quoted = Value::String(plain).to_string();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

struct Reader<'a> {
    schema: &'a Schema,
    input: &'a str,
    text: &'a str,
    parts: Vec<Part>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn read(&mut self) {
        let mut at = 0;
        while let Some(open) =
            self.text.get(at..).and_then(|rest| rest.find("{{")).map(|found| at + found)
        {
            let Some(inner) = self.inner(open) else {
                // `{{` outside of a text may be two objects; JSON's own reader has the last word on it.
                if self.is_within_text(open) {
                    let fault = JsonFault::PlaceNotClosed;
                    self.complain(open, ProblemKind::JsonSyntax { fault });
                }
                break;
            };
            let close = open + 2 + inner.len() + 2;
            if inner.contains(['"', '{', '\n']) {
                self.push_text(at, open + 2);
                at = open + 2;
                continue;
            }
            let is_within = self.is_within_text(open);
            let is_whole = is_within
                && self.text.get(..open).is_some_and(|before| before.ends_with('"'))
                && self.text.get(close..).is_some_and(|after| after.starts_with('"'));
            let inner = inner.to_owned();
            let path = self.path(&inner, open + 2);
            let margin = usize::from(is_whole);
            self.push_text(at, open - margin);
            self.parts.push(Part::Slot {
                path,
                takes_value: is_whole || !is_within,
                at: open - margin,
            });
            at = close + margin;
        }
        self.push_text(at, self.text.len());
    }

    fn inner(&self, open: usize) -> Option<&str> {
        let rest = self.text.get(open + 2..)?;
        rest.split_once("}}").map(|(inner, _)| inner)
    }

    fn push_text(&mut self, from: usize, to: usize) {
        match self.text.get(from..to) {
            None | Some("") => {}
            Some(text) => self.parts.push(Part::Text { text: text.to_owned(), at: from }),
        }
    }

    /// Whether an odd number of quotes stands before: quotes that are escaped do not count.
    fn is_within_text(&self, at: usize) -> bool {
        let (mut is_within, mut is_escaped) = (false, false);
        for byte in self.text.bytes().take(at) {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = is_within,
                b'"' => is_within = !is_within,
                _ => {}
            }
        }
        is_within
    }

    /// The names as JSON has them.
    fn path(&mut self, inner: &str, at: usize) -> Vec<String> {
        let mut names = inner.trim().split('.').map(str::trim);
        let root = names.next().unwrap_or_default();
        if root != ROOT {
            self.complain(at, unknown(root, ROOT, Some(ROOT)));
            return Vec::new();
        }
        let mut message = self.schema.message(self.input);
        let mut rows = None;
        let mut path = Vec::new();
        for name in names {
            // Into a list by number, into a map by key: both lead to what is in it.
            if let Some(inside) = rows.take() {
                path.push(name.to_owned());
                message = inside;
                continue;
            }
            let Some(shape) = message.take() else {
                // What has no shape of its own (a map's key, a Struct) is looked up as it is named.
                path.push(name.to_owned());
                continue;
            };
            let Some(field) = shape.field(name) else {
                let names = shape.fields.iter().map(|field| field.name.as_str());
                let near = nearest(name, names);
                self.complain(at, unknown(name, &shape.full_name, near));
                return path;
            };
            path.push(field.json_name.clone());
            let inside = match &field.kind {
                FieldKind::Message(full_name) => self.schema.message(full_name),
                _ => None,
            };
            match field.cardinality {
                Cardinality::Repeated | Cardinality::Map { .. } => rows = Some(inside),
                Cardinality::Single { .. } | Cardinality::Required => message = inside,
            }
        }
        path
    }

    fn complain(&mut self, at: usize, kind: ProblemKind) {
        self.problems.push(Problem::error(kind).at(place_in(None, self.text, at)));
    }
}

fn unknown(name: &str, message: &str, nearest: Option<&str>) -> ProblemKind {
    ProblemKind::UnknownField {
        name: name.to_owned(),
        message: message.to_owned(),
        nearest: nearest.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::load_virtual;

    fn schema() -> Schema {
        let text = "syntax = \"proto3\";
            message Item { string sku = 1; int32 n = 2; }
            message Ask { string user_name = 1; int64 big = 2; repeated Item items = 3; map<string, Item> by_key = 4; }
            message Say { string message = 1; int64 big = 2; Item first = 3; int32 small = 4; }";
        load_virtual(&[("a.proto", text)]).schema
    }

    fn fill(template: &str, request: &Value) -> String {
        Template::parse(&schema(), "Ask", template).unwrap().fill(request)
    }

    #[test]
    fn places_take_what_the_request_says() {
        let request = json!({
            "userName": "Ada \"the\" 1st", "big": "9007199254740993",
            "items": [{ "sku": "mug", "n": 2 }], "byKey": { "a": { "sku": "cup" } }
        });
        let check = |template: &str, filled: &str| assert_eq!(fill(template, &request), filled);
        check(
            r#"{"message":"Hello {{request.user_name}}"}"#,
            r#"{"message":"Hello Ada \"the\" 1st"}"#,
        );
        check(r#"{"message":"{{ request.userName }}"}"#, r#"{"message":"Ada \"the\" 1st"}"#);
        check(r#"{"big":"{{request.big}}"}"#, r#"{"big":"9007199254740993"}"#);
        check(r#"{"first":{{request.items.0}}}"#, r#"{"first":{"sku":"mug","n":2}}"#);
        check(r#"{"small":"{{request.items.0.n}}"}"#, r#"{"small":2}"#);
        check(
            r#"{"message":"{{request.by_key.a.sku}} of {{request.items.7.sku}}."}"#,
            r#"{"message":"cup of ."}"#,
        );
        check(r#"{"first":"{{request.items.9}}"}"#, r#"{"first":null}"#);
        check(r#"{"first":{"sku":"x"}}"#, r#"{"first":{"sku":"x"}}"#);
        assert!(!Template::parse(&schema(), "Ask", "{}").unwrap().has_slots());
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_place_in_the_template() {
        let check = |template: &str, expect: &str| {
            let problems = schema().check_template("Ask", "Say", template);
            let got: Vec<String> = problems
                .iter()
                .map(|problem| {
                    let place = problem.place.clone().unwrap();
                    let words = match &problem.kind {
                        ProblemKind::UnknownField { name, nearest, .. } => {
                            format!("unknown {name} {nearest:?}")
                        }
                        ProblemKind::WrongValue { path, .. } => format!("wrong {path}"),
                        ProblemKind::JsonSyntax { .. } => "syntax".to_owned(),
                        other => format!("{other:?}"),
                    };
                    format!("{}:{} {words}", place.line, place.column)
                })
                .collect();
            assert_eq!(got.join("; "), expect, "{template}");
        };
        check(r#"{"message":"Hello {{request.user_name}}"}"#, "");
        check(
            r#"{"message":"{{request.user_nam}}"}"#,
            r#"1:15 unknown user_nam Some("user_name")"#,
        );
        check(r#"{"message":"{{name}}"}"#, r#"1:15 unknown name Some("request")"#);
        check(r#"{"message":"{{request.user_name"}"#, "1:13 syntax");
        check(
            "{\n  \"message\": \"{{request.user_name}} and more\",\n  \"massage\": 1\n}",
            r#"3:3 unknown massage Some("message")"#,
        );
        check(
            r#"{"message":"{{request.user_name}}", "smal": 1}"#,
            r#"1:37 unknown smal Some("small")"#,
        );
        check(r#"{"small":"{{request.user_name}}"}"#, "1:10 wrong small");
        check(r#"{"small": {{request.items.0.n}}"#, "1:32 syntax");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[\"{}a-z.: \\\\é\n]{0,40}") {
            let schema = schema();
            schema.check_template("Ask", "Say", &text);
            if let Ok(template) = Template::parse(&schema, "Ask", &text) {
                template.fill(&json!({ "userName": "é" }));
            }
        }
    }
}
