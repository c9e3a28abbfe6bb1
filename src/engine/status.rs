//! How a gRPC answer becomes an outcome.

use crate::model::{Code, Headers, Outcome, StatusOrigin};
use crate::wire::{decode_binary_header, decode_grpc_message};

/// The status that headers or trailers carry, if they do.
pub fn from_headers(headers: &Headers, origin: StatusOrigin) -> Option<Outcome> {
    let value = headers.get("grpc-status")?;
    let text = String::from_utf8_lossy(value);
    let number: Option<u32> = text.trim().parse().ok();
    let message = headers.get("grpc-message").map(|value| decode_grpc_message(value));
    Some(Outcome::Grpc {
        code: number.map_or(Code::Unknown, Code::from_number),
        number: number.unwrap_or(u32::from(Code::Unknown.number())),
        message: message.unwrap_or_default(),
        details: headers
            .get("grpc-status-details-bin")
            .and_then(|value| decode_binary_header(value))
            .map(Into::into),
        origin,
    })
}

/// A status that Hoplens made, because the peer sent none.
pub fn made(code: Code, origin: StatusOrigin) -> Outcome {
    let number = u32::from(code.number());
    Outcome::Grpc { code, number, message: String::new(), details: None, origin }
}

/// What a reset of the stream means (gRPC over HTTP/2, "HTTP2 Transport Mapping": Errors).
pub fn from_reset(error_code: u32) -> Outcome {
    let code = match error_code {
        7 => Code::Unavailable,
        8 => Code::Cancelled,
        11 => Code::ResourceExhausted,
        12 => Code::PermissionDenied,
        _ => Code::Internal,
    };
    made(code, StatusOrigin::Reset(error_code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_with_everything() {
        let mut headers = Headers::new();
        assert_eq!(from_headers(&headers, StatusOrigin::Trailers), None);
        headers.push("grpc-status", "5");
        headers.push("grpc-message", "no%20caf%C3%A9");
        headers.push("grpc-status-details-bin", "CAU");
        let expected = Outcome::Grpc {
            code: Code::NotFound,
            number: 5,
            message: "no café".into(),
            details: Some(bytes::Bytes::from_static(&[8, 5])),
            origin: StatusOrigin::Trailers,
        };
        assert_eq!(from_headers(&headers, StatusOrigin::Trailers), Some(expected));
    }

    #[test]
    fn numbers_that_are_none() {
        let check = |text: &str, code: Code, number: u32| {
            let mut headers = Headers::new();
            headers.push("grpc-status", text.to_owned());
            let Some(Outcome::Grpc { code: c, number: n, .. }) =
                from_headers(&headers, StatusOrigin::TrailersOnly)
            else {
                panic!("{text}")
            };
            assert_eq!((c, n), (code, number), "{text}");
        };
        check("0", Code::Ok, 0);
        check("99", Code::Unknown, 99);
        check("many", Code::Unknown, 2);
        check("", Code::Unknown, 2);
    }
}
