//! Who is believed: nobody but the roots, a self-signed server that the user
//! trusts by name of file, or anyone when verification is off.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

/// The certificates that a peer shows, leaf first: worth seeing just when they are refused.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown(Arc<Mutex<Vec<Bytes>>>);

impl Shown {
    fn note(&self, leaf: &CertificateDer<'_>, above: &[CertificateDer<'_>]) {
        let chain = std::iter::once(leaf).chain(above);
        *self.0.lock() = chain.map(|der| Bytes::copy_from_slice(der)).collect();
    }

    /// Leaf first.
    pub(super) fn take(&self) -> Vec<Bytes> {
        std::mem::take(&mut self.0.lock())
    }
}

/// Verifies a peer's certificate as the person asked. That the peer holds its key is verified always.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Trust,
    provider: Arc<CryptoProvider>,
    shown: Shown,
}

#[derive(Debug)]
enum Trust {
    /// Roots; a certificate of the user's own file may also be the server's itself. The usual one-line
    /// recipe makes such a certificate, and marks it as an authority, which the strict reading of
    /// RFC 5280 refuses for a server.
    Roots { strict: Arc<WebPkiServerVerifier>, own: Vec<CertificateDer<'static>> },
    /// Any certificate: the user has switched verification off, and every call says so.
    Anyone,
}

impl Verifier {
    pub(super) fn roots(
        roots: RootCertStore,
        own: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
        shown: Shown,
    ) -> Result<Self, VerifierBuilderError> {
        let strict =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()?;
        Ok(Self { trust: Trust::Roots { strict, own }, provider, shown })
    }

    pub(super) fn anyone(provider: Arc<CryptoProvider>, shown: Shown) -> Self {
        Self { trust: Trust::Anyone, provider, shown }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.shown.note(end_entity, intermediates);
        let Trust::Roots { strict, own } = &self.trust else {
            return Ok(ServerCertVerified::assertion());
        };
        match strict.verify_server_cert(end_entity, intermediates, name, ocsp_response, now) {
            // webpki has checked the dates before it comes to this verdict; the name is left.
            Err(Error::InvalidCertificate(CertificateError::Other(cause)))
                if format!("{cause:?}").contains("CaUsedAsEndEntity")
                    && own.iter().any(|own| own == end_entity) =>
            {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
