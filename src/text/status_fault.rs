//! What is wrong with the status of a gRPC answer, in words.

use super::{fill, list, t};
use crate::model::StatusFault;

/// What is wrong, one sentence.
pub(super) fn what(fault: &StatusFault) -> String {
    use StatusFault as F;
    match fault {
        F::NotNumber { value } => fill("problems.status.not_number", &[("value", value)]),
        F::UnknownCode { number } => fill("problems.status.unknown_code", &[("n", number)]),
        F::Repeated { name, values } => {
            fill("problems.status.repeated", &[("name", name), ("values", &list(values))])
        }
        F::BadEscape { at } => fill("problems.status.bad_escape", &[("at", at)]),
        F::MessageNotText => t("problems.status.not_text").to_owned(),
        F::BadBase64 { name } => fill("problems.status.bad_base64", &[("name", name)]),
        F::Contradiction { inner, outer } => {
            fill("problems.status.contradiction", &[("inner", inner), ("outer", outer)])
        }
    }
}
