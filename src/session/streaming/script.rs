//! A script: JSON values one after the other, each a message.

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::model::{Place, Problem, ProblemKind};
use crate::schema::{Schema, json_fault};

/// Messages of one round.
pub const MAX_SCRIPT_MESSAGES: usize = 100_000;

/// Reads all of it, or says what is wrong with the first value that is no message, at its place in the text.
pub(in crate::session) fn read(
    schema: &Schema,
    input: &str,
    text: &str,
) -> Result<Vec<Bytes>, Vec<Problem>> {
    let mut messages = Vec::new();
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    loop {
        let before = values.byte_offset();
        let rest = text.get(before..).unwrap_or_default();
        let start = before + rest.len() - rest.trim_start().len();
        match values.next() {
            None => return Ok(messages),
            Some(Ok(value)) => match schema.encode_json(input, value.get()) {
                Ok(_) if messages.len() >= MAX_SCRIPT_MESSAGES => {
                    let limit = MAX_SCRIPT_MESSAGES;
                    let kind = ProblemKind::LongScript { limit };
                    return Err(vec![Problem { place: at(text, start), ..Problem::error(kind) }]);
                }
                Ok(message) => messages.push(message),
                Err(problems) => return Err(shifted(problems, text, start)),
            },
            // Serde's own words have no place that a person can count to.
            Some(Err(_)) => {
                let rest = text.get(start..).unwrap_or_default();
                let (place, fault) = match json_fault(rest) {
                    Some((place, fault)) => (Some(place), fault),
                    None => return Ok(messages),
                };
                let problem =
                    Problem { place, ..Problem::error(ProblemKind::JsonSyntax { fault }) };
                return Err(shifted(vec![problem], text, start));
            }
        }
    }
}

/// Places in a value as places in the whole text.
fn shifted(problems: Vec<Problem>, text: &str, start: usize) -> Vec<Problem> {
    let Some(origin) = at(text, start) else { return problems };
    let shift = |mut problem: Problem| {
        if let Some(place) = &mut problem.place
            && place.line > 0
        {
            if place.line == 1 && place.column > 0 {
                place.column += origin.column - 1;
            }
            place.line += origin.line - 1;
        }
        problem
    };
    problems.into_iter().map(shift).collect()
}

fn at(text: &str, offset: usize) -> Option<Place> {
    let before = text.get(..offset)?;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = u32::try_from(before.matches('\n').count()).ok()? + 1;
    let column = u32::try_from(before.get(line_start..)?.chars().count()).ok()? + 1;
    Some(Place { file: None, line, column })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::bundled;

    #[test]
    fn values_follow_each_other_and_a_bad_one_is_shown_at_its_place() {
        let read = |text| read(bundled(), "google.rpc.Help.Link", text);
        let two = read("{\"url\": \"a\"}\n{\"url\": \"b\"} {}").unwrap();
        assert_eq!(two.len(), 3);
        assert_eq!(read(" \n").unwrap(), Vec::<Bytes>::new());
        let place = |text| {
            let place = read(text).unwrap_err().first().and_then(|problem| problem.place.clone());
            place.map(|place| (place.line, place.column))
        };
        assert_eq!(place("{}\n  {\"url\": 1}"), Some((2, 11)));
        assert_eq!(place("{}\n{\n \"url\": 1}"), Some((3, 9)));
        assert_eq!(place("{} {\"url\" 1}"), Some((1, 11)));
    }
}
