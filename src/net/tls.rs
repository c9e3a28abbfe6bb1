//! TLS with an explicit provider and explicit roots: nothing depends on what
//! some other part of the process has made its default.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::BoxIo;
use super::verify::{Shown, Verifier};
use crate::model::{CallFailure, Cause, TlsFacts, TlsOptions, TlsTrust};

/// What is offered in ALPN (RFC 7301).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Speak {
    /// HTTP/2 only, prior knowledge on plaintext.
    Http2,
    /// HTTP/1.1 only.
    Http1,
    /// HTTP/2 where TLS agrees on it, else HTTP/1.1.
    Any,
}

/// The system's roots, read once: there may be hundreds of files.
#[derive(Debug, Clone, Default)]
pub(super) struct Trust {
    system: Arc<Mutex<Option<Arc<Vec<CertificateDer<'static>>>>>>,
}

impl Trust {
    fn system(&self) -> Arc<Vec<CertificateDer<'static>>> {
        let mut system = self.system.lock();
        Arc::clone(
            system.get_or_insert_with(|| Arc::new(rustls_native_certs::load_native_certs().certs)),
        )
    }

    /// Reads the files that the options name. Blocks.
    pub(super) fn config(
        &self,
        options: &TlsOptions,
        speak: Speak,
        authorities: &[PathBuf],
    ) -> Result<Prepared, CallFailure> {
        let shown = Shown::default();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| CallFailure::Tls {
                address: String::new(),
                cause: error.to_string().into(),
            })?;
        let builder = if options.is_insecure {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Verifier::anyone(
                provider,
                shown.clone(),
            )))
        } else {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(self.system().iter().cloned());
            // A file of the settings that cannot be read is told there, and takes no other call along.
            let readable = authorities.iter().filter_map(|path| certificates(path).ok());
            let mut own: Vec<_> = readable.flatten().collect();
            roots.add_parsable_certificates(own.iter().cloned());
            if let Some(path) = &options.ca_file {
                let named = certificates(path)?;
                for certificate in &named {
                    roots.add(certificate.clone()).map_err(|error| file_failure(path, &error))?;
                }
                own.extend(named);
            }
            if roots.is_empty() && own.is_empty() {
                // A machine that trusts nobody: every certificate is refused, by rustls itself.
                builder.with_root_certificates(roots)
            } else {
                let path = options.ca_file.as_deref().unwrap_or_else(|| Path::new(""));
                let verifier = Verifier::roots(roots, own, provider, shown.clone())
                    .map_err(|error| file_failure(path, &error))?;
                builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
            }
        };
        let mut config = match (&options.cert_file, &options.key_file) {
            (Some(cert), key) => {
                // One file may hold both.
                let key = key.as_ref().unwrap_or(cert);
                let private =
                    PrivateKeyDer::from_pem_file(key).map_err(|error| file_failure(key, &error))?;
                builder
                    .with_client_auth_cert(certificates(cert)?, private)
                    .map_err(|error| file_failure(cert, &error))?
            }
            (None, Some(key)) => return Err(unusable(key, Cause::KeyAlone)),
            (None, None) => builder.with_no_client_auth(),
        };
        config.alpn_protocols = match speak {
            Speak::Http2 => vec![b"h2".to_vec()],
            Speak::Http1 => vec![b"http/1.1".to_vec()],
            Speak::Any => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        };
        Ok(Prepared { config, shown })
    }
}

/// What a handshake is made with.
pub(super) struct Prepared {
    config: ClientConfig,
    /// What the peer shows while it is judged.
    shown: Shown,
}

/// A handshake that failed.
pub(super) struct Refused {
    pub(super) failure: CallFailure,
    /// What was known when it did: the certificates that were refused.
    pub(super) facts: Option<TlsFacts>,
}

/// Why a file with authorities cannot be used; `None` when it can. Blocks.
pub fn authority_fault(path: &Path) -> Option<Cause> {
    let found = match certificates(path) {
        Ok(found) => found,
        Err(CallFailure::TlsFile { cause, .. }) => return Some(cause),
        Err(other) => return Some(Cause::Call(Box::new(other))),
    };
    let mut roots = RootCertStore::empty();
    found
        .into_iter()
        .find_map(|certificate| roots.add(certificate).err())
        .map(|e| e.to_string().into())
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, CallFailure> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let found = found.map_err(|error| file_failure(path, &error))?;
    if found.is_empty() { Err(unusable(path, Cause::NoCertificate)) } else { Ok(found) }
}

fn file_failure(path: &Path, cause: &dyn std::fmt::Display) -> CallFailure {
    unusable(path, Cause::Said(cause.to_string()))
}

fn unusable(path: &Path, cause: Cause) -> CallFailure {
    CallFailure::TlsFile { path: path.display().to_string(), cause }
}

/// Shakes hands over an open connection. `address` is for error texts only.
pub(super) async fn handshake(
    io: BoxIo,
    Prepared { config, shown }: Prepared,
    host: &str,
    options: &TlsOptions,
    address: &str,
) -> Result<(TlsStream<BoxIo>, TlsFacts), Refused> {
    let name = options.server_name.as_deref().unwrap_or(host);
    let server_name = ServerName::try_from(name.to_owned()).map_err(|error| {
        let (server_name, cause) = (name.to_owned(), error.to_string().into());
        Refused { failure: CallFailure::Certificate { server_name, cause }, facts: None }
    })?;
    let connector = TlsConnector::from(Arc::new(config));
    match connector.connect(server_name, io).await {
        Ok(stream) => {
            let trust = if options.is_insecure { TlsTrust::Skipped } else { TlsTrust::Verified };
            let facts = facts(stream.get_ref().1, trust);
            Ok((stream, facts))
        }
        Err(error) => Err(refused(failure(&error, name, address), &shown)),
    }
}

/// The certificates of a handshake that failed on them.
fn refused(failure: CallFailure, shown: &Shown) -> Refused {
    let facts = matches!(failure, CallFailure::Certificate { .. }).then(|| TlsFacts {
        version: String::new(),
        suite: String::new(),
        alpn: None,
        chain_der: shown.take(),
        trust: TlsTrust::Refused,
    });
    Refused { failure, facts }
}

fn facts(session: &rustls::ClientConnection, trust: TlsTrust) -> TlsFacts {
    let version = match session.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
        other => format!("{other:?}"),
    };
    TlsFacts {
        version,
        suite: session
            .negotiated_cipher_suite()
            .map(|suite| format!("{:?}", suite.suite()))
            .unwrap_or_default(),
        alpn: session.alpn_protocol().map(|alpn| String::from_utf8_lossy(alpn).into_owned()),
        chain_der: session
            .peer_certificates()
            .unwrap_or_default()
            .iter()
            .map(|certificate| Bytes::copy_from_slice(certificate))
            .collect(),
        trust,
    }
}

/// rustls's error within whatever wraps it.
pub(super) fn rustls_error<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

/// rustls's words where they are words, facts of ours where they are names of its types.
fn refusal(cause: &rustls::CertificateError) -> Cause {
    use rustls::CertificateError as C;
    match cause {
        C::UnknownIssuer => Cause::UnknownIssuer,
        C::Expired => Cause::Expired,
        C::NotValidYet => Cause::NotYetValid,
        C::Revoked => Cause::Revoked,
        C::BadSignature => Cause::BadSignature,
        C::BadEncoding => Cause::BadCertificate,
        C::InvalidPurpose => Cause::NotForServers,
        C::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => Cause::SelfSigned,
        other => Cause::Said(other.to_string()),
    }
}

fn failure(error: &std::io::Error, server_name: &str, address: &str) -> CallFailure {
    use rustls::{AlertDescription, Error, InvalidMessage};
    let address = address.to_owned();
    match rustls_error(error) {
        Some(Error::InvalidCertificate(cause)) => {
            CallFailure::Certificate { server_name: server_name.to_owned(), cause: refusal(cause) }
        }
        Some(Error::InvalidMessage(
            InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
        )) => CallFailure::PlaintextPeer { address },
        Some(
            error @ (Error::AlertReceived(AlertDescription::NoApplicationProtocol)
            | Error::NoApplicationProtocol),
        ) => CallFailure::Protocol { address, expected: "HTTP/2", cause: error.to_string().into() },
        Some(error) => CallFailure::Tls { address, cause: error.to_string().into() },
        None => CallFailure::Tls { address, cause: error.to_string().into() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::CertificateError as C;

    #[test]
    fn a_refused_certificate_is_explained() {
        let check =
            |cause: &C, part: &str| assert!(refusal(cause).to_string().contains(part), "{cause:?}");
        check(&C::UnknownIssuer, "UnknownIssuer");
        check(&C::Expired, "Expired");
        check(&C::NotValidYet, "NotYetValid");
        let name = ServerName::try_from("other.example").unwrap();
        let expected = C::NotValidForNameContext { expected: name, presented: Vec::new() };
        check(&expected, "other.example");
    }
}
