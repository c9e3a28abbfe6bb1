//! Which instance takes the next call: round robin, one turn for each service.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::Endpoint;

/// Whose turn it is, by service.
#[derive(Debug, Default)]
pub(super) struct RoundRobin {
    turns: BTreeMap<Arc<str>, usize>,
}

impl RoundRobin {
    /// The next instance; `None` when there is none.
    pub(super) fn pick<'e>(
        &mut self,
        service: &Arc<str>,
        endpoints: &'e [Endpoint],
    ) -> Option<&'e Endpoint> {
        let turn = self.turns.entry(Arc::clone(service)).or_default();
        let picked = endpoints.get(turn.checked_rem(endpoints.len())?)?;
        *turn = turn.wrapping_add(1);
        Some(picked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints(n: u16) -> Vec<Endpoint> {
        let endpoint =
            |i| Endpoint { instance: format!("s-{i}").into(), address: ([127, 0, 0, 1], i).into() };
        (1..=n).map(endpoint).collect()
    }

    #[test]
    fn everyone_gets_a_turn_and_services_do_not_share_it() {
        let mut robin = RoundRobin::default();
        let (a, b) = ("a".into(), "b".into());
        let three = endpoints(3);
        let mut pick = |service, of: &[Endpoint]| {
            robin.pick(service, of).map(|endpoint| endpoint.instance.to_string())
        };
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(pick(&a, &three), some("s-1"));
        assert_eq!(pick(&b, &three), some("s-1"));
        assert_eq!(pick(&a, &three), some("s-2"));
        assert_eq!(pick(&a, &three), some("s-3"));
        assert_eq!(pick(&a, &three), some("s-1"));
        assert_eq!(pick(&a, &[]), None);
        // An instance left: nobody is picked twice in a row.
        assert_eq!(pick(&a, &three[..2]), some("s-1"));
        assert_eq!(pick(&a, &three[..2]), some("s-2"));
    }
}
