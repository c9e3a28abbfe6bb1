//! The names of a peer as grpc-go knows them, under grpcurl and in Go: one is the authority and the name in the
//! certificate at once.

use super::Notes;
use super::call::PeerToCopy;
use crate::model::{CopyLoss, Security};

/// The one name that can be said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// The target's own.
    Own,
    /// `:authority`, and the name in the certificate.
    Authority(String),
    /// The name in the certificate; `:authority` follows it.
    Certificate(String),
}

/// What of a peer's names can be said; what cannot is noted. Trust goes before authority.
pub(super) fn names(peer: &PeerToCopy, notes: &mut Notes) -> Names {
    let is_plain = peer.target.security == Security::Plaintext;
    let name = peer.tls.server_name.as_ref().filter(|_| !is_plain);
    match (&peer.authority, name) {
        (None, None) => Names::Own,
        (Some(authority), name) if is_plain || name == Some(authority) => {
            Names::Authority(authority.clone())
        }
        (Some(authority), name) if peer.tls.is_insecure || name.is_none() => {
            notes.lost_if(!peer.tls.is_insecure || name.is_some(), CopyLoss::ServerName);
            Names::Authority(authority.clone())
        }
        (_, Some(name)) => {
            notes.lost(CopyLoss::Authority);
            Names::Certificate(name.clone())
        }
        (Some(authority), None) => Names::Authority(authority.clone()),
    }
}
