//! Asking a server for its schema, with what it said last time as the answer when it is down.

use std::path::Path;
use std::time::Duration;

use super::prepare::{headers_of, tls_of};
use super::sources::reflection_problem;
use crate::engine::{Engine, path_prefix};
use crate::model::{
    CallBody, CallFailure, CallId, Cause, Code, Headers, MethodPath, Outcome, Problem, Request,
    Security, Target, TlsOptions, TraceContext,
};
use crate::schema::{self, Loaded, ReflectError, ReflectionVersion};
use crate::workspace::{Draft, Store};

/// How long the question may take what a target is that cannot be reflected.
const DIAGNOSIS_TIME: Duration = Duration::from_secs(2);

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
    let problem = |cause: Cause| reflection_problem(&ask.target, cause);
    let mut target: Target = ask.target.parse().map_err(|error| problem(Cause::Target(error)))?;
    let Manner { headers, tls, security, authority } = &ask.manner;
    target.security = security.unwrap_or(target.security);
    let reflected = reflect_target(&ask.engine, &target, tls, authority.as_deref(), headers);
    reflected.await.map_err(|error| problem(error.into()))
}

/// Why a target gave no schema.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NoSchema {
    /// It was not reached, or something else than gRPC answered.
    #[error("{0}")]
    Unreached(CallFailure),
    /// It was reached, and told why not.
    #[error("{0}")]
    Told(Cause),
}

impl From<NoSchema> for Cause {
    fn from(error: NoSchema) -> Self {
        match error {
            NoSchema::Unreached(failure) => Self::Call(Box::new(failure)),
            NoSchema::Told(cause) => cause,
        }
    }
}

/// Asks a target for its schema.
pub(super) async fn reflect_target(
    engine: &Engine,
    target: &Target,
    tls: &TlsOptions,
    authority: Option<&str>,
    headers: &Headers,
) -> Result<(Loaded, &'static str), NoSchema> {
    let transport = engine.transport(target, tls, authority).await.map_err(NoSchema::Unreached)?;
    let scheme = match target.security {
        Security::Plaintext => "http",
        Security::Tls => "https",
    };
    let authority = authority.map_or_else(|| target.authority(), ToOwned::to_owned);
    let prefix = path_prefix(target).map_err(NoSchema::Unreached)?;
    let origin: http::Uri = format!("{scheme}://{authority}{prefix}")
        .parse()
        .map_err(|error| NoSchema::Told(format!("{error}").into()))?;
    let reflected = schema::reflect(transport, origin, headers, |_| ()).await;
    let reflected = match reflected {
        Ok(reflected) => reflected,
        Err(error) => return Err(diagnose(engine, target, tls, error).await),
    };
    let version = match reflected.version {
        ReflectionVersion::V1 => "v1",
        ReflectionVersion::V1Alpha => "v1alpha",
    };
    Ok((reflected.loaded, version))
}

/// Who offers no reflection may not be a gRPC server at all: a call tells what was met.
async fn diagnose(
    engine: &Engine,
    target: &Target,
    tls: &TlsOptions,
    error: ReflectError,
) -> NoSchema {
    let told = NoSchema::Told(match &error {
        ReflectError::NotOffered => Cause::NoReflection,
        ReflectError::Status { code, message } => Cause::Said(format!("{code}: {message}")),
    });
    let is_known = match &error {
        ReflectError::NotOffered => true,
        ReflectError::Status { code, .. } => *code == Code::Unauthenticated,
    };
    if is_known {
        return told;
    }
    let service = "grpc.reflection.v1.ServerReflection".to_owned();
    let method = MethodPath { service, method: "ServerReflectionInfo".to_owned() };
    let body = CallBody::Grpc { method, messages: Vec::new() };
    let mut request = Request::new(target.clone(), body);
    request.tls = tls.clone();
    request.deadline = Some(DIAGNOSIS_TIME);
    let call = engine.run(CallId::next(), request, TraceContext::root()).await;
    match &call.outcome {
        Some(Outcome::Failed(failure)) => NoSchema::Unreached(failure.clone()),
        _ => told,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Clock;
    use crate::telemetry::Recorder;
    use tokio::io::AsyncWriteExt as _;

    /// A server of another kind says what it is, not that it lacks reflection.
    #[tokio::test]
    async fn a_peer_that_speaks_no_grpc_is_named_as_such() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.write_all(b"SSH-2.0-other\r\n").await.unwrap();
            }
        });
        let (recorder, _reports) = Recorder::channel(Clock::start(), 16);
        let engine = Engine::new(recorder);
        let target: Target = address.to_string().parse().unwrap();
        let tls = TlsOptions::default();
        let asked = reflect_target(&engine, &target, &tls, None, &Headers::new()).await;
        let Err(NoSchema::Unreached(failure)) = asked else { panic!("{:?}", asked.err()) };
        assert!(matches!(failure, CallFailure::Protocol { .. }), "{failure:?}");
        server.abort();
    }
}
