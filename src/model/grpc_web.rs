//! gRPC-Web: gRPC as browsers can speak it, with the trailers in the body.

use super::CallKind;

/// How the body of a gRPC-Web call is written (gRPC-Web, "Protocol differences vs gRPC over HTTP2").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrpcWeb {
    /// As it is.
    Binary,
    /// In base64, for clients that cannot read bytes while they come.
    Text,
}

impl GrpcWeb {
    /// Both, as a person chooses among them.
    pub const ALL: [Self; 2] = [Self::Binary, Self::Text];

    /// Its name, as a person writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Text => "text",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Its `content-type`, with the messages in protobuf.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Binary => "application/grpc-web+proto",
            Self::Text => "application/grpc-web-text+proto",
        }
    }

    /// The one that this `content-type` names, whatever the format of its messages.
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        let rest = content_type.strip_prefix("application/grpc-web")?;
        let (rest, web) = match rest.strip_prefix("-text") {
            Some(rest) => (rest, Self::Text),
            None => (rest, Self::Binary),
        };
        matches!(rest.as_bytes().first(), None | Some(b'+' | b';' | b' ')).then_some(web)
    }

    /// Whether it has calls of this kind: a browser sends one message, and then reads.
    pub fn has(kind: CallKind) -> bool {
        matches!(kind, CallKind::Unary | CallKind::ServerStream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_tells_which() {
        let check = |content_type: &str, web: Option<GrpcWeb>| {
            assert_eq!(GrpcWeb::of_content_type(content_type), web, "{content_type}");
        };
        for web in GrpcWeb::ALL {
            check(web.content_type(), Some(web));
            assert_eq!(GrpcWeb::named(web.name()), Some(web));
        }
        check("application/grpc-web", Some(GrpcWeb::Binary));
        check("application/grpc-web; charset=utf-8", Some(GrpcWeb::Binary));
        check("application/grpc-web-text", Some(GrpcWeb::Text));
        check("application/grpc-webby", None);
        check("application/grpc+proto", None);
        check("text/html", None);
    }
}
