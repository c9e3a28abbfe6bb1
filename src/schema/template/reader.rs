//! Finds the places of a template, where each stands in the JSON around it, and what the request has there.

use super::leaf::Leaf;
use super::{Part, Slot, Spot};
use crate::model::{JsonFault, Problem, ProblemKind, nearest};
use crate::schema::Schema;
use crate::schema::json::place_in;

const ROOT: &str = "request";

/// Goes over the text once.
pub(super) struct Reader<'a> {
    schema: &'a Schema,
    input: &'a str,
    text: &'a str,
    parts: Vec<Part>,
    problems: Vec<Problem>,
    /// Where the text begins that has not been taken over.
    taken: usize,
    around: Around,
}

/// What of JSON's structure stands around a byte. Of a text that is no JSON it knows what it can.
#[derive(Debug, Default)]
struct Around {
    /// `[` and `{` that are open.
    open: Vec<u8>,
    is_key: bool,
    /// Where the text that is open begins, behind its quote.
    text_from: Option<usize>,
    is_escaped: bool,
}

impl Around {
    fn step(&mut self, byte: u8, at: usize) {
        if self.text_from.is_some() {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.text_from = None,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.text_from = Some(at + 1),
            b'{' | b'[' => {
                self.open.push(byte);
                self.is_key = byte == b'{';
            }
            b'}' | b']' => drop(self.open.pop()),
            b',' => self.is_key = self.open.last() == Some(&b'{'),
            b':' => self.is_key = false,
            _ => {}
        }
    }

    fn is_row(&self) -> bool {
        self.open.last() == Some(&b'[')
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(schema: &'a Schema, input: &'a str, text: &'a str) -> Self {
        let (parts, problems) = (Vec::new(), Vec::new());
        Self { schema, input, text, parts, problems, taken: 0, around: Around::default() }
    }

    pub(super) fn read(mut self) -> Result<Vec<Part>, Vec<Problem>> {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let is_place = !self.around.is_escaped && bytes.get(at..at + 2) == Some(b"{{");
            if let Some(end) = is_place.then(|| self.place(at)).flatten() {
                at = end;
            } else {
                self.around.step(*byte, at);
                at += 1;
            }
        }
        self.take_text(self.text.len());
        if self.problems.is_empty() { Ok(self.parts) } else { Err(self.problems) }
    }

    /// Takes the place that begins here, and says where the text goes on behind it.
    fn place(&mut self, open: usize) -> Option<usize> {
        let inner = self.text.get(open + 2..)?;
        let inner = inner.split_once("}}").map(|(inner, _)| inner);
        let Some(inner) = inner.filter(|inner| !inner.contains(['"', '{', '\n'])) else {
            // Outside of a text it may be two objects; JSON's own reader has the last word on those.
            if self.around.text_from.is_some() {
                let fault = JsonFault::PlaceNotClosed;
                self.complain(open, ProblemKind::JsonSyntax { fault });
            }
            return None;
        };
        let close = open + inner.len() + 4;
        let is_quoted =
            self.around.text_from == Some(open) && self.text.as_bytes().get(close) == Some(&b'"');
        let is_row = self.around.is_row();
        let spot = match self.around.text_from {
            Some(_) if !is_quoted => Spot::Within,
            _ if self.around.is_key => Spot::Key,
            _ => Spot::Value { is_quoted, is_row },
        };
        let margin = usize::from(is_quoted);
        self.take_text(open - margin);
        self.taken = close + margin;
        if let Some((path, leaf)) = self.leaf(inner, open + 2) {
            self.parts.push(Part::Slot(Slot { path, leaf, spot, at: open - margin }));
        }
        // The closing quote of a place that is a whole text goes with it.
        self.around.text_from = self.around.text_from.filter(|_| !is_quoted);
        Some(self.taken)
    }

    fn take_text(&mut self, until: usize) {
        match self.text.get(self.taken..until) {
            None | Some("") => {}
            Some(text) => self.parts.push(Part::Text { text: text.to_owned(), at: self.taken }),
        }
    }

    /// Follows the names through the contract.
    fn leaf(&mut self, inner: &str, at: usize) -> Option<(Vec<String>, Leaf)> {
        let mut names = inner.trim().split('.').map(str::trim);
        let root = names.next().unwrap_or_default();
        if root != ROOT {
            // Who leaves the root out means a field of it.
            let shape = self.schema.message(self.input);
            let is_field = shape.is_some_and(|shape| shape.field(root).is_some());
            let meant = if is_field { format!("{ROOT}.{root}") } else { ROOT.to_owned() };
            self.unknown(at, root, ROOT, Some(&meant));
            return None;
        }
        let (mut path, mut leaf) = (Vec::new(), Leaf::of_message(self.input));
        for name in names {
            let (step, inside) = match leaf {
                Leaf::Message(ref full_name) => {
                    let shape = self.schema.message(full_name)?;
                    let Some(field) = shape.field(name) else {
                        let known = shape.fields.iter().map(|field| field.name.as_str());
                        self.unknown(at, name, full_name, nearest(name, known));
                        return None;
                    };
                    (field.json_name.clone(), Leaf::of_field(field))
                }
                Leaf::List(inside) if name.parse::<usize>().is_ok() => (name.to_owned(), *inside),
                Leaf::Map { value, .. } => (name.to_owned(), *value),
                Leaf::Open(_) => (name.to_owned(), Leaf::Open(None)),
                other => {
                    self.unknown(at, name, &other.name(), None);
                    return None;
                }
            };
            path.push(step);
            leaf = inside;
        }
        Some((path, leaf))
    }

    fn unknown(&mut self, at: usize, name: &str, message: &str, nearest: Option<&str>) {
        let (name, message) = (name.to_owned(), message.to_owned());
        let nearest = nearest.map(str::to_owned);
        self.complain(at, ProblemKind::UnknownField { name, message, nearest });
    }

    fn complain(&mut self, at: usize, kind: ProblemKind) {
        self.problems.push(Problem::error(kind).at(place_in(None, self.text, at)));
    }
}
