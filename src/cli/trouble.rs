//! Why a call did not do what was asked: how far it came, and what the server adds.

use serde_json::{Value, json};

use super::ask::tell;
use super::report::complain;
use super::report_json::millis;
use crate::model::{Ladder, RungState, Stage};
use crate::session::Trouble;
use crate::text::{error_detail, fill, format, obstacle, rung_state, sentences, stage, t};

/// Room for the longest name of a stage.
const NAME: usize = 16;

/// Writes it to standard error.
pub(super) fn tell_of(trouble: &Trouble) {
    tell(&trouble.problems);
    for detail in &trouble.details {
        complain(&format!("* {}", detail.name()));
        for line in error_detail(detail) {
            complain(&format!("    {line}"));
        }
    }
    if let Some(ladder) = &trouble.ladder {
        print(ladder);
    }
}

/// Stage by stage, down to what stopped the call.
pub(super) fn print(ladder: &Ladder) {
    complain(t("ladder.title"));
    for rung in &ladder.rungs {
        let mark = match rung.state {
            RungState::Passed | RungState::Kept => "+",
            RungState::Unneeded => "-",
            RungState::Failed(_) => "x",
            RungState::NotReached => " ",
        };
        let seen = match rung.stage {
            Stage::Message if !rung.seen.is_empty() => {
                fill("ladder.messages", &[("n", &rung.seen)])
            }
            _ => rung.seen.clone(),
        };
        let took = rung.took.map(|took| format!(" ({})", format::duration(took)));
        let words = [rung_state(&rung.state), seen.as_str()];
        let words: Vec<&str> = words.into_iter().filter(|words| !words.is_empty()).collect();
        let name = stage(rung.stage);
        complain(
            format!("  {mark} {name:NAME$} {}{}", words.join(": "), took.unwrap_or_default())
                .trim_end(),
        );
        // What the call itself failed with stands above, in the report's first line.
        if let Some(why) = rung.state.unsaid() {
            let words = obstacle(rung.stage, why);
            complain(&format!("    {}", sentences(&words.what, &words.fix)));
        }
    }
}

/// The same for `--json`: stages and states by names that no language changes.
pub(super) fn ladder_json(ladder: &Ladder) -> Value {
    let rungs = ladder.rungs.iter().map(|rung| {
        let (state, why) = match &rung.state {
            RungState::Passed => ("passed", None),
            RungState::Kept => ("kept", None),
            RungState::Unneeded => ("unneeded", None),
            RungState::Failed(why) => ("failed", Some(obstacle(rung.stage, why))),
            RungState::NotReached => ("not_reached", None),
        };
        let stage = match rung.stage {
            Stage::LookUp => "look_up",
            Stage::Connect => "connect",
            Stage::Proxy => "proxy",
            Stage::Tls => "tls",
            Stage::Settings => "settings",
            Stage::Headers => "headers",
            Stage::Message => "message",
            Stage::Trailers => "trailers",
        };
        json!({
            "stage": stage,
            "state": state,
            "took_ms": rung.took.map(millis),
            "seen": rung.seen,
            "why": why.map(|words| sentences(&words.what, &words.fix)),
        })
    });
    rungs.collect()
}
