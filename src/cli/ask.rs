//! What `call`, `list` and `describe` share: reading data, asking for a schema, telling problems.

use std::io::Read as _;
use std::path::PathBuf;

use super::args::{PeerArgs, SchemaArgs, failure_line};
use super::report::complain;
use crate::model::{Problem, ProblemKind, Severity, Target};
use crate::schema::{Loaded, Schema};
use crate::session::{Headless, NoSchema, SchemaFrom, SchemaPlace};
use crate::text::{fill, problem};

/// The text behind `-d`: itself, a file's (`@FILE`) or standard input's (`-`).
pub(super) fn read_data(data: &str) -> Result<Vec<u8>, String> {
    let read = |what: &str, result: std::io::Result<Vec<u8>>| {
        result.map_err(|error| fill("cli.cannot_read", &[("what", &what), ("cause", &error)]))
    };
    if data == "-" {
        let mut bytes = Vec::new();
        let result = std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes);
        return read("-", result);
    }
    match data.strip_prefix('@') {
        Some(path) => read(path, std::fs::read(path)),
        None => Ok(data.as_bytes().to_vec()),
    }
}

/// What to read: files as `protoc` understands them, as they are named, else below one of the roots. A root alone
/// stands for everything below it.
pub(super) fn paths_of<'a>(
    files: impl Iterator<Item = &'a PathBuf>,
    roots: &[PathBuf],
) -> Vec<PathBuf> {
    let found = |path: &PathBuf| {
        let below = || roots.iter().map(|root| root.join(path)).find(|path| path.exists());
        if path.exists() { None } else { below() }.unwrap_or_else(|| path.clone())
    };
    let paths: Vec<_> = files.map(found).collect();
    if paths.is_empty() { roots.to_vec() } else { paths }
}

impl SchemaArgs {
    /// Whether files are named; else the target is asked by reflection.
    pub(super) fn is_from_files(&self) -> bool {
        !(self.protos.is_empty() && self.descriptor_sets.is_empty() && self.roots.is_empty())
    }

    /// The same place, as it is written for another tool.
    pub(super) fn place(&self) -> SchemaPlace {
        if !self.is_from_files() {
            return SchemaPlace::Reflection;
        }
        SchemaPlace::Files {
            protos: self.protos.clone(),
            descriptor_sets: self.descriptor_sets.clone(),
            roots: self.roots.clone(),
            found_roots: Vec::new(),
        }
    }

    /// Files when any are named (a root alone stands for everything below it), else reflection.
    pub(super) fn from(&self, target: &Target, peer: &PeerArgs) -> SchemaFrom {
        if self.is_from_files() {
            let files = self.protos.iter().chain(&self.descriptor_sets);
            let paths = paths_of(files, &self.roots);
            return SchemaFrom::Paths { paths, roots: self.roots.clone() };
        }
        SchemaFrom::Reflection {
            target: target.clone(),
            tls: peer.tls_options(),
            authority: peer.authority.clone(),
            headers: peer.headers_and(&self.reflect_headers),
            deadline: peer.deadline,
        }
    }
}

/// Reads the schema and tells what is wrong with it; `None` when there is nothing to go on with.
pub(super) async fn schema(
    headless: &Headless,
    args: &SchemaArgs,
    target: &Target,
    peer: &PeerArgs,
) -> Option<Schema> {
    loaded(headless, args, target, peer).await.map(|loaded| loaded.schema)
}

/// The same with all that was loaded.
pub(super) async fn loaded(
    headless: &Headless,
    args: &SchemaArgs,
    target: &Target,
    peer: &PeerArgs,
) -> Option<Loaded> {
    match headless.schema(args.from(target, peer)).await {
        Ok(loaded) => {
            tell(&loaded.problems);
            Some(loaded)
        }
        Err(NoSchema::Unreached(failure)) => {
            complain(&failure_line(&failure));
            None
        }
        Err(NoSchema::Told(cause)) => {
            let asked = target.to_string();
            tell(&[Problem::error(ProblemKind::Reflection { asked, cause })]);
            None
        }
    }
}

/// Writes problems to standard error, one a line.
pub(super) fn tell(problems: &[Problem]) {
    for one in problems {
        let line = problem(one).one_line();
        match one.severity {
            Severity::Error => complain(&line),
            Severity::Warning => complain(&fill("cli.warning", &[("what", &line)])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_be_named_as_seen_from_a_root() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("deep/a.proto");
        std::fs::create_dir_all(inner.parent().unwrap()).unwrap();
        std::fs::write(&inner, "").unwrap();
        let roots = vec!["/nowhere".into(), folder.path().to_owned()];
        let check = |named: &[PathBuf], found: &[PathBuf]| {
            assert_eq!(paths_of(named.iter(), &roots), found);
        };
        check(&["deep/a.proto".into()], std::slice::from_ref(&inner));
        check(std::slice::from_ref(&inner), std::slice::from_ref(&inner));
        check(&["gone.proto".into()], &["gone.proto".into()]);
        check(&[], &roots);
    }
}
