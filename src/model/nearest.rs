//! The name that was probably meant.

/// The candidate with the fewest edits, when it is near enough to be meant.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Longer names are no names; they would only cost time.
    const LONGEST: usize = 100;
    if name.len() > LONGEST {
        return None;
    }
    let simple = |text: &str| text.replace('_', "").to_lowercase();
    let wanted = simple(name);
    candidates
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (distance(&wanted, &simple(candidate)), candidate))
        .filter(|(edits, candidate)| *edits <= 1 + name.len().min(candidate.len()) / 3)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's, one row at a time.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(i + 1);
        for (to, above) in b.iter().zip(row.windows(2)) {
            let [diagonal, up] = *above else { continue };
            let left = next.last().copied().unwrap_or_default();
            next.push((diagonal + usize::from(from != *to)).min(up + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let check = |names: &[&str], name: &str, wanted: Option<&str>| {
            assert_eq!(nearest(name, names.iter().copied()), wanted, "{name:?}");
        };
        let fields = ["userId", "items", "createTime"];
        check(&fields, "user_Id", Some("userId"));
        check(&fields, "useId", Some("userId"));
        check(&fields, "item", Some("items"));
        check(&fields, "created_time", Some("createTime"));
        check(&fields, "zzz", None);
        check(&fields, "", None);
        let keys = ["backendRefs", "matches", "filters", "timeouts", "name"];
        check(&keys, "backendrefs", Some("backendRefs"));
        check(&keys, "mathces", Some("matches"));
        check(&keys, "nam", Some("name"));
        check(&keys, "port", None);
    }

    #[test]
    fn distances() {
        let check = |a, b, expect| assert_eq!(distance(a, b), expect, "{a} {b}");
        check("", "", 0);
        check("abc", "", 3);
        check("", "abc", 3);
        check("kitten", "sitting", 3);
        check("mathces", "matches", 2);
    }
}
