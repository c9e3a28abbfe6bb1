//! A call as a line for a shell, or as a program: grpcurl, buf curl, curl, our own command line, Go, Python, Rust.
//!
//! Pure text out of what a face has. A credential is never in it: an environment variable stands in its place. What a
//! tool cannot say of a call is noted, so that nothing is lost silently.

mod buf;
mod call;
mod curl;
mod go;
mod grpcurl;
mod hoplens;
mod names;
mod program;
mod python;
mod rust;
mod secrets;
mod shell;

pub use call::{CallToCopy, DeadlineToCopy, HttpToCopy, PeerToCopy, SchemaPlace};

use self::program::Program;
use crate::model::{CopyFormat, CopyLoss, CopyNote, Problem, TargetError};
use crate::schema::Schema;

/// A text to be pasted elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The command, or the program.
    pub text: String,
    /// What to know of it.
    pub notes: Vec<CopyNote>,
}

/// Why a call cannot be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotCopied {
    /// The format is none of this protocol.
    Format,
    /// The target cannot be read.
    Target(TargetError),
    /// The schema does not have the method: a program needs its contract.
    UnknownMethod,
    /// A message does not fit the method's type.
    Messages(Vec<Problem>),
}

/// What is noted while a text is written.
#[derive(Debug, Default)]
struct Notes {
    all: Vec<CopyNote>,
}

impl Notes {
    /// Notes it once.
    fn lost(&mut self, loss: CopyLoss) {
        let note = CopyNote::Lost(loss);
        if !self.all.contains(&note) {
            self.all.push(note);
        }
    }

    /// Notes it if so.
    fn lost_if(&mut self, is_lost: bool, loss: CopyLoss) {
        if is_lost {
            self.lost(loss);
        }
    }
}

/// Writes a gRPC call. A program needs the schema; a line for a shell does not.
///
/// # Errors
/// What a program lacks: the method's contract, or messages that fit it.
pub fn copy_call(
    call: &CallToCopy,
    format: CopyFormat,
    schema: Option<&Schema>,
) -> Result<Copied, NotCopied> {
    let sent;
    let call = if format == CopyFormat::Hoplens {
        call
    } else {
        sent = call.as_sent();
        &sent
    };
    let mut notes = Notes::default();
    let has_lost = call.compression.is_some() && format != CopyFormat::Hoplens;
    notes.lost_if(has_lost, CopyLoss::Compression);
    let has_none = !matches!(format, CopyFormat::Hoplens | CopyFormat::Grpcurl);
    notes.lost_if(call.keepalive.is_some() && has_none, CopyLoss::Keepalive);
    notes.lost_if(call.is_paced, CopyLoss::Pace);
    let has_lost = call.grpc_web.is_some() && format != CopyFormat::Hoplens;
    notes.lost_if(has_lost, CopyLoss::GrpcWeb);
    let text = match format {
        CopyFormat::Grpcurl => grpcurl::grpcurl(call, &mut notes),
        CopyFormat::BufCurl => buf::buf(call, &mut notes),
        CopyFormat::Hoplens => {
            let method = schema.and_then(|schema| schema.method(&call.method));
            hoplens::call(call, method.map(|method| method.kind), &mut notes)
        }
        CopyFormat::Curl => return Err(NotCopied::Format),
        CopyFormat::Go | CopyFormat::Python | CopyFormat::Rust => {
            let program = Program::new(call, schema.ok_or(NotCopied::UnknownMethod)?)?;
            match format {
                CopyFormat::Go => go::go(&program, &mut notes),
                CopyFormat::Python => python::python(&program, &mut notes),
                _ => rust::rust(&program, &mut notes),
            }
        }
    };
    Ok(Copied { text, notes: notes.all })
}

/// Writes an HTTP request.
///
/// # Errors
/// The format is one of gRPC.
pub fn copy_http(http: &HttpToCopy, format: CopyFormat) -> Result<Copied, NotCopied> {
    let mut notes = Notes::default();
    let text = match format {
        CopyFormat::Curl => curl::curl(http, &mut notes),
        CopyFormat::Hoplens => hoplens::http(http, &mut notes),
        _ => return Err(NotCopied::Format),
    };
    Ok(Copied { text, notes: notes.all })
}

#[cfg(test)]
mod tests;
