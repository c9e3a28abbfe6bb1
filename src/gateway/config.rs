//! A configuration as the data plane uses it: one immutable value, swapped as a whole.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::{DeclaredEdge, GATEWAY, Problem, Severity};

use super::route::RouteTable;
use super::{compile, documents, yaml};

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
    let nodes = yaml::read(text, &mut sink);
    let documents = documents::read(&nodes, &mut sink);
    let config = compile::compile(&documents, &mut sink);
    let problems = sink.into_problems();
    let is_broken = problems.iter().any(|problem| problem.severity == Severity::Error);
    (if is_broken { Config::default() } else { config }, problems)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::ProblemKind;

    /// `line:column what`, one line for each problem.
    fn problems(text: &str) -> Vec<String> {
        let (config, problems) = parse(Path::new("f.yaml"), text);
        assert!(problems.is_empty() || config.routes.is_empty(), "broken, but serves");
        let words = |kind: &ProblemKind| match kind {
            ProblemKind::UnknownField { name, message, nearest } => {
                format!("unknown {name} in {message}, nearest {nearest:?}")
            }
            ProblemKind::Unsupported { subject } => format!("unsupported {subject}"),
            ProblemKind::Config { subject, fault } => format!("{subject} {fault:?}"),
            ProblemKind::WrongValue { path, expected, found } => {
                format!("{path}: {expected:?}, not {found:?}")
            }
            other => format!("{other:?}"),
        };
        let place = |problem: &Problem| {
            let place = problem.place.clone().unwrap();
            assert_eq!(place.file.as_deref(), Some(Path::new("f.yaml")));
            format!("{}:{}", place.line, place.column)
        };
        problems.iter().map(|p| format!("{} {}", place(p), words(&p.kind))).collect()
    }

    fn changed(from: &str, to: &str) -> Vec<String> {
        assert!(DEFAULT_CONFIG.contains(from), "{from}");
        problems(&DEFAULT_CONFIG.replacen(from, to, 1))
    }

    /// The same, with places taken off: they move when the file's comments do.
    fn check(from: &str, to: &str, expect: &str) {
        let got = changed(from, to);
        let what: Vec<_> = got.iter().map(|line| line.split_once(' ').unwrap().1).collect();
        assert!(what.contains(&expect), "{to}: {what:?}");
    }

    #[test]
    fn the_embedded_configuration_is_whole() {
        let (config, problems) = parse(Path::new("gateway.yaml"), DEFAULT_CONFIG);
        assert_eq!(problems, []);
        assert_eq!(config.port(), Some(8080));
        let callees: Vec<_> = config.edges().iter().map(|edge| edge.callee.to_string()).collect();
        let expect = [
            "cart",
            "catalog",
            "greeter",
            "inventory",
            "orders",
            "payment",
            "pricing",
            "storefront",
            "support",
        ];
        assert_eq!(callees, expect);
    }

    #[test]
    fn a_misspelt_field_is_told_with_its_place_and_its_neighbour() {
        let text = include_str!("../../tests/data/gateway/misspelt.yaml");
        assert_eq!(
            problems(text),
            [
                "15:3 HTTPRoute default/r: spec.parentRefs NoParent",
                "15:3 unknown parentRef in HTTPRoute default/r spec, nearest Some(\"parentRefs\")",
                "19:19 unknown vale in HTTPRoute default/r spec.rules[0].matches[0].path, nearest Some(\"value\")",
                "20:7 unsupported HTTPRoute default/r: spec.rules[0].filters",
                "25:17 spec.rules[0].backendRefs[0].port: Port, not Text",
            ]
        );
    }

    #[test]
    fn what_does_not_resolve_or_is_not_done_here_is_said() {
        check(
            "      kind: HTTPRoute\n      name: inventory",
            "      kind: HTTPRoute\n      name: inventroy",
            "SecurityPolicy demo/inventory-key: spec.targetRefs inventroy NoSuch(\"HTTPRoute\")",
        );
        check(
            "      - name: inventory-keys",
            "      - name: other-keys",
            "SecurityPolicy demo/inventory-key: spec.apiKeyAuth.credentialRefs other-keys NoSuch(\"Secret\")",
        );
        check(
            "demo: hoplens-demo-key",
            "demo: \"\"",
            "SecurityPolicy demo/inventory-key: spec.apiKeyAuth.credentialRefs inventory-keys EmptyKey",
        );
        check(
            "demo: hoplens-demo-key",
            "demo: env:HOPLENS_NO_SUCH_VARIABLE",
            "Secret demo/inventory-keys: stringData.demo NoVariable(\"HOPLENS_NO_SUCH_VARIABLE\")",
        );
        check(
            "type: PathPrefix",
            "type: RegularExpression",
            "unsupported HTTPRoute demo/storefront: spec.rules[0].matches[0].path.type RegularExpression",
        );
        check(
            "request: 15s",
            "request: 1.5s",
            "HTTPRoute demo/storefront: spec.rules[0].timeouts.request NotDuration",
        );
        check("kind: Secret", "kind: ConfigMap", "unsupported v1 ConfigMap");
        check(
            "protocol: HTTP",
            "protocol: HTTPS",
            "unsupported Gateway demo/hoplens: spec.listeners[0].protocol HTTPS",
        );
    }

    #[test]
    fn a_wrong_value_in_a_secret_is_not_repeated() {
        let got = changed("demo: hoplens-demo-key", "demo: 4711").join("\n");
        assert!(got.contains("stringData.demo") && !got.contains("4711"), "{got}");
    }

    #[test]
    fn broken_yaml_around_a_secret_does_not_repeat_it() {
        for damage in ["\"KEY", "[KEY", "{KEY: 1", "*KEY", "!KEY KEY: KEY", "KEY: KEY: KEY", "|KEY"]
        {
            let value = damage.replace("KEY", "canary");
            let text = DEFAULT_CONFIG.replace("hoplens-demo-key", &value);
            let (_, problems) = parse(Path::new("f.yaml"), &text);
            assert!(!problems.is_empty(), "{value}");
            assert!(!format!("{problems:?}").contains("canary"), "{value}: {problems:?}");
        }
    }

    #[test]
    fn backends_and_gateway_wide_policies_resolve() {
        let text = include_str!("../../tests/data/gateway/backend.yaml");
        let (config, problems) = parse(Path::new("f.yaml"), text);
        assert_eq!(problems, []);
        let headers = http::HeaderMap::new();
        let head = crate::gateway::RequestHead {
            host: "a.example.com",
            path: "/x",
            query: None,
            method: &http::Method::GET,
            headers: &headers,
            is_grpc: false,
        };
        let found = config.routes().find(&head).unwrap();
        assert_eq!((found.backend_name(), found.pattern()), ("fixed", "/x"));
        let auth = found.rule.auth.as_ref().unwrap();
        assert_eq!(&*auth.policy, "SecurityPolicy default/all");
        assert!(config.routes().find(&crate::gateway::RequestHead { host: "b", ..head }).is_none());
    }

    proptest! {
        /// A cut or changed file never panics and never serves half of what it says.
        #[test]
        fn no_damage_makes_it_panic(cut in 0..DEFAULT_CONFIG.len(), with in "[a-z:\\- \n{\\[]{0,8}") {
            let head: String = DEFAULT_CONFIG.chars().take(cut).collect();
            let tail: String = DEFAULT_CONFIG.chars().skip(cut + 3).collect();
            let _ = parse(Path::new("f.yaml"), &format!("{head}{with}{tail}"));
        }
    }
}
