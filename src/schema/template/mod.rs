//! Answers with places in them for what the request says: `{"message": "Hello {{request.name}}"}`.
//!
//! Within a text a place takes the words of the value. A place that is a whole text takes the value as that text
//! would say it: numbers in quotes, which `ProtoJSON` takes for numbers too; lists and messages as they are. Outside of
//! quotes it takes the value itself. What a place may hold is known from the contract, so that a template that was
//! found to fit answers every request.

mod leaf;
mod reader;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::Schema;
use super::json::place_in;
use crate::model::{Place, Problem, Severity};

use leaf::Leaf;
use reader::Reader;

/// A text that was read once and is filled for every request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text { text: String, at: usize },
    Slot(Slot),
}

/// A place that the request fills.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Slot {
    /// As the request's JSON names its fields.
    path: Vec<String>,
    /// What stands there by the contract.
    leaf: Leaf,
    spot: Spot,
    /// Where it begins in the template.
    at: usize,
}

/// Where a place stands in the JSON around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spot {
    /// Within a longer text.
    Within,
    /// The whole key of a member.
    Key,
    /// A whole value, in quotes or without.
    Value {
        is_quoted: bool,
        /// Where null could not stand.
        is_row: bool,
    },
}

impl Slot {
    /// What stands here for this value. A request may lack everything but itself.
    fn write(&self, value: Option<&Value>) -> String {
        let is_itself = self.path.is_empty() && value.is_none_or(Value::is_null);
        let itself = is_itself.then(|| self.leaf.nothing());
        self.leaf.write(itself.as_ref().or(value), self.spot)
    }
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
        Reader::new(schema, input, text).read().map(|parts| Self { parts })
    }

    /// Whether the request changes anything.
    pub fn has_slots(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Slot(_)))
    }

    /// The text for this request, which is the message as `ProtoJSON`.
    pub fn fill(&self, request: &Value) -> String {
        self.filled(|slot| slot.write(look_up(request, &slot.path))).text
    }

    fn filled(&self, write: impl Fn(&Slot) -> String) -> Filled {
        let mut filled = Filled { text: String::new(), origins: Vec::new() };
        for part in &self.parts {
            let (at, text) = match part {
                Part::Text { text, at } => (*at, text.clone()),
                Part::Slot(slot) => (slot.at, write(slot)),
            };
            filled.origins.push((filled.text.len(), at));
            filled.text.push_str(&text);
        }
        filled
    }
}

impl Schema {
    /// What keeps a template from being an answer `output` to every request `input`, with places in the template.
    /// It is tried with places that hold what is hardest to take, with zeros, and with none of them set.
    pub fn check_template(&self, input: &str, output: &str, text: &str) -> Vec<Problem> {
        let template = match Template::parse(self, input, text) {
            Ok(template) => template,
            Err(problems) => return problems,
        };
        let hardest = template.filled(|slot| slot.write(Some(&slot.leaf.hardest(self))));
        let zero = template.filled(|slot| slot.write(Some(&slot.leaf.zero(self))));
        let unset = template.filled(|slot| slot.write(None));
        let mut problems = Vec::new();
        for filled in [hardest, zero, unset] {
            for problem in filled.check(self, output, text) {
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
            // The same misfit once: what both say differs in the value that stands there.
            if problems.iter().any(|problem| problem.severity == Severity::Error) {
                break;
            }
        }
        problems
    }
}

impl Filled {
    fn check(mut self, schema: &Schema, output: &str, template: &str) -> Vec<Problem> {
        self.origins.push((self.text.len(), template.len()));
        let mut problems = schema.check_json(output, &self.text);
        for place in problems.iter_mut().filter_map(|problem| problem.place.as_mut()) {
            *place = self.origin_of(place, template);
        }
        problems
    }

    /// Where in the template a place of the filled text comes from.
    fn origin_of(&self, place: &Place, template: &str) -> Place {
        let lines = self.text.split_inclusive('\n').take(place.line.saturating_sub(1) as usize);
        let line_start: usize = lines.map(str::len).sum();
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

/// The value at the path; `None` where the request does not set it.
fn look_up<'a>(request: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(request, |value, name| match value {
        Value::Array(rows) => rows.get(name.parse::<usize>().ok()?),
        other => other.get(name),
    })
}
