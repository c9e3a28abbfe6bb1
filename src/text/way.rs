//! The ways of one call, and how each says that something is wrong.

use super::format::{bytes, duration, thousands, whole_duration};
use super::{count, failure, fill, origin, outcome, t};
use crate::model::{
    BytePart, CompareName, CompareWord, NoWay, Outcome, Road, Said, Speech, StatusOrigin, Way,
};

/// `gRPC, through the gateway`.
fn way(way: Way) -> &'static str {
    match (way.speech, way.road) {
        (Speech::Http1Json, Road::Direct) => t("compare.way.http1_direct"),
        (Speech::Http2Json, Road::Direct) => t("compare.way.http2_direct"),
        (Speech::Grpc, Road::Direct) => t("compare.way.grpc_direct"),
        (Speech::Http1Json, Road::Gateway) => t("compare.way.http1_gateway"),
        (Speech::Http2Json, Road::Gateway) => t("compare.way.http2_gateway"),
        (Speech::Grpc, Road::Gateway) => t("compare.way.grpc_gateway"),
    }
}

/// Why a way does not exist.
pub fn no_way(why: &NoWay) -> String {
    match why {
        NoWay::NoJson => t("compare.missing.json").to_owned(),
        NoWay::NoJsonField { field } => fill("compare.missing.field", &[("field", field)]),
        NoWay::NoServer => t("compare.missing.server").to_owned(),
        NoWay::NoGateway => t("compare.missing.gateway").to_owned(),
        NoWay::NoRoute => t("compare.missing.route").to_owned(),
    }
}

/// What bytes are for.
fn part(part: BytePart) -> &'static str {
    match part {
        BytePart::Payload => t("response.wire.payload"),
        BytePart::Headers => t("response.wire.field_bytes"),
        BytePart::Framing => t("response.wire.framing"),
        BytePart::Control => t("response.wire.control"),
        BytePart::Tls => t("response.wire.tls_bytes"),
        BytePart::Other => t("response.wire.other"),
    }
}

/// How a protocol says it.
pub fn said(said: &Said) -> String {
    let Said { outcome: result, http_version: version, http_status, body } = said;
    match result {
        Outcome::Http { .. } => {
            let line = format!("{version} {}", outcome(result));
            if body.is_empty() {
                line
            } else {
                fill("compare.said.http", &[("line", &line), ("body", body)])
            }
        }
        Outcome::Grpc { message, origin: by, .. } => {
            let http = http_status.map(|status| format!("{version} {status}")).unwrap_or_default();
            let key = match by {
                StatusOrigin::Trailers => "compare.said.trailers",
                StatusOrigin::TrailersOnly => "compare.said.trailers_only",
                _ => {
                    let who = origin(*by).unwrap_or_default();
                    return format!("{} {who}", outcome(result));
                }
            };
            fill_said(key, &http, &outcome(result), message)
        }
        Outcome::Failed(cause) => failure(cause).what,
        Outcome::Cancelled => outcome(result),
    }
}

fn fill_said(key: &'static str, http: &str, status: &str, message: &str) -> String {
    fill(key, &[("http", &http), ("status", &status), ("message", &message)])
}

/// A word of the tables and the picture of a comparison.
pub fn compare_word(word: &CompareWord) -> String {
    use CompareWord as W;
    match word {
        W::Nothing => String::new(),
        W::Way(of) => way(*of).to_owned(),
        W::NoWay(why) => no_way(why),
        W::Said(told) => said(told),
        W::Ended(ended) => outcome(ended),
        W::Name(of) => name(*of).to_owned(),
        W::Calls(n) => count("compare.calls", u64::from(*n), &[]),
        W::Count(n) => thousands(*n),
        W::Part(of) => part(*of).to_owned(),
        W::PartBytes(of, n) => {
            fill("compare.part_bytes", &[("part", &part(*of)), ("size", &bytes(*n))])
        }
        W::Bytes(n) => bytes(*n),
        W::SentReceived(sent, received) => {
            format!("{} / {}", thousands(*sent), thousands(*received))
        }
        W::Time(took) => duration(*took),
        W::Percentile(share) => format!("p{share}"),
        W::Times { p50, p99 } => format!("p50 {}  p99 {}", duration(*p50), duration(*p99)),
        W::Tick(at) => whole_duration(*at),
        W::Took { n_calls, from, to } => fill(
            "compare.took",
            &[("n", &thousands(*n_calls)), ("from", &duration(*from)), ("to", &duration(*to))],
        ),
    }
}

fn name(of: CompareName) -> &'static str {
    match of {
        CompareName::BytesOfCall => t("compare.bytes_of_call"),
        CompareName::TimeOfCall => t("compare.time_of_call"),
        CompareName::Opening => t("compare.opening"),
        CompareName::Kept => t("compare.kept"),
        CompareName::Between => t("compare.between"),
        CompareName::Calls => t("compare.column.calls"),
        CompareName::Failed => t("compare.column.failed"),
        CompareName::FirstFailure => t("compare.first_failures"),
        CompareName::Connections => t("compare.column.connections"),
        CompareName::Shortest => t("compare.column.shortest"),
        CompareName::Longest => t("compare.column.longest"),
        CompareName::InAll => t("response.wire.in_all"),
        CompareName::BytesNote => t("compare.bytes_note"),
        CompareName::Failing => t("compare.failing"),
        CompareName::Refused => t("compare.refused"),
        CompareName::Missing => t("compare.missing_ways"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CallFailure, Code};
    use crate::text::{Language, language, speaking};

    #[test]
    fn each_protocol_says_it_its_own_way() {
        let grpc = |origin| Outcome::Grpc {
            code: Code::NotFound,
            number: 5,
            message: "no product".into(),
            details: None,
            origin,
        };
        let check = |outcome: Outcome, status: Option<u16>, body: &str, words: &[&str]| {
            let http_version = if status.is_some() { "HTTP/2" } else { "" };
            let told =
                said(&Said { outcome, http_version, http_status: status, body: body.into() });
            for word in words {
                assert!(told.contains(word), "{word} is not in {told}");
            }
        };
        let not_found = Outcome::Http { status: 404, reason: "Not Found".into() };
        check(not_found, Some(404), "{\"a\":1}", &["HTTP/2 404 Not Found", "{\"a\":1}"]);
        let words = ["HTTP/2 200", "5 NOT_FOUND", "no product"];
        check(grpc(StatusOrigin::Trailers), Some(200), "", &[&words[..], &["trailers"]].concat());
        check(
            grpc(StatusOrigin::TrailersOnly),
            Some(200),
            "",
            &[&words[..], &["trailers-only"]].concat(),
        );
        check(grpc(StatusOrigin::Deadline), None, "", &["5 NOT_FOUND"]);
        let refused = CallFailure::Refused { address: "127.0.0.1:9".into() };
        check(Outcome::Failed(refused), None, "", &["127.0.0.1:9"]);
    }

    #[test]
    fn another_language_is_spoken_for_a_moment() {
        let before = language();
        let chinese = speaking(Language::SimplifiedChinese, || way(Way::ALL[5]));
        let english = speaking(Language::English, || way(Way::ALL[5]));
        assert_ne!(chinese, english);
        assert_eq!(language(), before);
    }
}
