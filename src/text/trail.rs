//! The gateway's decisions in words.

use super::{fill, format, t};
use crate::model::{Step, Verdict};

/// The name of a step.
pub fn step(step: Step) -> &'static str {
    match step {
        Step::Accept => t("response.step.accept"),
        Step::Route => t("response.step.route"),
        Step::Authenticate => t("response.step.authenticate"),
        Step::Balance => t("response.step.balance"),
        Step::Connect => t("response.step.connect"),
        Step::Forward => t("response.step.forward"),
    }
}

/// What a step decided, and where it refused what to do next.
pub fn verdict(verdict: &Verdict) -> String {
    use Verdict as V;
    match verdict {
        V::Passed => t("response.verdict.passed").to_owned(),
        V::Skipped => t("response.verdict.skipped").to_owned(),
        V::NoRoute => t("response.verdict.no_route").to_owned(),
        V::Unauthenticated => t("response.verdict.unauthenticated").to_owned(),
        V::UnknownBackend => t("response.verdict.unknown_backend").to_owned(),
        V::NoEndpoint => t("response.verdict.no_endpoint").to_owned(),
        V::Picked { instance, address } => {
            fill("response.verdict.picked", &[("instance", instance), ("address", address)])
        }
        V::ConnectFailed { address, cause } => {
            fill("response.verdict.connect_failed", &[("address", address), ("cause", cause)])
        }
        V::UpstreamReset { address, cause } => {
            fill("response.verdict.upstream_reset", &[("address", address), ("cause", cause)])
        }
        V::TimedOut { timer, after } => fill(
            "response.verdict.timed_out",
            &[("timer", timer), ("after", &format::duration(*after))],
        ),
        V::BadRequest { cause } => fill("response.verdict.bad_request", &[("cause", cause)]),
        V::Answered { status } => fill("response.verdict.answered", &[("status", status)]),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_timer_is_named_with_its_length() {
        let words = verdict(&Verdict::TimedOut {
            timer: "timeouts.request".into(),
            after: Duration::from_millis(250),
        });
        assert!(words.contains("timeouts.request") && words.contains("250 ms"), "{words}");
    }
}
