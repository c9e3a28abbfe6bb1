//! Why a request went out once more, in words.

use super::{fill, t};
use crate::model::{Resent, reset_words};

/// One sentence.
pub fn resent(why: Resent) -> String {
    match why {
        Resent::Unsent => t("resent.unsent").to_owned(),
        Resent::Refused => t("resent.refused").to_owned(),
        Resent::GoneAway { code } => fill("resent.gone_away", &[("code", &reset_words(code))]),
        Resent::Repeatable => t("resent.repeatable").to_owned(),
    }
}
