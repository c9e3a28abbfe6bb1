//! Identifiers: small numbers for what Hoplens counts, W3C trace context for what travels.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counted_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u64);

        impl $name {
            /// A number that this process has not used before.
            pub fn next() -> Self {
                static NEXT: AtomicU64 = AtomicU64::new(1);
                Self(NEXT.fetch_add(1, Ordering::Relaxed))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

counted_id!(
    /// One call that was really sent.
    CallId
);
counted_id!(
    /// One open schema source: file, folder, descriptor set or reflection target.
    SourceId
);
counted_id!(
    /// One connection that Hoplens opened.
    ConnectionId
);
counted_id!(
    /// One draft in the composer; kept across restarts by the workspace.
    DraftId
);

counted_id!(
    /// One tap: a place between a client and a server.
    TapId
);

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// A random identifier, never all zero (W3C Trace Context section 3.2.2.3).
            pub fn random() -> Self {
                let mut bytes = [0; $len];
                fastrand::fill(&mut bytes);
                bytes[0] |= 1;
                Self(bytes)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                if text.len() != 2 * $len || text.bytes().any(|b| b.is_ascii_uppercase()) {
                    return Err(());
                }
                let mut bytes = [0; $len];
                for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
                    let pair = std::str::from_utf8(pair).map_err(drop)?;
                    *byte = u8::from_str_radix(pair, 16).map_err(drop)?;
                }
                if bytes == [0; $len] { Err(()) } else { Ok(Self(bytes)) }
            }
        }
    };
}

hex_id!(
    /// 16 bytes that all spans of one trace share.
    TraceId,
    16
);
hex_id!(
    /// 8 bytes that name one span.
    SpanId,
    8
);

/// What the `traceparent` header carries (W3C Trace Context section 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace.
    pub trace_id: TraceId,
    /// The span of the sender, the parent of whatever the receiver starts.
    pub span_id: SpanId,
    /// Whether the sender records the trace.
    pub is_sampled: bool,
}

impl TraceContext {
    /// A new trace with a new root span, sampled.
    pub fn root() -> Self {
        Self { trace_id: TraceId::random(), span_id: SpanId::random(), is_sampled: true }
    }

    /// The same trace under a new span.
    #[must_use]
    pub fn child(self) -> Self {
        Self { span_id: SpanId::random(), ..self }
    }

    /// Reads a `traceparent` value; unknown versions are read as version 00 as the standard asks.
    pub fn parse(value: &str) -> Option<Self> {
        let mut parts = value.trim().split('-');
        let version = parts.next()?;
        if version.len() != 2 || version == "ff" || u8::from_str_radix(version, 16).is_err() {
            return None;
        }
        let trace_id = parts.next()?.parse().ok()?;
        let span_id = parts.next()?.parse().ok()?;
        let flags = parts.next().filter(|flags| flags.len() == 2)?;
        let flags = u8::from_str_radix(flags, 16).ok()?;
        if version == "00" && parts.next().is_some() {
            return None;
        }
        Some(Self { trace_id, span_id, is_sampled: flags & 1 == 1 })
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.trace_id, self.span_id, u8::from(self.is_sampled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traceparent_reads_what_it_writes_and_refuses_the_rest() {
        let context = TraceContext::root();
        assert_eq!(TraceContext::parse(&context.to_string()), Some(context));
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert!(TraceContext::parse(good).is_some_and(|c| c.is_sampled));
        for bad in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
            "00-ünicodeünicodeünicodeünicod-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceContext::parse(bad), None, "{bad}");
        }
        let future = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes";
        assert!(TraceContext::parse(future).is_some());
    }
}
