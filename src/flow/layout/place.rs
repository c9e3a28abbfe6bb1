//! Heights: each item as near to its neighbours as order and distance allow.

use super::order::Columns;

/// Sweeps, alternately from the left and from the right.
const SWEEPS: usize = 8;

/// The height of each item's centre; `sizes` are the heights of the items with what stands free around them.
pub(super) fn heights(columns: &Columns, sizes: &[f32]) -> Vec<f32> {
    let mut centres = vec![0.0; sizes.len()];
    for items in &columns.items {
        settle(items, &[], sizes, &mut centres);
    }
    for sweep in 0..SWEEPS {
        let n_columns = columns.items.len();
        let is_rightwards = sweep % 2 == 0;
        // The last two sweeps look both ways, so that callers stand amid their callees too.
        let is_last = sweep + 2 >= SWEEPS;
        for step in 0..n_columns {
            let column = if is_rightwards { step } else { n_columns - 1 - step };
            let Some(items) = columns.items.get(column) else { continue };
            let wanted: Vec<f32> = items
                .iter()
                .map(|item| {
                    let left = columns.left.get(*item).filter(|_| is_rightwards || is_last);
                    let right = columns.right.get(*item).filter(|_| !is_rightwards || is_last);
                    let others = left.into_iter().chain(right).flatten();
                    let heights = others.filter_map(|other| centres.get(*other)).copied();
                    median(heights.collect()).or(centres.get(*item).copied()).unwrap_or(0.0)
                })
                .collect();
            settle(items, &wanted, sizes, &mut centres);
        }
    }
    centres
}

fn median(mut values: Vec<f32>) -> Option<f32> {
    values.sort_by(f32::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get((values.len() - 1) / 2)?;
    Some(f32::midpoint(*lower, *upper))
}

/// Items that stand as close as they may and move as one.
struct Block {
    n_items: usize,
    /// Of the wanted heights less the offsets within the column.
    mean: f64,
}

/// The heights nearest to the wanted ones (least squares) in the given order, by pooling
/// neighbours that press on each other.
fn settle(items: &[usize], wanted: &[f32], sizes: &[f32], centres: &mut [f32]) {
    let size = |item: usize| f64::from(sizes.get(item).copied().unwrap_or(0.0));
    let mut offsets = Vec::with_capacity(items.len());
    let mut offset = 0.0;
    for (idx, item) in items.iter().enumerate() {
        if let Some(above) = idx.checked_sub(1).and_then(|above| items.get(above)) {
            offset += f64::midpoint(size(*above), size(*item));
        }
        offsets.push(offset);
    }
    let middle = offset / 2.0;
    let mut blocks: Vec<Block> = Vec::new();
    for (idx, offset) in offsets.iter().enumerate() {
        let wanted = wanted.get(idx).map_or(*offset - middle, |wanted| f64::from(*wanted));
        let mut block = Block { n_items: 1, mean: wanted - offset };
        while let Some(above) = blocks.pop_if(|above| above.mean > block.mean) {
            let n_items = above.n_items + block.n_items;
            let sum = above.mean * above.n_items as f64 + block.mean * block.n_items as f64;
            block = Block { n_items, mean: sum / n_items as f64 };
        }
        blocks.push(block);
    }
    let means = blocks.iter().flat_map(|block| std::iter::repeat_n(block.mean, block.n_items));
    for ((item, offset), mean) in items.iter().zip(&offsets).zip(means) {
        let centre = (mean + offset) as f32;
        centres.iter_mut().skip(*item).take(1).for_each(|slot| *slot = centre);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_settle_near_where_they_want_and_never_overlap() {
        let check = |wanted: &[f32], expect: &[f32]| {
            let items: Vec<usize> = (0..wanted.len()).collect();
            let mut centres = vec![0.0; wanted.len()];
            settle(&items, wanted, &vec![12.0; wanted.len()], &mut centres);
            assert_eq!(centres, expect, "{wanted:?}");
        };
        check(&[5.0], &[5.0]);
        check(&[0.0, 50.0], &[0.0, 50.0]);
        check(&[0.0, 0.0], &[-6.0, 6.0]);
        check(&[20.0, 0.0], &[4.0, 16.0]);
        check(&[0.0, 0.0, 100.0], &[-6.0, 6.0, 100.0]);
    }
}
