//! What one stream says in one direction, and how it is cut into messages.

use std::ops::Range;

use bytes::Bytes;

use super::gathered::Gathered;
use super::grpc::PREFIX_LEN;
use super::grpc_web::{is_trailers, web_trailers};
use super::inflate::{Coding, Ending, MAX_INFLATED, inflate_all};
use super::step::{Message, Step, StepKind};
use super::walk::WireItem;
use crate::model::{GrpcWeb, WireFault};

/// A field's name and value.
pub(super) type Field = (Bytes, Bytes);

/// What the body is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum BodyContent {
    /// One piece.
    #[default]
    Whole,
    /// Messages of gRPC.
    Grpc,
    /// Messages of gRPC-Web, and a frame with the trailers behind them.
    GrpcWeb,
}

/// What has come so far.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) gathered: Gathered,
    /// Bytes that passed and were not kept. What comes behind them has lost its place.
    pub(super) n_missing: u64,
    pub(super) has_headers: bool,
    pub(super) has_ended: bool,
    /// Whether HTTP/1 sends it in chunks.
    pub(super) is_chunked: bool,
    pub(super) content: BodyContent,
    pub(super) coding: Option<String>,
    /// What `content-length` announces.
    pub(super) announced: Option<u64>,
    last_item: usize,
}

/// Steps, and the buffers that they refer to.
#[derive(Debug, Default)]
pub(super) struct Cut {
    pub(super) steps: Vec<Step>,
    pub(super) made: Vec<Bytes>,
}

impl Body {
    /// Fields of its head.
    pub(super) fn head(&mut self, fields: &[Field]) {
        for (name, value) in fields {
            let value = String::from_utf8_lossy(value).trim().to_ascii_lowercase();
            match &*name.to_ascii_lowercase() {
                b"content-type" if value.starts_with("application/grpc") => {
                    self.content = match GrpcWeb::of_content_type(&value) {
                        None => BodyContent::Grpc,
                        Some(GrpcWeb::Binary) => BodyContent::GrpcWeb,
                        // In base64 no frame has a place of its own.
                        Some(GrpcWeb::Text) => BodyContent::Whole,
                    };
                }
                b"grpc-encoding" => self.coding = Some(value),
                // Several lines are one list (RFC 9110 section 5.2).
                b"content-encoding" => {
                    let before = self.coding.take().map(|before| before + ", ");
                    self.coding = Some(before.unwrap_or_default() + &value);
                }
                b"transfer-encoding" if value.ends_with("chunked") => {
                    self.is_chunked = true;
                }
                b"content-length" => self.announced = value.parse().ok(),
                _ => {}
            }
        }
    }

    /// A piece of it; behind a gap nothing can be placed any more.
    pub(super) fn push(&mut self, offset: u64, bytes: &[u8], item_idx: usize, n_missing: u64) {
        self.last_item = item_idx;
        if self.n_missing == 0 {
            self.gathered.push(offset, bytes, item_idx);
        } else {
            self.n_missing += bytes.len() as u64;
        }
        self.n_missing += n_missing;
    }

    /// Cuts it into messages, or takes it as one; `first_made` is the index of the next buffer.
    pub(super) fn cut(&self, items: &[WireItem], stream: u32, first_made: usize) -> Cut {
        let mut cut = Cut::default();
        let len = self.gathered.bytes.len();
        if self.content != BodyContent::Whole {
            self.messages(items, stream, first_made, &mut cut);
        } else if len > 0 || self.n_missing > 0 {
            let (made, fault) = self.inflated(0..len, first_made, &mut cut);
            let len_in_all = len as u64 + self.n_missing;
            let fault = fault.or_else(|| self.short_of(len_in_all));
            let message = Message { idx: 0, is_compressed: made.is_some(), len: len_in_all, made };
            cut.steps.extend(self.step(items, stream, StepKind::Body(message), 0..len, fault));
        }
        cut
    }

    /// Less than announced, and nothing more to come.
    fn short_of(&self, got: u64) -> Option<WireFault> {
        let wanted = self.announced.filter(|wanted| self.has_ended && *wanted > got)?;
        Some(WireFault::BodyShort { got, wanted })
    }

    fn messages(&self, items: &[WireItem], stream: u32, first_made: usize, cut: &mut Cut) {
        let bytes = &self.gathered.bytes;
        let (mut at, mut idx, mut has_trailers) = (0, 0, false);
        while let Some([flag, a, b, c, d]) = bytes.get(at..at + PREFIX_LEN) {
            let size = u32::from_be_bytes([*a, *b, *c, *d]);
            let end = (at + PREFIX_LEN).saturating_add(size as usize);
            let payload = at + PREFIX_LEN..end.min(bytes.len());
            let missing = u64::from(size) - (payload.end - payload.start) as u64;
            let behind = has_trailers.then_some(WireFault::BehindTrailers);
            let mut fault = behind.or_else(|| self.prefix_fault(*flag, size.into(), missing));
            let mut made = None;
            if *flag & 1 == 1 && fault.is_none() {
                let buffer = first_made + cut.made.len();
                let (buffer, wrong) = self.inflated_part(payload.clone(), buffer, cut);
                (made, fault) = (buffer, wrong);
            }
            let (len, range) = (u64::from(size), at..payload.end);
            let kind = if self.is_trailers(*flag) {
                let (fields, bad) = self.trailers(payload, made, cut, first_made);
                fault = fault.or(bad);
                has_trailers = true;
                StepKind::TrailersFrame(fields)
            } else {
                idx += 1;
                StepKind::Message(Message { idx: idx - 1, is_compressed: *flag == 1, len, made })
            };
            cut.steps.extend(self.step(items, stream, kind, range, fault));
            at = end;
        }
        let left = bytes.len().saturating_sub(at);
        if left > 0 {
            let message = Message { idx, is_compressed: false, len: 0, made: None };
            let fault = if self.n_missing > 0 {
                Some(WireFault::NotKept(self.n_missing))
            } else if has_trailers {
                Some(WireFault::BehindTrailers)
            } else {
                let (got, wanted) = (left as u64, PREFIX_LEN as u64);
                self.has_ended.then_some(WireFault::GrpcShort { got, wanted })
            };
            let range = at..bytes.len();
            cut.steps.extend(self.step(items, stream, StepKind::Message(message), range, fault));
        }
    }

    /// Whether the frame with this flag holds the trailers of gRPC-Web.
    fn is_trailers(&self, flag: u8) -> bool {
        self.content == BodyContent::GrpcWeb && is_trailers(flag)
    }

    /// What that frame says, and what is wrong with it.
    fn trailers(
        &self,
        payload: Range<usize>,
        made: Option<usize>,
        cut: &Cut,
        first_made: usize,
    ) -> (Vec<Field>, Option<WireFault>) {
        let plain = || self.gathered.bytes.get(payload).unwrap_or_default().to_vec().into();
        let inflated = made.and_then(|idx| cut.made.get(idx.checked_sub(first_made)?)).cloned();
        let (fields, bad) = web_trailers(&inflated.unwrap_or_else(plain));
        (fields, bad.map(|_line| WireFault::NoColon))
    }

    fn prefix_fault(&self, flag: u8, size: u64, missing: u64) -> Option<WireFault> {
        match if self.is_trailers(flag) { flag & 1 } else { flag } {
            0 | 1 if missing > 0 && self.n_missing > 0 => Some(WireFault::NotKept(missing)),
            0 | 1 if missing > 0 => {
                let short = WireFault::GrpcShort { got: size - missing, wanted: size };
                self.has_ended.then_some(short)
            }
            1 if self.coding.as_deref().is_none_or(|coding| coding == "identity") => {
                Some(WireFault::NoEncoding)
            }
            0 | 1 => None,
            _ => Some(WireFault::GrpcFlag(flag)),
        }
    }

    /// The whole body, where HTTP compressed it.
    fn inflated(
        &self,
        range: Range<usize>,
        first_made: usize,
        cut: &mut Cut,
    ) -> (Option<usize>, Option<WireFault>) {
        if self.n_missing > 0 {
            return (None, Some(WireFault::NotKept(self.n_missing)));
        }
        match self.coding.as_deref() {
            None | Some("identity") => (None, None),
            Some(_) => self.inflated_part(range, first_made, cut),
        }
    }

    fn inflated_part(
        &self,
        range: Range<usize>,
        buffer: usize,
        cut: &mut Cut,
    ) -> (Option<usize>, Option<WireFault>) {
        let encoding = self.coding.clone().unwrap_or_default();
        let Some(codings) = Coding::list(&encoding) else {
            return (None, Some(WireFault::Compressed { encoding }));
        };
        let bytes = self.gathered.bytes.get(range).unwrap_or_default();
        let (out, ending) = inflate_all(&codings, bytes);
        let fault = match ending {
            Ending::Whole => None,
            Ending::TooLarge => Some(WireFault::TooLarge { limit: MAX_INFLATED as u64 }),
            Ending::Broken => Some(WireFault::Compressed { encoding }),
        };
        cut.made.push(out.into());
        (Some(buffer), fault)
    }

    fn step(
        &self,
        items: &[WireItem],
        stream: u32,
        kind: StepKind,
        range: Range<usize>,
        fault: Option<WireFault>,
    ) -> Option<Step> {
        let item_of = |at| self.gathered.stretch_at(at).map(|stretch| stretch.item_idx);
        let first = item_of(range.start).unwrap_or(self.last_item);
        let last = item_of(range.end.saturating_sub(1)).unwrap_or(self.last_item);
        let mut step = Step::new(items.get(first)?, first, stream, kind);
        step.ended = items.get(last)?.ended;
        step.gathered = self.gathered.part(range);
        step.fault = fault;
        Some(step)
    }
}
