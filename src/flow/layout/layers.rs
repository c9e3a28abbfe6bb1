//! Which column a node stands in: cycles are cut, then every callee stands right of its callers.

use std::collections::BTreeSet;

/// A directed graph over the nodes `0..n_nodes`, without loops of one node.
#[derive(Debug, Clone)]
pub(super) struct Digraph {
    pub(super) n_nodes: usize,
    pub(super) edges: Vec<(u32, u32)>,
}

impl Digraph {
    /// Neighbours by node: callees, callers.
    fn neighbours(&self) -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
        let mut out = vec![Vec::new(); self.n_nodes];
        let mut into = vec![Vec::new(); self.n_nodes];
        for (from, to) in &self.edges {
            if let (Some(out), Some(into)) =
                (out.get_mut(*from as usize), into.get_mut(*to as usize))
            {
                out.push(*to);
                into.push(*from);
            }
        }
        (out, into)
    }

    /// The same without cycles: edges against the order are turned round.
    pub(super) fn without_cycles(&self) -> Self {
        let order = self.greedy_order();
        let place = |node: u32| order.get(node as usize).copied().unwrap_or(0);
        let turned = self
            .edges
            .iter()
            .map(|(from, to)| if place(*from) <= place(*to) { (*from, *to) } else { (*to, *from) });
        let mut edges: Vec<_> = turned.collect();
        edges.sort_unstable();
        edges.dedup();
        Self { n_nodes: self.n_nodes, edges }
    }

    /// A place for each node such that few edges run backwards (Eades, Lin and Smyth 1993):
    /// sinks go to the end, sources to the front, then whoever calls most and is called least.
    fn greedy_order(&self) -> Vec<usize> {
        let (out, into) = self.neighbours();
        let mut n_out: Vec<usize> = out.iter().map(Vec::len).collect();
        let mut n_in: Vec<usize> = into.iter().map(Vec::len).collect();
        let mut left: Vec<usize> = (0..self.n_nodes).collect();
        let (mut front, mut back) = (Vec::new(), Vec::new());
        while !left.is_empty() {
            let count = |counts: &[usize], node: usize| counts.get(node).copied().unwrap_or(0);
            let sink = left.iter().rposition(|node| count(&n_out, *node) == 0);
            let source = || left.iter().position(|node| count(&n_in, *node) == 0);
            let excess = |node: &usize| count(&n_out, *node) as i64 - count(&n_in, *node) as i64;
            let (idx, is_sink) = if let Some(idx) = sink {
                (idx, true)
            } else {
                let most = left.iter().enumerate().rev().max_by_key(|(_, node)| excess(node));
                (source().or(most.map(|(idx, _)| idx)).unwrap_or(0), false)
            };
            let node = left.remove(idx);
            if is_sink {
                back.push(node);
            } else {
                front.push(node);
            }
            for callee in out.get(node).into_iter().flatten() {
                if let Some(count) = n_in.get_mut(*callee as usize) {
                    *count = count.saturating_sub(1);
                }
            }
            for caller in into.get(node).into_iter().flatten() {
                if let Some(count) = n_out.get_mut(*caller as usize) {
                    *count = count.saturating_sub(1);
                }
            }
        }
        let mut places = vec![0; self.n_nodes];
        for (place, node) in front.into_iter().chain(back.into_iter().rev()).enumerate() {
            places.iter_mut().skip(node).take(1).for_each(|slot| *slot = place);
        }
        places
    }

    /// Edges between two callees of one caller that both call on.
    fn among_siblings(&self) -> BTreeSet<(u32, u32)> {
        let (out, into) = self.neighbours();
        let into: Vec<BTreeSet<u32>> = into.into_iter().map(BTreeSet::from_iter).collect();
        let callers = |node: u32| into.get(node as usize);
        let calls_on = |node: u32| out.get(node as usize).is_some_and(|out| !out.is_empty());
        let is_among = |(from, to): &&(u32, u32)| {
            let shared = callers(*from).zip(callers(*to));
            calls_on(*to) && shared.is_some_and(|(a, b)| !a.is_disjoint(b))
        };
        self.edges.iter().filter(is_among).copied().collect()
    }

    /// The column of each node of a graph without cycles: the longest way from a source, sources
    /// drawn up to their callees, and nodes without any edge in the third column. Callees of one
    /// caller that call each other and on may share a column: that keeps the diagram narrow, and
    /// services that do the same kind of work beside each other.
    pub(super) fn ranks(&self) -> Vec<usize> {
        let level = self.among_siblings();
        let (out, into) = self.neighbours();
        let mut ranks = vec![0_usize; self.n_nodes];
        let mut n_open: Vec<usize> = into.iter().map(Vec::len).collect();
        let mut ready: Vec<usize> =
            (0..self.n_nodes).filter(|node| into.get(*node).is_some_and(Vec::is_empty)).collect();
        while let Some(node) = ready.pop() {
            let own = ranks.get(node).copied().unwrap_or(0);
            for callee in out.get(node).into_iter().flatten().map(|callee| *callee as usize) {
                let rank = own + usize::from(!level.contains(&(node as u32, callee as u32)));
                if let Some(slot) = ranks.get_mut(callee) {
                    *slot = rank.max(*slot);
                }
                if let Some(open) = n_open.get_mut(callee) {
                    *open -= 1;
                    if *open == 0 {
                        ready.push(callee);
                    }
                }
            }
        }
        let last = ranks.iter().copied().max().unwrap_or(0);
        let longest = ranks.clone();
        for (node, rank) in ranks.iter_mut().enumerate() {
            let is_source = into.get(node).is_some_and(Vec::is_empty);
            let callees = out.get(node).into_iter().flatten();
            let nearest = callees.filter_map(|callee| longest.get(*callee as usize)).min();
            match nearest {
                Some(nearest) if is_source => *rank = nearest.saturating_sub(1),
                None if is_source => *rank = last.min(2),
                _ => {}
            }
        }
        ranks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns() {
        let check = |n_nodes: usize, edges: &[(u32, u32)], expect: &[usize]| {
            let graph = Digraph { n_nodes, edges: edges.to_vec() };
            assert_eq!(graph.without_cycles().ranks(), expect, "{edges:?}");
        };
        check(0, &[], &[]);
        check(1, &[], &[0]);
        check(3, &[(0, 1), (1, 2)], &[0, 1, 2]);
        check(4, &[(0, 1), (1, 2), (0, 2), (3, 2)], &[0, 1, 2, 1]);
        // A circle is cut where it comes back to the first.
        check(3, &[(0, 1), (1, 2), (2, 0)], &[0, 1, 2]);
        check(4, &[(0, 1), (1, 2), (2, 1), (2, 3)], &[0, 1, 2, 3]);
        check(5, &[(0, 1), (1, 2), (2, 3)], &[0, 1, 2, 3, 2]);
        // Two callees of one caller that both call on share a column; one that calls nobody does not.
        check(5, &[(0, 1), (0, 2), (1, 2), (1, 3), (2, 4)], &[0, 1, 1, 2, 2]);
        check(3, &[(0, 1), (0, 2), (1, 2)], &[0, 1, 2]);
        // Nothing runs backwards for that: 3 calls 2 and stands right of 1, so 2 does too.
        let edges = [(0, 1), (0, 2), (1, 2), (1, 3), (3, 2), (2, 4)];
        check(5, &edges, &[0, 1, 2, 2, 3]);
    }
}
