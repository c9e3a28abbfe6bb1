//! `mocks.toml`, version 1: which schemas are served, and what their methods answer.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::SavedMock;
use super::sources_toml::Source;
use crate::model::{Code, Delay, Failing, Fault, MethodPath, MockAnswer, MockStream, Spread};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct File {
    #[serde(default)]
    version: u32,
    #[serde(default, rename = "mock")]
    mocks: Vec<Mock>,
}

#[derive(Serialize, Deserialize)]
struct Mock {
    #[serde(default)]
    served: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    source: Source,
    #[serde(default, rename = "answer")]
    answers: Vec<Answer>,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Answer {
    method: String,
    body: String,
    #[serde(skip_serializing_if = "is_zero")]
    delay_millis: u64,
    #[serde(skip_serializing_if = "is_not")]
    delay_has_tail: bool,
    #[serde(skip_serializing_if = "is_none")]
    fail_percent: u8,
    #[serde(skip_serializing_if = "String::is_empty")]
    fail_status: String,
    /// Absent where it is the usual number.
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_messages: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_pace_millis: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_none(n: &u8) -> bool {
    *n == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_not(value: &bool) -> bool {
    !value
}

pub(super) fn write(mocks: &[SavedMock]) -> Result<String, toml::ser::Error> {
    let mocks = mocks.iter().map(Mock::from).collect();
    toml::to_string_pretty(&File { version: VERSION, mocks })
}

pub(super) fn read(text: &str) -> Result<Vec<SavedMock>, toml::de::Error> {
    let file: File = toml::from_str(text)?;
    Ok(file.mocks.into_iter().filter_map(Mock::open).collect())
}

impl From<&SavedMock> for Mock {
    fn from(mock: &SavedMock) -> Self {
        let answer = |(method, answer): (&MethodPath, &MockAnswer)| {
            let MockAnswer { body, stream, fault } = answer;
            let usual = MockStream::default();
            let pace_millis = stream.pace.as_millis() as u64;
            Answer {
                method: method.to_string(),
                body: body.clone(),
                delay_millis: fault.delay.map_or(0, |delay| delay.longest.as_millis() as u64),
                delay_has_tail: fault.delay.is_some_and(|delay| delay.spread == Spread::Tail),
                fail_percent: fault.failing.map_or(0, |failing| failing.percent),
                fail_status: fault.failing.map_or("", |failing| failing.code.name()).to_owned(),
                stream_messages: Some(stream.n_messages).filter(|n| *n != usual.n_messages),
                stream_pace_millis: Some(pace_millis).filter(|_| stream.pace != usual.pace),
            }
        };
        Self {
            served: mock.is_served,
            port: mock.port,
            source: Source::from(&mock.source),
            answers: mock.answers.iter().map(answer).collect(),
        }
    }
}

impl Mock {
    /// `None` for a source of a kind that a later version added.
    fn open(self) -> Option<SavedMock> {
        let answers = self.answers.into_iter();
        Some(SavedMock {
            source: self.source.open()?,
            is_served: self.served,
            port: self.port,
            answers: answers.filter_map(Answer::open).collect(),
        })
    }
}

impl Answer {
    fn open(self) -> Option<(MethodPath, MockAnswer)> {
        let spread = if self.delay_has_tail { Spread::Tail } else { Spread::Fixed };
        let longest = Duration::from_millis(self.delay_millis);
        let code = Code::from_name(&self.fail_status).unwrap_or(Code::Unavailable);
        let fault = Fault {
            delay: (self.delay_millis > 0).then_some(Delay { longest, spread }),
            failing: (self.fail_percent > 0)
                .then_some(Failing { percent: self.fail_percent, code }),
            is_hanging: false,
        };
        // A file that was edited by hand may say more than can be.
        let fault = fault.checked().unwrap_or_default();
        let usual = MockStream::default();
        let stream = MockStream {
            n_messages: self.stream_messages.unwrap_or(usual.n_messages),
            pace: self.stream_pace_millis.map_or(usual.pace, Duration::from_millis),
        };
        let answer = MockAnswer { body: self.body, stream: stream.bounded(), fault };
        Some((MethodPath::parse(&self.method)?, answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::SavedSource;

    #[test]
    fn mocks_come_back() {
        let fault = Fault {
            delay: Some(Delay { longest: Duration::from_millis(300), spread: Spread::Tail }),
            failing: Some(Failing { percent: 10, code: Code::NotFound }),
            is_hanging: false,
        };
        let stream = MockStream { n_messages: 12, pace: Duration::ZERO };
        let method = MethodPath::parse("a.B/C").unwrap();
        let body = "{\n  \"name\": \"{{request.name}}\"\n}".to_owned();
        let mocks = [
            SavedMock {
                source: SavedSource::BuiltIn("shop".into()),
                is_served: true,
                port: Some(7001),
                answers: [(method, MockAnswer { body, stream, fault })].into(),
            },
            SavedMock {
                source: SavedSource::Paths { paths: vec!["/a.proto".into()], roots: Vec::new() },
                is_served: false,
                port: None,
                answers: std::collections::BTreeMap::default(),
            },
        ];
        assert_eq!(read(&write(&mocks).unwrap()).unwrap(), mocks);
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn what_cannot_be_is_left_out() {
        let text = "[[mock]]\nserved = true\nsource = { kind = \"built-in\", name = \"shop\" }\n\
            [[mock.answer]]\nmethod = \"a.B/C\"\nfail_percent = 200\n[[mock.answer]]\nmethod = \"nothing\"\n\
            [[mock]]\nsource = { kind = \"registry\" }\n";
        let mocks = read(text).unwrap();
        assert_eq!(mocks.len(), 1);
        assert_eq!(mocks[0].answers.values().next(), Some(&MockAnswer::default()));
    }
}
