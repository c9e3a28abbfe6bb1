//! A configuration as the data plane uses it: one immutable value, swapped as a whole.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::{DeclaredEdge, GATEWAY, Problem, Severity};

use super::route::RouteTable;
use super::yaml;

/// The configuration that the app starts with.
pub const DEFAULT_CONFIG: &str = include_str!("../../assets/gateway.yaml");

/// A configuration text and the name under which its problems are reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigSource {
    /// The file, or any name that tells the user where the text comes from.
    pub name: PathBuf,
    /// Kubernetes documents in YAML, separated by `---`.
    pub text: String,
}

impl Default for ConfigSource {
    /// The embedded configuration.
    fn default() -> Self {
        Self { name: PathBuf::from("gateway.yaml"), text: DEFAULT_CONFIG.to_owned() }
    }
}

/// A compiled configuration. The default one has no route and answers 404 to everything.
#[derive(Debug, Default)]
pub struct Config {
    /// Which request goes where.
    pub(crate) routes: RouteTable,
    /// The port that the `Gateway` document's listener names.
    pub(crate) port: Option<u16>,
}

impl Config {
    /// The port that the `Gateway` document's listener names.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The route table.
    pub fn routes(&self) -> &RouteTable {
        &self.routes
    }

    /// The services that routes lead to, as edges of the service graph; sorted.
    pub fn edges(&self) -> Vec<DeclaredEdge> {
        let callees: BTreeSet<_> = self.routes.backend_names().collect();
        let caller: Arc<str> = GATEWAY.into();
        callees
            .into_iter()
            .map(|callee| DeclaredEdge { caller: Arc::clone(&caller), callee })
            .collect()
    }
}

/// Reads a configuration. With any problem of severity `Error` the returned configuration is the empty
/// one: a document that is half understood could make a route public that was meant to be guarded.
pub fn parse(name: &Path, text: &str) -> (Config, Vec<Problem>) {
    let mut sink = yaml::Sink::new(name);
    let _nodes = yaml::read(text, &mut sink);
    let config = Config::default();
    let problems = sink.into_problems();
    let is_broken = problems.iter().any(|problem| problem.severity == Severity::Error);
    (if is_broken { Config::default() } else { config }, problems)
}
