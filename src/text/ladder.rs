//! The way of a call in words: what its stages are called, how each went, and what stopped it.

use super::{FailureText, failure, fill, http_status, t};
use crate::model::{Obstacle, RungState, Stage, reset_words};

/// The name of a stage.
pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::LookUp => t("ladder.stage.look_up"),
        Stage::Connect => t("ladder.stage.connect"),
        Stage::Proxy => t("ladder.stage.proxy"),
        Stage::Tls => t("ladder.stage.tls"),
        Stage::Settings => t("ladder.stage.settings"),
        Stage::Headers => t("ladder.stage.headers"),
        Stage::Message => t("ladder.stage.message"),
        Stage::Trailers => t("ladder.stage.trailers"),
    }
}

/// How a stage went, in a word or two.
pub fn rung_state(state: &RungState) -> &'static str {
    match state {
        RungState::Passed => t("ladder.state.passed"),
        RungState::Kept => t("ladder.state.kept"),
        RungState::Unneeded => t("ladder.state.unneeded"),
        RungState::Failed(_) => t("ladder.state.failed"),
        RungState::NotReached => t("ladder.state.not_reached"),
    }
}

/// What stopped a call at a stage, and what to do.
pub fn obstacle(at: Stage, obstacle: &Obstacle) -> FailureText {
    let (what, fix) = match obstacle {
        Obstacle::Failure(cause) => return failure(cause),
        Obstacle::Silence => (silence(at).to_owned(), t("ladder.silence.fix")),
        Obstacle::GivenUp => (t("ladder.given_up.what").to_owned(), t("ladder.given_up.fix")),
        Obstacle::Reset(code) => {
            (fill("ladder.reset.what", &[("code", &reset_words(*code))]), reset_fix(*code))
        }
        Obstacle::Http1(line) => {
            (fill("ladder.http1.what", &[("line", line)]), t("ladder.http1.fix"))
        }
        Obstacle::HttpStatus { status, content_type } => {
            let meaning = http_status(*status);
            let none = t("ladder.http_status.untyped");
            let kind = if content_type.is_empty() { none } else { content_type };
            let args: [(&str, &dyn std::fmt::Display); 3] =
                [("status", status), ("meaning", &meaning), ("type", &kind)];
            (fill("ladder.http_status.what", &args), t("ladder.http_status.fix"))
        }
        Obstacle::NoTrailers => {
            (t("ladder.no_trailers.what").to_owned(), t("ladder.no_trailers.fix"))
        }
    };
    FailureText { what, fix: fix.to_owned() }
}

/// What did not come before the deadline.
fn silence(at: Stage) -> &'static str {
    match at {
        Stage::LookUp => t("ladder.silence.look_up"),
        Stage::Connect => t("ladder.silence.connect"),
        Stage::Proxy => t("ladder.silence.proxy"),
        Stage::Tls => t("ladder.silence.tls"),
        Stage::Settings => t("ladder.silence.settings"),
        Stage::Headers => t("ladder.silence.headers"),
        Stage::Message => t("ladder.silence.message"),
        Stage::Trailers => t("ladder.silence.trailers"),
    }
}

/// What to do about a reset (RFC 9113 section 7).
fn reset_fix(code: u32) -> &'static str {
    match code {
        7 => t("ladder.reset.refused"),
        8 => t("ladder.reset.cancelled"),
        11 => t("ladder.reset.calm"),
        13 => t("ladder.reset.http1"),
        _ => t("ladder.reset.fix"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_has_words_of_its_own_at_every_stage() {
        let stages = [
            Stage::LookUp,
            Stage::Connect,
            Stage::Proxy,
            Stage::Tls,
            Stage::Settings,
            Stage::Headers,
            Stage::Message,
            Stage::Trailers,
        ];
        let words: std::collections::BTreeSet<_> =
            stages.map(|at| obstacle(at, &Obstacle::Silence).what).into();
        assert_eq!(words.len(), stages.len());
    }

    #[test]
    fn a_reset_names_its_code() {
        let words = obstacle(Stage::Headers, &Obstacle::Reset(11));
        assert!(words.what.contains("ENHANCE_YOUR_CALM"), "{words:?}");
        let unknown = obstacle(Stage::Headers, &Obstacle::Reset(0x63));
        assert!(unknown.what.contains("0x63"), "{unknown:?}");
    }
}
