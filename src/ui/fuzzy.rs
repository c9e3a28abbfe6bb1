//! What fits what was typed: every word of it, or its letters in their order.

/// How well a name fits; the smaller, the better. `None` when it does not.
pub(super) fn fit(query: &str, name: &str) -> Option<u32> {
    let name = name.to_lowercase();
    let words = query.split_whitespace().map(str::to_lowercase);
    words.map(|word| fit_word(&word, &name)).try_fold(0_u32, |sum, fit| Some(sum + fit?))
}

/// Whether every word of the query stands in the name, or its letters do in this order.
pub(super) fn matches(query: &str, name: &str) -> bool {
    fit(query, name).is_some()
}

fn fit_word(word: &str, name: &str) -> Option<u32> {
    if let Some(at) = name.find(word) {
        let before = name.get(..at).and_then(|before| before.chars().next_back());
        return Some(match before {
            None => 0,
            Some(letter) if !letter.is_alphanumeric() => 1,
            Some(_) => 2,
        });
    }
    // Letters that are torn apart fit worse with every gap.
    let (mut n_gaps, mut is_joined) = (0, true);
    let mut letters = name.chars();
    for wanted in word.chars() {
        loop {
            if letters.next()? == wanted {
                break;
            }
            n_gaps += u32::from(std::mem::take(&mut is_joined));
        }
        is_joined = true;
    }
    Some(10 + n_gaps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_takes_words_and_letters_in_order() {
        let check = |query: &str, name: &str, is_hit: bool| {
            assert_eq!(matches(query, name), is_hit, "{query} in {name}");
        };
        check("", "Greeter/SayHello", true);
        check("hello", "Greeter/SayHello", true);
        check("greet hello", "Greeter/SayHello", true);
        check("gsh", "Greeter/SayHello", true);
        check("hsg", "Greeter/SayHello", false);
        check("GET prod", "GET /products/{id}", true);
        check("post prod", "GET /products/{id}", false);
    }

    #[test]
    fn whole_words_come_before_parts_and_parts_before_letters() {
        let mut names = ["Two hems", "Anthem", "Same theme", "Theme: dark"];
        names.sort_by_key(|name| fit("them", name));
        assert_eq!(names, ["Theme: dark", "Same theme", "Anthem", "Two hems"]);
        assert!(fit("grsa", "Greeter/SayHello") < fit("grsa", "Go read some aid"));
    }
}
