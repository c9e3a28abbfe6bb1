//! Causes and faults in words: the facts that complete a sentence of `failures` or `problems`.

use super::format::{bytes, thousands};
use super::{failure, fill, t, target_error};
use crate::model::{Cause, ConfigFault, Found, JsonFault, JsonToken, Wanted};

/// Why something did not work, as the end of a sentence: no capital, no full stop.
pub fn cause(cause: &Cause) -> String {
    use Cause as C;
    let words = match cause {
        C::Said(words) => return words.clone(),
        C::BodyLength { n_bytes } => return fill("faults.body_length", &[("n", n_bytes)]),
        C::UnknownFlag(flag) => {
            return fill("faults.unknown_flag", &[("flag", &format!("{flag:#04x}"))]);
        }
        C::CutShort { got, wanted } => {
            let (got, wanted) = (thousands(*got), thousands(*wanted));
            return fill("faults.cut_short", &[("got", &got), ("wanted", &wanted)]);
        }
        C::TooLarge { size, limit } => {
            let (size, limit) = (bytes(*size), bytes(*limit));
            return fill("faults.too_large", &[("size", &size), ("limit", &limit)]);
        }
        C::InflatesBeyond { limit } => {
            return fill("faults.inflates_beyond", &[("limit", &bytes(*limit))]);
        }
        C::NotHttp(words) => return fill("faults.not_http", &[("cause", words)]),
        C::TrailersLine(line) => {
            return fill("faults.trailers_line", &[("line", &format!("{line:?}"))]);
        }
        C::FalseMapEntry(name) => return fill("faults.false_map_entry", &[("name", name)]),
        C::Target(error) => return without_stop(&target_error(error).what),
        C::Call(call) => return without_stop(&failure(call).what),
        C::NoAddress => t("faults.no_address"),
        C::NoUnixSockets => t("faults.no_unix_sockets"),
        C::Overtaken => t("faults.overtaken"),
        C::NotOpen => t("faults.not_open"),
        C::NoCertificate => t("faults.no_certificate"),
        C::KeyAlone => t("faults.key_alone"),
        C::UnknownIssuer => t("faults.unknown_issuer"),
        C::Expired => t("faults.expired"),
        C::NotYetValid => t("faults.not_yet_valid"),
        C::Revoked => t("faults.revoked"),
        C::BadSignature => t("faults.bad_signature"),
        C::BadCertificate => t("faults.bad_certificate"),
        C::NotForServers => t("faults.not_for_servers"),
        C::SelfSigned => t("faults.self_signed"),
        C::Reserved => t("faults.reserved"),
        C::NotHex => t("faults.not_hex"),
        C::Tunnel => t("faults.tunnel"),
        C::QueryOfGrpc => t("faults.query_of_grpc"),
        C::NotOffered => t("faults.not_offered"),
        C::NotInflatable => t("faults.not_inflatable"),
        C::NotBase64 => t("faults.not_base64"),
        C::BehindTrailers => t("faults.behind_trailers"),
        C::Unanswered => t("faults.unanswered"),
        C::AnsweredInHttp2 => t("faults.answered_in_http2"),
        C::EndlessHead => t("faults.endless_head"),
        C::Empty => t("faults.empty"),
        C::Contradiction => t("faults.contradiction"),
        C::NoReflection => t("faults.no_reflection"),
    };
    words.to_owned()
}

/// Another sentence becomes the end of one.
fn without_stop(sentence: &str) -> String {
    sentence.trim_end_matches(['.', '。']).to_owned()
}

/// Why a text is no JSON.
pub fn json_fault(fault: &JsonFault) -> String {
    use JsonFault as J;
    let words = match fault {
        J::Wanted { wanted, found: Some(found) } => {
            let args: [(&str, &dyn std::fmt::Display); 2] =
                [("wanted", &token(*wanted)), ("found", found)];
            return fill("faults.json.wanted", &args);
        }
        J::Wanted { wanted, found: None } => {
            return fill("faults.json.wanted_at_end", &[("wanted", &token(*wanted))]);
        }
        J::TooDeep(limit) => return fill("faults.json.too_deep", &[("limit", limit)]),
        J::UnknownEscape(c) => return fill("faults.json.unknown_escape", &[("escape", c)]),
        J::Said(words) => return words.clone(),
        J::LeadingZero => t("faults.json.leading_zero"),
        J::NotClosed => t("faults.json.not_closed"),
        J::PlaceNotClosed => t("faults.json.place_not_closed"),
        J::ControlCharacter => t("faults.json.control_character"),
        J::LoneSurrogate => t("faults.json.lone_surrogate"),
    };
    words.to_owned()
}

fn token(token: JsonToken) -> String {
    use JsonToken as T;
    let words = match token {
        T::CommaOr(close) => return fill("faults.json.comma_or", &[("close", &close)]),
        T::Value => t("faults.json.value"),
        T::Key => t("faults.json.key"),
        T::Colon => t("faults.json.colon"),
        T::Digit => t("faults.json.digit"),
        T::HexDigits => t("faults.json.hex_digits"),
        T::End => t("faults.json.end"),
    };
    words.to_owned()
}

/// What a value should be.
pub(super) fn wanted(wanted: &Wanted) -> &str {
    match wanted {
        Wanted::Type(name) => name,
        Wanted::TypeUrl => t("faults.value.type_url"),
        Wanted::Mapping => t("faults.value.mapping"),
        Wanted::List => t("faults.value.list"),
        Wanted::Text => t("faults.value.text"),
        Wanted::Boolean => t("faults.value.boolean"),
        Wanted::Port => t("faults.value.port"),
    }
}

/// What a value is.
pub(super) fn found(found: &Found) -> &str {
    match found {
        Found::Shown(text) => text,
        Found::Missing | Found::Nothing => t("faults.value.nothing"),
        Found::Boolean => t("faults.value.boolean"),
        Found::Number => t("faults.value.number"),
        Found::Text => t("faults.value.text"),
        Found::List => t("faults.value.list"),
        Found::Mapping => t("faults.value.mapping"),
    }
}

/// What is wrong with a field of the configuration.
pub(super) fn config_fault(fault: &ConfigFault) -> String {
    use ConfigFault as C;
    let words = match fault {
        C::NoSuch(kind) => return fill("faults.config.no_such", &[("kind", kind)]),
        C::NotHeaderName(name) => return fill("faults.config.not_header_name", &[("name", name)]),
        C::WrongGroup { wanted, kind } => {
            return fill("faults.config.wrong_group", &[("wanted", wanted), ("kind", kind)]);
        }
        C::NoVariable(name) => return fill("faults.config.no_variable", &[("name", name)]),
        C::NoFile { path, cause: why } => {
            return fill("faults.config.no_file", &[("path", path), ("cause", &cause(why))]);
        }
        C::Missing => t("faults.config.missing"),
        C::Twice => t("faults.config.twice"),
        C::NoSuchListener => t("faults.config.no_such_listener"),
        C::SecondListener => t("faults.config.second_listener"),
        C::SecondBackend => t("faults.config.second_backend"),
        C::NotHostName => t("faults.config.not_host_name"),
        C::NoParent => t("faults.config.no_parent"),
        C::NoBackend => t("faults.config.no_backend"),
        C::LongerThanRequest => t("faults.config.longer_than_request"),
        C::NotDuration => t("faults.config.not_duration"),
        C::NotMethod => t("faults.config.not_method"),
        C::NotPath => t("faults.config.not_path"),
        C::NoServiceOrMethod => t("faults.config.no_service_or_method"),
        C::NoAddress => t("faults.config.no_address"),
        C::NotIpAddress => t("faults.config.not_ip_address"),
        C::NoTarget => t("faults.config.no_target"),
        C::NoCredential => t("faults.config.no_credential"),
        C::NoHeader => t("faults.config.no_header"),
        C::EmptyKey => t("faults.config.empty_key"),
        C::NoKey => t("faults.config.no_key"),
        C::NotMapping => t("faults.config.not_mapping"),
        C::NotQuoted => t("faults.config.not_quoted"),
        C::NotBase64 => t("faults.config.not_base64"),
        C::NotUtf8 => t("faults.config.not_utf8"),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CallFailure, TargetError};
    use crate::text::{Language, set_language};

    #[test]
    fn a_cause_ends_a_sentence_of_either_language() {
        let refused = CallFailure::Refused { address: "127.0.0.1:1".into() };
        let check = |of: &Cause, english: &str, chinese: &str| {
            for (language, words) in
                [(Language::English, english), (Language::SimplifiedChinese, chinese)]
            {
                set_language(language);
                assert_eq!(cause(of), words);
            }
        };
        check(&Cause::Expired, "it has expired", "证书已过期");
        check(&Cause::Said("os error 13".into()), "os error 13", "os error 13");
        check(
            &Cause::Call(Box::new(refused)),
            "Nobody listens on 127.0.0.1:1: the connection was refused",
            "127.0.0.1:1 上没有程序监听：连接被拒绝",
        );
        check(&Cause::Target(TargetError::Empty), "There is no target", "没有目标");
        check(
            &Cause::CutShort { got: 5, wanted: 1_200 },
            "it is cut short: 5 of 1,200 bytes of a file are there",
            "文件不完整：应有 1,200 字节，只有 5 字节",
        );
    }

    #[test]
    fn json_says_what_is_wanted_and_what_stands_there() {
        let wanted = |wanted, found| json_fault(&JsonFault::Wanted { wanted, found });
        assert_eq!(wanted(JsonToken::CommaOr('}'), Some('x')), "expected ',' or '}', found 'x'");
        assert_eq!(wanted(JsonToken::Value, None), "expected a value, found the end of the text");
        set_language(Language::SimplifiedChinese);
        assert_eq!(wanted(JsonToken::CommaOr(']'), Some('好')), "此处应为 ',' 或 ']'，而不是 '好'");
        assert_eq!(wanted(JsonToken::Value, None), "此处应为值，而文本已结束");
    }
}
