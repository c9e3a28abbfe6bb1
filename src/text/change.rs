//! Changes of the running services, faults, and why a wish was not carried out, in words.

use std::fmt::Display;

use crate::model::{ChangeKind, Fault, NotDone, Spread};

use super::catalogue::{fill, t};
use super::fault::cause as cause_words;
use super::format;

/// A change by name: `payment-1 slowed by 200 ms`.
pub fn change(kind: &ChangeKind) -> String {
    use ChangeKind as C;
    match kind {
        C::Started { instance, port } => {
            fill("changes.started", &[("instance", instance), ("port", port)])
        }
        C::Stopped(instance) => fill("changes.stopped", &[("instance", instance)]),
        C::Killed(instance) => fill("changes.killed", &[("instance", instance)]),
        C::Added(instance) => fill("changes.added", &[("instance", instance)]),
        C::Removed(instance) => fill("changes.removed", &[("instance", instance)]),
        C::Fault { whom, fault } => {
            fill("changes.fault", &[("whom", whom), ("fault", &self::fault(fault))])
        }
        C::Traffic { per_second: 0 } => t("changes.traffic_off").to_owned(),
        C::Traffic { per_second } => fill("changes.traffic", &[("n", per_second)]),
        C::Served(name) => fill("changes.served", &[("name", name)]),
        C::Unserved(name) => fill("changes.unserved", &[("name", name)]),
    }
}

/// What is done to an instance: `slowed by 200 ms, 10 % fail with UNAVAILABLE`.
pub fn fault(fault: &Fault) -> String {
    let mut parts = Vec::new();
    if fault.is_hanging {
        parts.push(t("changes.hangs").to_owned());
    }
    if let Some(delay) = fault.delay {
        let longest = format::duration(delay.longest);
        let key = match delay.spread {
            Spread::Fixed => "changes.slow",
            Spread::Tail => "changes.slow_tail",
        };
        parts.push(fill(key, &[("longest", &longest)]));
    }
    if let Some(failing) = fault.failing {
        let args: [(&str, &dyn Display); 2] =
            [("percent", &failing.percent), ("status", &failing.code)];
        parts.push(fill("changes.fails", &args));
    }
    if parts.is_empty() { t("changes.no_fault").to_owned() } else { super::list(&parts) }
}

/// Why a wish concerning `whom` was not carried out, and what to do.
pub fn not_done(whom: &str, why: &NotDone) -> String {
    match why {
        NotDone::TooMany { most } => fill("changes.too_many", &[("whom", &whom), ("most", most)]),
        NotDone::LastOne => fill("changes.last_one", &[("whom", &whom)]),
        NotDone::Port { port, cause } => {
            fill("changes.port", &[("whom", &whom), ("port", port), ("cause", &cause_words(cause))])
        }
        NotDone::PortTaken { port } => fill("changes.port_taken", &[("port", port)]),
        NotDone::Overtaken => fill("changes.overtaken", &[("whom", &whom)]),
        NotDone::NothingToServe => fill("changes.nothing_to_serve", &[("whom", &whom)]),
        NotDone::Gone { cause } => {
            fill("changes.gone", &[("whom", &whom), ("cause", &cause_words(cause))])
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{Code, Delay, Failing};

    #[test]
    fn faults_read_like_a_sentence() {
        let delay = |spread| Some(Delay { longest: Duration::from_millis(200), spread });
        let failing = Some(Failing { percent: 10, code: Code::Unavailable });
        let check = |made: Fault, words: &str| assert_eq!(fault(&made), words);
        check(Fault::default(), "left alone");
        check(Fault { is_hanging: true, ..Fault::default() }, "hangs");
        check(
            Fault { delay: delay(Spread::Fixed), failing, is_hanging: false },
            "slowed by 200 ms, 10 % fail with UNAVAILABLE",
        );
        check(
            Fault { delay: delay(Spread::Tail), ..Fault::default() },
            "slowed by up to 200 ms, mostly less",
        );
    }
}
