//! Round robin: which instance takes the next call.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::model::Endpoint;

/// Remembers whose turn it is. Instances may come and go between two picks.
#[derive(Debug, Default)]
pub(super) struct Rotation(AtomicUsize);

impl Rotation {
    /// Begins with the instance at `first`, so that several callers do not all begin with the same.
    pub(super) fn starting_at(first: usize) -> Self {
        Self(AtomicUsize::new(first))
    }

    /// The next in turn; `None` when nobody takes calls.
    pub(super) fn pick<'a>(&self, endpoints: &'a [Endpoint]) -> Option<&'a Endpoint> {
        let turn = self.0.fetch_add(1, Ordering::Relaxed);
        endpoints.get(turn.checked_rem(endpoints.len())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_turns_and_survives_a_change() {
        let endpoint = |n: u16| Endpoint {
            instance: format!("x-{n}").into(),
            address: ([127, 0, 0, 1], n).into(),
        };
        let all = [endpoint(1), endpoint(2), endpoint(3)];
        let rotation = Rotation::starting_at(1);
        let picked: Vec<_> =
            (0..4).filter_map(|_| rotation.pick(&all)).map(|e| e.address.port()).collect();
        assert_eq!(picked, [2, 3, 1, 2]);
        assert!(rotation.pick(&[]).is_none());
        assert!(rotation.pick(&all[..1]).is_some());
    }
}
