//! The explorer's tree as a flat list of rows, made anew only when something in it changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{CallKind, MethodPath, ProblemKind};
use crate::schema::LoadKind;
use crate::session::{Origin, Source, SourcePhase};
use crate::text::{Language, fill, language, t};
use crate::ui::fuzzy::matches;

/// A source with more methods than this begins with its services closed.
const OPEN_UP_TO: usize = 60;

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Row {
    /// A source.
    Source { source_idx: usize, is_open: bool, text: String, badge: String },
    /// A service of it.
    Service { source_idx: usize, name: String, is_open: bool, tip: String },
    /// A method of that.
    Method { source_idx: usize, path: MethodPath, name: String, badge: &'static str, tip: String },
    /// An HTTP route of a source.
    Route { source_idx: usize, route_idx: usize, name: String },
    /// Something is wrong with a source.
    Problem { source_idx: usize, problem_idx: usize },
    /// A source is being read.
    Loading { source_idx: usize },
}

/// Which branches are not as they begin.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Toggled(BTreeSet<(String, String)>);

impl Toggled {
    /// Turns a source (empty `service`) or a service round.
    pub(super) fn turn(&mut self, source: &str, service: &str) {
        let key = (source.to_owned(), service.to_owned());
        if !self.0.remove(&key) {
            self.0.insert(key);
        }
    }

    fn has(&self, source: &str, service: &str) -> bool {
        self.0.contains(&(source.to_owned(), service.to_owned()))
    }
}

/// The rows, kept while nothing that they are made of changes.
#[derive(Debug, Default)]
pub(super) struct Rows {
    made_of: Option<(Vec<Arc<Source>>, String, Toggled, Language)>,
    rows: Vec<Row>,
}

impl Rows {
    /// The rows of these sources under this filter.
    pub(super) fn get(
        &mut self,
        sources: &[Arc<Source>],
        filter: &str,
        toggled: &Toggled,
    ) -> &[Row] {
        let is_same =
            self.made_of.as_ref().is_some_and(|(old, old_filter, old_toggled, spoken)| {
                *spoken == language()
                    && old.len() == sources.len()
                    && old.iter().zip(sources).all(|(a, b)| Arc::ptr_eq(a, b))
                    && old_filter == filter
                    && old_toggled == toggled
            });
        if !is_same {
            self.rows.clear();
            // What the person opened stands above what was shipped.
            let (built_in, own): (Vec<_>, Vec<_>) = sources
                .iter()
                .enumerate()
                .partition(|(_, source)| source.origin == Origin::BuiltIn);
            for (source_idx, source) in own.into_iter().chain(built_in) {
                push_source(&mut self.rows, source_idx, source, filter, toggled);
            }
            tell_apart(&mut self.rows, sources);
            self.made_of = Some((sources.to_vec(), filter.to_owned(), toggled.clone(), language()));
        }
        &self.rows
    }
}

/// What two sources offer under one name is told apart by the source; the first one keeps the plain name.
fn tell_apart(rows: &mut [Row], sources: &[Arc<Source>]) {
    let mut seen = BTreeSet::new();
    for row in rows {
        let (Row::Method { source_idx, name, .. } | Row::Route { source_idx, name, .. }) = row
        else {
            continue;
        };
        if !seen.insert(name.clone())
            && let Some(source) = sources.get(*source_idx)
        {
            *name = fill("explorer.of_source", &[("method", name), ("source", &source.name)]);
        }
    }
}

/// How many methods and routes all sources have.
pub(super) fn n_callable(sources: &[Arc<Source>]) -> usize {
    let of = |source: &Arc<Source>| {
        let services = source.schema.iter().flat_map(|schema| schema.services());
        let shown = services.filter(|service| !is_noise(&service.full_name));
        shown.map(|service| service.methods.len()).sum::<usize>() + source.routes.len()
    };
    sources.iter().map(of).sum()
}

fn push_source(
    rows: &mut Vec<Row>,
    source_idx: usize,
    source: &Source,
    filter: &str,
    toggled: &Toggled,
) {
    let is_open = !filter.is_empty() || !toggled.has(&source.name, "");
    let at = rows.len();
    let n_methods = source.schema.as_ref().map_or(0, |schema| schema.n_methods());
    if is_open && filter.is_empty() {
        if source.phase == SourcePhase::Loading && source.schema.is_none() {
            rows.push(Row::Loading { source_idx });
        }
        let problems = source.problems.iter().enumerate();
        let shown = problems.filter(|(_, problem)| is_told_here(source, &problem.kind));
        rows.extend(shown.map(|(problem_idx, _)| Row::Problem { source_idx, problem_idx }));
    }
    if is_open {
        let services = source.schema.iter().flat_map(|schema| schema.services());
        for service in services.filter(|service| !is_noise(&service.full_name)) {
            let methods = service.methods.iter().filter_map(|method| {
                let name = method.path.to_string();
                matches(filter, &name).then(|| Row::Method {
                    source_idx,
                    path: method.path.clone(),
                    name,
                    badge: stream_badge(method.kind),
                    tip: method.doc.trim().to_owned(),
                })
            });
            let methods: Vec<Row> = methods.collect();
            if !filter.is_empty() && methods.is_empty() {
                continue;
            }
            let begins_open = n_methods <= OPEN_UP_TO;
            let is_turned = toggled.has(&source.name, &service.full_name);
            let is_open = !filter.is_empty() || begins_open != is_turned;
            rows.push(Row::Service {
                source_idx,
                name: service.full_name.clone(),
                is_open,
                tip: service.doc.trim().to_owned(),
            });
            if is_open {
                rows.extend(methods);
            }
        }
        for (route_idx, route) in source.routes.iter().enumerate() {
            let name = format!("{} {}", route.method, route.path);
            if matches(filter, &name) {
                rows.push(Row::Route { source_idx, route_idx, name });
            }
        }
    }
    // Under a filter a source without a hit is left out.
    if filter.is_empty() || rows.len() > at {
        let (text, badge) = (source.name.clone(), origin_badge(source));
        rows.insert(at, Row::Source { source_idx, is_open, text, badge });
    }
}

/// The editor of a scratch marks what is wrong with its text; a root is asked for here.
fn is_told_here(source: &Source, problem: &ProblemKind) -> bool {
    source.origin != Origin::Scratch || matches!(problem, ProblemKind::ImportNotFound { .. })
}

/// Services that a reflection server always offers and nobody calls by hand.
pub(in crate::ui) fn is_noise(service: &str) -> bool {
    service.starts_with("grpc.reflection.")
}

fn stream_badge(kind: CallKind) -> &'static str {
    match kind {
        CallKind::Unary => "",
        CallKind::ClientStream => t("explorer.stream_up"),
        CallKind::ServerStream => t("explorer.stream_down"),
        CallKind::Bidirectional => t("explorer.stream_both"),
    }
}

fn origin_badge(source: &Source) -> String {
    match &source.origin {
        Origin::BuiltIn => t("explorer.built_in").to_owned(),
        Origin::Scratch if source.phase == SourcePhase::Failed => {
            t("scratch.badge_broken").to_owned()
        }
        Origin::Scratch => t("scratch.badge").to_owned(),
        Origin::Paths { kind: LoadKind::File, .. } => t("explorer.file").to_owned(),
        Origin::Paths { kind: LoadKind::Files, .. } => t("explorer.files").to_owned(),
        Origin::Paths { kind: LoadKind::Folder, .. } => t("explorer.folder").to_owned(),
        Origin::Paths { kind: LoadKind::DescriptorSet, .. } => {
            t("explorer.descriptor_set").to_owned()
        }
        Origin::Reflection { is_from_cache: true, .. } => t("explorer.from_cache").to_owned(),
        Origin::Reflection { version, .. } => {
            fill("explorer.reflection", &[("version", &version.unwrap_or_default())])
                .trim_end()
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reflection_is_noise_and_health_is_not() {
        assert!(is_noise("grpc.reflection.v1alpha.ServerReflection"));
        assert!(!is_noise("grpc.health.v1.Health"));
    }
}
