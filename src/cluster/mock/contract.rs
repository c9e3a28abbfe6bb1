//! What a mock answers: its methods, and each one's answer made ready when it is first asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::Value;

use super::MockPlan;
use crate::cluster::error::ClusterError;
use crate::cluster::reflection::SYSTEM_SERVICES;
use crate::model::{
    CallKind, Fault, MethodPath, MockAnswer, MockStream, Problem, ProblemKind, nearest,
};
use crate::schema::{MethodInfo, Schema, Template};

/// One schema with its answers. Immutable; another one takes its place as a whole.
#[derive(Debug)]
pub(super) struct Contract {
    pub(super) schema: Schema,
    methods: BTreeMap<MethodPath, Arc<Method>>,
}

/// One method.
#[derive(Debug)]
pub(super) struct Method {
    pub(super) info: MethodInfo,
    answer: MockAnswer,
    ready: OnceLock<Result<Ready, String>>,
}

/// An answer as it is sent.
#[derive(Debug)]
enum Ready {
    /// What came.
    Echo,
    /// Always the same.
    Bytes(Bytes),
    /// Another one for each request.
    Template(Template),
}

impl Contract {
    pub(super) fn new(plan: &MockPlan) -> Result<Self, ClusterError> {
        let schema = plan.schema.clone();
        let services = schema.services().iter();
        let own = services.filter(|service| !SYSTEM_SERVICES.contains(&service.full_name.as_str()));
        let infos: Vec<_> = own.flat_map(|service| service.methods.iter().cloned()).collect();
        if infos.is_empty() {
            return Err(ClusterError::NothingToServe);
        }
        Ok(Self { methods: methods(infos, &plan.answers), schema })
    }

    /// The same contract with other answers.
    pub(super) fn with_answers(&self, answers: &BTreeMap<MethodPath, MockAnswer>) -> Self {
        let infos = self.methods.values().map(|method| method.info.clone()).collect();
        Self { schema: self.schema.clone(), methods: methods(infos, answers) }
    }

    pub(super) fn is_of(&self, schema: &Schema) -> bool {
        self.schema.is_same(schema)
    }

    pub(super) fn method(&self, service: &str, method: &str) -> Option<Arc<Method>> {
        let path = MethodPath { service: service.to_owned(), method: method.to_owned() };
        self.methods.get(&path).cloned()
    }

    /// Sorted.
    pub(super) fn service_names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.methods.keys().map(|path| path.service.as_str()).collect();
        names.dedup();
        names
    }
}

fn methods(
    infos: Vec<MethodInfo>,
    answers: &BTreeMap<MethodPath, MockAnswer>,
) -> BTreeMap<MethodPath, Arc<Method>> {
    let method = |info: MethodInfo| {
        let answer = answers.get(&info.path).cloned().unwrap_or_default();
        (info.path.clone(), Arc::new(Method { info, answer, ready: OnceLock::new() }))
    };
    infos.into_iter().map(method).collect()
}

impl Method {
    pub(super) fn fault(&self) -> Fault {
        self.answer.fault
    }

    pub(super) fn stream(&self) -> MockStream {
        self.answer.stream.bounded()
    }

    /// The answer to this request, or why there is none, in words for the caller.
    pub(super) fn answer(&self, schema: &Schema, request: &Bytes) -> Result<Bytes, String> {
        match self.ready.get_or_init(|| self.make_ready(schema)) {
            Ok(Ready::Echo) => Ok(request.clone()),
            Ok(Ready::Bytes(bytes)) => Ok(bytes.clone()),
            Ok(Ready::Template(template)) => {
                let decoded = schema.decode_json(&self.info.input, request);
                let request = serde_json::from_str(&decoded.text).unwrap_or(Value::Null);
                self.encode(schema, &template.fill(&request))
            }
            Err(words) => Err(words.clone()),
        }
    }

    fn make_ready(&self, schema: &Schema) -> Result<Ready, String> {
        if self.answer.body.trim().is_empty() {
            if self.info.kind == CallKind::Bidirectional && self.info.input == self.info.output {
                return Ok(Ready::Echo);
            }
            let sample = schema.sample(&self.info.output).to_string();
            return self.encode(schema, &sample).map(Ready::Bytes);
        }
        let template = Template::parse(schema, &self.info.input, &self.answer.body);
        let template = template.map_err(|problems| self.misfit(&problems))?;
        if template.has_slots() {
            return Ok(Ready::Template(template));
        }
        self.encode(schema, &self.answer.body).map(Ready::Bytes)
    }

    fn encode(&self, schema: &Schema, json: &str) -> Result<Bytes, String> {
        schema.encode_json(&self.info.output, json).map_err(|problems| self.misfit(&problems))
    }

    fn misfit(&self, problems: &[Problem]) -> String {
        let place = problems.first().and_then(|problem| problem.place.as_ref());
        let place = place.map(|place| format!(" (line {}, column {})", place.line, place.column));
        format!("the sample is no {}{}", self.info.output, place.unwrap_or_default())
    }
}

/// What keeps a text from being the answer of this method, with places in it; nothing when it fits.
pub fn check_mock_answer(schema: &Schema, method: &MethodPath, body: &str) -> Vec<Problem> {
    let Some(info) = schema.method(method) else {
        return vec![Problem::error(unknown_method(schema, method))];
    };
    if body.trim().is_empty() {
        return Vec::new();
    }
    schema.check_template(&info.input, &info.output, body)
}

fn unknown_method(schema: &Schema, method: &MethodPath) -> ProblemKind {
    let method = method.to_string();
    let methods = schema.services().iter().flat_map(|service| &service.methods);
    let known: Vec<String> = methods.map(|info| info.path.to_string()).collect();
    let nearest = nearest(&method, known.iter().map(String::as_str)).map(str::to_owned);
    ProblemKind::UnknownMethod { method, nearest }
}
