//! In which order nodes stand in a column, so that few edges cross.

/// Sweeps over all columns, alternately from the left and from the right.
const SWEEPS: usize = 8;

/// Columns of items with edges between neighbouring columns only: long edges run over dummies.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    /// The items of each column, from the top.
    pub(super) items: Vec<Vec<usize>>,
    /// By item: items of the column to the left that it has an edge with.
    pub(super) left: Vec<Vec<usize>>,
    /// By item: items of the column to the right that it has an edge with.
    pub(super) right: Vec<Vec<usize>>,
    /// The place of each item in its column.
    places: Vec<usize>,
}

/// One edge's dummies, from left to right.
pub(super) type Chain = Vec<usize>;

impl Columns {
    /// Columns for these ranks; `edges` run from lower to higher ranks. Answers also the dummies of each edge.
    pub(super) fn new(ranks: &[usize], edges: &[(u32, u32)]) -> (Self, Vec<Chain>) {
        let n_columns = ranks.iter().max().map_or(0, |last| last + 1);
        let mut all: Vec<usize> = ranks.to_vec();
        let (mut left, mut right) = (vec![Vec::new(); ranks.len()], vec![Vec::new(); ranks.len()]);
        let mut chains = Vec::with_capacity(edges.len());
        for (from, to) in edges {
            let rank = |node: u32| ranks.get(node as usize).copied().unwrap_or(0);
            let mut chain = Vec::new();
            let mut before = *from as usize;
            for column in rank(*from) + 1..=rank(*to) {
                let item = if column == rank(*to) {
                    *to as usize
                } else {
                    all.push(column);
                    left.push(Vec::new());
                    right.push(Vec::new());
                    chain.push(all.len() - 1);
                    all.len() - 1
                };
                right.iter_mut().skip(before).take(1).for_each(|right| right.push(item));
                left.iter_mut().skip(item).take(1).for_each(|left| left.push(before));
                before = item;
            }
            chains.push(chain);
        }
        let mut columns = vec![Vec::new(); n_columns];
        for (item, column) in all.iter().enumerate() {
            columns.iter_mut().skip(*column).take(1).for_each(|items| items.push(item));
        }
        let mut columns = Self { items: columns, left, right, places: vec![0; all.len()] };
        (0..n_columns).for_each(|column| columns.note_places(column));
        (columns, chains)
    }

    /// Sorts all columns; the best order that any sweep found stays.
    pub(super) fn reduce_crossings(&mut self) {
        let mut best = (self.n_crossings(), self.items.clone());
        for sweep in 0..SWEEPS {
            let n_columns = self.items.len();
            for step in 1..n_columns {
                let is_rightwards = sweep % 2 == 0;
                let column = if is_rightwards { step } else { n_columns - 1 - step };
                self.sort_by_barycentre(column, is_rightwards);
            }
            (0..n_columns).for_each(|column| self.transpose(column));
            let n_crossings = self.n_crossings();
            if n_crossings < best.0 {
                best = (n_crossings, self.items.clone());
            }
        }
        self.items = best.1;
        (0..self.items.len()).for_each(|column| self.note_places(column));
    }

    /// Moves the ends of edges within one column beside each other where that makes no new crossing.
    pub(super) fn draw_together(&mut self, pairs: &[(usize, usize)]) {
        for (above, below) in pairs {
            let of = |items: &Vec<usize>| items.contains(above) && items.contains(below);
            let Some(column) = self.items.iter().position(of) else { continue };
            let before = (self.n_crossings(), self.items.clone());
            let Some(items) = self.items.get_mut(column) else { continue };
            items.retain(|item| item != below);
            let place = items.iter().position(|item| item == above).map_or(0, |place| place + 1);
            items.insert(place, *below);
            self.note_places(column);
            if self.n_crossings() > before.0 {
                self.items = before.1;
                self.note_places(column);
            }
        }
    }

    /// The place of an item in its column.
    fn place(&self, item: usize) -> usize {
        self.places.get(item).copied().unwrap_or(0)
    }

    fn note_places(&mut self, column: usize) {
        for (place, item) in self.items.get(column).into_iter().flatten().enumerate() {
            self.places.iter_mut().skip(*item).take(1).for_each(|slot| *slot = place);
        }
    }

    fn sort_by_barycentre(&mut self, column: usize, is_rightwards: bool) {
        let sides = if is_rightwards { &self.left } else { &self.right };
        let Some(items) = self.items.get(column) else { return };
        let mut keyed: Vec<(f64, usize)> = items
            .iter()
            .map(|item| {
                let places = sides.get(*item).into_iter().flatten().map(|other| self.place(*other));
                let (sum, n) = places.fold((0, 0), |(sum, n), place| (sum + place, n + 1));
                let key = if n == 0 { self.place(*item) as f64 } else { sum as f64 / f64::from(n) };
                (key, *item)
            })
            .collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        let items = keyed.into_iter().map(|(_, item)| item).collect();
        self.items.iter_mut().skip(column).take(1).for_each(|slot| slot.clone_from(&items));
        self.note_places(column);
    }

    /// Swaps neighbours as long as that takes crossings away.
    fn transpose(&mut self, column: usize) {
        let Some(mut items) = self.items.get(column).cloned() else { return };
        for _ in 0..SWEEPS {
            let mut is_better = false;
            for place in 1..items.len() {
                let (Some(a), Some(b)) = (items.get(place - 1), items.get(place)) else { continue };
                if self.n_crossings_of(*a, *b) > self.n_crossings_of(*b, *a) {
                    items.swap(place - 1, place);
                    is_better = true;
                }
            }
            if !is_better {
                break;
            }
        }
        self.items.iter_mut().skip(column).take(1).for_each(|slot| slot.clone_from(&items));
        self.note_places(column);
    }

    /// Crossings among the edges of two items when `a` stands above `b`.
    fn n_crossings_of(&self, a: usize, b: usize) -> usize {
        let count = |sides: &[Vec<usize>]| {
            let of = |item: usize| sides.get(item).into_iter().flatten().map(|o| self.place(*o));
            of(a).map(|above| of(b).filter(|below| above > *below).count()).sum::<usize>()
        };
        count(&self.left) + count(&self.right)
    }

    /// Crossings of the whole picture.
    pub(super) fn n_crossings(&self) -> usize {
        self.items.iter().map(|items| self.n_crossings_right_of(items)).sum()
    }

    /// Counts inversions with a Fenwick tree: places to the right, read from the top.
    fn n_crossings_right_of(&self, items: &[usize]) -> usize {
        let mut targets = Vec::new();
        for item in items {
            let from = targets.len();
            let places = self.right.get(*item).into_iter().flatten().map(|o| self.place(*o));
            targets.extend(places);
            if let Some(own) = targets.get_mut(from..) {
                own.sort_unstable();
            }
        }
        let mut tree = vec![0_usize; targets.iter().max().map_or(0, |max| max + 2)];
        let mut n_crossings = 0;
        for (n_before, place) in targets.iter().enumerate() {
            let mut not_above = 0;
            let mut idx = place + 1;
            while idx > 0 {
                not_above += tree.get(idx).copied().unwrap_or(0);
                idx &= idx - 1;
            }
            n_crossings += n_before - not_above;
            let mut idx = place + 1;
            while let Some(slot) = tree.get_mut(idx) {
                *slot += 1;
                idx += idx & idx.wrapping_neg();
            }
        }
        n_crossings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossings_are_counted_and_reduced() {
        let check = |ranks: &[usize], edges: &[(u32, u32)], before: usize, after: usize| {
            let (mut columns, _) = Columns::new(ranks, edges);
            assert_eq!(columns.n_crossings(), before, "{edges:?}");
            columns.reduce_crossings();
            assert_eq!(columns.n_crossings(), after, "{edges:?}");
        };
        check(&[0, 0, 1, 1], &[(0, 3), (1, 2)], 1, 0);
        check(&[0, 0, 1, 1], &[(0, 2), (0, 3), (1, 2), (1, 3)], 1, 1);
        check(&[0, 1, 1, 2, 2], &[(0, 1), (0, 2), (1, 4), (2, 3)], 1, 0);
        check(&[0, 0, 0, 1, 1, 1], &[(0, 5), (1, 4), (2, 3)], 3, 0);
    }

    #[test]
    fn long_edges_run_over_dummies() {
        let (columns, chains) = Columns::new(&[0, 1, 2, 3], &[(0, 1), (1, 2), (2, 3), (0, 3)]);
        assert_eq!(chains, [vec![], vec![], vec![], vec![4, 5]]);
        assert_eq!(columns.items, [vec![0], vec![1, 4], vec![2, 5], vec![3]]);
        assert_eq!((&columns.left[5], &columns.right[5]), (&vec![4], &vec![3]));
    }
}
