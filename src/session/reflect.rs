//! Asking a server for its schema, with what it said last time as the answer when it is down.

use std::path::Path;

use super::prepare::{headers_of, tls_of};
use super::sources::reflection_problem;
use crate::engine::Engine;
use crate::model::{Headers, Problem, Security, Target, TlsOptions};
use crate::schema::{self, Loaded, ReflectionVersion};
use crate::workspace::{Draft, Store};

/// Whom to ask, and how.
pub(super) struct Ask {
    pub(super) engine: Engine,
    pub(super) target: String,
    pub(super) manner: Manner,
    pub(super) store: Option<Store>,
}

/// What a server may want to see before it tells anything, and how it is trusted.
#[derive(Default)]
pub(super) struct Manner {
    headers: Headers,
    tls: TlsOptions,
    security: Option<Security>,
    authority: Option<String>,
}

impl Manner {
    /// As this draft's calls go.
    pub(super) fn of(draft: &Draft) -> Self {
        let authority = draft.options.authority.trim();
        Self {
            headers: headers_of(draft),
            tls: tls_of(draft),
            security: draft.security_override,
            authority: (!authority.is_empty()).then(|| authority.to_owned()),
        }
    }
}

/// What reflection gave.
pub(super) enum Reflected {
    /// The server answered.
    Fresh { loaded: Loaded, version: &'static str },
    /// It did not, and this is what it said last time.
    Cached { loaded: Loaded, problem: Problem },
    /// It did not, and nothing is known.
    Failed(Problem),
}

/// Asks; keeps the answer; falls back on the kept one.
pub(super) async fn ask(ask: Ask) -> Reflected {
    match fresh(&ask).await {
        Ok((loaded, version)) => {
            keep(&ask, &loaded).await;
            Reflected::Fresh { loaded, version }
        }
        Err(problem) => match kept(&ask).await {
            Some(loaded) => Reflected::Cached { loaded, problem },
            None => Reflected::Failed(problem),
        },
    }
}

async fn fresh(ask: &Ask) -> Result<(Loaded, &'static str), Problem> {
    let problem = |cause: String| reflection_problem(&ask.target, &cause);
    let mut target: Target = ask.target.parse().map_err(|error| problem(format!("{error}")))?;
    let Manner { headers, tls, security, authority } = &ask.manner;
    target.security = security.unwrap_or(target.security);
    let reflected = reflect_target(&ask.engine, &target, tls, authority.as_deref(), headers);
    reflected.await.map_err(problem)
}

/// Asks a target for its schema; the error is in the words of whoever failed.
pub(super) async fn reflect_target(
    engine: &Engine,
    target: &Target,
    tls: &TlsOptions,
    authority: Option<&str>,
    headers: &Headers,
) -> Result<(Loaded, &'static str), String> {
    let transport = engine.transport(target, tls, authority).await;
    let transport = transport.map_err(|failure| failure.to_string())?;
    let scheme = match target.security {
        Security::Plaintext => "http",
        Security::Tls => "https",
    };
    let authority = authority.map_or_else(|| target.authority(), ToOwned::to_owned);
    let origin: http::Uri =
        format!("{scheme}://{authority}").parse().map_err(|error| format!("{error}"))?;
    let reflected = schema::reflect(transport, origin, headers, |_| ()).await;
    let reflected = reflected.map_err(|error| error.to_string())?;
    let version = match reflected.version {
        ReflectionVersion::V1 => "v1",
        ReflectionVersion::V1Alpha => "v1alpha",
    };
    Ok((reflected.loaded, version))
}

async fn keep(ask: &Ask, loaded: &Loaded) {
    let Some(store) = ask.store.clone() else { return };
    let (target, set) = (ask.target.clone(), loaded.schema.to_descriptor_set());
    let written = tokio::task::spawn_blocking(move || store.save_reflection(&target, &set)).await;
    // A cache that cannot be written costs the offline answer, nothing else.
    if !matches!(written, Ok(Ok(()))) {
        tracing::warn!(target = %ask.target, "failed to keep the reflected schema");
    }
}

async fn kept(ask: &Ask) -> Option<Loaded> {
    let (store, target) = (ask.store.clone()?, ask.target.clone());
    let load = move || {
        let set = store.load_reflection(&target)?;
        Some(schema::load_descriptor_set(&set, Path::new(&target)))
    };
    tokio::task::spawn_blocking(load).await.ok().flatten()
}
