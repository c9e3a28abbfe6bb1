//! Counts the messages that go by, without holding any.

use super::grpc::PREFIX_LEN;

/// Takes pieces of a gRPC body, tells how many messages they completed. What the prefixes say is taken as it is: a
/// broken body counts wrong and breaks nothing.
#[derive(Debug, Default)]
pub struct GrpcCounter {
    prefix: [u8; PREFIX_LEN],
    n_prefix: usize,
    /// Bytes of the message that are still to come.
    rest: usize,
}

impl GrpcCounter {
    /// How many messages end in this piece.
    pub fn push(&mut self, mut piece: &[u8]) -> u64 {
        let mut n_ended = 0;
        loop {
            if self.n_prefix == PREFIX_LEN {
                let taken = self.rest.min(piece.len());
                piece = piece.get(taken..).unwrap_or_default();
                self.rest -= taken;
                if self.rest > 0 {
                    return n_ended;
                }
                n_ended += 1;
                self.n_prefix = 0;
            }
            let Some((byte, more)) = piece.split_first() else { return n_ended };
            if let Some(place) = self.prefix.get_mut(self.n_prefix) {
                *place = *byte;
            }
            self.n_prefix += 1;
            piece = more;
            if self.n_prefix == PREFIX_LEN {
                let [_flag, a, b, c, d] = self.prefix;
                self.rest = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn messages_are_counted_however_they_are_cut(
            lens in proptest::collection::vec(0_usize..40, 0..20),
            cut in 1_usize..50,
        ) {
            let mut body = Vec::new();
            for len in &lens {
                body.extend(crate::wire::grpc_prefix(*len).unwrap());
                body.extend(std::iter::repeat_n(7, *len));
            }
            let mut counter = GrpcCounter::default();
            let n_ended: u64 = body.chunks(cut).map(|piece| counter.push(piece)).sum();
            proptest::prop_assert_eq!(n_ended, lens.len() as u64);
        }
    }
}
